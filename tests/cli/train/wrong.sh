# Wrong usage ends with 2, bad data with 3, what the system lacks with 4; nothing is written then.
try() { train "$@"; echo "exit $?"; }
printf 'user,item,rating\na,x,5\nb,x,3\nb,y,1\n' >ok.csv
printf 'user,item\na,x\nb,x\nb,y\n' >implicit.csv
printf 'user,item,rating\n' >none.csv
printf 'user,item,rating\na,x,5\nb,x,nan\n' >nan.csv
printf 'item,rating\nx,5\n' >column.csv
: >empty.csv
printf 'not a model' >text
try -o m
try -o m ok.csv ok.csv
try -m nothing -o m ok.csv
try -m pop --factors 3 -o m ok.csv
try --factors 0 -o m ok.csv
try --fraction 1 -o m ok.csv
try --loss logistic -o m ok.csv
try --reg 0 -o m ok.csv
try -m pop --half-life 7 -o m ok.csv
try -m pop --items e -o m ok.csv
try -m mf -o m implicit.csv
try -m mf --solver sgd --loss logistic -o m implicit.csv
try -o m none.csv
try -o m nan.csv
try -o m column.csv
try -o m empty.csv
try -o m missing.csv
try --holdout time -o m none.csv
try --holdout time --epochs 1 -o implied ok.csv 2>&1 | grep -v epoch
try -m bias --holdout time -o m ok.csv
try -m bias --average 0.5 -o m ok.csv
try --average 1 -o m ok.csv
try -m bias --tune 2 --holdout time -o implied ok.csv 2>&1 | grep -c time
rm implied
try -m tower --holdout random --loss bce --like 9 -o m ok.csv
try -m tower --loss bce --like 1 -o m ok.csv
try --solver sgd --loss logistic --like 9 --negatives 2 -o m ok.csv
try --solver sgd --loss logistic --like 1 -o m ok.csv
train -q --solver sgd --loss logistic --like 1 --negatives 2 --epochs 1 -o liked ok.csv && rm liked
try -m seq --holdout random --checkpoint never --stop-on rmse -o m ok.csv
try -m mf --solver sgd --loss logistic --negatives 1 --holdout random --stop-on rmse -o m ok.csv
try -m mf --solver sgd --loss logistic --negatives 1 --holdout random --stop-on accuracy -o m implicit.csv
try --update text -o m ok.csv
try --update missing -o m ok.csv
try -o missing/m ok.csv
train -q -m bias -o bias ok.csv
try --update bias --valid ok.csv -o m ok.csv
try --update bias --factors 3 -o m ok.csv
try --update bias --items e -o m ok.csv
train -q -k 2 -o mf ok.csv
try --update mf --factors 3 -o m ok.csv
try --update mf --solver als -o m ok.csv
try --update mf --loss logistic -o m ok.csv
train -q --update mf --update-rounds 3 --reg 4 -o m ok.csv && echo updated
ls
echo '== options that do nothing beside the others are told'
train -q --rate 0.1 --solver als --epochs 1 -o als ok.csv
train -q --update als --model mf --negatives 2 -o als ok.csv
train -q --rate 0.1 --solver sgd --epochs 1 -o sgd ok.csv
train -q --update sgd --model mf --rate 0.2 -o sgd ok.csv

# Wrong usage (2), bad data (3), what is not there (4): one line each.
printf 'user,item,rating\nu1,a,5\nu2,b,1\n' >train.csv
train -q --model pop -o pop.st train.csv
printf 'item\n' >none.csv
printf 'id\na\n' >other.csv
printf 'item\n""\n' >blank.csv
try() {
	recommend "$@" 2>&1
	echo "  status $?"
}
try u1
try --model pop.st
try --model pop.st --all u1
try --model pop.st --all --users-from train.csv
try --model pop.st ''
try --model pop.st -k 0 u1
try --model pop.st --min-score high u1
try --model pop.st --users-from other.csv
try --model pop.st --include other.csv u1
try --model pop.st --exclude blank.csv u1
try --model pop.st --items train.csv u1
try --model pop.st --items train.csv --show rating,,item u1
try --model pop.st --context other.csv u1
try --model pop.st --show rating u1
try --model pop.st "$(printf 'u\377')"
try --model train.csv u1
try --model nowhere.st u1
try --model pop.st --items nowhere.csv u1
try --model pop.st --include none.csv u1
# Unknown users are solved from ratings; a model that was never shown any, or that goes by order, needs none.
printf 'user,item\nnew,a\n' >bare.csv
printf 'user,item\nnew,c\n' >unknown.csv
for model in bias mf 'mf --solver sgd --loss logistic'; do
	train -q --model $model -o rated.st train.csv
	try -q --model rated.st --context bare.csv -k 1 new
	recommend -q --model rated.st --context unknown.csv -k 1 new | wc -l
done
cut -d, -f1,2 train.csv >likes.csv
train -q --model mf --solver sgd --loss logistic --negatives 1 -o likes.st likes.csv
for model in likes.st pop.st; do recommend -q --model $model --context bare.csv -k 1 new | cut -d, -f1-3; done
recommend --model pop.st --all >/dev/full
echo "full disk: $?"
(recommend --model pop.st --all; echo "closed pipe: $?" >&2) 2>status | true
cat status

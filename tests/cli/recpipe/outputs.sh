# The files that a command line names are checked before anything is read or written: two outputs of one name, an output
# in a folder that is not there, two inputs from stdin, a binary output to a terminal.
printf 'user,item,rating\na,x,5\nb,x,3\n' >e.csv
printf 'item,title\nx,one\n' >i.csv
try() { "$@" </dev/null; echo "exit $?: $*"; }
try preprocess -o a --report a e.csv
try preprocess -o a --rejects r --report r e.csv
try preprocess --report - e.csv
try preprocess -q --split random --out-dir d --report - e.csv >report; tail -1 report
try preprocess -q --split random --out-dir f --report f/report.json e.csv; ls f
try evaluate --predictions e.csv -o a --per-user a e.csv
try train --log m -o m e.csv

try preprocess -o none/a e.csv
try preprocess --rejects none/a e.csv
try preprocess --report none/a e.csv
try preprocess --split random --out-dir none/a e.csv
try preprocess --step normalise:save=none/a e.csv
try encode -o none/a nowhere.csv
try train -o none/a nowhere.csv
try train -o a --log none/a nowhere.csv
try train -m mlm -o none/a/ nowhere.csv
try evaluate -m m --per-user none/a nowhere.csv
try recommend -m m --all -o none/a
try recommend -m m --all -o e.csv/a

mkdir folder
try preprocess -o folder e.csv
try encode -o folder i.csv
try train -o folder e.csv
try recommend -m m --all -o folder
rmdir folder

try preprocess - -
try preprocess --join -:on=item
try preprocess --join -:on=item --join -:on=user e.csv
try train --update - -o m -
try train --items - --users - -o m e.csv
try encode --append - -o m
try evaluate --model - -
try recommend --model - --users-from -

for command in "train -q e.csv" "encode -q i.csv"; do
	script -qec "$command" /dev/null </dev/null | tr -d '\r'
	script -qec "$command >binary" /dev/null </dev/null && [ -s binary ] && echo "$command: written"
done
rm -f binary
ls

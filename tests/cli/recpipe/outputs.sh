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
try preprocess -q --split random --out-dir ./h/ --report h/report.json e.csv; ls h; rm -r h
try evaluate --predictions e.csv -o a --per-user a e.csv
try train --log m -o m e.csv
mkdir sub; ln -s . here
try train --log sub/../m -o ./m e.csv
try train --log here/m -o m e.csv
rmdir sub; rm here

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

# An output that is an input, by whatever name, unless -o is to replace what the command goes on from.
printf 'user,item,text,rating\na,x,one,5\nb,x,two,3\n' >t.csv
ln -s e.csv link.csv; ln e.csv hard.csv
mkdir parts; cp e.csv parts/train.csv
train -q -o m e.csv; encode -q -o v i.csv
cp -r "$R/tests/ref/bert/model" enc
md5sum *.csv m v parts/* enc/* >before
for same in e.csv ./e.csv link.csv hard.csv "$PWD/e.csv"; do try train -o "$same" e.csv; done 2>&1 | sed "s|$PWD|PWD|"
try preprocess -o i.csv --join i.csv:on=item e.csv
try preprocess --report e.csv -o o e.csv
try preprocess -q --split random --out-dir parts parts/train.csv
preprocess -o e.csv - <e.csv; echo "exit $?: preprocess -o e.csv - <e.csv"
preprocess <e.csv >>e.csv; echo "exit $?: preprocess <e.csv >>e.csv"
try encode -o i.csv i.csv
try encode -e npy --vectors x.npy -o x.npy i.csv
try train --valid e.csv -o e.csv t.csv
try train --log e.csv -o o e.csv
try train --checkpoint e.csv -o o e.csv
try train --update m --log m -o o e.csv
try train -m bert --encoder enc --export enc -o o t.csv
try train -m bert --encoder enc --item-texts i.csv -o i.csv t.csv
try evaluate --model m -o m e.csv
try evaluate --predictions e.csv --per-user e.csv t.csv
try recommend --model m --all -o m
md5sum -c --quiet before && echo "all inputs are as they were"
try train -q --update m -o m e.csv
try encode -q --append v -o v i.csv
try train -q -o /dev/null e.csv
rm -rf m v o enc parts t.csv link.csv hard.csv before

for command in "train -q e.csv" "encode -q i.csv"; do
	script -qec "$command" /dev/null </dev/null | tr -d '\r'
	script -qec "$command >binary" /dev/null </dev/null && [ -s binary ] && echo "$command: written"
done
rm -f binary
ls

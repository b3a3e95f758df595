# Masked words: what is learned from a text column alone; a directory that encode reads; going on from it; bad input.
awk 'BEGIN {
	split("cat dog bird horse", animal); split("meows barks sings neighs", voice); split("red blue green yellow", colour)
	print "item,title,text"
	for (i = 0; i < 240; i++) { a = 1 + i % 4; c = 1 + int(i / 4) % 4
		printf "i%d,%s,\"The %s %s, and the %s %s is Grün.\"\n", i, colour[c], animal[a], voice[a], colour[c], animal[a] } }' >texts.csv
head -n 41 texts.csv >few.csv
small='--model mlm --vocab-size 200 --width 16 --heads 2 --max-length 16 --batch-tokens 64 --rate 0.01'
train -q -j1 $small --epochs 2 --seed 3 -o one texts.csv
train -q -j"$J" $small --epochs 2 --seed 3 -o two - <texts.csv && diff -r one two && ls two
train -j"$J" $small --epochs 30 --dropout 0 --holdout random --no-refit -o enc texts.csv 2>log
awk '{ sub(",", "", $5); v[NR] = $NF } END { print (v[1] > 5), (v[NR] < 2.5) }' log
echo '== encode takes the directory'
encode -j"$J" --encoder enc --text text -o e.emb few.csv
encode --inspect enc | grep -v -e parameters -e tokenizer -e fingerprint
echo '== going on: it knows the language already'
train -j"$J" --model mlm --encoder enc --epochs 1 --batch-tokens 64 --valid few.csv -o enc2 few.csv 2>&1 | awk '{ print ($NF < 2.5) }'
ls enc2
encode -q --encoder enc2 --text text -o e.emb few.csv && echo vectors
train -q --model mlm --encoder enc2 --epochs 1 -o enc2 few.csv && encode -q --encoder enc2 --text text -o e.emb few.csv && echo "in its place"
echo '== what is validated on is masked alike whatever --mask: what learns nothing is as good in every trial'
train -j"$J" $small --rate 1e-12 --epochs 1 --decay 0 --dropout 0 --tune 3 --holdout random -o x texts.csv 2>&1 | sed -n 's/.*round.*valid \([0-9.]*\), .*/\1/p' | sort -u | wc -l
rm -r x
echo '== other columns, whole words, case'
train -q $small --epochs 1 --whole-words --cased --text title,text -o x texts.csv && grep -c -e 'Gr' -e 'ü' x/vocab.txt
train -q $small --epochs 1 --template '{title}: {text}' -o x texts.csv && grep -c -e '^:$' x/vocab.txt
try() { train "$@"; echo "status $?"; }
echo '== a second time into the same directory; into a file'
try -q $small --epochs 1 -o x texts.csv
echo file >y
try -q $small --epochs 1 -o y texts.csv
echo '== what cannot be'
printf 'text\n\n" "\n' >blank.csv
printf 'text\n"."\n' >point.csv
try $small texts.csv
try $small --text words -o z texts.csv
try $small -o z blank.csv
try $small --width 10 --heads 3 -o z texts.csv
try $small --items e.emb -o z texts.csv
try $small --rate 10 --clip 0 --epochs 5 -o z texts.csv
echo '== no predictions, no rankings: nothing to stop on, whatever the option beside it'
for metric in rmse ndcg@10 hit@5 map; do try $small --epochs 1 --holdout random --stop-on $metric -o z texts.csv; done
try --model mlm --encoder enc --epochs 1 --valid few.csv --stop-on ndcg -o z texts.csv
try $small --epochs 1 --tune 2 --holdout random --stop-on ndcg@10 --include few.csv -o z nowhere.csv
echo '== nothing to learn from'
try $small --valid blank.csv -o z texts.csv
try $small --holdout random -o z point.csv
try --model mlm --encoder nowhere -o z texts.csv
mkdir bare && cp enc/config.json enc/model.safetensors bare
try --model mlm --encoder bare -o z texts.csv
sed '/MASK/d' enc/vocab.txt >bare/vocab.txt
try --model mlm --encoder bare -o z texts.csv
cp -r "$R/tests/ref/bert/roberta" roberta
try --model mlm --encoder roberta -o z texts.csv
ls z 2>/dev/null
evaluate --model enc texts.csv
echo "status $?"

# Fine-tuning a tiny encoder: what texts say is learned, by every task and tuning; the same bytes at any -j; updates; export.
mkdir enc
cp "$R"/tests/ref/bert/model/* enc
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the a is it good bad fine poor very not drum string loud quiet old new >enc/vocab.txt
awk 'BEGIN {
	srand(4); print "user,item,rating,time,text"
	split("good fine bad poor", w); split("the a is it very old new loud quiet", f)
	for (i = 0; i < 240; i++) {
		k = 1 + int(rand() * 4); r = k < 3 ? 6 - k : 3 - (k - 2); t = f[1 + int(rand() * 9)] " " w[k] " " f[1 + int(rand() * 9)]
		print "u" i % 12 ",i" i % 20 "," r "," i "," t
	}
}' >all.csv
{ head -n 1 all.csv; tail -n 60 all.csv; } >test.csv
head -n 181 all.csv >events.csv
small='--model bert --encoder enc --batch-tokens 64 --max-length 16 --head-rate 0.02 --seed 2'
all="$small --rate 0.003"
show() { evaluate -q -f tsv --metrics "$2" --model $1 test.csv | awk -F'\t' '$2 == "all" && $1 ~ /^(rmse|accuracy|like-accuracy|auc|log-loss)$/ { printf "%s %s %s\n", M, $1, ($1 ~ /rmse|loss/ ? ($3 < 0.5) : ($3 > 0.9)) }' M=$1; }
for learn in full last lora frozen; do
	case $learn in full) how=$all ;; last) how="$all --layers 1" ;; *) how=$small ;; esac
	train -q -j1 $how --learn $learn --epochs 20 -o one.st events.csv
	train -q -j"$J" $how --learn $learn --epochs 20 -o $learn.st events.csv && cmp one.st $learn.st
done
for learn in full last lora; do show $learn.st rmse,accuracy; done
train -q -j"$J" $small --learn lora --lora-inner --task classes --epochs 8 -o classes.st events.csv && show classes.st rmse,accuracy
train -q -j"$J" $all --task like --epochs 8 -o like.st events.csv && show like.st like-accuracy,auc,log-loss
train -q -j"$J" $all --biases --pooling max --epochs 8 -o biases.st events.csv && show biases.st rmse
echo '== stops by itself'
train -j"$J" $all --epochs 30 --patience 2 --holdout random --no-refit -o stop.st events.csv 2>&1 | awk '/epoch/ { n++ } END { print (n > 2 && n < 30) }'
echo '== nothing is asked for but the model file'
mv enc away
awk -F, 'NR == 1 || $5 ~ /good/' all.csv | sed 's/,i[0-9]*,/,hit,/' >hit.csv
train -q -j1 --update full.st -o one.st hit.csv
train -q -j"$J" --update full.st -o update.st hit.csv && cmp one.st update.st
recommend -q -j"$J" --model update.st -k 1 nobody | cut -d, -f1-3
mv away enc
echo '== the texts of users and items instead'
printf 'item,title,kind\ni1,good drum,loud\ni2,bad string,quiet\n' >items.csv
printf 'user,about\na,not loud\nb,not quiet\n' >users.csv
printf 'user,item,rating\na,i1,1\na,i2,5\nb,i1,5\nb,i2,1\n' >pairs.csv
train -q -j"$J" $all --item-texts items.csv --user-texts users.csv --dropout 0 --epochs 150 --head-rate 0.01 -o pairs.st pairs.csv
evaluate -q -f tsv --metrics accuracy --model pairs.st pairs.csv | awk '$1 == "accuracy" && $2 == "all"'
echo '== what was learned as a directory'
train -q -j"$J" $small --learn lora --epochs 2 -o lora.st --export out events.csv
(cd out && find . -type f | sort)
encode --inspect ./out | grep -v fingerprint
train -q $small --encoder out --learn frozen --epochs 1 -o x.st events.csv && echo 'goes on from it'
echo '== what does not go together'
fails() { "$@"; echo "status $?"; }
fails train --model bert -o x.st events.csv
fails train $small -o x.st pairs.csv
cut -d, -f1,2,5 events.csv >unrated.csv
fails train $small -o x.st unrated.csv
fails train $small --biases --task like -o x.st events.csv
fails train $small --task like --like much -o x.st events.csv
fails train $small --max-length 4000 -o x.st events.csv
fails train --model pop --export out -o x.st events.csv
fails train --update full.st -o x.st pairs.csv
fails evaluate --model full.st pairs.csv
fails train -q $small --rate 10 --head-rate 10 --decay 1 --clip 0 --schedule constant --warmup 0 -o x.st events.csv
echo '== texts that are not there'
awk -F, -v OFS=, 'NR > 1 { $5 = " " } { print }' events.csv >silent.csv
awk -F, -v OFS=, 'NR % 3 == 0 { $5 = "" } { print }' events.csv >some.csv
cut -d, -f1-3 test.csv >textless.csv
printf 'item,title\nx1,good drum\n' >strangers.csv
small="$small --learn frozen --epochs 1"
fails train $small -o x.st silent.csv
fails train $small --item-texts strangers.csv -o x.st pairs.csv
fails train $small --item-texts strangers.csv --user-texts users.csv -o x.st pairs.csv 2>&1 | grep -v -e epoch -e rmse
fails train $small --valid textless.csv -o x.st events.csv
fails train $small -o x.st some.csv 2>&1 | grep -v -e epoch -e rmse
fails train $small --item-texts items.csv --holdout random -o x.st some.csv 2>&1 | grep -v -e epoch -e rmse
fails train --update x.st -o x.st silent.csv 2>&1 | grep -v -e epoch -e rmse
fails train $small --task like --like 9 -o x.st events.csv
fails train $small --task like --like 1 -o x.st events.csv
echo '== one for the other'
fails evaluate --model out test.csv
fails recommend --model enc --all
fails train --update enc -o x.st events.csv
fails train --model bert --encoder full.st -o x.st events.csv
fails encode --encoder ./full.st -o x.emb items.csv
fails encode --encoder full.st -o x.emb items.csv
fails train --model mlm --encoder full.st -o x events.csv

# A training that is killed again and again, at any moment, ends with the bytes of one that was not; of every learner.
. "$R/tests/fixture.sh"
small='--model seq --width 8 --inner 16 --length 10 --rate 0.01 --batch 64 --dropout 0.2'
encode -q --dim 16 --id item --text title -o items.emb items.csv 2>/dev/null
killed() { # NAME OPTIONS...
	name=$1 resumed=0 delay=30
	shift
	train -q -j1 "$@" -o want || return
	while
		train -q -j"$J" "$@" --checkpoint c -o got &
		sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		[ $? = 137 ]
	do
		if [ -e c ]; then resumed=$((resumed + 1)); fi
		delay=$((delay * 5 / 4 + 1))
	done
	diff -r want got && [ $resumed -gt 0 ] && [ ! -e c ] && echo "$name: the same bytes"
	rm -rf want got c
}
killed 'mf vb, held out and refitted' --epochs 60 --patience 9 --holdout time events.csv
killed 'mf als with text' --solver als --epochs 40 --items items.emb events.csv
killed 'mf sgd' --solver sgd -k 7 --epochs 400 events.csv
killed 'mf sgd, logistic, adam, validation' --average 0.7 --solver sgd -k 5 --loss logistic --negatives 3 --optimizer adam --rate 0.001 \
	--epochs 30 --patience 0 --valid new.csv events.csv
killed 'seq softmax, held out and refitted' --average 0.8 $small --epochs 20 --patience 4 --holdout time --schedule cosine events.csv
killed 'seq sampled, with text' $small --epochs 20 --loss sampled --negatives 16 --items items.emb events.csv
train -q $small --epochs 3 -o old.st events.csv
killed 'seq, an update' --model seq --update old.st --update-epochs 15 new.csv
small='--model tower --width 8 --epochs 12 --batch 64'
killed 'tower, validation' --average 0.5 $small --accumulate 2 --optimizer sgd --patience 0 --valid new.csv --item-table items.csv events.csv
train -q $small --epochs 2 -o old.st events.csv
killed 'tower, an update' --model tower --update old.st --update-epochs 30 new.csv
killed 'mlm, held out' --model mlm --vocab-size 200 --width 16 --heads 2 --max-length 16 --batch-tokens 64 --epochs 4 --text title \
	--holdout random --no-refit items.csv
mkdir enc
cp "$R"/tests/ref/bert/model/* enc
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the a is it and last old new of in story house sea night love >enc/vocab.txt
awk -F, 'NR == 1 { print "user,item,rating,text" } NR > 1 && NR < 400 { gsub("-", " ", $2); print $1 "," NR % 9 "," $3 "," $2 }' events.csv >texts.csv
small='--model bert --batch-tokens 64 --max-length 16'
killed 'bert, all of it' --average 0.5 $small --encoder enc --epochs 6 --biases --holdout random texts.csv
train -q $small --encoder enc --epochs 1 -o old.st texts.csv
killed 'bert, an update' $small --update old.st --update-epochs 8 texts.csv

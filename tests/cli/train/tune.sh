# Search over options: the same trials each time, the best are used; what does not go together; stopping on any metric.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
small='--model mf --solver sgd -k 4 --epochs 9 --holdout random --seed 5'
train -j1 $small --tune 9 -o one.st ratings.csv 2>one.log
train -j"$J" $small --tune 9 -o two.st ratings.csv 2>two.log
cmp one.st two.st && cmp one.log two.log && echo same
echo '== nine trials, three, one; the first is the options as they are, and factors are the ones given'
awk '$2 == "trial" { n[$5]++ } END { print n["1,"], n["2,"], n["3,"] }' one.log
grep -c 'options reg=-1 reg-bias=-1 reg-power=-1$' one.log
grep -c factors one.log
echo '== the table: all trials, the furthest and best first; as JSON lines too'
sed -n '/trial  round/,/best trial/p' one.log | awk 'NR > 1 && !/best/ { if ($3 > round && NR > 2 || $3 == round && $5 < valid) print "disorder"; round = $3; valid = $5; n[$3]++ }
	END { print n[3], n[2], n[1] }'
train -q -j"$J" $small --tune 9 --log json -o two.st ratings.csv
awk '/"ranked"/ { gsub(/[{}":]/, " "); split($0, f, ","); print f[2] f[3] f[4] }' json | head -n 3 | sed 's/trial *[0-9]*/trial N/'
[ "$(grep -c '"event":"trial"' json) $(grep -c '"event":"ranked"' json) $(grep -c '"event":"tuned"' json)" = '13 9 1' ] && echo all
echo '== the best are those of the model'
best=$(sed -n 's/.*best trial.* options //p' one.log)
train -q -j"$J" $small $(for o in $best; do echo "--${o%%=*} ${o#*=}"; done) -o by-hand.st ratings.csv && cmp one.st by-hand.st && echo same
hide() { sed 's/valid [0-9][0-9.]*/valid X/; s/\([01]\.[0-9]*    \)[0-9]\.[0-9]*/\1X/'; }
echo '== models without epochs take a part of the events; options that cannot be are out'
train -j"$J" --model bias --tune 3 --holdout random --seed 5 -o x.st ratings.csv 2>&1 | hide
cut -d, -f1-3 ratings.csv >untimed.csv
train -j"$J" --model pop --tune 3 --holdout random --seed 5 -o x.st untimed.csv 2>&1 | hide
echo '== every model that has ranges, on a file and by a ranking: rows of the table, best first'
mkdir enc
cp "$R"/tests/ref/bert/model/* enc
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' good bad >enc/vocab.txt
awk -F, 'NR == 1 { print "user,item,rating,time,text" } NR > 1 && NR < 500 { print $0 "," ($3 > 3 ? "good" : "bad") }' ratings.csv >texts.csv
awk 'NR == 1 || NR % 5 == 0' texts.csv >valid.csv
awk 'NR == 1 || NR % 5' texts.csv >train.csv
for model in 'mf --solver sgd --epochs 3' bias pop 'seq --width 8 --inner 8 --epochs 3' 'tower --layers 8 --inner 8 --epochs 3' \
	'bert --encoder enc --max-length 8 --epochs 3'; do
	train -j"$J" --model $model --tune 3 --valid valid.csv --stop-on ndcg@10 -o x.st train.csv 2>&1 | awk -v model="${model%% *}" '
		/best trial/ { table = 0 }
		table { rounds = rounds " " $3; ok += $5 > 0 && $5 < 1 }
		/trial  round/ { table = 1 }
		END { print model, "rounds" rounds, "judged", ok }'
done
echo '== a metric of the registry to stop on'
train $small --stop-on mae -o x.st ratings.csv 2>&1 | grep -c 'epoch.*valid 0'
train -q $small --stop-on ndcg@5 -o x.st ratings.csv && echo fine
echo '== what does not go together'
for wrong in '--tune 3' '--tune 3 --holdout random --half-life 0' '--stop-on mae' '--holdout random --tune 2 --stop-on rmse,mae' '--holdout random --tune 2 --stop-on nothing' '--holdout random --tune 2 --stop-on rmse'; do
	train --model pop $wrong -o y.st untimed.csv
	echo "status $?"
done
train --update one.st --tune 3 -o y.st untimed.csv
echo "status $?"
train --tune 3 --holdout random --checkpoint c -o y.st ratings.csv
echo "status $?"
train --model mlm --text text --epochs 0 --tune 1 --holdout random -o y.st texts.csv 2>&1 | tail -n 1
[ -e y.st ] || echo 'nothing was written'

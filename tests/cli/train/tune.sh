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
echo '== the best are those of the model'
best=$(sed -n 's/.*best trial.* options //p' one.log)
train -q -j"$J" $small $(for o in $best; do echo "--${o%%=*} ${o#*=}"; done) -o by-hand.st ratings.csv && cmp one.st by-hand.st && echo same
echo '== models without epochs take a part of the events; options that cannot be are out'
train -j"$J" --model bias --tune 3 --holdout random --seed 5 -o x.st ratings.csv 2>&1 | sed 's/valid [0-9.]*/valid X/'
cut -d, -f1-3 ratings.csv >untimed.csv
train -j"$J" --model pop --tune 3 --holdout random --seed 5 -o x.st untimed.csv 2>&1 | sed 's/valid [0-9.]*/valid X/'
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
[ -e y.st ] || echo 'nothing was written'

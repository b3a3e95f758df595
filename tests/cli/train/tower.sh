# Two towers: columns of tables are learned, the unknown falls back on them, updates, what does not go together.
awk 'BEGIN {
	srand(1)
	split("Action Comedy Drama", genre)
	print "item,title,year,genres" >"items.csv"
	for (i = 0; i < 30; i++) print "i" i ",The tale of " i "," 1960 + i * 13 % 30 "," genre[1 + i % 3] (i % 5 ? "" : "|Short") >"items.csv"
	print "user,taste" >"users.csv"
	for (u = 0; u < 60; u++) print "u" u "," genre[1 + u % 3] "s" >"users.csv"
	print "user,item,rating" >"events.csv"
	print "user,item,rating" >"cold.csv"
	for (u = 0; u < 60; u++) for (i = 0; i < 30; i++) if ((u * 7 + i * 11) % 4)
		print "u" u ",i" i "," (u % 3 == i % 3 ? 5 : 2) - (i % 7 == 0) >(i < 24 && u < 54 ? "events.csv" : "cold.csv")
}'
small='--model tower --layers 16,8 --width 8 --batch 64 --rate 0.01 --dropout 0 --id-dropout 0.3 --seed 3'
tables='--item-table items.csv --user-table users.csv'
within() { # MODEL GATE FILE
	evaluate -q --model "$1" --metrics "${2%[<>]*}" --fail-if "$2" "$3" >/dev/null 2>&1 && echo within || echo beyond
}
echo '== columns are told'
train -j1 $small $tables --epochs 12 -o one.st events.csv 2>&1 | grep -v epoch
train -q -j"$J" $small $tables --epochs 12 -o tower.st events.csv && cmp one.st tower.st
echo '== six users and six items without events: better than 0.3 by their columns; without columns hardly better than the mean'
within tower.st 'rmse>0.3' cold.csv
train -q $small --epochs 12 -o bare.st events.csv
within bare.st 'rmse>0.9' cold.csv
recommend -q --model tower.st -k 2 u0 u55 | awk -F, 'NR > 1 { n += substr($3, 2) % 3 == substr($1, 2) % 3 && substr($3, 2) >= 24 } END { print n > 0 }'
echo '== the other head, the other losses'
train -q -j"$J" $small $tables --head mlp --inner 8 --epochs 12 -o mlp.st events.csv
within mlp.st 'rmse>0.6' cold.csv
train -q -j1 $small $tables --loss huber --delta 0.5 --batch 16 --accumulate 4 --epochs 12 -o one.st events.csv
train -q -j"$J" $small $tables --loss huber --delta 0.5 --batch 16 --accumulate 4 --epochs 12 -o huber.st events.csv && cmp one.st huber.st
within huber.st 'rmse>0.3' cold.csv
train -q -j"$J" $small $tables --loss bce --epochs 12 -o bce.st events.csv
within bce.st 'auc<0.99' cold.csv
awk -F, 'NR == 1 || $3 > 3 { print $1 "," $2 }' events.csv >likes.csv
awk -F, 'NR == 1 || $3 > 3 { print $1 "," $2 }' cold.csv >cold-likes.csv
for loss in 'softmax' 'softmax --negatives 8' 'bce' 'bce --negatives 8 --head mlp'; do
	train -q -j1 $small $tables --loss $loss --epochs 30 -o one.st likes.csv
	train -q -j"$J" $small $tables --loss $loss --epochs 30 -o likes.st likes.csv && cmp one.st likes.st
	within likes.st 'ndcg@5<0.4' cold-likes.csv
done
echo '== the other optimizers'
for optimizer in 'adam --decay 0' 'sgd --rate 0.05 --momentum 0.8'; do
	train -q -j1 $small $tables --optimizer $optimizer --epochs 40 -o one.st events.csv
	train -q -j"$J" $small $tables --optimizer $optimizer --epochs 40 -o other.st events.csv && cmp one.st other.st
	within other.st 'rmse>0.5' cold.csv
done
echo '== it stops by itself'
train $small $tables --loss softmax --epochs 200 --patience 2 --holdout random -o stop.st likes.csv 2>&1 | awk '/epoch/ { n++ } END { print (n > 3 && n < 200) }'
echo '== a ranking of cold items alone is easier than one of all'
awk -F, 'NR == 1 || substr($1, 2) >= 24' items.csv >cold-items.csv
for among in '' '--include cold-items.csv'; do
	train -j"$J" $small $tables --loss softmax --epochs 4 --patience 0 --valid cold-likes.csv --stop-on ndcg@5 $among -o stop.st likes.csv 2>&1 |
		sed -n 's/.*valid //p' | sort -n | sed -n 1p
done | awk '{ best[NR] = $1 } END { print (best[2] < best[1]) }'
echo '== an update: new items by their columns, whose unknown values are no values; new users by their events'
printf 'item,year,genres\nnew,1980,Comedy\nodd,,Western|Opera\n' >new-items.csv
awk 'BEGIN { print "user,item,rating"; for (i = 0; i < 24; i++) print "someone,i" i "," (i % 3 == 1 ? 5 : 2) }' >new.csv
train -q -j1 --update tower.st --item-table new-items.csv -o one.st new.csv
train -q -j"$J" --update tower.st --item-table new-items.csv -o new.st new.csv && cmp one.st new.st
sed 's/^odd.*/i1,1999,Drama/' new-items.csv >some-known.csv
train --update tower.st --item-table some-known.csv -o one.st new.csv 2>&1 | grep known
recommend -q --model new.st -k 40 u1 | awk -F, '{ place[$3] = NR } END { print place["new"] < 14, (place["odd"] > 0) }'
recommend -q --model new.st -k 3 someone | awk -F, 'NR > 1 { n += $3 == "new" || substr($3, 2) % 3 == 1 } END { print n }'
echo '== columns that are left out, and why'
awk -F, '{ print $1 "," (NR == 1 ? "price" : NR == 4 ? "NaN" : NR * 1.5) "," (NR == 1 ? "nothing" : "") "," $4 }' items.csv >odd.csv
train $small --item-table odd.csv --epochs 1 -o x.st events.csv 2>&1 | grep column
rm x.st
echo '== a table of other items'
sed '2,$s/^i/item-/' items.csv >other.csv
train -q $small --item-table other.csv --epochs 1 -o x.st events.csv
rm x.st
echo '== what does not go together'
fails() {
	"$@" -o x.st
	echo "status $?"
}
printf 'item,year\ni1,1990\ni2,soon\n' >bad.csv
printf 'item,year\ni1,1990\ni1,1991\n' >twice.csv
fails train $small --item-table items.csv --item-columns year,genre events.csv
fails train $small --item-table items.csv --item-columns genres:list events.csv
fails train $small --item-table items.csv --item-columns year,year events.csv
fails train $small --item-table bad.csv --item-columns year:number events.csv
fails train $small --item-table twice.csv events.csv
fails train $small --item-table users.csv events.csv
fails train $small --item-columns year events.csv
fails train --model mf --item-table items.csv events.csv
fails train $small --layers 16,x events.csv
fails train $small likes.csv
fails train --update tower.st --item-columns year --item-table items.csv new.csv
fails train --update bare.st --item-table items.csv new.csv
fails train --update tower.st --item-table twice.csv new.csv
fails train $small --include cold.csv events.csv
fails train $small --include cold.csv --stop-on rmse --holdout random events.csv
fails train $small --include new-items.csv --stop-on ndcg --holdout random events.csv
printf 'item,genres\nq,Comedy\n' >less.csv
fails train --update tower.st --item-table less.csv new.csv
fails train --model tower --update tower.st --layers 32 new.csv
fails train $small --rate 10 --clip 0 --epochs 30 events.csv 2>&1 | grep -v 'epoch [0-9]*, rmse'
[ -e x.st ] || echo "nothing was written"

# Sequences: the rating head beside the ranking; items by their text alone; steps of several batches; nothing new.
# A user's ratings go up and down in turns, which no bias can say; the last event is the test.
awk 'BEGIN { head = "user,item,rating,time"; print head >"events.csv"; print head >"last.csv"
	for (u = 1; u <= 60; u++) for (t = 0; t < 7 + u % 9; t++)
		print "u" u ",i" (u * 5 + t) % 24 "," 1 + t % 2 * 3 + u % 2 "," t >(t < 6 + u % 9 ? "events.csv" : "last.csv") }'
small='--model seq --width 16 --inner 32 --length 10 --dropout 0 --rate 0.01 --batch 16 --holdout none --seed 3'
rmse() { evaluate -q --model "$1" --metrics rmse --format tsv last.csv | awk -F '\t' '$1 == "rmse" && $2 == "all" { print $3 }'; }
train -q -j1 $small --epochs 40 --rating-weight 1 -o one.st events.csv
train -q -j"$J" $small --epochs 40 --rating-weight 1 -o rated.st events.csv && cmp one.st rated.st
train -q $small --epochs 1 --rating-weight 1e-9 -o biases.st events.csv
echo '== ratings are told better than by the biases alone, and what comes next as without them'
echo "$(rmse rated.st) $(rmse biases.st)" | awk '{ print ($1 < 0.8 * $2), ($2 > 0.5) }'
printf 'user,item,rating,time\na,i3,5,7\na,i2,5,6\n' >now.csv
recommend -q -j"$J" --model rated.st -k 1 --context now.csv a | sed 1d | cut -d, -f1,3
train -q $small --epochs 1 -o plain.st events.csv
evaluate -q --model plain.st --metrics rmse last.csv
echo "status $?"
echo '== an update brings users and items with their biases; ratings have to come with it'
printf 'user,item,rating,time\nn1,i3,1,1\nn1,new,1,2\nn1,i7,1,3\n' >new.csv
train -q -j1 --update rated.st -o new1.st new.csv
train -q -j"$J" --update rated.st -o new.st new.csv && cmp new1.st new.st
cut -d, -f1,2,4 new.csv >bare.csv
train -q --update rated.st -o x.st bare.csv
echo "status $?"
train -q --update plain.st -o x.st bare.csv
echo "status $?"
cut -d, -f1,2,4 events.csv >bare.csv
train $small --rating-weight 1 -o x.st bare.csv
echo "status $?"
echo '== nothing new'
head -n 1 events.csv >none.csv
train --update rated.st -o same.st none.csv 2>&1
cmp rated.st same.st
echo '== text alone: items of the same text are one item'
printf 'item,text\n' >texts.csv
for i in $(seq 0 23); do printf 'i%s,"kind%s series%s"\n' $i $((i % 4)) $((i / 4)) >>texts.csv; done
printf 'fresh,"kind1 series5"\n' >>texts.csv
encode -q --dim 64 --width 64 --id item --text text -o texts.emb texts.csv
train -q -j1 $small --epochs 40 --input text --items texts.emb -o one.st events.csv
train -q -j"$J" $small --epochs 40 --input text --items texts.emb -o text.st events.csv && cmp one.st text.st
recommend -q --model text.st -k 30 --context now.csv a | awk -F, '$3 == "fresh" || $3 == "i21" { print $4 }' | uniq | wc -l
grep -c 'seq\.items' text.st
train $small --input text -o x.st events.csv
echo "status $?"
echo '== two batches a step are as one of twice the size'
train -q $small --epochs 5 --batch 8 --accumulate 2 -o two.st events.csv
train -q $small --epochs 5 -o one.st events.csv
for m in one two; do recommend -q -j"$J" --model $m.st -k 5 u1 u2 u3 nobody >$m.csv; done
cmp one.csv two.csv && wc -l <one.csv

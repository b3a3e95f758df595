# Sequences: what follows is learned, from a context too; new items by their text; updates; the same bytes at any -j.
awk 'BEGIN { print "user,item,time"; for (u = 1; u <= 60; u++) for (t = 0; t < 6 + u % 9; t++) print "u" u ",i" (u * 5 + t) % 24 "," 1000 - 13 * (20 - t) }' |
	awk 'NR == 1; NR > 1 { print | "sort -t, -k2" }' >events.csv
small='--model seq --width 16 --inner 32 --heads 2 --layers 2 --length 10 --dropout 0.1 --rate 0.01 --batch 16'
train -q -j1 $small --epochs 40 --holdout none --seed 3 -o one.st events.csv
train -q -j"$J" $small --epochs 40 --holdout none --seed 3 -o seq.st events.csv && cmp one.st seq.st
echo '== after i3 comes i4, after i20 comes i21, whoever asks; order is that of time'
printf 'user,item,time\na,i3,7\na,i2,6\nb,i19,1\nb,i20,2\n' >now.csv
recommend -q -j"$J" --model seq.st -k 1 --context now.csv a b | cut -d, -f1,3
recommend -q --model seq.st -k 1 u1 nobody | cut -d, -f1,2
for loss in sampled bpr gbce; do
	train -q -j"$J" $small --loss $loss --negatives 8 --epochs 40 --holdout none --seed 3 -o $loss.st events.csv
	recommend -q --model $loss.st -k 1 --context now.csv a | sed 1d | cut -d, -f1,3
done
echo '== stops by itself, on events that come later'
train $small --epochs 200 --patience 2 --no-refit --holdout time --seed 3 -o stop.st events.csv 2>&1 | awk '/epoch/ { n++ } END { print (n > 3 && n < 200) }'
echo '== an update learns what is new'
printf 'user,item,time\n' >new.csv
for u in 1 2 3 4 5 6 7 8 9; do printf 'n%s,i8,1\nn%s,new,2\n' $u $u >>new.csv; done
train -q -j1 --model seq --update seq.st --update-epochs 20 -o new1.st new.csv
train -q -j"$J" --model seq --update seq.st --update-epochs 20 -o new.st new.csv && cmp new1.st new.st
printf 'user,item\na,i8\n' >now.csv
recommend -q --model new.st -k 2 --context now.csv a | sed 1d | cut -d, -f3 | sort
echo '== an item without events, by its text alone'
printf 'item,text\n' >texts.csv
for i in $(seq 0 23); do printf 'i%s,"kind%s series%s"\n' $i $((i % 4)) $((i / 4)) >>texts.csv; done
printf 'fresh,"kind1 series5"\n' >>texts.csv
encode -q --dim 64 --width 64 --id item --text text -o texts.st texts.csv
train -q -j"$J" $small --epochs 40 --holdout none --seed 3 --items texts.st -o text.st events.csv
printf 'user,item\na,i19\na,i20\n' >now.csv
recommend -q --model text.st -k 3 --context now.csv a | grep -c ',fresh,'
echo '== what does not go together'
train --model seq --width 10 --heads 3 -o x.st events.csv
echo "status $?"
train --update seq.st --items texts.st -o x.st new.csv
echo "status $?"
echo '== fewer events a window, each with a longer past'
train -q -j1 $small --epochs 20 --stride 3 --holdout none -o one.st events.csv
train -q -j"$J" $small --epochs 20 --stride 3 --holdout none -o stride.st events.csv && cmp one.st stride.st
printf 'user,item\na,i2\na,i3\n' >now.csv
recommend -q --model stride.st -k 1 --context now.csv a | sed 1d | cut -d, -f3
train --model seq --length 8 --stride 9 -o x.st events.csv
echo "status $?"
echo '== norms after, and only unseen items'
train -q -j1 $small --norm post --candidates unseen --epochs 40 --holdout last --seed 3 -o one.st events.csv
train -q -j"$J" $small --norm post --candidates unseen --epochs 40 --holdout last --seed 3 -o post.st events.csv && cmp one.st post.st
recommend -q --model post.st -k 1 --context now.csv a | sed 1d | cut -d, -f3
echo '== whose next event is the only item left to them is ranked right by anybody'
awk 'BEGIN { print "user,item,time"; for (t = 0; t < 9; t++) print "a,i" t "," t; print "b,i9,1\nb,i3,2" }' >all.csv
printf 'user,item,time\na,i9,10\n' >left.csv
for candidates in unseen all; do
	train -j"$J" $small --epochs 2 --candidates $candidates --valid left.csv -o x.st all.csv 2>&1 | awk '/valid 0.0000/ { n++ } END { print n + 0 }'
done

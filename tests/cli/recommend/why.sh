# --why: the events that speak for an item, with weights; ids keep their bars and colons; models that cannot say.
awk 'BEGIN { print "user,item,rating,time"; for (u = 1; u <= 40; u++) for (t = 0; t < 8; t++) print "u" u "," (u % 2 ? "a" : "b") (u + t) % 10 "," (t % 3 ? 5 : 1) "," t }' >events.csv
printf 'odd,"a|b:c\\d, e",5,1\nodd,a3,5,2\n' >>events.csv
train -q -j"$J" --model seq --width 16 --inner 16 --length 10 --epochs 30 --rate 0.01 -o seq.st events.csv
train -q -j"$J" -k 4 -o mf.st events.csv
train -q --model pop -o pop.st events.csv
echo '== seq: what was attended to, of the newest events; nobody has reasons'
printf 'user,item,rating\nnew,a5,5\nnew,a6,1\n' >now.csv
recommend -q -j"$J" --model seq.st -k 2 --why 5 --context now.csv new odd nobody | sed 's/:0\.[0-9]*/:w/g' | cut -d, -f1-2,5-
recommend -q -j"$J" --model seq.st -k 1 --why 9 --context now.csv new | sed 1d | cut -d, -f5 | tr '|' '\n' |
	awk -F: '{ sum += $2; sorted = NR == 1 || $2 <= last; last = $2 } END { print NR, sorted, sum > 0 && sum <= 1.001 }'
echo '== mf: what was liked and lies near'
recommend -q -j"$J" --model mf.st -k 2 --why 2 u1 | cut -d, -f5 | sed 's/a[0-9]:[01]\.[0-9]*/LIKED/g'
recommend -q -j"$J" --model mf.st -k 1 --why 2 --context now.csv new | cut -d, -f5 | sed 's/:.*//'
echo '== pop cannot say'
recommend --model pop.st --why 1 u1

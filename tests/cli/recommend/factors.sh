# A factor model: the score is the predicted rating where that is within the scale; users known only by --context are
# folded in; the same bytes from any number of threads.
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 80; u++) for (i = 1; i <= 40; i++) if ((u * 7 + i * 3) % 5 < 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >train.csv
train -q -j1 --model mf --factors 4 --epochs 5 --seed 7 -o mf.st train.csv
recommend -j"$J" --model mf.st --all -k 3 >all.csv
recommend -j1 --model mf.st --all -k 3 | cmp - all.csv && wc -l <all.csv
recommend --model mf.st --all -k 3 -o file.csv && cmp file.csv all.csv
gzip -c train.csv | recommend --model mf.st -k 3 --users-from - | cmp - all.csv
echo '== no seen item'
awk -F, 'NR == FNR { seen[$1 "," $2]; next } FNR > 1 && ($1 "," $3) in seen' train.csv all.csv
echo '== a user of the context alone'
printf 'user,item,rating\nnew,i1,5\nnew,i2,1\nnew,elsewhere,3\n' >now.csv
recommend --model mf.st -k 40 --context now.csv new nobody 2>told >out.csv
cat told
cut -d, -f1 out.csv | uniq -c | sed 's/^ *//'
echo '== what it has just seen is not recommended'
grep '^new,[0-9]*,i[12],' out.csv || true

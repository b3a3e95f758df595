# A model: warm and cold apart, the same figures as its own recommendations and predictions scored as anybody's, the same
# bytes from any number of threads.
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 80; u++) for (i = 1; i <= 40; i++) if ((u * 7 + i * 3) % 5 < 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >train.csv
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 90; u++) for (i = 1; i <= 45; i++) if ((u * 7 + i * 3) % 35 == 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >test.csv
train -q -j1 --model mf --solver als --factors 4 --epochs 5 --seed 7 -o mf.st train.csv
evaluate -j"$J" --model mf.st -k 3,10 --relevant 3 --format tsv test.csv >model.tsv
evaluate -j1 --model mf.st -k 3,10 --relevant 3 --format tsv test.csv | cmp - model.tsv && cut -f 2 model.tsv | sort | uniq -c
grep -E '^(events|like|pairs|items|users|relevant)[[:space:]]' model.tsv
echo '== the same from its recommendations'
recommend -q --model mf.st -k 10 --users-from test.csv |
	evaluate --predictions - --seen train.csv -k 3,10 --relevant 3 --format tsv test.csv | grep @ >lists.tsv
grep @ model.tsv | cmp - lists.tsv && wc -l <lists.tsv
echo '== intervals'
evaluate -j"$J" --model mf.st --metrics rmse,hit@10 --bootstrap 100 --format tsv test.csv >low.tsv
awk -F '\t' '$4 == "nan" { next } !($4 <= $3 && $3 <= $5) { print "outside", $0 } { n++ } END { print n " intervals" }' low.tsv
evaluate -j1 --model mf.st --metrics rmse,hit@10 --bootstrap 100 --format tsv test.csv | cmp - low.tsv
echo '== a model that does not rate'
train -q --model pop -o pop.st train.csv
evaluate --model pop.st --metrics auc,mrr@5 --format tsv test.csv | grep -E '^(auc|mrr@5).all' | cut -f 1
evaluate --model pop.st --metrics rmse test.csv

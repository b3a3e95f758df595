# The same report from files, pipes and gzip, at any number of threads.
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 300; u++) for (i = 1; i <= 60; i++) if ((u * 7 + i * 3) % 5 < 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >train.csv
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 320; u++) for (i = 1; i <= 65; i++) if ((u * 7 + i * 3) % 35 == 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >test.csv
printf 'item\ni1\ni2\ni3\ni7\ni12\ni19\ni40\n' >some.csv
train -q -j1 --model mf --solver als --factors 5 --epochs 4 -o mf.st train.csv
gzip -k test.csv mf.st some.csv
same() {
	cmp - wanted && echo same
}
evaluate -j1 --model mf.st -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json test.csv >wanted
wc -l <wanted
for j in $THREADS; do
	evaluate -j$j --model mf.st -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json test.csv | same
done | sort -u
evaluate --model mf.st -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json - <test.csv | same
evaluate --model mf.st.gz -k 1,5 --include some.csv.gz --bootstrap 20 --seed 5 -f json test.csv.gz | same
evaluate --model mf.st -k 1,5 --include - --bootstrap 20 --seed 5 -f json test.csv.gz <some.csv.gz | same
cat mf.st | evaluate --model - -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json test.csv | same
evaluate --model mf.st -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json -o out.json test.csv && same <out.json
evaluate --model mf.st -k 1,5 --include some.csv --bootstrap 20 --seed 5 -f json -o out.json.gz test.csv && gzip -dc out.json.gz | same

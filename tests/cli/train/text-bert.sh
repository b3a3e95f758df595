# The whole text path through a model of a real architecture (tests/ref/bert: a tiny random BERT, with words for its ids):
# encode, train with item texts, recommend. New items of the kind that a user likes come first, before any event on them.
mkdir model && cp "$R"/tests/ref/bert/model/* model
words="cat kitten purr whisker milk dog puppy bark leash bone and the a more of with for every new old small large story tale
	book one two three four five red blue my your in home"
{ printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n'; echo $words | tr ' ' '\n'; } >model/vocab.txt
encode --inspect ./model | head -n 4
awk 'BEGIN { split("cat kitten purr whisker milk", c, " "); split("dog puppy bark leash bone", d, " "); split("story tale book", b, " ")
	print "item,title,note"
	for (i = 0; i < 60; i++) printf "%s%02d,%s of a %s,%s\n", i % 2 ? "dog" : "cat", i, b[i % 3 + 1],
		i % 2 ? d[i % 5 + 1] : c[i % 5 + 1], (i % 4 < 2 ? "" : "with " (i % 2 ? d[i % 4 + 1] : c[i % 4 + 1])) }' >items.csv
awk 'BEGIN { print "user,item,rating"
	for (u = 0; u < 20; u++) for (i = 0; i < 40; i++) if ((u * 7 + i * 5) % 3) {
		k = u % 2 == i % 2 ? 4 : 2; printf "u%02d,%s%02d,%d\n", u, i % 2 ? "dog" : "cat", i, k + (u + i) % 2 } }' >train.csv
encode -j$J --encoder ./model --template '{title} {note}' --prefix 'story: ' items.csv -o items.emb
train -q -j$J -k 4 --items items.emb train.csv -o model.rp
awk -F, 'NR > 41 || NR == 1 { print $1 }' items.csv >cold.csv
for user in u00 u01; do
	recommend -q -j$J --model model.rp --include cold.csv -k 10 $user | tail -n +2 | cut -d, -f3 | tr -d '0-9\n'; echo
done

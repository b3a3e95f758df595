# Vectors of other tools: word vectors in five forms and three kinds of NumPy array give what plain Python makes of them
# (tests/ref/vectors), from a file, a pipe and gzip; the rows are appended to, trained on, and reduced as any others.
V=$R/tests/ref/vectors
rows() { # FILE: its vectors, one a line
	header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
	at=$(head -c $((header + 8)) "$1" | grep -ao '"vectors":{[^}]*' | grep -ao 'offsets":\[[0-9]*' | tr -dc 0-9)
	od -An -v -w20 -tf4 -j $((8 + header + at)) -N 120 "$1"
}
compare() { # FILE EXPECTED: the two as equal as floats are
	rows "$1" | paste -d ' ' - "$2" | awk 'NF != 10 { print "rows differ in number" }
		{ for (i = 1; i <= 5; i++) { d = $i - $(i + 5); if (d * d > 1e-12) bad++ } }
		END { print NR " rows, " bad + 0 " numbers differ" }'
}
w="encode -j$J --encoder words --reduce cut --sif 0.01"
for f in word2vec.txt fasttext.vec glove.txt word2vec.bin gensim.bin; do
	$w --vectors "$V/$f" "$V/texts.csv" -o "$f" && compare "$f" "$V/words.txt"
done
gzip -c "$V/word2vec.bin" >packed && $w -q --vectors packed "$V/texts.csv" -o o && cmp o word2vec.txt && echo "the same from gzip"
$w -q --vectors - "$V/texts.csv" -o o <"$V/glove.txt" && cmp o word2vec.txt && echo "the same from a pipe"
$w --vectors "$V/glove.txt" --max-words 4 "$V/texts.csv" -o o
encode -j$J --encoder words --vectors "$V/glove.txt" --remove 1 "$V/texts.csv" -o o
encode -j$J --encoder words --vectors "$V/glove.txt" --remove 1 --fit-from o "$V/texts.csv" -o o2 && cmp o o2
encode -q -j$J --encoder words --vectors "$V/glove.txt" --fit-from o "$V/texts.csv"; echo "exit $?"
$w --vectors "$V/glove.txt" --append word2vec.txt "$V/texts.csv" -o o && cmp o word2vec.txt && echo "nothing new"
for kind in f2 f4 f8; do
	encode -j$J --encoder npy --vectors "$V/rows-$kind.npy" "$V/texts.csv" -o $kind && compare $kind "$V/rows.txt"
done
cut -d, -f1 "$V/texts.csv" | encode -q -j$J --encoder npy --vectors "$V/rows-f4.npy" -o o && cmp o f4 && echo "ids alone will do"
encode -q -j$J --encoder npy --vectors "$V/rows-f4.npy" --reduce pca --dim 2 "$V/texts.csv" -o o && echo "reduced"
encode -j$J --encoder npy --vectors "$V/rows-f4.npy" --append f4 "$V/texts.csv" -o o && cmp o f4
printf 'user,item,rating\na,0,5\na,1,1\nb,0,4\nb,2,2\nc,3,3\n' >events.csv
train -q -j$J --items f4 -k 2 events.csv -o m && recommend -q -j$J --model m -k 9 a | cut -d, -f3 | sort | tr '\n' ' '

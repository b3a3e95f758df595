# Text says what an item without events is like: items of even number are about cats, which everybody likes.
awk 'BEGIN { print "item,text"; for (i = 0; i < 60; i++) print "i" i "," (i % 2 ? "a dog and a walk" : "cats and more cats") }' >items.csv
awk 'BEGIN { print "user,item,rating"; x = 5; for (k = 0; k < 2000; k++) { x = (x * 69069 + 1) % 4294967296
	i = int(x / 65536) % 60; print "u" k % 50 "," "i" i "," (i % 2 ? 2 : 4) + (k % 3 == 0) > (i < 40 ? "train.csv" : "cold.csv") } }' >head
for f in train cold; do cat head $f.csv >t && mv t $f.csv; done
encode -q -j$J --dim 16 --width 64 -o emb items.csv
rmse() { evaluate --format tsv --metrics rmse -m "$1" cold.csv | awk '$1 == "rmse" && $2 == "all" { print ($3 < 0.6 ? "near" : "far") }'; }
for solver in vb als sgd; do
	train -q -j$J --solver $solver -k 4 --epochs 5 -o plain train.csv
	train -q -j$J --solver $solver -k 4 --epochs 5 --items emb -o text train.csv
	echo "$solver: without text $(rmse plain), with text $(rmse text)"
done
train -q -j1 --solver sgd -k 4 --epochs 5 --items emb -o other train.csv
cmp text other && echo same bytes
echo 'item,text
new-cat,cats and more cats' >new.csv
encode -q --dim 16 --width 64 --fit-from emb -o new.emb new.csv
echo 'user,item,rating
u1,i2,4' >feedback.csv
train -q -j$J --update text --items new.emb -o updated feedback.csv
echo 'user,item,rating
u1,new-cat,4.33' >cold.csv
echo "an item that an update brings: $(rmse updated)"
train --update plain --items new.emb -o x feedback.csv
encode -q --dim 8 --width 64 -o narrow items.csv
train --update text --items narrow -o x feedback.csv
encode -q --dim 16 --width 64 --seed 2 -o other.emb new.csv
train --update text --items other.emb -o x feedback.csv

# What users do with vectors: store them smaller, cut them (Matryoshka), whiten them, add to them, learn from both sides.
. "$R/tests/fixture.sh"
mkdir model && cp "$R"/tests/ref/bert/model/* model
{ printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n'; printf '%s\n' a b c d e f g h i j k l m n o p q r s t u v w x y z; } >model/vocab.txt
for c in a e i o n r s t l d; do echo "##$c"; done >>model/vocab.txt
e="encode -q -j$J --encoder ./model"
cut -d, -f1-3 items.csv | head -n 101 >some.csv
vectors() { # FILE WIDTH N: the first N coordinates of each f32 vector
	header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
	at=$(head -c $((header + 8)) "$1" | grep -ao '"vectors":{[^}]*' | grep -ao 'offsets":\[[0-9]*' | tr -dc 0-9)
	od -An -v -w$(($2 * 4)) -tx4 -j $((8 + header + at)) -N $((400 * $2)) "$1" | cut -c1-$(($3 * 9))
}
$e --norm none some.csv -o full && $e --norm none --dim 8 some.csv -o short
vectors full 24 8 >a && vectors short 8 8 >b && cmp a b && echo "--dim cuts: $(wc -l <b) rows"
for reduce in pca whiten; do
	$e --reduce $reduce --dim 8 some.csv -o all && $e --reduce $reduce --dim 8 --fit-from all some.csv -o again
	cmp all again && echo "$reduce: the same by --fit-from"
done
echo "# one text changed, two new, the rest as it was"
sed '5s/,[^,]*,/,Another title,/' some.csv >next.csv && sed -n '102,103p' items.csv | cut -d, -f1-3 >>next.csv
encode -j$J --encoder ./model some.csv -o old && encode -j$J --encoder ./model --append old next.csv -o new
for format in f32 f16 i8; do
	$e --format $format --template '{title} ({genre})' --prefix 'passage: ' items.csv -o i.$format
	$e --format $format --text job,profile --prefix 'query: ' users.csv -o u.$format
	train -q -j$J -k 4 --items i.$format --users u.$format events.csv -o m.$format
	evaluate -q -m m.$format --metrics rmse --format tsv test.csv | awk -F '\t' '$1 == "rmse" && $2 == "all" { print $1, substr($3, 1, 4) }'
	recommend -q -j$J -m m.$format -k 1 sven.stern | wc -l
done
wc -c <i.f32 >n && wc -c <i.f16 >>n && wc -c <i.i8 >>n && awk '{ n[NR] = $1 } END { print (n[1] > n[2] && n[2] > n[3] ? "f32 > f16 > i8" : "?") }' n

# Texts altered while they are learned from, and adversarial shifts: the same bytes at any -j, synonyms that carry over, wrong usage.
mkdir enc
cp "$R"/tests/ref/bert/model/* enc
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the a is it good bad fine poor very not drum string loud quiet old new >enc/vocab.txt
awk 'BEGIN {
	srand(4); print "user,item,rating,text"
	split("good bad", w); split("the a is it very old new loud quiet", f)
	for (i = 0; i < 160; i++) {
		k = 1 + int(rand() * 2); t = f[1 + int(rand() * 9)] " " w[k] " " f[1 + int(rand() * 9)]
		print "u" i % 12 ",i" i % 20 "," 6 - 2 * k "," t
	}
}' >events.csv
sed 's/good/fine/; s/bad/poor/' events.csv >test.csv
printf 'word,synonym\nGood,fine\nbad,poor\nbad,not good\n' >synonyms.csv
small='--model bert --encoder enc --batch-tokens 64 --max-length 16 --head-rate 0.02 --dropout 0 --epochs 8 --seed 2'
all="$small --rate 0.003"
near() { evaluate -q -f tsv --metrics rmse --model "$1" "$2" | awk -v m="$1" '$1 == "rmse" && $2 == "all" { print m, ($3 < 0.6 ? "near" : "far") }'; }
train -q -j"$J" $all -o plain.st events.csv
for how in '--drop-words 0.2' '--swap-words 0.5' '--synonyms synonyms.csv --synonym-share 0.5' '--fgm 0.5' \
	'--learn lora --fgm 0.5 --drop-words 0.1 --swap-words 0.1 --synonyms synonyms.csv'; do
	case $how in *lora*) base=$small ;; *) base=$all ;; esac
	train -q -j1 $base $how -o one.st events.csv
	train -q -j"$J" $base $how -o altered.st events.csv && cmp one.st altered.st
	cmp -s plain.st altered.st || echo "other than without: ${how%% *}"
	near altered.st events.csv
done
echo '== words that are only known as synonyms'
near plain.st test.csv
train -q -j"$J" $all --synonyms synonyms.csv --synonym-share 0.5 -o synonyms.st events.csv
near synonyms.st test.csv
echo '== nothing alters an update but its own options'
train -q -j1 --update plain.st -o a.st events.csv
train -q -j"$J" --update plain.st --model bert --drop-words 0 -o b.st events.csv && cmp a.st b.st && echo same
echo '== what does not go together'
fails() { "$@"; echo "status $?"; }
fails train $small --learn frozen --drop-words 0.1 -o x.st events.csv
fails train $small --learn frozen --synonyms synonyms.csv -o x.st events.csv
fails train $small --learn last --fgm 1 -o x.st events.csv
fails train $small --synonyms nowhere.csv -o x.st events.csv
fails train $small --synonyms events.csv -o x.st events.csv
fails train $small --drop-words 1 -o x.st events.csv

#!/bin/sh
# Model tower on cold items: item-cold splits of MovieLens, RMSE of the cold items' ratings and NDCG@10 of a ranking of the
# cold items, against mf with its ridge map from text (ratings and likes), bias and pop. Results: tower.md.
#
#     tower_cold.sh ml-latest-small|ml-1m ENCODER-DIRECTORY inner|test SEED...
#
# `test` judges on items that nothing was chosen on. `inner` splits the training part once more, for choosing: options are
# judged on items that are neither those of the test nor those by whose ranking training stops. MODELS names the rows, SOFTMAX
# gives the options of the ranking tower.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/$1
[ -d "$DATA" ] || { echo "no $DATA: data/get $1" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=$1 encoder=$2 part=$3
shift 3
cd "$work"
titles='{ n = split($0, f, /\t/); y = ""; t = f[2]
	if (match(t, /\([0-9][0-9][0-9][0-9]\) *$/)) { y = substr(t, RSTART + 1, 4); t = substr(t, 1, RSTART - 2) }
	gsub(/"/, "\"\"", t); print f[1] ",\"" t "\"," y "," (f[3] ~ /^\(no/ ? "" : f[3]) }'
echo item,title,year,genres >items.csv
if [ "$name" = ml-1m ]; then
	gzip -dc "$DATA/ratings_no_timestamp.csv.gz" | sed '1s/.*/user,item,rating/' >events.csv
	gzip -dc "$DATA/movies.dat.gz" | iconv -f latin1 -t utf-8 | sed 's/::/\t/g' | awk "$titles" >>items.csv
else
	gzip -dc "$DATA/ratings.csv.gz" | cut -d, -f1-3 | sed '1s/.*/user,item,rating/' >events.csv
	gzip -dc "$DATA/movies.csv.gz" | sed 1d | sed 's/,/\t/; s/,\([^,]*\)$/\t\1/; s/\t"/\t/; s/"\t/\t/; s/""/"/g' | tr -d '\r' | awk "$titles" >>items.csv
fi
[ -e "${ITEMS_EMB:-}" ] && cp "$ITEMS_EMB" items.emb
[ -e items.emb ] || encode -q --encoder "$encoder" --template '{title} ({year}). {genres}' -o items.emb items.csv
try() { # NAME EVENTS OPTIONS...: its row
	row=$1 events=$2
	shift 2
	case ",${MODELS:-$row}," in *",$row,"*) ;; *) return 0 ;; esac
	train -q --seed "$seed" "$@" -o model "$events"
	for metric in rmse ndcg@10; do
		evaluate -q --model model --metrics $metric --include cold.csv --format tsv parts/test.csv 2>/dev/null |
			awk -F '\t' -v m=$metric '$1 == m && $2 == "all" { v = sprintf("%.4f", $3) } END { printf "%s\t", v ? v : "-" }'
	done >figures
	printf '%s\t%s\t%s%s\n' "$name" "$seed" "$(cat figures)" "$row"
}
for seed; do
	preprocess -q --split cold-item:test=0.1,valid=0.1 --seed "$seed" --out-dir parts events.csv
	if [ "$part" = inner ]; then
		cp parts/train.csv outer.csv
		preprocess -q --split cold-item:test=0.125,valid=0.125 --seed "7$seed" --out-dir parts outer.csv
	fi
	cut -d, -f2 parts/test.csv >cold.csv
	cut -d, -f2 parts/valid.csv >valid-items.csv
	for f in train valid; do cut -d, -f1,2 parts/$f.csv >$f-likes.csv; done
	tower='--model tower --items items.emb --item-table items.csv --item-columns year:number,genres:tags'
	ranking="--loss softmax ${SOFTMAX:---layers 64 --id-dropout 0.9} --epochs ${EPOCHS:-60} --patience ${PATIENCE:-10}"
	try 'pop' parts/train.csv --model pop
	try 'bias' parts/train.csv --model bias
	try 'mf ridge map' parts/train.csv --model mf --items items.emb
	try 'mf logistic ridge map' train-likes.csv --model mf --solver sgd --loss logistic --negatives 4 --items items.emb
	# shellcheck disable=SC2086
	try 'tower mse' parts/train.csv $tower --id-dropout 0.5 --epochs 20 --valid parts/valid.csv
	# shellcheck disable=SC2086
	try 'tower softmax' train-likes.csv $tower $ranking --stop-on ndcg@10 --include valid-items.csv --valid valid-likes.csv
done

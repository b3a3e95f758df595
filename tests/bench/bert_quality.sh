#!/bin/sh
# Model bert on reviews: the error of ratings told from texts, and the share of likes (a rating of at least 4) told right, by
# adapters (LoRA) on all-MiniLM-L6-v2, by the same encoder frozen with a head, by TF-IDF with ridge and logistic regression, and
# by model bias. Reviews of one text count once (bert_quality.py). Results: bert-quality.md.
#
#     bert_quality.sh musical-instruments|all-beauty valid|test SEED...
#
# valid: told of the validation part, by which options were chosen; test: of the test part. Needs PEERS_PYTHON with scikit-learn.
# TRAIN, VALID, TEST: reviews in each part (2000, 400, 1000). LENGTH: tokens of a text; LORA: options of the adapters, FROZEN_RATE:
# the rate of the frozen row's head. ROWS: those of bias,TF-IDF,frozen,LoRA to run. J: threads.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}
MODEL=${MODEL:-$("$R/data/get" --where minilm-l6)} || exit 1
python=${PEERS_PYTHON:-python3}
case $1 in
musical-instruments) file=$DATA/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz ;;
all-beauty) file=$DATA/amazon-2018-small/All_Beauty_5.json.gz ;;
*) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
[ -e "$file" ] || { echo "no $file" >&2; exit 1; }
name=$1 part=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted() { case ",${ROWS:-$1}," in *",$1,"*) ;; *) return 1 ;; esac; }
tell() { # NAME METRIC LABEL TRAIN-OPTIONS...: one figure
	row=$1 metric=$2 label=$3
	shift 3
	wanted "$row" || return 0
	train -q -j"${J:-0}" --seed "$seed" "$@" -o model train.csv
	evaluate -q -j"${J:-0}" --model model --like 4 --metrics "$metric" --format tsv "$part.csv" |
		awk -F '\t' -v d="$name" -v s="$seed" -v r="$row" -v m="$metric" -v l="$label" \
			'$1 == m && $2 == "all" { printf "%s\tseed %s\t%s\t%s %.4f\n", d, s, r, l, $3 }'
}
for seed; do
	preprocess -q --input-format jsonl --map user=reviewerID,item=asin,rating=overall,text=reviewText --keep '' --skip-bad 100 "$file" |
		"$python" "$R/tests/bench/bert_quality.py" split . "$seed" "${TRAIN:-2000}" "${VALID:-400}" "${TEST:-1000}"
	tell bias mse MSE --model bias
	tell bias like-accuracy accuracy --model bias
	[ "$part" = valid ] || ! wanted TF-IDF || "$python" "$R/tests/bench/bert_quality.py" tfidf . | sed "s/^/$name\tseed $seed\t/"
	bert="--model bert --encoder $MODEL --valid valid.csv --max-length ${LENGTH:-64}"
	frozen="--learn frozen --epochs 100 --patience 5 --head-rate ${FROZEN_RATE:-0.003}"
	lora="--learn lora ${LORA:---epochs 4 --batch-tokens 512}"
	# shellcheck disable=SC2086
	{
		tell frozen mse MSE $bert $frozen --task rating
		tell frozen like-accuracy accuracy $bert $frozen --task like --like 4
		tell LoRA mse MSE $bert $lora --task rating
		tell LoRA like-accuracy accuracy $bert $lora --task like --like 4
	}
done

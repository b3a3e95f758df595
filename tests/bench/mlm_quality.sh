#!/bin/sh
# Model mlm: what masked-language learning on a shop's own reviews is worth to a small encoder, against the same encoder with
# random weights (--epochs 0). Amazon Musical Instruments; mlm reads the texts of the training part alone. Then the ratings of
# the test part are told from their texts: by a head on frozen vectors, and by fine-tuning everything. Results: mlm.md.
#
#     mlm_quality.sh SEED...      EPOCHS of mlm (8); the seeds are those of fine-tuning, the split is one
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz
[ -e "$DATA" ] || { echo "no $DATA: see data/get" >&2; exit 1; }
work=${WORK:-$(mktemp -d)}
[ "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work" && cd "$work"
preprocess -q --input-format jsonl --map user=reviewerID,item=asin,rating=overall,text=reviewText,time=unixReviewTime --keep '' \
	--split random:test=0.2,valid=0.1 --seed 1 --out-dir . "$DATA"
[ -e learned ] || train --model mlm --valid valid.csv --epochs "${EPOCHS:-8}" -o learned train.csv
[ -e random ] || train --model mlm --epochs 0 -o random train.csv
score() { # NAME SEED OPTIONS...
	name=$1 seed=$2
	shift 2
	train -q --model bert --seed "$seed" --valid valid.csv --max-length 128 "$@" -o model train.csv
	evaluate -q --model model --metrics mse,accuracy --format tsv test.csv |
		awk -F '\t' -v n="$name" -v s="$seed" '$2 == "all" && $1 ~ /mse|accuracy/ { v[$1] = $3 } END {
			printf "%s\tseed %s\tMSE %.4f\taccuracy %.4f\n", n, s, v["mse"], v["accuracy"] }'
}
for seed; do
	for encoder in random learned; do
		case $encoder in random) rate=0.0012 ;; *) rate=0.0006 ;; esac # of 0.0001 to 0.0024 the best on the validation part
		score "frozen, $encoder" "$seed" --encoder $encoder --learn frozen --epochs 60 --patience 6 --head-rate 0.003
		score "full, $encoder" "$seed" --encoder $encoder --learn full --epochs 5 --rate $rate --patience 2
	done
done

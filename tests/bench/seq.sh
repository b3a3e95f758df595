#!/bin/sh
# Model seq on MovieLens 100K: seconds an epoch. With PEERS=1 and a python3 that has PyTorch, the same network there,
# in turns. Results: seq.md.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/ml-100k/u.data.gz
[ -e "$DATA" ] || { echo "no $DATA: data/get ml-100k" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc "$DATA" | awk -F '\t' 'BEGIN { OFS = ","; print "user,item,rating,time" } { print $1, $2, $3, $4 }' >"$work/events.csv"
seconds() { # EPOCHS
	from=$(date +%s%N)
	train -q -j2 --model seq --holdout none --epochs "$1" -o "$work/seq.st" "$work/events.csv"
	echo $(($(date +%s%N) - from))
}
for _ in 1 2 3; do
	one=$(seconds 1)
	six=$(seconds 6)
	awk -v a="$one" -v b="$six" 'BEGIN { printf "recpipe -j2\t%.2f s an epoch\n", (b - a) / 5e9 }'
	if [ "${PEERS:-}" ]; then python3 "$R/tests/bench/seq_torch.py" "$work/events.csv" 4 2 | tail -2; fi
done

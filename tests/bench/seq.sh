#!/bin/sh
# Model seq: sequences/s, wall and processor seconds an epoch, and peak memory, -j2, on MovieLens 100K or (SIZE=1m) on made-up
# events as many as MovieLens 1M has. With PEERS_PYTHON, a python that has PyTorch, the same network there on two threads, with
# the same windows and batches, in turns. ROUNDS of them. An epoch is the difference of a training of MANY and one of FEW over
# the epochs between them, and PyTorch's the last of PEER_EPOCHS. Results: seq.md.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/ml-100k/u.data.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo user,item,rating,time >"$work/events.csv"
if [ "${SIZE:-100k}" = 1m ]; then # 6,040 users, 3,706 items, 1,000,209 events; each item follows from the one before or by chance
	awk 'BEGIN { srand(1); for (n = 0; n < 1000209; n++) {
		u = n % 6040; last[u] = rand() < 0.5 ? (last[u] * 7 + 1) % 3706 : int(3706 * rand() ^ 3)
		print u "," last[u] ",5," n } }' >>"$work/events.csv"
else
	[ -e "$DATA" ] || { echo "no $DATA: data/get ml-100k" >&2; exit 1; }
	gzip -dc "$DATA" | awk -F '\t' 'BEGIN { OFS = "," } { print $1, $2, $3, $4 }' >>"$work/events.csv"
fi
if [ "${SIZE:-100k}" = 1m ]; then many=2 rounds=2 epochs=2; else many=4 rounds=3 epochs=3; fi
FEW=${FEW:-1}
MANY=${MANY:-$many}
# How many windows of 50 an epoch has: longer rows are cut at a place that is drawn.
sequences=$(sed 1d "$work/events.csv" | cut -d, -f1 | sort | uniq -c | awk '{ n = $1; if (n <= 50) sum++; else
	for (f = 1; f <= 50; f++) sum += (1 + int((n - f + 49) / 50)) / 50 } END { printf "%.0f", sum }')
run() { # EPOCHS: wall and processor seconds, peak memory in kB
	from=$(date +%s%N)
	command time -f '%U %S %M' -o "$work/used" train -q -j2 --model seq --batch 128 --holdout none --epochs "$1" -o "$work/seq.st" "$work/events.csv"
	echo "$from $(date +%s%N) $(cat "$work/used")" | awk '{ print ($2 - $1) / 1e9, $3 + $4, $5 }'
}
for _ in $(seq "${ROUNDS:-$rounds}"); do
	echo "$(run "$FEW") $(run "$MANY")" | awk -v e=$((MANY - FEW)) -v n="$sequences" '{ wall = ($4 - $1) / e
		printf "recpipe -j2\tsequences %d\t%.0f sequences/s\twall %.2f s\tcpu %.2f s\tat most %.0f MB\n", n, n / wall, wall,
		       ($5 - $2) / e, $6 / 1e3 }'
	[ -z "${PEERS_PYTHON:-}" ] || "$PEERS_PYTHON" "$R/tests/bench/seq_torch.py" "$work/events.csv" "${PEER_EPOCHS:-$epochs}" 2 | tail -n 1
done

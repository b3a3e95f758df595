#!/bin/sh
# Model seq: seconds an epoch and peak memory, on MovieLens 100K or (SIZE=1m) on made-up events as many as MovieLens 1M has.
# With PEERS_PYTHON, a python that has PyTorch, the same network there, in turns. ROUNDS of them (3). Results: seq.md.
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
FEW=${FEW:-1}
MANY=${MANY:-4}
seconds() { # EPOCHS
	from=$(date +%s%N)
	command time -f %M -o "$work/memory" train -q -j2 --model seq --holdout none --epochs "$1" -o "$work/seq.st" "$work/events.csv"
	echo $(($(date +%s%N) - from))
}
for _ in $(seq "${ROUNDS:-3}"); do
	few=$(seconds "$FEW")
	many=$(seconds "$MANY")
	awk -v a="$few" -v b="$many" -v n=$((MANY - FEW)) -v m="$(cat "$work/memory")" 'BEGIN {
		printf "recpipe -j2\t%.2f s an epoch\tat most %.0f MB\n", (b - a) / n / 1e9, m / 1e3 }'
	[ -z "${PEERS_PYTHON:-}" ] || "$PEERS_PYTHON" "$R/tests/bench/seq_torch.py" "$work/events.csv" "${PEER_EPOCHS:-3}" 2 | tail -n 1
done

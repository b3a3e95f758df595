#!/bin/sh
# Model tower on MovieLens 1M: seconds an epoch and peak memory. With PEERS_PYTHON, a python3 that has PyTorch, the same
# network there, in turns (VARIANTS, EPOCHS or a part of one, ROUNDS, THREADS). Results: tower.md.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/ml-1m
[ -e "$DATA/users.dat.gz" ] || { echo "no $DATA: data/get ml-1m" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc "$DATA/ratings_no_timestamp.csv.gz" | sed '1s/.*/user,item,rating/' >"$work/events.csv"
gzip -dc "$DATA/users.dat.gz" | awk -F '::' 'BEGIN { print "user,gender,age,occupation" } { print $1 "," $2 "," $3 "," $4 }' >"$work/users.csv"
gzip -dc "$DATA/movies.dat.gz" | iconv -f latin1 -t utf-8 | awk -F '::' 'BEGIN { print "item,year,genres" }
	{ match($2, /\([0-9]*\)$/); print $1 "," substr($2, RSTART + 1, 4) "," $3 }' >"$work/items.csv"
[ -x /usr/bin/time ] || { echo "no /usr/bin/time" >&2; exit 1; }
threads=${THREADS:-2}
learn() { # EPOCHS: wall and processor seconds, KiB of memory at most
	/usr/bin/time -f '%e %U %S %M' train -q -j"$threads" --model tower --user-table "$work/users.csv" --item-table "$work/items.csv" \
		--epochs "$1" -o "$work/tower.st" "$work/events.csv" 2>&1
}
for _ in $(seq "${ROUNDS:-2}"); do
	{ learn 1; learn 3; } | awk -v j="$threads" '{ wall[NR] = $1; cpu[NR] = $2 + $3; most = $4 } END {
		printf "recpipe -j%d\twall %.2f s\tcpu %.2f s an epoch; with loading and saving %.2f s\tpeak %d MiB\n", j,
			(wall[2] - wall[1]) / 2, (cpu[2] - cpu[1]) / 2, wall[1], most / 1024 }'
	[ "${PEERS_PYTHON:-}" ] || continue
	for variant in ${VARIANTS:-dense sparse unique}; do
		"$PEERS_PYTHON" "$R/tests/bench/tower_torch.py" "$work/events.csv" "$work/users.csv" "$work/items.csv" "${EPOCHS:-0.5}" \
			"$threads" "$variant"
	done
done

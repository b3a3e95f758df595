#!/bin/sh
# Top-10 of all users of MovieLens 1M at 64 factors, seen items excluded: the whole command, and the part that ranks.
# With PEERS=1 and a python3 that has implicit and faiss, theirs too. Results: recommend.md.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/ml-1m/ratings_no_timestamp.csv.gz
[ -e "$DATA" ] || { echo "no $DATA: data/get ml-1m" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc "$DATA" | sed '1s/.*/user,item,rating/' >"$work/train.csv"
train -q --model mf --solver als --factors 64 --epochs 2 -o "$work/mf.st" "$work/train.csv"
median() { # NAME COMMAND...: of 15 runs, milliseconds
	name=$1
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		from=$(date +%s%N)
		"$@" >/dev/null 2>&1
		echo $(($(date +%s%N) - from))
	done | sort -n | awk -v name="$name" '{ t[NR] = $1 / 1e6 } END { printf "%s\t%.1f ms\tleast %.1f\n", name, t[8], t[1] }'
}
for j in 1 2; do
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		recommend -v --model "$work/mf.st" --all -j$j -o "$work/top.csv" 2>&1 | sed -n 's/.*ranking.* took \(.*\) ms/\1/p'
	done | sort -n | awk -v j=$j '{ t[NR] = $1 } END { printf "recommend --all -j%d, ranking alone\t%.1f ms\tleast %.1f\n", j, t[8], t[1] }'
	median "recommend --all -j$j, whole command" recommend --model "$work/mf.st" --all -j$j -o "$work/top.csv"
	median "recommend, one user -j$j" recommend --model "$work/mf.st" -j$j -o "$work/one.csv" 1
done
if [ "${PEERS:-}" ]; then
	for j in 1 2; do
		echo "peers, $j threads"
		THREADS=$j OPENBLAS_NUM_THREADS=1 ${PYTHON:-python3} "$R/tests/bench/recommend_peers.py" "$work/train.csv" 64 2>/dev/null
	done
fi

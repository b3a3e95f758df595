#!/bin/sh
# Reading 5 million ratings into memory against libcsv with empty callbacks: paired rounds, medians. The file is made here
# (200,000 users, 50,000 items, grouped by user, about 138 MB). Result: read.txt.
set -eu
R=$(cd "$(dirname "$0")/../.." && pwd)
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
awk 'BEGIN {
	srand(1); print "user,item,rating,time"
	for (i = 0; i < 5000000; i++)
		printf "%d,%d,%.1f,%d\n", i / 25 + 1, 50000 * rand() * rand() + 1, int(rand() * 10 + 1) / 2, 1e9 + i * 37
}' >"$W/ratings.csv"
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O3 -I"$R/src" -o "$W/read" "$R/tests/bench/read.c" "$R/build/release/librecpipe.a" \
	-lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread
"$W/read" "$W/ratings.csv" 9 >"$W/rounds"
for column in 1 2 3 4 5; do
	cut -f "$column" "$W/rounds" | sort -n | sed -n 5p
done | paste -s - | awk '{
	printf "libcsv, empty callbacks   %.3f s\nevents_read, 1 thread     %.3f s   speed against libcsv %.2f\n", $1, $2, $4
	printf "events_read, 2 threads    %.3f s   speed against libcsv %.2f\n", $3, $5 }'

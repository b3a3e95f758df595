#!/bin/sh
# Training time of mf by sgd against LIBMF on MovieLens 1M: 64 factors, 20 passes, 2 threads, whole process (reading
# text, learning, writing the model), paired runs, and the error of both on the same held-out tenth.
# LIBMF names the directory of mf-train and mf-predict (make it with -DUSEAVX -DUSEOMP -O3 -march=native -fopenmp);
# its regularisation is the best of 0.03 0.05 0.07 0.08 0.1 on a tenth of the training part.
# Data: $RECPIPE_DATA (default ../shared/data). Result: mf-speed.txt.
set -eu
R=$(cd "$(dirname "$0")/../.." && pwd)
D=${RECPIPE_DATA:-$R/../shared/data}
PATH=$R/bin:$PATH
if [ ! -x "${LIBMF:-}/mf-train" ]; then
	echo "mf-speed: set LIBMF to the directory of mf-train and mf-predict; skipped"
	exit 0
fi
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
cd "$W"

zcat "$D/ml-1m/ratings_no_timestamp.csv.gz" | tr -d '\r' | awk -F, -v OFS=, '
	BEGIN { srand(20261121); print "user,item,rating" > "train.csv"; print "user,item,rating" > "test.csv" }
	NR > 1 { print $1, $2, $3 > (rand() < 0.1 ? "test.csv" : "train.csv") }'
for p in train test; do sed 1d $p.csv | tr , ' ' >$p.txt; done

timed() { # FILE command...: seconds, appended to FILE
	to=$1; shift
	begin=$(date +%s%N)
	"$@"
	echo "$begin $(date +%s%N)" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }' >>"$to"
}
for run in 1 2 3 4 5 6 7 8 9 10 11; do
	timed theirs "$LIBMF/mf-train" -k 64 -t 20 -s 2 -l2 0.07 --quiet train.txt libmf.model
	timed ours train -q -j 2 --solver sgd --factors 64 --epochs 20 -o model train.csv
	test "$run" = 1 && cp model first
	cmp model first
done
paste theirs ours | awk '{ print $1 / $2, $1, $2 }' | sort -n | awk '{ r[NR] = $0 } END {
	split(r[int((NR + 1) / 2)], m); split(r[1], a); split(r[NR], z)
	printf "LIBMF s / recpipe s, %d paired runs: median %.2f (least %.2f, most %.2f)\n", NR, m[1], a[1], z[1] }'
for f in theirs ours; do
	sort -n $f | awk -v n=$f '{ t[NR] = $1 } END { printf "%-7s median %.3f s\n", n, t[int((NR + 1) / 2)] }'
done
"$LIBMF/mf-predict" test.txt libmf.model out | sed 's/^/theirs  /'
evaluate --format tsv --metrics rmse -m model test.csv | awk -F'\t' '$1 == "rmse" && $2 == "all" { printf "ours    RMSE = %.4f\n", $3 }'

#!/bin/sh
# Root mean squared error of bias and mf: MovieLens 100K, official folds u1..u5, and MovieLens 1M, a random 90/10 split.
# Options are the defaults, which were chosen on random tenths of the training parts only (never on a test fold).
# Data: $RECPIPE_DATA (default ../shared/data), as data/get brings them. Result: mf-rmse.txt.
set -eu
R=$(cd "$(dirname "$0")/../.." && pwd)
D=${RECPIPE_DATA:-$R/../shared/data}
PATH=$R/bin:$PATH
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT

for f in 1 2 3 4 5; do
	for p in base test; do
		{ echo user,item,rating,time; zcat "$D/ml-100k/u$f.$p.gz" | tr '\t' ,; } >"$W/u$f.$p"
	done
done
zcat "$D/ml-1m/ratings_no_timestamp.csv.gz" | tr -d '\r' | awk -F, -v OFS=, -v w="$W" '
	BEGIN { srand(20261121); train = w "/m1.train"; test = w "/m1.test"; print "user,item,rating" > train
		print "user,item,rating" > test }
	NR > 1 { print $1, $2, $3 > (rand() < 0.1 ? test : train) }'

rmse() { # TRAIN TEST train-options...
	train=$1; test=$2; shift 2
	train -q -o "$W/model" "$@" "$train"
	evaluate --format tsv --metrics rmse -m "$W/model" "$test" | awk -F'\t' '$1 == "rmse" && $2 == "all" { print $3 }'
}

printf '%-34s %8s %8s %8s %8s %8s %8s %9s\n' '' u1 u2 u3 u4 u5 mean ml-1m
line() { # name, train-options...
	name=$1; shift
	for f in 1 2 3 4 5; do rmse "$W/u$f.base" "$W/u$f.test" "$@"; done >"$W/five"
	rmse "$W/m1.train" "$W/m1.test" "$@" >>"$W/five"
	awk -v n="$name" '{ x[NR] = $1 } END { printf "%-34s", n
		for (i = 1; i <= 5; i++) { printf " %8.4f", x[i]; s += x[i] }
		printf " %8.4f %9.4f\n", s / 5, x[6] }' "$W/five"
}
line 'bias' -m bias
line 'mf --solver vb (default)'
line 'mf --solver vb -k 64' -k 64
line 'mf --solver als' --solver als
line 'mf --solver als --reg-power 1' --solver als --reg 0.1 --reg-bias 0.05 --reg-power 1
line 'mf --solver sgd' --solver sgd
line 'mf --solver sgd -k 64' --solver sgd -k 64
line 'mf --solver sgd --reg-power 1' --solver sgd -k 64 --reg 0.06 --reg-bias 0.01 --reg-power 1
line 'mf --solver sgd --optimizer adam' --solver sgd --optimizer adam --rate 0.003

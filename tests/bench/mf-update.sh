#!/bin/sh
# MovieLens 100K in order of time: train on the first 80 %, then the rest in 20 updates. After each, the error on the
# next batch: of the model as it was at the start (static), of the updated one, and of one trained from scratch on all
# events so far; and the seconds that the whole process took, model files read and written.
# Data: $RECPIPE_DATA (default ../shared/data). Options: MF (default: none), METRIC (default: rmse). Result: mf-update.txt.
set -eu
R=$(cd "$(dirname "$0")/../.." && pwd)
D=${RECPIPE_DATA:-$R/../shared/data}
METRIC=${METRIC:-rmse}
PATH=$R/bin:$PATH
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
cd "$W"

zcat "$D/ml-100k/u.data.gz" | sort -s -n -k4,4 | tr '\t' , >all
head -n 80000 all | sed '1i user,item,rating,time' >start
tail -n +80001 all | split -l 1000 -d -a 2 - batch
for b in batch??; do sed -i '1i user,item,rating,time' "$b"; done

timed() { # FILE train-options...: seconds, appended to FILE
	to=$1; shift
	begin=$(date +%s%N)
	# shellcheck disable=SC2086 # several options
	train -q -j 1 ${MF:-} "$@"
	echo "$begin $(date +%s%N)" | awk '{ printf "%.4f\n", ($2 - $1) / 1e9 }' >>"$to"
}
error() { # MODEL TEST
	evaluate --format tsv --metrics "$METRIC" -m "$1" "$2" | awk -F'\t' -v metric="$METRIC" '$1 == metric && $2 == "all" { print $3 }'
}

timed first -o static start
cp static updated
cp start so-far
previous=
for b in batch??; do
	if [ "$previous" ]; then
		echo "$previous $(error static "$b") $(error updated "$b") $(error scratch "$b")" >>table
	fi
	previous=${b#batch}
	timed update-s --update updated -o updated "$b"
	sed 1d "$b" >>so-far
	timed scratch-s -o scratch so-far
done
paste table update-s scratch-s | awk -v power="$([ "$METRIC" = rmse ] && echo 2 || echo 1)" '
	BEGIN { print "update  static updated retrained   update s  retrain s" }
	NF == 6 { printf "%6d  %.4f  %.4f  %.4f     %.4f     %.4f\n", $1 + 1, $2, $3, $4, $5, $6
		for (k = 2; k <= 4; k++) s[k] += $k ^ power; u += $5; r += $6; n++ }
	END { for (k = 2; k <= 4; k++) s[k] = (s[k] / n) ^ (1 / power)
		printf "   all  %.4f  %.4f  %.4f     %.4f     %.4f\n", s[2], s[3], s[4], u / n, r / n
		printf "updating recovers %.0f %% of what retraining gains, in %.1f %% of its time\n",
			100 * (s[2] - s[3]) / (s[2] - s[4]), 100 * u / r }'

#!/bin/sh
# encoder-quality.sh [MODEL...]: every precision against sentence-transformers on 10,000 real texts, and what each costs in
# ranking, for model directories. PEERS_PYTHON is a python3 with numpy, safetensors and sentence-transformers; data sets lie
# in RECPIPE_DATA (default ../shared/data). REVIEWS takes only so many reviews. Results: encoder-quality.md.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
[ $# -ge 1 ] && [ "${PEERS_PYTHON:-}" ] || { echo "usage: PEERS_PYTHON=python3 encoder-quality.sh MODEL..."; exit 0; }
quality() {
	"$PEERS_PYTHON" "$R/tests/bench/encoder-quality.py" "$@"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quality texts "${RECPIPE_DATA:-$R/../shared/data}" "$work/texts.csv" ${REVIEWS:+"$REVIEWS"}
for model in "$@"; do
	echo "== $model"
	rm -f "$work/reference.npy"
	until quality reference "$model" "$work/texts.csv" "$work/reference.npy" 2>"$work/log" | tee "$work/n" | grep -q '^\([0-9]*\) of \1$'; do
		[ -s "$work/n" ] || { cat "$work/log" >&2; exit 1; }
	done
	for precision in f32 bf16 int8; do
		encode -q --encoder "$model" --precision $precision --text text "$work/texts.csv" -o "$work/$precision.st"
	done
	quality report "$work/texts.csv" "$work/reference.npy" "$work/f32.st" "$work/bf16.st" "$work/int8.st"
done

#!/bin/sh
# Tokens a second on one thread, product reviews: WordPiece of all-MiniLM-L6-v2 and, with PEERS_PYTHON (a python3 that has
# `tokenizers`), a byte-level BPE of 50,265 tokens learned from those reviews, each beside Hugging Face's in turns. Results:
# encoder.md. Environment: MODEL, RECPIPE_DATA, ROUNDS (5).
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
MODEL=${MODEL:-$("$R/data/get" --where minilm-l6)} || exit 1
DATA=${RECPIPE_DATA:-$R/../shared/data}
B=$R/build/bench
mkdir -p "$B/bpe"
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -I"$R/src" -o "$B/tokenizer" "$R/tests/bench/tokenizer.c" "$R/build/release/librecpipe.a" \
	-lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread
peer() { "${PEERS_PYTHON:-python3}" "$R/tests/bench/tokenizer_peer.py" "$@"; }
peer texts "$DATA" "$B/tokens.txt"
models=$MODEL
if [ "${PEERS_PYTHON:-}" ]; then
	[ -s "$B/bpe/tokenizer.json" ] || peer learn "$B/tokens.txt" "$B/bpe"
	models="$models $B/bpe"
fi
for model in $models; do
	echo "== $model"
	for _ in $(seq "${ROUNDS:-5}"); do
		printf 'here\t%s\n' "$("$B/tokenizer" "$model" "$B/tokens.txt")"
		[ -z "${PEERS_PYTHON:-}" ] || printf 'peer\t%s\n' "$(peer run "$model" "$B/tokens.txt")"
	done
done

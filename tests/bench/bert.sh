#!/bin/sh
# Steps of fine-tuning all-MiniLM-L6-v2 on product reviews cut at 128 tokens, 32 a step: tokens a second by the clock; with
# PEERS_PYTHON (a python3 that has torch, transformers, tokenizers) PyTorch in turns. Results: bert.md.
# Environment: MODEL, RECPIPE_DATA, THREADS (2), ROUNDS (2), SECONDS_EACH (6), LEARN ("full lora"), ORDER ("given like": reviews
# in their order; those of a step of like length, so that PyTorch pads little). As it stands, three minutes on a quiet machine.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
MODEL=${MODEL:-$("$R/data/get" --where minilm-l6)} || exit 1
REVIEWS=${RECPIPE_DATA:-$R/../shared/data}/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz
python=${PEERS_PYTHON:-python3}
bench=$R/build/bench
mkdir -p "$bench"
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -I"$R/src" -o "$bench/bert" "$R/tests/bench/bert.c" "$R/build/release/librecpipe.a" \
	-lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread
for order in ${ORDER:-given like}; do
	"$python" "$R/tests/bench/bert_torch.py" tokens "$MODEL" "$REVIEWS" 2000 "$order" 32 "$bench/bert.$order"
done
printf 'who\tlearns\torder\ttokens/s, median\tbest\ttokens/CPU s\tpeak MB\n'
step() { # WHO COMMAND...
	printf '%s\t%s\t%s\t' "$1" "$learn" "$order"
	shift
	"$@" "$MODEL" "$learn" "${THREADS:-2}" "$bench/bert.$order" 32 "${SECONDS_EACH:-6}"
}
for learn in ${LEARN:-full lora}; do
	for order in ${ORDER:-given like}; do
		round=0
		while [ $round -lt "${ROUNDS:-2}" ]; do
			step recpipe "$bench/bert"
			[ -z "${PEERS_PYTHON:-}" ] || step PyTorch "$python" "$R/tests/bench/bert_torch.py" step 2>/dev/null
			round=$((round + 1))
		done
	done
done

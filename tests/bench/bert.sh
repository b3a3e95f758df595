#!/bin/sh
# Steps of fine-tuning all-MiniLM-L6-v2 on product reviews cut at 128 tokens, 32 a step: tokens a second; with PEERS_PYTHON (a
# python3 that has torch, transformers, tokenizers) PyTorch in turns. Results: bert.md.
# Environment: MODEL, RECPIPE_DATA, THREADS (2), ROUNDS (3), SECONDS_EACH (10), LEARN ("full lora").
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
MODEL=${MODEL:-$("$R/data/get" --where minilm-l6)} || exit 1
REVIEWS=${RECPIPE_DATA:-$R/../shared/data}/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz
python=${PEERS_PYTHON:-python3}
bench=$R/build/bench
mkdir -p "$bench"
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -I"$R/src" -o "$bench/bert" "$R/tests/bench/bert.c" "$R/build/release/librecpipe.a" \
	-lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread
"$python" "$R/tests/bench/bert_torch.py" tokens "$MODEL" "$REVIEWS" 2000 "$bench/bert.tokens"
printf 'who\tlearns\ttokens/s, median\tbest\ttokens/CPU s\tpeak MB\n'
for learn in ${LEARN:-full lora}; do
	round=0
	while [ $round -lt "${ROUNDS:-3}" ]; do
		printf 'recpipe\t%s\t' "$learn"
		"$bench/bert" "$MODEL" "$learn" "${THREADS:-2}" "$bench/bert.tokens" 32 "${SECONDS_EACH:-10}"
		if [ "${PEERS_PYTHON:-}" ]; then
			printf 'PyTorch\t%s\t' "$learn"
			"$python" "$R/tests/bench/bert_torch.py" step "$MODEL" "$learn" "${THREADS:-2}" "$bench/bert.tokens" 32 \
				"${SECONDS_EACH:-10}" 2>/dev/null
		fi
		round=$((round + 1))
	done
done

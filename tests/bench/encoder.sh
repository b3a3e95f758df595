#!/bin/sh
# Forward passes of all-MiniLM-L6-v2 over product reviews and over film titles, in every precision, beside the
# processor's peak; with PEERS_PYTHON (a python3 that has onnxruntime, torch, sentence-transformers) and ONNX (a directory that
# encoder_onnx.py filled) ONNX Runtime and PyTorch too, in turns. Results: encoder.md.
# Environment: MODEL, RECPIPE_DATA, THREADS (2), ROUNDS (7), CONTESTANTS instead of those below.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
MODEL=${MODEL:-$("$R/data/get" --where minilm-l6)} || exit 1
DATA=${RECPIPE_DATA:-$R/../shared/data}
THREADS=${THREADS:-2}
OURS=$R/build/bench/encoder
export MODEL THREADS OURS ONNX
mkdir -p "$R/build/bench"
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -I"$R/src" -o "$OURS" "$R/tests/bench/encoder.c" "$R/build/release/librecpipe.a" \
	-lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread
python=${PEERS_PYTHON:-python3}
peers=
if [ "${PEERS_PYTHON:-}" ] && [ "${ONNX:-}" ]; then
	peers="ort:fused-f32:8 ort:fused-int8-tensor:8 torch:float32:8 torch:bfloat16:8 st:float32:32"
fi
for texts in "reviews 128" "titles 1024"; do
	name=${texts% *}
	"$python" "$R/tests/bench/encoder_peers.py" texts "$name" "${texts#* }" "$DATA" >"$R/build/bench/$name.txt"
	echo "== $name"
	# shellcheck disable=SC2086
	"$python" "$R/tests/bench/encoder_peers.py" rounds "${ROUNDS:-7}" "$R/build/bench/$name.txt" \
		${CONTESTANTS:-ours:peak-f32 ours:f32 ours:peak-bf16 ours:bf16 ours:peak-int8 ours:int8 $peers}
done

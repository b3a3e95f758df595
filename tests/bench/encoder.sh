#!/bin/sh
# Forward passes of all-MiniLM-L6-v2 over product reviews and over film titles, in every precision, beside the
# processor's peak; with PEERS_PYTHON (a python3 that has onnxruntime, torch, sentence-transformers) and ONNX (a directory that
# encoder_onnx.py filled) ONNX Runtime and PyTorch too, in turns, each with its best graph and batch, which a sweep finds
# first. Results: encoder.md. With peers about eight minutes.
# Environment: MODEL, RECPIPE_DATA, THREADS (2), ROUNDS (5), BATCHES (1 4 8 16 32), CONTESTANTS instead of those below.
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
kinds=
if [ "${PEERS_PYTHON:-}" ] && [ "${ONNX:-}" ]; then
	kinds="ort:fused-f32,ort:f32 ort:int8-tensor,ort:int8-channel,ort:fused-int8-tensor,ort:fused-int8-channel"
	kinds="$kinds torch:float32 torch:bfloat16 st:float32"
fi
for texts in "reviews 128" "titles 1024"; do
	name=${texts% *}
	"$python" "$R/tests/bench/encoder_peers.py" texts "$name" "${texts#* }" "$DATA" >"$R/build/bench/$name.txt"
	echo "== $name"
	peers=
	# shellcheck disable=SC2086
	[ -z "$kinds" ] || peers=$("$python" "$R/tests/bench/encoder_peers.py" best "$R/build/bench/$name.txt" $kinds)
	# shellcheck disable=SC2086
	"$python" "$R/tests/bench/encoder_peers.py" rounds "${ROUNDS:-5}" "$R/build/bench/$name.txt" \
		${CONTESTANTS:-ours:peak-f32 ours:f32 ours:peak-bf16 ours:bf16 ours:peak-int8 ours:int8 $peers}
done

# Whole processes, start and writing included: NAME COMMAND..., the median and least of ROUNDS runs in milliseconds.
command_ms() {
	name=$1
	shift
	for _ in $(seq "${ROUNDS:-5}"); do
		from=$(date +%s%N)
		"$@" >/dev/null 2>&1 </dev/null
		echo $(($(date +%s%N) - from))
	done | sort -n | awk -v name="$name" '{ t[NR] = $1 / 1e6 }
		END { printf "%s\t%.0f ms\tleast %.0f\n", name, t[int((NR + 1) / 2)], t[1] }'
}
csv() { awk -v q='"' 'BEGIN { print "id,text" } { gsub(q, q q); print NR "," q $0 q }' "$1"; }
echo "== whole processes"
cd "$R/build/bench"
csv reviews.txt >reviews.csv
head -2 reviews.csv >one.csv
for precision in f32 bf16 int8; do
	for file in one reviews; do
		command_ms "encode --precision $precision, $file" "$R/bin/encode" -q -j "$THREADS" --encoder "$MODEL" \
			--precision $precision --max-length 256 $file.csv -o $file.emb
	done
done
[ -z "$kinds" ] || command_ms "ONNX Runtime f32, one pass over reviews" sh -c \
	"echo | '$python' '$R/tests/bench/encoder_peers.py' serve ort:fused-f32:4 reviews.txt"

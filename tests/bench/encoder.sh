#!/bin/sh
# encoder.sh [MODEL TOKENS [SECONDS]]: rates of the forward pass in every precision on one and two threads. TOKENS is as
# encoder.c describes it. Without arguments it says so and ends: no model comes with this repository.
cd "$(dirname "$0")/../.." || exit 4
[ $# -ge 2 ] || { echo "usage: encoder.sh MODEL TOKENS [SECONDS]"; exit 0; }
b=build/bench/encoder
mkdir -p build/bench
${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -Isrc -o $b tests/bench/encoder.c build/release/librecpipe.a -lopenblas -llapacke \
	-lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm -pthread || exit 1
for precision in f32 bf16 int8; do
	for threads in 1 2; do
		echo "== $precision, $threads threads"
		$b "$1" $precision $threads "$2" "${3:-3}"
	done
done

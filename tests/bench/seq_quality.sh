#!/bin/sh
# Model seq by its rankings: leave-last-out, full ranking of what a user has not seen, HR@10 and NDCG@10, beside RecBole's
# SASRec where PEERS_PYTHON is a python that has it. Both sides' rankings are judged by the same program. Results: seq.md.
#
#     seq_quality.sh ml-100k|ml-latest-small valid|test SEED...
#
# `valid` is for choosing options, `test` for the report: training stops by the validation events, which in the test are
# context. ROWS names the rows to run, SEQ gives options of ours, STOP how ours stops, PEER_SETTINGS those of RecBole
# (epochs=3). A folder PEER_KEEP keeps RecBole's rankings, so that one training serves both parts.
set -e
R=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$R/bin:$PATH
DATA=${RECPIPE_DATA:-$R/../shared/data}/$1
[ -d "$DATA" ] || { echo "no $DATA: data/get $1" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=$1 part=$2
shift 2
cd "$work"
echo user,item,rating,time >events.csv
if [ "$name" = ml-100k ]; then
	gzip -dc "$DATA/u.data.gz" | tr '\t' , >>events.csv
else
	gzip -dc "$DATA/ratings.csv.gz" | sed 1d | tr -d '\r' >>events.csv
fi
preprocess -q --split last:test=1,valid=1 --out-dir parts events.csv
cp parts/train.csv seen.csv
[ "$part" = valid ] || sed 1d parts/valid.csv >>seen.csv
head -n 1 parts/valid.csv >context.csv # what inference has beside the history: in the test the validation event
[ "$part" = valid ] || sed 1d parts/valid.csv >>context.csv
wanted() { case ",${ROWS:-$1}," in *",$1,"*) ;; *) return 1 ;; esac; }
judge() { # ROW RANKINGS
	for metric in hit@10 ndcg@10; do
		evaluate -q --predictions "$2" --kind lists --seen seen.csv --metrics $metric --format tsv "parts/$part.csv" |
			awk -F '\t' -v m=$metric '$1 == m && $2 == "all" { printf "%.4f\t", $3 }'
	done >figures
	printf '%s\t%s\t%s\t%s%s\n' "$name" "$part" "$seed" "$(cat figures)" "$1"
}
try() { # ROW OPTIONS...: its figures
	row=$1
	shift
	wanted "$row" || return 0
	# shellcheck disable=SC2086
	train -q -j"${J:-1}" --seed "$seed" --model seq --valid parts/valid.csv ${STOP:---stop-on ndcg@10 --patience 10} --no-refit "$@" -o model parts/train.csv
	recommend -q --model model -k 10 --context context.csv --users-from "parts/$part.csv" -o ranked.csv
	judge "$row" ranked.csv
}
peer() { # ROW LOSS
	wanted "$1" && [ -n "${PEERS_PYTHON:-}" ] || return 0
	kept=${PEER_KEEP:-$work}/$name-$2-$seed
	# shellcheck disable=SC2086
	[ -e "$kept/test.csv" ] || "$PEERS_PYTHON" "$R/tests/bench/seq_recbole.py" parts "$kept" "$2" "$seed" ${PEER_SETTINGS:-} >peer.log 2>&1 ||
		{ cat peer.log >&2; exit 1; }
	judge "$1" "$kept/$part.csv"
}
for seed; do
	# shellcheck disable=SC2086
	try softmax ${SEQ:-}
	# shellcheck disable=SC2086
	try bpr ${SEQ:-} --loss bpr
	# shellcheck disable=SC2086
	try gbce ${SEQ:-} --loss gbce
	# shellcheck disable=SC2086
	try bce ${SEQ:-} --loss gbce --calibration 0
	peer recbole-ce CE
	peer recbole-bpr BPR
done

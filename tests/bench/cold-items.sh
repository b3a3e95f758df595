#!/bin/sh
# tests/bench/cold-items.sh [DIR]: what text tells of items that training never saw, with the vectors of three encoders.
# Prints the table of tests/bench/cold-items.md; what it makes, and can use again, goes to DIR (default build/bench/cold).
#
# Items are split by preprocess --split cold-item, 3 seeds: train, valid, test. Options are chosen by the valid part of seed 1
# alone; the test parts are looked at once, by models that learned from train and valid. Two models: mf of ratings (RMSE
# and AUC of the test events), and mf --loss logistic of events (all cold items of the part ranked for each user: NDCG@10,
# HR@10). "none" is mf with the ids of the items and no text: its ranking is a random order, since all cold items tie.
# Data: data/get ml-1m, ml-latest-small, minilm-l6; amazon-musical-instruments-2014 where it is. Python 3 for the reviews.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/bin:$PATH
dir=${1:-build/bench/cold}
model=$(data/get --where minilm-l6) || exit 77
mkdir -p "$dir"
file() { # SET NAME: the file, packed or not
	at=$(data/get --where "$1") || return 1
	if [ -e "$at/$2.gz" ]; then echo "$at/$2.gz"; else echo "$at/$2"; fi
}
clean() { recpipe preprocess -q "$@"; }

# NAME.csv (user,item,rating) and NAME.items (item and its text columns)
prepare() {
	case $1 in
	latest)
		clean --map user=userId,item=movieId --drop timestamp "$(file ml-latest-small ratings.csv)" -o "$2.csv"
		clean --kind items --map item=movieId "$(file ml-latest-small movies.csv)" -o "$2.items" ;;
	ml1m | plots)
		clean --map user=userId,item=movieId "$(file ml-1m ratings_no_timestamp.csv)" -o "$2.csv"
		clean --kind items --no-header --separator :: --no-quotes --encoding latin1 --map item=1,title=2,genres=3 \
			"$(file ml-1m movies.dat)" -o "$2.items"
		[ "$1" = ml1m ] || {
			clean --kind items --no-header --separator :: --no-quotes --map item=1,director=7,writers=8,actors=9,plot=10 \
				--keep '' "$(file ml-1m movies_extrainfos.dat)" -o "$2.extra"
			clean --kind items "$2.items" --join "$2.extra:on=item" -o "$2.joined" && mv "$2.joined" "$2.items"
		} ;;
	music) # no item data but reviews: an item's first three are its text, and events of no part
		clean --map user=reviewerID,item=asin,rating=overall,time=unixReviewTime --keep reviewText,summary \
			"$(file amazon-musical-instruments-2014 Musical_Instruments_5.json)" -o "$2.reviews"
		python3 tests/bench/cold_items.py "$2.reviews" 3 "$2.items" "$2.csv" ;;
	esac
}
encode_all() { # NAME
	recpipe encode -q "$1.items" -o "$1.hash"
	recpipe encode -q --encoder static --model "$model" "$1.items" -o "$1.static"
	[ -e "$1.minilm" ] || recpipe encode -q --encoder "$model" "$1.items" -o "$1.minilm"
	items_of "$1.csv" | sed '1s/$/,text/; 1!s/$/,/' | recpipe encode -q --reduce cut --idf none --dim 8 -o "$1.none"
}
items_of() { # PART: its items, as a CSV
	echo item
	cut -d, -f2 "$1" | tail -n +2 | sort -u
}
split() { # NAME SEED SHARE
	clean --seed "$2" "$1.csv" --split "cold-item:test=$3,valid=$3" --out-dir "$1.$2"
	{ cat "$1.$2/train.csv"; tail -n +2 "$1.$2/valid.csv"; } >"$1.$2/both.csv"
	for part in train both; do cut -d, -f1,2 "$1.$2/$part.csv" | sed '1s/$/,rating/; 1!s/$/,5/' >"$1.$2/$part-events.csv"; done
	for part in valid test; do items_of "$1.$2/$part.csv" >"$1.$2/$part-items.csv"; done
}
measure() { # SPLIT PART METRICS...: their values for $dir/model
	recpipe evaluate -q --model "$dir/model" --include "$1/$2-items.csv" --metrics "$3" --format tsv "$1/$2.csv" |
		awk -F '\t' -v names="$3" '$2 == "all" { v[$1] = $3 } END { n = split(names, m, ","); for (i = 1; i <= n; i++) printf "%s ", v[m[i]] }'
}
ratings() { # SPLIT LEARN PART EMB OPTIONS: rmse auc
	recpipe train -q --model mf -k 16 --items "$4" $5 "$1/$2.csv" -o "$dir/model"
	measure "$1" "$3" rmse,auc
}
events() { # SPLIT LEARN PART EMB OPTIONS: ndcg hit
	recpipe train -q --model mf --solver sgd --loss logistic --reg-power 0 $learn --items "$4" $5 \
		"$1/$2-events.csv" -o "$dir/model"
	measure "$1" "$3" ndcg@10,hit@10
}
at_random() { # SPLIT: ndcg hit of cold items in random order
	{ echo user,item,score; cut -d, -f1 "$1/test.csv" | tail -n +2 | sort -u | awk -F, 'BEGIN { srand(1) }
		NR == FNR { if (FNR > 1) item[++n] = $1; next } { for (i = 1; i <= n; i++) print $1 "," item[i] "," rand() }' "$1/test-items.csv" -; } >"$dir/random.csv"
	recpipe evaluate -q --predictions "$dir/random.csv" --kind lists --metrics ndcg@10,hit@10 --format tsv "$1/test.csv" |
		awk -F '\t' '$2 == "all" { v[$1] = $3 } END { print v["ndcg@10"], v["hit@10"] }'
}
best() { # ratings|events SPLIT EMB OPTIONS...: the options that are best on the valid part (least rmse, most ndcg)
	how=$1 at=$2 emb=$3
	shift 3
	for o in "$@"; do echo "$("$how" "$at" train valid "$emb" "$o")$o"; done | tee -a "$dir/valid.log" |
		sort -g "$([ "$how" = ratings ] && echo -k1,1 || echo -rk1,1)" | head -n 1 | cut -d ' ' -f 3-
}

echo "| data | text | options | RMSE | AUC | options | NDCG@10 | HR@10 |"
echo "|---|---|---|---|---|---|---|---|"
for name in ${SETS:-latest ml1m plots music}; do
	n=$dir/$name share=0.1 learn="--negatives 4" regs="--reg=1 --reg=5 --reg=20"
	if [ "$name" = music ]; then # few items and events
		share=0.2 learn="--negatives 20 --epochs 100" regs="--reg=0.3 --reg=1 --reg=5"
	fi
	prepare "$name" "$n" || { echo "$name: the data is not there" >&2; continue; }
	encode_all "$n"
	for seed in 1 2 3; do split "$n" $seed $share; done
	for text in none hash static minilm; do
		r=$(best ratings "$n.1" "$n.$text" --reg-bias=1 --reg-bias=4 --reg-bias=10)
		e=$(best events "$n.1" "$n.$text" $regs)
		[ $text != none ] || e="random order"
		for seed in 1 2 3; do
			ratings "$n.$seed" both test "$n.$text" "$r"
			if [ $text = none ]; then at_random "$n.$seed"; else events "$n.$seed" both test "$n.$text" "$e"; echo; fi
		done | tee "$n.$text.test" | awk -v head="$name | $text | $r" -v e="$e" '
			{ for (i = 1; i <= 4; i++) { v[i] += $i / 3; if (NR == 1 || $i < lo[i]) lo[i] = $i; if (NR == 1 || $i > hi[i]) hi[i] = $i } }
			END { printf "| %s | %.4f (%.3f-%.3f) | %.4f | %s | %.4f (%.3f-%.3f) | %.4f |\n", head, v[1], lo[1], hi[1], v[2], e, v[3], lo[3], hi[3], v[4] }'
	done
done

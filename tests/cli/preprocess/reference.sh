# Steps and leakage against what pandas, numpy and html.unescape make of the same rows (tests/ref/preprocess/make_ref.py).
P=$R/tests/ref/preprocess
same() { # NAME STEP: the same rows, and numbers equal to 1e-9
	preprocess -q -j$J --step "$2" "$P/events.csv" >got.csv
	if paste -d, got.csv "$P/$1.csv" | awk -F, '
		NR > 1 && ($1 != $5 || $2 != $6 || $4 != $8 || ($3 - $7) ^ 2 > 1e-18 * (1 + $7 ^ 2)) { exit 1 }'; then
		echo "$1: same, $(($(wc -l <got.csv) - 1)) rows"
	else
		echo "$1: differs"
	fi
}
same dedup dedup
same repeat_first repeat:keep=first
same repeat_last repeat:keep=last
same repeat_mean repeat:keep=mean
same kcore kcore:user=8,item=9
same outlier_zscore outlier:method=zscore,limit=3
same outlier_iqr outlier:method=iqr,limit=1.5
same outlier_item outlier:method=iqr,limit=1.5,by=item
same activity_iqr activity:method=iqr,limit=0.5
same activity_day activity:method=none,max-per-day=20
same minmax normalise:method=minmax
same zscore normalise:method=zscore
same user_mean normalise:method=user-mean
preprocess -q -j$J --split given:column=part --out-dir parts --report r.json "$P/parts.csv"
tr -d '"' <r.json | grep -o 'pairs_in_both.*' | tr -d ':}]' | sed 's/, /\n/g' | diff - "$P/leakage.txt" && echo "leakage: same"
preprocess -q -j$J --kind items --step entities "$P/entities.csv" | cmp - "$P/entities_decoded.csv" && echo "entities: same"

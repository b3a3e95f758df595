# preprocess gives the same bytes at any number of threads, from a file, a pipe, gzip, to a file, stdout; and so does the
# whole pipeline of five commands.
head -n "$EVENTS" "$R/data/sample/ratings.csv" >raw.csv
head -n $((EVENTS / 10 + 1)) "$R/data/sample/items.csv" >items.csv
gzip -k raw.csv
steps="--step dedup --step repeat:keep=last --step range:min=1,max=5 --step activity:max-per-day=100 --step lower:columns=text"
for j in $THREADS; do
	p="preprocess -q -j$j --skip-bad 20 $steps"
	for run in "$p raw.csv" "$p raw.csv.gz" "cat raw.csv | $p -" "cat raw.csv.gz | $p" "$p raw.csv -o o && cat o" "$p raw.csv -o o.gz && gzip -dc o.gz"; do
		eval "$run" | sha256sum
	done
done | sort -u | wc -l | sed "s/$/ different files/"
for split in time:test=0.2 random:test=0.2 last cold-user:test=0.1 cold-item:test=0.1 folds; do
	for j in $THREADS; do
		for from in raw.csv raw.csv.gz -; do
			preprocess -q -j$j --skip-bad 20 $steps --split "$split" --out-dir parts $from <raw.csv
			(cd parts && sha256sum *) | sha256sum
			rm -r parts
		done
	done | sort -u | wc -l | sed "s/$/ different parts, $split/"
done
for j in $THREADS; do
	cat raw.csv | preprocess -q -j$j --skip-bad 20 $steps >events
	encode -q -j$j --width $WIDTH --dim $((WIDTH * 3 / 8)) <items.csv >emb
	cat events | train -q -j$j --items emb - >model
	evaluate -q -j$j --model model --seen-items keep --format tsv - <events
	cut -d, -f1 events | recommend -q -j$j --model model --users-from -
	head -n 500 events | train -q -j$j --update model --items emb - | sha256sum
done >all
set -- $THREADS
n=$(wc -l <all)
[ $((n % $#)) -eq 0 ] && split -l $((n / $#)) --filter=sha256sum all | sort -u | wc -l | sed "s/$/ different ends of the pipeline/"

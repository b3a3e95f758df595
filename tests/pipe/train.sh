# train, evaluate and recommend give the same bytes at any number of threads, from a file, a pipe, gzip, to a file, stdout.
events=$EVENTS
. "$R/tests/fixture.sh"
gzip -k events.csv new.csv test.csv
threads=$(echo "$THREADS" | wc -w)
count() { sort -u | wc -l; }
for model in pop bias mf "mf --solver als" "mf --solver sgd" "mf --solver sgd --loss logistic --negatives 2"; do
	for j in $THREADS; do
		t="train -q -j$j --model $model"
		$t -o m-$j events.csv
		cat m-$j
		$t -o m events.csv.gz; cat m
		$t - <events.csv
		cat events.csv | $t -
		cat events.csv.gz | $t -o m - && cat m
	done >all
	n=$(wc -c <m-1)
	split -b "$n" --filter=sha256sum all | count | sed "s/$/ different models: $model/"
	[ "$(($(wc -c <all)))" -eq $((5 * threads * n)) ] || echo "their sizes differ"
	case $model in *logistic*) ;; *) for j in $THREADS; do
		u="train -q -j$j --update m-1"
		for run in "$u new.csv" "$u new.csv.gz" "$u - <new.csv" "cat new.csv.gz | $u -" "$u -o m new.csv && cat m" "cat m-1 | train -q -j$j --update - new.csv"; do
			eval "$run" | sha256sum
		done
	done | count | sed "s/$/ different updates/" ;; esac
	for j in $THREADS; do
		e="evaluate -q -j$j --format tsv --like 4"
		for run in "$e --model m-1 test.csv" "$e --model m-1 test.csv.gz" "$e --model m-1 - <test.csv" "cat m-1 | $e --model - test.csv"; do
			eval "$run" | sha256sum
		done
	done | count | sed "s/$/ different reports/"
	for j in $THREADS; do
		r="recommend -q -j$j"
		for run in "$r --model m-1 --all" "gzip -c m-1 | $r --model - --all" "$r --model m-1 --users-from users.csv --context test.csv" "$r --model m-1 --all -o top.gz && gzip -dc top.gz"; do
			eval "$run" | sha256sum
		done
	done | count | sed "s/$/ different rankings, of two questions/"
done

# encode gives the same bytes at any number of threads, from a file, a pipe, gzip, to a file, stdout; --append the same
# as encoding all at once.
events=$EVENTS
. "$R/tests/fixture.sh"
head -n $((EVENTS / 10 + 1)) items.csv >i && mv i items.csv
gzip -k items.csv
encode="encode -q --width $WIDTH --dim $((WIDTH * 3 / 8))"
head -n $((EVENTS / 20 + 1)) items.csv >half.csv
for format in f32 'f16 --reduce cut' 'i8 --reduce cut'; do
	for j in $THREADS; do
		e="$encode -j$j --format $format"
		for run in "$e items.csv" "$e items.csv.gz" "cat items.csv | $e -" "cat items.csv.gz | $e" "$e items.csv -o o && cat o" "$e items.csv -o o.gz && gzip -dc o.gz"; do
			eval "$run" | sha256sum
		done
	done | sort -u | wc -l | sed "s/$/ different files, $format/"
done
for j in $THREADS; do
	$encode -j$j half.csv -o half && $encode -j$j --append half items.csv | sha256sum
	$encode -j$j --append half items.csv -o half && sha256sum <half
done | sort -u | wc -l | sed "s/$/ different files by --append/"
$encode items.csv -o all && $encode --append all items.csv -o again && cmp all again && echo "nothing new, nothing changed"
for j in $THREADS; do
	train -q -j$j --items all -o - events.csv | sha256sum
	cat all | train -q -j$j --items - -o - events.csv | sha256sum
	gzip -c all | train -q -j$j --items - -o - events.csv | sha256sum
done | sort -u | wc -l | sed "s/$/ different models of it/"

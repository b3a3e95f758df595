# encode gives the same bytes at any number of threads, from a file, a pipe, gzip, to a file, stdout; --append the same
# as encoding all at once.
. "$R/tests/fixture.sh"
gzip -k items.csv
head -n 201 items.csv >half.csv
for format in f32 f16 i8; do
	for j in 1 2 4; do
		e="encode -q -j$j --format $format"
		for run in "$e items.csv" "$e items.csv.gz" "cat items.csv | $e -" "cat items.csv.gz | $e" "$e items.csv -o o && cat o" "$e items.csv -o o.gz && gzip -dc o.gz"; do
			eval "$run" | sha256sum
		done
	done | sort -u | wc -l | sed "s/$/ different files of 18, $format/"
done
for j in 1 2 4; do
	encode -q -j$j half.csv -o half && encode -q -j$j --append half items.csv | sha256sum
	encode -q -j$j --append half items.csv -o half && sha256sum <half
done | sort -u | wc -l | sed "s/$/ different files by --append/"
encode -q items.csv -o all && encode -q --append all items.csv -o again && cmp all again && echo "nothing new, nothing changed"
for j in 1 2 4; do
	train -q -j$j --items all -o - events.csv | sha256sum
	cat all | train -q -j$j --items - -o - events.csv | sha256sum
	gzip -c all | train -q -j$j --items - -o - events.csv | sha256sum
done | sort -u | wc -l | sed "s/$/ different models of it/"

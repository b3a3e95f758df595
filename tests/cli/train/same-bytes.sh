# The same model from a file, a pipe, gzip, with 1, 2 and 4 threads; the same update of it.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
awk -v n=100 -v s=3 -v new=30 -f "$R/tests/cli/train/ratings.awk" >feedback.csv
in=ratings.csv
gzip -c "$in" >events
for options in '-m pop --half-life 30' '-m bias' '-m mf -k 20 --epochs 4' '-m mf -k 16 --solver als --epochs 4' \
	'-m mf -k 20 --solver sgd --epochs 4' '-m mf -k 5 --solver sgd --optimizer adam --epochs 2' \
	'-m mf -k 5 --solver sgd --loss logistic --negatives 2 --epochs 3' '-m mf -k 5 --holdout random --epochs 4'; do
	train -q -j$J $options -o a "$in"
	train -q -j4 $options -o b "$in"
	train -q -j1 $options - <"$in" >c
	cat events | train -q $options -o d -
	sha256sum a b c d | cut -c 1-64 | sort -u | wc -l
done
for options in '-k 20 --epochs 4' '-k 5 --solver sgd --loss logistic --negatives 2 --epochs 3'; do
	train -q -j$J -m mf $options -o a "$in"
	train -q -j1 --update a -o b feedback.csv
	train -q -j4 --update a - <feedback.csv >c
	cat a | train -q --update - -o d feedback.csv
	cmp b c && cmp b d && echo same update
done

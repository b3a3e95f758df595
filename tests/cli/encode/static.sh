# static: whatever the threads, the order and the windows, old rows and new ones lie in one space.
. "$R/tests/model.sh"
{ echo item,title; for a in a b c d e; do for b in a b c ccc; do echo "$a$b,$a$a$a $a$b aa $b$a"; done; done; } >items.csv
static="encode -j$J --encoder static --model model"
for how in "" "--vectors table" "--frequency zipf" "--vectors table --frequency zipf --sif 0.01"; do
	# shellcheck disable=SC2086
	$static $how --dim 8 items.csv -o all
	head -n 14 items.csv >most.csv
	# shellcheck disable=SC2086
	$static -q $how --dim 8 most.csv -o old && $static -q $how --dim 8 --append old items.csv -o new &&
		$static -q $how --dim 8 --fit-from old items.csv -o anew && cmp new anew && echo "appended as if encoded anew: $how"
done
encode -q -j$J --encoder static --model model --dim 8 items.csv -o one
mv model elsewhere
encode -q -j$J --encoder static --model elsewhere --dim 8 --append one items.csv -o two && cmp one two && echo "the same model elsewhere"
fresh
sed -i 's/^aa$/zz/' model/vocab.txt
$static -q --dim 8 --append one items.csv -o two; echo "another token: exit $?"
$static -q --vectors table --dim 8 --append one items.csv -o two; echo "other vectors: exit $?"
for token in 41 42; do echo "more$token" >>model/vocab.txt; done
$static -q items.csv -o two; echo "more tokens than rows: exit $?"

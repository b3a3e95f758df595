# --append: copies what is unchanged, encodes what is not, keeps what the input lacks, refuses what does not fit.
. "$R/tests/fixture.sh"
head -n 301 items.csv >most.csv
encode -j$J most.csv -o old
encode -j$J --append old items.csv -o new
encode -j$J --fit-from old items.csv -o anew && cmp new anew && echo "as if encoded anew"
sed '1!s/^[^,]*,"\{0,1\}/&changed /' most.csv | head -n 11 >changed.csv
encode -j$J --append old changed.csv -o with-changes
encode -j$J --append old --prune changed.csv -o pruned
encode -j$J --append pruned --prune changed.csv -o again && cmp pruned again && echo "nothing to do"
for option in "--seed 2" "--dim 128" "--bits 19" "--norm none" "--format f16" "--reduce cut" "--fit-from old"; do
	encode -q -j$J --append old $option items.csv -o bad; echo "exit $?: $option"
done
head -n 1 items.csv >none.csv
encode -q -j$J --reduce cut --idf none none.csv -o old && encode -q -j$J --reduce cut --idf none --append old items.csv -o new
encode -q -j$J --reduce cut --idf none items.csv | cmp - new && echo "an empty file is gone on from"
encode -q -j$J --prune items.csv -o bad; echo "exit $?"
encode -q -j$J --reduce cut --fit-from events.csv items.csv -o bad; echo "exit $?"
encode -q -j$J --reduce cut --idf none --fit-from with-changes items.csv -o bad; echo "exit $?: made otherwise"
[ ! -e bad ] && echo "nothing written"

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
encode -q -j$J --prune items.csv -o bad; echo "exit $?"
encode -q -j$J --reduce cut --fit-from events.csv items.csv -o bad; echo "exit $?"
[ ! -e bad ] && echo "nothing written"

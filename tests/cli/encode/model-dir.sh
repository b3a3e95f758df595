# Model directories that are none: one line, the stated status, nothing written.
mkdir empty broken
echo '{"model_type": "gpt2"}' >broken/config.json
printf 'item,title\na,x\n' >items.csv
for dir in ./nothing empty broken; do
	encode -q -j$J --encoder $dir items.csv -o out; echo "exit $?"
	encode --inspect $dir; echo "exit $?"
done
for encoder in bert static; do
	encode -q -j$J --encoder $encoder items.csv -o out; echo "exit $?"
	encode -q -j$J --encoder $encoder --model empty items.csv -o out; echo "exit $?"
done
encode --inspect hash; echo "exit $?"
encode --inspect items.csv; echo "exit $?"
[ ! -e out ] && echo "nothing written"

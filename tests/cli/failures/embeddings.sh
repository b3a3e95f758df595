# encode on bad input, and bad embedding files.
. "$R/tests/fixture.sh"
. "$R/tests/failing.sh"
encode -q -j$J --dim 8 --width 64 items.csv -o emb || exit
: >empty.csv
printf 'item,title\na,x\na,y\n' >repeated.csv
printf 'thing,title\na,x\n' >no-id.csv
printf 'item,title\n,x\n' >blank-id.csv
printf 'item,title\na\n' >short.csv
printf 'item,title\na,\377\n' >latin.csv
for bad in empty repeated no-id blank-id short latin nothing; do
	fails encode -q -j$J $bad.csv -o out
done
fails encode -q -j$J --text none items.csv -o out
fails encode -q -j$J --encoder none items.csv -o out
fails encode -q -j$J --dim 0x items.csv -o out
fails encode -q -j$J --append events.csv items.csv -o out
fails encode -q -j$J --append emb --seed 2 --dim 8 --width 64 items.csv -o out
full() { "$@" >/dev/full; }
fails full encode -q -j$J items.csv
at=$(head -c 4000 emb | tail -c +9 | grep -ao '"vectors":{[^}]*' | grep -ao 'offsets":\[[0-9]*' | tr -dc 0-9)
header=$(od -An -tu8 -N8 emb | tr -d ' ')
cp emb nan
printf '\0\0\300\177' | dd of=nan bs=1 seek=$((8 + header + at)) conv=notrunc 2>/dev/null
head -c $(($(wc -c <emb) - 3)) emb >cut
train -q -j$J -o model events.csv || exit
for bad in nan cut model events.csv nothing; do
	fails train -q -j$J --items $bad -o out events.csv
done
fails train -q -j$J --model pop --items emb -o out events.csv

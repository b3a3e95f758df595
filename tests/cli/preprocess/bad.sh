# Bad rows: the first stops with file and line, or so many are left out, counted and kept.
printf 'user,item,rating\na,x,1\n,x,2\na,y,abc\nb,y\nc,z,3\n' >e.csv
preprocess -j$J e.csv
echo "exit $?"
preprocess --skip-bad 3 --rejects r.csv --report r.json e.csv
echo "exit $?"
cat r.csv
grep -A1 rows_bad r.json
preprocess -q --skip-bad 2 e.csv
echo "exit $?"
preprocess -q missing.csv
echo "exit $?"
: >empty
preprocess -q empty
echo "exit $?"
printf 'a,b\n1,2\n' | preprocess -q
echo "exit $?"
preprocess -q --map user=nope,item=item e.csv
echo "exit $?"
preprocess -q --step nope e.csv
echo "exit $?"
preprocess -q --step kcore:user=x e.csv
echo "exit $?"
preprocess -q --skip-bad 3 -o /dev/full e.csv
echo "exit $?"
yes 'a,b' | sed '1s/.*/user,item/' | preprocess -q | head -1
for line in '{"user":"a","item":' '[1]' '{}' '{"user":"a","user":"b","item":"c"}'; do
	echo "$line" | preprocess -q --input-format jsonl
	echo "exit $?"
done

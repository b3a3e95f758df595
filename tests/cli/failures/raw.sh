# preprocess on bad input: by file, line and reason, status 3; --skip-bad counts them; disks, names and options.
. "$R/tests/failing.sh"
printf 'user,item,rating,time\nu,i,3,1\nu,j,4,2\n' >good.csv
: >empty.csv
printf 'user,thing\nu,i\n' >column.csv
printf 'user,item,rating\nu,i,nan\n' >nan.csv
printf 'user,item,rating\nu,i,1e999\n' >huge.csv
printf 'user,item,rating\nu,i\n' >short.csv
printf 'user,item,rating\nu,"i,4\n' >quote.csv
printf 'user,item,rating\nu, ,4\n' >blank.csv
printf 'user,item,rating\nu,i\0,3\n' >nul.csv
printf 'user,item,rating\nu,\377,3\n' >latin.csv
printf 'user,item,time\nu,i,1999-02-30\n' >time.csv
printf '{"user":"u","item":"i"}\n{"user":"u"\n' >broken.jsonl
gzip -nc good.csv | head -c 30 >cut.csv.gz
for bad in empty.csv column.csv nan.csv huge.csv short.csv quote.csv blank.csv nul.csv latin.csv time.csv broken.jsonl cut.csv.gz nothing.csv .; do
	fails preprocess -q -j$J $bad -o out
done
echo "--skip-bad"
printf 'user,item,rating\nu,i,3\nu,j,x\nu,k,4\nu,l\n' >two.csv
fails preprocess -q -j$J --skip-bad 1 two.csv -o out
preprocess -j$J --skip-bad 2 --rejects rejects.csv two.csv 2>&1
cat rejects.csv
echo "options and disks"
fails preprocess -q -j$J --step none good.csv -o out
fails preprocess -q -j$J --step range:low=1 good.csv -o out
fails preprocess -q -j$J --split none --out-dir parts good.csv
fails preprocess -q -j$J --split time good.csv
fails preprocess -q -j$J --map user=none good.csv -o out
fails preprocess -q -j$J --encoding none good.csv -o out
fails preprocess -q -j$J --pseudonymise nothing good.csv -o out
fails preprocess -q -j$J good.csv -o nowhere/out
full() { "$@" >/dev/full; }
small() { ( trap '' XFSZ; ulimit -f 4; "$@" ); }
fails full preprocess -q -j$J good.csv
cp good.csv out
fails small preprocess -q -j$J --skip-bad 50 "$R/data/sample/ratings.csv" -o out
cmp good.csv out && echo "the old file is as it was"
{ preprocess -q -j$J --skip-bad 50 "$R/data/sample/ratings.csv"; echo "status $?" >&2; } | head -n 1

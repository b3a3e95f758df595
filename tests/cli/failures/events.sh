# Bad events: each is refused with status 3, by file, line and reason; what cannot be opened with status 4.
. "$R/tests/fixture.sh"
. "$R/tests/failing.sh"
train -q -j$J --model bias -o model events.csv || exit
: >empty.csv
printf 'user,item,rating\n' >header.csv
printf 'user,thing,rating\nu,i,3\n' >column.csv
printf 'user,item,user\nu,i,3\n' >twice.csv
printf 'user,item,rating\nu,i,3\nu,j,nan\n' >nan.csv
printf 'user,item,rating\nu,i,3\nu,j,1e999\n' >huge.csv
printf 'user,item,rating\nu,i,3\nu,j\n' >short.csv
printf 'user,item,rating\nu,i,3\nu,"j,4\n' >quote.csv
printf 'user,item,rating\nu,,3\n' >blank.csv
printf 'user,item,rating\nu,i\0i,3\n' >nul.csv
printf 'user,item,rating\nu,\377\376,3\n' >latin.csv
printf 'user,item,rating,time\nu,i,3,yesterday\n' >time.csv
gzip -nc events.csv | head -c 2000 >cut.csv.gz
{ gzip -nc events.csv | head -c 2000; printf 'garbage garbage garbage'; } >spoilt.csv.gz
for bad in *.csv *.gz; do
	case $bad in events.csv | new.csv | test.csv | items.csv | users.csv) continue ;; esac
	echo "$bad"
	fails train -q -j$J --model bias -o out $bad
	fails train -q -j$J --update model -o model2 $bad
	[ $bad = time.csv ] || fails evaluate -q -j$J --model model $bad
done
echo "not there, a directory, wrong options"
fails train -q -j$J -o out nothing.csv
fails train -q -j$J -o out .
fails train -q -j$J -o nowhere/out events.csv
fails train -q -j$J -o out
fails train -q -j$J -o out events.csv new.csv
fails train -q -j$J --model none -o out events.csv
fails train -q -j$J --model mf --factors 0 -o out events.csv
fails evaluate -q -j$J --model model --metrics none test.csv
fails evaluate -q -j$J --model model --fail-if 'rmse~1' test.csv
fails recommend -q -j$J --model model
fails recommend -q -j$J --model model --items items.csv --show none emil.castell

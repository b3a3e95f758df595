# Every wrong usage: status 2 and one line, and nothing on stdout.
printf 'user,item,rating\nu1,a,5\n' >test.csv
printf 'user,item\nu1,a\n' >implicit.csv
printf 'user,item,prediction\nu1,a,4\n' >pairs.csv
printf 'user,item,rank\nu1,a,1\n' >lists.csv
try() {
	evaluate "$@" 2>&1
	echo "  status $?"
}
try
try test.csv
try --predictions pairs.csv
try --predictions pairs.csv test.csv test.csv
try --predictions pairs.csv --model m test.csv
try --predictions pairs.csv --metrics rmsee test.csv
try --predictions pairs.csv --metrics rmse@3 test.csv
try --predictions pairs.csv --metrics ndcg@3 test.csv
try --predictions lists.csv --metrics rmse test.csv
try --predictions pairs.csv --metrics rmse implicit.csv
try --predictions pairs.csv -k 0 test.csv
try --predictions pairs.csv --relevant most test.csv
try --predictions pairs.csv --like nan test.csv
try --predictions pairs.csv --fail-if rmse test.csv
try --predictions pairs.csv --fail-if 'mrr>1' test.csv
try --predictions pairs.csv --format html test.csv
try --predictions pairs.csv --kind ranks test.csv

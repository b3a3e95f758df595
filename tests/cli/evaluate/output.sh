# A full disk is an error (4); a reader that has gone is not.
printf 'user,item,rating\nu1,a,5\n' >test.csv
printf 'user,item,prediction\nu1,a,4\n' >pairs.csv
evaluate --predictions pairs.csv test.csv >/dev/full
echo "status $?"
evaluate --predictions pairs.csv -o nowhere/report test.csv 2>&1
echo "status $?"
(evaluate --predictions pairs.csv test.csv; echo "status $?" >&2) 2>status | true
cat status

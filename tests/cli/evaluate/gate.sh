# Gates: the report is written all the same, then status 1 and one line that names every value at fault.
printf 'user,item,rating\nu1,a,5\nu2,b,1\n' >test.csv
printf 'user,item,prediction\nu1,a,4\nu2,b,1\n' >theirs.csv
evaluate --predictions theirs.csv --metrics rmse,mae -f tsv --fail-if 'rmse>0.8' --fail-if 'mae>=0.6' test.csv
echo "passed: $?"
evaluate --predictions theirs.csv --metrics rmse,mae -f tsv --fail-if 'rmse>0.7' --fail-if 'mae>0.6' --fail-if 'mae>=0.5' test.csv

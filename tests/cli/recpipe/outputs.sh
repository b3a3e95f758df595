# Two outputs of one name are refused before anything is read or written.
printf 'user,item,rating\na,x,5\nb,x,3\n' >e.csv
try() { "$@"; echo "exit $?"; }
try preprocess -o a --report a e.csv
try preprocess -o a --rejects r --report r e.csv
try preprocess --report - e.csv
try preprocess -q --split random --out-dir d --report - e.csv >report; tail -1 report
try evaluate --predictions e.csv -o a --per-user a e.csv
try train --log m -o m e.csv
ls

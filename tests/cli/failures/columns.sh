# A column that is not there is bad data in every command, whether the command line names it or not.
try() { "$@" >/dev/null; echo "$1: exit $?"; }
printf 'user,item,rating\na,x,5\nb,x,3\nb,y,1\na,z,4\n' >ok.csv
train -q -m bias -o m ok.csv
for missing in user item; do
	printf 'user,item,rating\na,x,3\n' | sed "1s/$missing/other/" >$missing.csv
	try preprocess -q $missing.csv 2>&1
	try train -q -m bias -o n $missing.csv 2>&1
	try evaluate -q -m m $missing.csv 2>&1
done
try recommend -q --model m --context user.csv a 2>&1
try encode -q --text title -o e ok.csv 2>&1
try preprocess -q --map item=title ok.csv 2>&1
try preprocess -q --keep title ok.csv 2>&1
printf '\377\376u\0,\0\n' | try preprocess -q 2>&1

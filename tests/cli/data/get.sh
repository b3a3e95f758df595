# data/loop without a data set. data/get where nothing can be fetched: a plain line, status 4, and nothing left behind.
mkdir copy && cp "$R/data/get" copy/get
for name in "" nothing; do "$R/data/loop" $name; echo "exit $?"; done
copy/get | head -n 1
copy/get nothing 2>&1 | head -n 1
copy/get --where 2>&1; echo "exit $?"
RECPIPE_DATA=/nonexistent copy/get --where ml-100k; echo "exit $?"
PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS='' copy/get ml-100k 2>said; echo "exit $?, $(wc -l <said) line"
[ ! -e copy/local ] || find copy/local -mindepth 1
mkdir -p sets/ml-100k
RECPIPE_DATA=sets copy/get --where ml-100k | sed "s|$PWD|.|"

# A full disk: status 4, one line, and the old file is whole. A reader that goes away: quiet, status 0.
. "$R/tests/fixture.sh"
. "$R/tests/failing.sh"
train -q -j$J --model bias -o model events.csv || exit
cp model kept
full() { "$@" >/dev/full; }
small() { ( trap '' XFSZ; ulimit -f 4; "$@" ); }
fails full train -q -j$J --model bias events.csv
fails full evaluate -q -j$J --model model test.csv
fails full recommend -q -j$J --model model --all
fails full train --help
fails small train -q -j$J --model bias -o model events.csv
fails small train -q -j$J --update model -o model new.csv
fails small recommend -q -j$J --model model --all -o top.csv
fails small evaluate -q -j$J --model model --per-user who.csv -o report.txt test.csv
fails train -q -j$J --model seq --epochs 1 --log /dev/full -o unlogged events.csv
cmp model kept && echo "the model is as it was"
{ recommend -q -j$J --model model --all; echo "status $?" >&2; } | head -n 1
{ train --help; echo "status $?" >&2; } | true

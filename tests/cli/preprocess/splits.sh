# Every way to split: what lands where, what leaks, and that no row is lost.
awk 'BEGIN { print "user,item,rating,time"; for (i = 0; i < 60; i++) printf "u%d,i%d,%d,%d\n", i % 6, i % 7, i % 5 + 1, 1000 - i }' >e.csv
per_user() { for f in "$@"; do echo "$f, rows a user: $(tail -n +2 "$f" | cut -d, -f1 | sort | uniq -c | awk '{ printf "%s ", $1 }')"; done; }
lines() { for f in "$@"; do echo "$f $(($(wc -l <"$f") - 1))"; done; }
all() { cat "$@" | grep -v ^user | sort | cmp - whole && echo whole; }
tail -n +2 e.csv | sort >whole
for s in random:test=0.2,valid=0.1 time:test=0.25 last:test=2,valid=1 cold-user:test=0.34 cold-item:test=0.3; do
	d=$(echo $s | tr -c 'a-z\n' _)
	preprocess -j$J --seed 7 --split $s --out-dir $d --report $d.json e.csv 2>&1 || echo "exit $?"
	lines $d/*.csv
	all $d/*.csv
done
{ cat e.csv; echo u9,i0,1,0; echo u9,i1,1,0; echo u9,i2,1,0; } >uneven.csv
preprocess -q --split random:by=user,test=0.25,valid=0.1 --out-dir even uneven.csv && per_user even/*.csv
tail -n +2 uneven.csv | sort >whole && all even/*.csv
tail -n +2 e.csv | sort >whole
grep -A9 parts time_test_____.json 2>/dev/null || grep -h -A2 parts time*.json
preprocess -q --split folds:k=3 --out-dir folds e.csv && lines folds/*.csv && all folds/*.test.csv
echo "given"
preprocess -q time*/train.csv time*/test.csv --split given --out-dir g 2>&1 && cmp g/test.csv time*/test.csv && echo same
printf 'user,item,part\na,x,train\na,y,test\na,x,test\n' | preprocess --split given:column=part --out-dir h 2>&1 && cat h/test.csv
printf 'user,item,part\na,x,train\na,y,7\n' | preprocess -q --split given:column=part --out-dir h
echo "exit $?"
printf 'user,item\na,x\na,y\na,z\n' | preprocess -q --split time:test=0.34 --out-dir t && cat t/test.csv
preprocess -q --split random e.csv
echo "exit $?"
preprocess -q --split random:test=0.6,valid=0.5 --out-dir x e.csv
echo "exit $?"

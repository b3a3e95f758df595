# An update on nothing but new vectors, on events without ratings, and with options that are not for it.
try() { train -j"$J" "$@"; echo "exit $?"; }
printf 'user,item,rating\na,x,5\nb,x,3\nb,y,1\na,z,4\n' >ok.csv
printf 'user,item\na,x\nb,x\n' >implicit.csv
printf 'user,item,rating\n' >none.csv
printf 'item,title\nx,red boat\ny,blue boat\nz,red house\n' >items.csv
printf 'item,title\nx,red boat\ny,blue boat\nz,red house\nw,a red boat\n' >more.csv
encode -q --dim 2 --width 64 -o items.emb items.csv
encode -q --dim 2 --width 64 --fit-from items.emb -o more.emb more.csv
train -q -k 2 --items items.emb -o mf ok.csv
# the item that only has a vector has parameters from it
try --update mf --items more.emb -o m none.csv
recommend -q --model m --seen-items keep a | cut -d, -f3 | sort
train -q -m pop -o pop ok.csv
try --update mf -o n implicit.csv
try --update pop -o n none.csv
try --update pop -o n implicit.csv
# ratings off the scale of the model: a little off widens it, far off is no rating
printf 'user,item,rating\na,x,5\nb,y,0\n' | try --update mf -o n -
printf 'user,item,rating\na,x,5\nb,"y,1",5000\n' | try --update mf -o far -
printf 'user,item,rating\na,x,5\nb,y,-1e30\n' | try --update pop -o far -
printf 'user,item,rating\na,x,5\nb,"y,1",5000\n' >far.csv
for m in bias mf tower; do
	[ "$m" = mf ] || train -q -j"$J" -m $m -o $m ok.csv
	train -q -j"$J" --update $m -o far far.csv; echo "$m: exit $?"
	train -j"$J" --update $m --off-scale clip -o clipped far.csv 2>&1 | grep ends
	sed s/5000/5/ far.csv | train -q -j"$J" --update $m -o same - && cmp same clipped && echo "as with 5"
done
train -j"$J" --update pop --off-scale widen -o wide far.csv 2>&1 | grep scale
sed 2,\$s/[0-9]*\$/4/ ok.csv >fours.csv
train -q -j"$J" -m bias -o fours fours.csv
for how in refuse clip widen; do train -j"$J" --update fours --off-scale $how -o wide far.csv 2>&1 | grep -v events; done
try --off-scale clip -o n ok.csv
[ -e far ] || echo "far: not written"
try --update mf -m bias -o n ok.csv
try --update mf --holdout time -o n ok.csv
try --update mf --no-refit -o n ok.csv
try --update mf --average 0.5 -o n ok.csv
try --valid implicit.csv -o n ok.csv
try --valid none.csv -o n ok.csv
try -m bias --holdout time -o n ok.csv

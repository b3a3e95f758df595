# However the model is named, it is the one that is trained; what only looks like its name is not taken for it.
printf 'user,item,rating\na,x,5\nb,x,3\nb,y,1\n' >ok.csv
try() { train -j"$J" "$@" -o m ok.csv; echo "exit $?"; [ ! -e m ] || grep -ao '"model":"[a-z]*"' m; rm -f m; }
try -m bias -q --reg-user 3
try -mbias -q
try -qm bias --reg-user 3
try -qmbias
try --model=bias -q
try --mod bias -q
try --mod=bias -q
try -m pop -q -m bias
try --log -m bias -q
try -qm nothing
try -qm

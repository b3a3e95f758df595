# Every console block of README.md, run from a copy of the repository root's names: what it prints is what README.md
# shows. Numbers with a point may differ by one in two thousand: another kind of processor rounds differently.
ln -s "$R/data" data
mkdir bin build
for c in preprocess encode train evaluate recommend recpipe; do ln -s "$(command -v $c)" bin/$c; done
awk '/^```console$/ { on = 1; next } /^```/ { on = 0 } on' "$R/README.md" >shown
awk '
	/^\$ / { n++; print substr($0, 3) >(n ".sh"); continued = /\\$/; close(n ".sh"); next }
	continued { print >>(n ".sh"); continued = /\\$/; close(n ".sh"); next }
	{ print >(n ".want") }
	END { print n >"count" }' shown
n=$(cat count)
i=1
while [ $i -le "$n" ]; do
	# One shell for all, so that a variable or a PATH set in one line serves the next.
	: >$i.got
	. ./$i.sh >$i.got 2>&1 || echo "exit status $? of: $(cat $i.sh)"
	touch $i.want
	awk -v want=$i.want '
		function number(x) { return x ~ /^[-+]?[0-9]*[.][0-9]+[,;%]?$/ }
		function same(a, b) { return a == b || number(a) && number(b) && (a - b) ^ 2 <= (0.00005 + 0.0005 * b) ^ 2 }
		{
			if ((getline w <want) <= 0) w = "(nothing)"
			n = split($0, got, /[ ,]+/); ok = n == split(w, shown, /[ ,]+/)
			for (k = 1; k <= n && ok; k++) ok = same(got[k], shown[k])
			if (!ok) print "README.md shows: " w "\nbut it prints:   " $0
		}
		END { while ((getline w <want) > 0) print "README.md shows: " w "\nbut it prints no more" }' $i.got
	i=$((i + 1))
done
echo "$n commands"

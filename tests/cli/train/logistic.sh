# A logistic model goes on from new likes: users like even or odd items. After the update a new user of even ones gets more of
# them; the loss on the new events falls. Unknown users are solved from --context.
awk 'BEGIN {
	print "user,item"
	for (u = 0; u < 80; u++) for (i = 0; i < 60; i++) if (i % 2 == u % 2 && (u * u * 31 + i * i * 17 + u * i * 7) % 101 < 36) print "u" u ",i" i
}' >likes.csv
awk 'BEGIN {
	print "user,item"
	for (u = 80; u < 90; u++) for (i = 0; i < 60; i++) if (i % 2 == u % 2 && (u * u * 31 + i * i * 17 + u * i * 7) % 101 < 36) print "u" u ",i" i
	for (u = 0; u < 20; u += 2) print "u" u ",fresh"
	print "new,i2\nnew,i4\nnew,i8"
}' >more.csv
printf 'user,item\nnew,i2\nnew,i4\nnew,i8\n' >context.csv
even() { awk -F, 'NR > 1 { n += $3 ~ /[02468]$/ || $3 == "fresh" } END { print (n > 15 ? "even ones" : n " even of " NR - 1) }'; }
train -q -j"$J" --solver sgd --loss logistic --negatives 3 -k 4 --epochs 100 --rate 0.1 --reg 0.03 -o model likes.csv
recommend -q --model model nobody | cut -d, -f3- >average
recommend -q --model model --context context.csv new | cut -d, -f3- | cmp -s - average || echo "the context tells"
train -j"$J" --update model -o updated more.csv 2>&1 | awk '/logistic/ { print ($5 + 0 > $7 + 0 ? "the loss fell" : $0) } !/logistic/'
echo "updated: $(recommend -q --model updated -k 20 new | even)"
printf 'user,item\n' | train -q -j"$J" --update updated -o again -
cmp updated again && echo "nothing new: the same model"

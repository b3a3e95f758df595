# The same recommendations from files, pipes and gzip, at any number of threads.
awk 'BEGIN { print "user,item,rating"; for (u = 1; u <= 300; u++) for (i = 1; i <= 60; i++) if ((u * 7 + i * 3) % 5 < 2) print "u" u ",i" i "," 1 + (u * i + u + i) % 5 }' >train.csv
awk 'BEGIN { print "item,title"; for (i = 1; i <= 60; i++) print "i" i ",\"The " i "th, and last\"" }' >items.csv
train -q -j1 --model mf --solver als --factors 5 --epochs 4 -o mf.st train.csv
gzip -k train.csv mf.st items.csv
same() {
	cmp - wanted && echo same
}
recommend -j1 --model mf.st --all -k 5 --items items.csv >wanted
wc -l <wanted
for j in $THREADS; do
	recommend -j$j --model mf.st --all -k 5 --items items.csv | same
done | sort -u
recommend --model mf.st --users-from train.csv -k 5 --items items.csv | same
recommend --model mf.st --users-from - -k 5 --items items.csv.gz <train.csv.gz | same
cat train.csv | recommend --model mf.st.gz --users-from - -k 5 --items items.csv | same
cat mf.st | recommend --model - --all -k 5 --items items.csv | same
cat items.csv | recommend --model mf.st --all -k 5 --items - | same
recommend --model mf.st --all -k 5 --items items.csv -o out.csv && same <out.csv
recommend --model mf.st --all -k 5 --items items.csv -o out.csv.gz && gzip -dc out.csv.gz | same

# Top-k: seen items, filters, titles, unknown users, ties by id, more than there are, users from everywhere.
cat >train.csv <<'EOF'
user,item,rating
u1,a,5
u1,b,3
u2,a,4
u2,c,1
u3,b,2
u3,"d,4",2
u4,e,3
u4,f,3
u4,É,3
EOF
cat >items.csv <<'EOF'
item,genre,title
a,x,"An ""A"""
"d,4",y,"Dee, four"
e,z,
EOF
train -q --model pop -o pop.st train.csv
echo '== one user; b, c, d,4, e, f and É tie where they have one event, in byte order of ids'
recommend -j"$J" --model pop.st u1
echo '== two users, seen items kept, k = 2'
recommend --model pop.st -k 2 --seen-items keep u4 u1
echo '== all, k above the number of items'
recommend -j"$J" --model pop.st --all -k 1000 | cut -d, -f1 | uniq -c | sed 's/^ *//'
echo '== users from stdin, each once; u9 is unknown'
printf 'time,user\n1,u9\n2,u2\n3,u9\n' | recommend --model pop.st -k 1 --users-from -
echo '== filters'
printf 'item\na\ne\nf\nnone\n' >few.csv
printf 'item\nf\n' >not.csv
printf 'user,item\nu3,e\nnobody,a\n' >told.csv
recommend --model pop.st --include few.csv --exclude not.csv --seen told.csv u3 u4
echo '== titles'
recommend --model pop.st -k 3 --items items.csv --show title,genre u4
recommend --model pop.st -k 1 --items items.csv u3
echo '== a floor under the scores that nothing passes'
recommend --model pop.st --min-score 1e9 --all
echo '== nobody to recommend to'
echo user | recommend --model pop.st --users-from -

# Ranked lists: seen items and other than the included ones leave them; users without a list or a relevant item are counted.
cat >test.csv <<'EOF'
user,item,rating
u1,a,5
u1,b,3
u1,a,4
u2,c,1
u3,b,5
u4,d,5
EOF
cat >lists.csv <<'EOF'
user,rank,item
u1,2,a
u1,1,x
u1,3,b
u2,1,c
u3,10,b
u3,7,y
u9,1,a
EOF
cat >known.csv <<'EOF'
user,item
u1,x
u3,y
u3,c
EOF
printf 'item\na\nb\nc\n' >abc.csv
evaluate -j"$J" --predictions lists.csv -k 1,2 test.csv
echo
evaluate -j"$J" --predictions lists.csv -k 1,2 --relevant 4 --gain linear --seen known.csv test.csv
echo
evaluate --predictions lists.csv --metrics mrr@3,precision@1000000 --seen known.csv --seen-items keep --include abc.csv -f tsv test.csv

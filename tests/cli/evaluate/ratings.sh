# Predicted ratings of pairs: every rating metric, each format, and the same bytes from a pipe and gzip.
cat >test.csv <<'EOF'
user,item,rating
u1,a,5
u1,b,3
u2,a,4
u2,c,1
u3,b,2
EOF
cat >theirs.csv <<'EOF'
item,prediction,user,more
a,4.5,u1,x
b,3.5,u1,x
a,4.5,u2,x
c,2,u2,x
b,2.5,u3,x
z,1,u9,x
EOF
evaluate -j"$J" --predictions theirs.csv test.csv
evaluate --predictions theirs.csv --format json test.csv
evaluate --predictions theirs.csv --format csv --metrics rmse,accuracy test.csv
evaluate --predictions theirs.csv --format tsv --metrics rmse --per-user own.csv test.csv
cat own.csv
evaluate --predictions theirs.csv --format tsv --metrics auc,mae --bootstrap 200 --seed 3 -j"$J" test.csv
gzip -c test.csv >test.gz
evaluate --predictions - --metrics rmse -f tsv test.gz <theirs.csv
echo 'u5,a,3' >>test.csv
evaluate --predictions theirs.csv --metrics rmse -f tsv --allow-missing -o report.tsv test.csv
cat report.tsv
evaluate --predictions theirs.csv --metrics rmse test.csv

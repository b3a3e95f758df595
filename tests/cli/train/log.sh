# --log FILE holds what is told as JSON lines.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
awk -v n=100 -v s=3 -v new=30 -f "$R/tests/cli/train/ratings.awk" >feedback.csv
train -q -j$J -k 4 --epochs 2 --log log -o m ratings.csv
train -q -j$J --log log2 --update m -o m feedback.csv
cat log log2 | sed 's/\(0\.[0-9][0-9][0-9]\)[0-9]*/\1/g'

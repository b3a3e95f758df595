# Training that goes astray says so, ends with 3 and writes nothing; the model that was there stays.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
echo old >m
train -j$J --solver sgd --rate 50 -o m ratings.csv
echo "exit $?"
cat m

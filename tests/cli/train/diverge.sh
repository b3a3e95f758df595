# Training that goes astray says so, ends with 3 and writes nothing; the model that was there stays.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
echo old >m
train -j$J --solver sgd --rate 50 -o m ratings.csv
echo "exit $?"
cat m
# Layers that normalise keep a sequence model's numbers finite; its loss tells.
small='--model seq --width 16 --inner 16 --length 20'
astray() {
	train -q -j$J "$@" --clip 0 --rate 10 -o m ratings.csv 2>log
	echo "exit $?"
	sed 's/epoch [0-9]*/epoch N/' log
}
for loss in softmax sampled bpr gbce; do astray $small --loss $loss; done
train -q -j$J $small --epochs 1 -o old.st ratings.csv
astray --model seq --update old.st
astray $small --checkpoint c
cat m

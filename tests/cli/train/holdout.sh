# Early stopping on a validation file, or on a part held out; then again on everything.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
in=ratings.csv
awk 'NR == 1 || NR % 10 == 0' "$in" >valid.csv
awk 'NR == 1 || NR % 10' "$in" >train.csv
echo valid >&2
train -j$J -k 8 --solver sgd --reg 0.01 --epochs 30 --valid valid.csv -o a train.csv
echo time >&2
train -j$J -k 8 --solver sgd --reg 0.01 --epochs 30 --holdout time --patience 2 -o b "$in"
echo random >&2
train -j$J -k 8 --solver sgd --reg 0.01 --epochs 30 --holdout random --fraction 0.2 --no-refit -o c "$in"
preprocess -q --split last:test=1 --out-dir parts "$in"
train -j$J -k 8 --solver sgd --epochs 4 --no-refit --valid parts/test.csv -o d parts/train.csv 2>given
train -j$J -k 8 --solver sgd --epochs 4 --no-refit --holdout last -o d "$in" 2>held
cmp given held && grep -c valid held
rm -r parts given held
ls

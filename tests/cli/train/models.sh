# Each model learns, and goes on with new events; the model file is replaced by the update of itself.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
awk -v n=100 -v s=3 -v new=30 -f "$R/tests/cli/train/ratings.awk" >feedback.csv
train -j$J -m pop -o pop ratings.csv
train -j$J -m bias -o bias ratings.csv
train -j$J -m mf --factors 8 --epochs 3 -o mf ratings.csv
train -j$J -m mf --solver als --factors 8 --epochs 3 -o als ratings.csv
train -j$J -m mf --solver sgd --factors 8 --epochs 3 -o sgd ratings.csv
cp mf old
for m in pop bias mf als sgd; do train -j$J --update $m -o $m feedback.csv; done
cmp -s mf old || echo "mf has moved on"
ls

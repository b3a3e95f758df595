# A train --update that is killed leaves the old model whole, and no file of its own under a final name.
awk -v n=3000 -f "$R/tests/cli/train/ratings.awk" >ratings.csv
awk -v n=100 -v s=3 -v new=30 -f "$R/tests/cli/train/ratings.awk" >feedback.csv
train -q -m bias -o m ratings.csv
sha256sum m >before
mkfifo feedback
train -q --update m -o m feedback &
{ head -n 3 feedback.csv; kill -KILL $!; } >feedback
wait $! 2>wait
sha256sum -c before

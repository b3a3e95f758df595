# Checkpoints that are not of this training, not whole, or no checkpoints are refused by name, and stay as they are.
. "$R/tests/fixture.sh"
. "$R/tests/failing.sh"
seq='--model seq --width 8 --inner 16 --length 10 --epochs 100000'
train -q $seq --checkpoint c --checkpoint-every 0 -o m events.csv &
for _ in $(seq 500); do
	[ ! -e c ] || break
	sleep 0.02
done
kill -KILL $!
wait $! 2>/dev/null
[ ! -e m ] || echo "there is a model"
cp c was
of() { fails train "$@" --checkpoint c -o m; }
echo '== of another training'
of $seq --rate 0.5 events.csv
of $seq --seed 2 events.csv
of $seq --patience 5 events.csv
of $seq --average 0.5 events.csv
of $seq --holdout random events.csv
of $seq new.csv
of $seq --valid new.csv events.csv
of --model mf events.csv
of --model pop events.csv
train -q $seq --epochs 1 -o old events.csv
train -q -o mf events.csv
of $seq --update old new.csv
of --update mf new.csv
cmp c was
echo '== not whole, not a checkpoint'
n=$(wc -c <was)
for part in 0 7 100 $((n / 2)) $((n - 1)); do
	head -c "$part" was >c
	of $seq events.csv
done
cp old c
of $seq events.csv
cmp c old
echo '== no place for one'
rm c
fails train $seq --checkpoint nowhere/c -o m events.csv
fails train $seq --checkpoint - -o m events.csv
fails train $seq --checkpoint m -o m events.csv
fails train $seq --tune 3 --holdout time --checkpoint d -o m events.csv

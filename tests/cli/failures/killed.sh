# train --update MODEL -o MODEL, killed at any moment: the model is the old one or the new one, whole, and the next
# update goes through.
. "$R/tests/fixture.sh"
train -q -j$J -o old events.csv && train -q -j$J --update old -o new new.csv || exit
cmp -s old new && echo "the update changed nothing"
wrong=0
for delay in 0 0.002 0.004 0.006 0.008 0.01 0.012 0.015 0.02 0.025 0.03 0.04 0.05 0.07 0.1; do
	for signal in KILL TERM; do
		cp old model
		train -q -j$J --update model -o model new.csv &
		sleep $delay
		kill -$signal $! 2>/dev/null
		wait $! 2>/dev/null
		cmp -s model old || cmp -s model new || wrong=$((wrong + 1))
	done
done
echo "$wrong models are neither the old nor the new one"
cp old model
train -q -j$J --update model -o model new.csv
cmp model new && echo "the next update goes through"

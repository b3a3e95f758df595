# Model mf ranks by a lower bound: what one user loved does not lead the lists of all; --caution 0 ranks by predicted ratings.
{
	echo user,item,rating
	for u in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "u$u,known,4"; echo "u$u,dull,$((2 + u % 2))"; done
	echo u1,once,5
} >train.csv
for solver in vb als sgd; do
	for caution in 0 2; do
		train -q -j "$J" --solver $solver --caution $caution -o model train.csv
		echo "$solver, caution $caution: $(recommend -q -j "$J" --model model new -k 3 | awk -F, 'NR > 1 { printf "%s ", $3 }')"
		evaluate -q --model model --metrics rmse -f tsv train.csv | awk -F '\t' '$1 == "rmse" && $2 == "all" { printf "rmse %.3f\n", $3 }'
	done
done
# An update counts the new events: what many love now leads.
train -q -j "$J" -o model train.csv
{ echo user,item,rating; for u in 2 3 4 5 6 7 8 9 10 11 12; do echo "u$u,once,5"; done; } >new.csv
train -q -j "$J" --update model -o model new.csv
recommend -q --model model new -k 3 | awk -F, 'NR > 1 { printf "%s ", $3 } END { print "" }'
train --caution -1 -o model train.csv

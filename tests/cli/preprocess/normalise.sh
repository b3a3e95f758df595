# Normalisation and the way back, also for predictions.
printf 'user,item,rating\na,x,1\na,y,5\nb,x,2\nb,z,3\n' >e.csv
for m in minmax zscore user-mean; do
	preprocess -q --step normalise:method=$m,save=$m.json e.csv | tee $m.csv
	preprocess -q --step denormalise:from=$m.json $m.csv | cmp - e.csv && echo "$m: back"
done
printf 'user,item,score\na,z,0.5\nnobody,z,0.5\n' | preprocess -q --step denormalise:from=user-mean.json,column=score
printf '{}' >bad.json
preprocess -q --step denormalise:from=bad.json e.csv
echo "exit $?"
preprocess -q --step denormalise e.csv
echo "exit $?"

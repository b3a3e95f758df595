# Every example of --help runs, on the sample under the names that the examples use. preprocess comes last: it writes
# the names that the others read.
. "$R/tests/fixture.sh"
cp events.csv today.csv
train -q --model bias -o model.st events.csv
{ echo user,item,prediction; sed 1d test.csv | awk -F, '{ print $1 "," $2 ",3" }'; } >theirs.csv
sed '1s/.*/userId,movieId,rating,timestamp,text/' events.csv >ratings.csv
sed 1d events.csv | awk -F, -v OFS='\t' '{ print $1, $2, $3, $4 }' | gzip >u.data.gz
printf '1|Caf\351\n2|Toy Story\n' | gzip >u.item.gz
for command in encode train evaluate recommend preprocess; do
	"$command" --help | sed '1,/^Examples:/d' | while read -r line; do
		sh -c "$line" >out 2>err
		echo "$? $line"
		grep -h "^$command: \(cannot\|unknown\|there is no\)" err
	done
done

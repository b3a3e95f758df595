# Every example of --help runs, on the sample under the names that the examples use.
. "$R/tests/fixture.sh"
cp events.csv today.csv
train -q --model bias -o model.st events.csv
{ echo user,item,prediction; sed 1d test.csv | awk -F, '{ print $1 "," $2 ",3" }'; } >theirs.csv
for command in encode train evaluate recommend; do
	"$command" --help | sed '1,/^Examples:/d' | while read -r line; do
		sh -c "$line" >out 2>err
		echo "$? $line"
		grep -h "^$command: \(cannot\|unknown\|there is no\)" err
	done
done

# Sourced by tests of commands: small clean files cut from the sample, in time order.
#   events.csv (3000 events, or $events) new.csv (the next 300) test.csv (the 500 after those) items.csv users.csv
sed -n 1p "$R/data/sample/ratings.csv" | tee events.csv new.csv >test.csv
awk -F, -v events="${events:-3000}" 'NR > 1 && NF >= 5 && $2 != "" && $3 ~ /^[1-5]$/ && $4 ~ /^[0-9]+$/ && !seen[$1, $2]++ {
	n++; print >>(n <= events ? "events.csv" : n <= events + 300 ? "new.csv" : "test.csv"); if (n == events + 800) exit
}' "$R/data/sample/ratings.csv"
cp "$R/data/sample/items.csv" "$R/data/sample/users.csv" .

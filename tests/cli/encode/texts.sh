# What the text of a row is shows in its hash: columns, templates, prefixes, blank rows, repeated ids.
hashes() { # FILE: the content hashes of its rows, in hexadecimal
	header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
	at=$(head -c $((header + 8)) "$1" | grep -ao '"hashes":{[^}]*' | grep -ao 'offsets":\[[0-9]*' | tr -dc 0-9)
	od -An -v -w8 -tx8 -j $((8 + header + at)) -N $((8 * $2)) "$1"
}
cat >items.csv <<'E2'
title,item,description
Red door,a,A door that is red
"Blue, wide",b,
,c,  
 Red door,d,A door that is red
Red door,a,A door that is red
E2
e="encode -j$J --reduce cut --dim 8"
$e items.csv -o one && hashes one 4
echo joined; $e -q --text title,description items.csv -o two && cmp one two
echo title; $e -q --text title items.csv -o three && hashes three 4
echo template; $e -q --template '{title}. {{{description}}}' items.csv -o four && hashes four 4
echo prefix; $e -q --prefix 'passage: ' items.csv -o five && hashes five 4
echo title as id; $e -q --id title --text description items.csv -o six
echo "exit $?"
for t in '{title' 'title}' 'no column' '{none}'; do $e -q --template "$t" items.csv; echo "exit $?"; done

# Files of vectors that are broken or lie: one line that says where, exit 3, nothing written.
cp "$R"/tests/ref/vectors/* .
words() { # FILE
	encode -q -j$J --encoder words --reduce cut --vectors "$1" texts.csv -o out; echo "exit $?: $1"
}
rows() { # FILE [CSV]
	encode -q -j$J --encoder npy --vectors "$1" "${2:-texts.csv}" -o out; echo "exit $?: $1"
}
sed '1s/9/8/' word2vec.txt >more-words; words more-words
sed '1s/9/10/' word2vec.txt >fewer-words; words fewer-words
sed '1s/9/18446744073709551615/' word2vec.txt >absurd; words absurd
sed '1s/5/4/' word2vec.txt >narrower; words narrower
sed '1s/5/6/' word2vec.txt >wider; words wider
sed '4s/ [^ ]*$//' glove.txt >short-line; words short-line
sed '4s/ [^ ]*$/ nan/' glove.txt >nan; words nan
sed '4s/ [^ ]*$/ 1e39/' glove.txt >large; words large
sed '4s/^[^ ]*//' glove.txt >no-word; words no-word
head -c 200 word2vec.txt >cut-text; words cut-text
head -c 100 word2vec.bin >cut-binary; words cut-binary
head -c 5 word2vec.bin >cut-word; words cut-word
{ head -c 9 word2vec.bin; printf '\0\0\300\177'; tail -c +14 word2vec.bin; } >nan-binary; words nan-binary
gzip -c glove.txt | head -c 150 >cut.gz; words cut.gz
printf '' >empty; words empty
printf '0 5\n' >none; words none
printf '\272\026\117\057 model' >fasttext.bin; words fasttext.bin
printf 'PK\003\004' >vectors.zip; words vectors.zip
words rows-f4.npy
printf '3 2\na 1 2\na 3 4\n\377 5 6\n' >twice; encode -j$J --encoder words --reduce cut --vectors twice texts.csv -o twice.emb
npy() { # NAME HEADER: an array of that header, and 120 bytes
	{ printf '\223NUMPY\001\000'; printf "\\$(printf %03o ${#2})\\000"; printf '%s' "$2"; head -c 120 /dev/zero; } >"$1"
	rows "$1"
}
npy big-endian "{'descr': '>f4', 'fortran_order': False, 'shape': (6, 5), }"
npy whole "{'descr': '<i4', 'fortran_order': False, 'shape': (6, 5), }"
npy objects "{'descr': '|O', 'fortran_order': False, 'shape': (6, 5), }"
npy structure "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (6, 5), }"
npy fortran "{'descr': '<f4', 'fortran_order': True, 'shape': (6, 5), }"
npy one-dimension "{'descr': '<f4', 'fortran_order': False, 'shape': (30,), }"
npy larger "{'descr': '<f4', 'fortran_order': False, 'shape': (7, 5), }"
npy smaller "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 5), }"
npy overflow "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 5), }"
npy no-width "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 0), }"
npy no-shape "{'descr': '<f4', 'fortran_order': False, }"
npy twice-shape "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 5), 'shape': (6, 5)}"
npy cut-header "{'descr': '<f4', 'fortran_ord"
head -c 100 rows-f4.npy >cut.npy; rows cut.npy
head -c 9 rows-f4.npy >cut-length.npy; rows cut-length.npy
{ head -c 244 rows-f4.npy; printf '\0\0\200\177'; } >infinite.npy; rows infinite.npy
rows glove.txt
head -n 3 texts.csv >few.csv; rows rows-f4.npy few.csv
{ cat texts.csv; echo 6,x; } >many.csv; rows rows-f4.npy many.csv
sed 's/^[0-9]/1/' texts.csv >same-id.csv; rows rows-f4.npy same-id.csv
rows ./missing.npy; words ./missing.vec
encode -q -j$J --encoder npy texts.csv -o out; echo "exit $?"
encode -q -j$J --encoder words texts.csv -o out; echo "exit $?"
encode -q -j$J --encoder npy --vectors rows-f4.npy --text title texts.csv -o out; echo "exit $?"
encode -q -j$J --encoder npy --vectors rows-f4.npy --remove 1 texts.csv -o out; echo "exit $?"
encode -q -j$J --encoder words --vectors glove.txt --remove 5 texts.csv -o out; echo "exit $?"
[ ! -e out ] && echo "nothing written"

# A RoBERTa with byte-level BPE: as published, and with another end of its tokenizer.
cp -r "$R/tests/ref/bert/roberta" model
chmod -R u+w model
encode --inspect ./model
printf 'item,title\na,Hello world\nb,\nc,café 😀 <mask>\n' >items.csv
encode -q -j$J --encoder ./model items.csv -o out; echo "exit $?"
head -c 8 out | wc -c
try() { encode -q -j$J --encoder ./model items.csv -o bad; echo "exit $?"; }
echo 'a b' >>model/merges.txt; try
rm model/merges.txt; try
echo '{"tokenizer_class": "GPT2Tokenizer"}' >model/tokenizer_config.json; : >model/merges.txt; try
echo '{"a": 1, "b": 1}' >model/vocab.json; rm model/tokenizer_config.json; try
echo '{"a": 1}' >model/vocab.json; try
[ ! -e bad ] && echo "nothing written"

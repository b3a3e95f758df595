# --append with a model directory: the directory may lie elsewhere, but whatever in it decides a vector must be the same.
. "$R/tests/model.sh"
printf 'item,title\na,aa ab\nb,ba bb bc ca cb aa ab ba bb bc\n' >items.csv
printf 'item,title\nc,ca cb\n' >more.csv
encode -q -j$J --encoder ./model items.csv -o old
try() { # WHAT: append to old with the model as it is now; then a fresh one
	echo "$1" >&2
	encode -q -j$J --encoder ./model --append old "${2:-more.csv}" -o new
	echo "$1: exit $?"
	rm -f new
	fresh
}
try "the same model"
mv model elsewhere
encode -q -j$J --encoder bert --model elsewhere --append old more.csv -o new; echo "the same model in another directory: exit $?"
fresh
echo '{"max_seq_length": 48}' >model/sentence_bert_config.json; try "the length it has anyway, said"
echo '{"max_seq_length": 8}' >model/sentence_bert_config.json; try "another length"
echo '{"pooling_mode_cls_token": true}' >model/1_Pooling/config.json; try "another pooling"
sed -i 's/^aa$/zz/' model/vocab.txt; try "another token"
echo '{"do_lower_case": false}' >model/tokenizer_config.json; try "another normaliser"
sed -i 's/"layer_norm_eps": 1e-12/"layer_norm_eps": 1e-5/' model/config.json; try "another norm"
sed '1s/.*/&/; $s/.$/x/' model/model.safetensors >edited; mv edited model/model.safetensors; try "another weight"

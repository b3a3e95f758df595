# A model directory with one thing wrong: one line that says what, the stated status, nothing written.
export LC_ALL=C
. "$R/tests/model.sh"
printf 'item,title\na,aa ab\n' >items.csv
try() { # WHAT: the model as it is now, run; then a fresh one
	echo "$1" >&2
	encode -q -j$J --encoder ./model items.csv -o out
	echo "$1: exit $?"
	fresh
}
config() { # KEY VALUE...: replaced in config.json
	while [ $# -gt 0 ]; do
		sed -i "s|^  \"$1\": .*[^,]|  \"$1\": $2|" model/config.json
		grep -q "^  \"$1\": $2,*$" model/config.json || echo "no $1 in config.json"
		shift 2
	done
}
weights() { # SED-SCRIPT: edits as long as what they replace, in the header of model.safetensors
	sed "1$1" model/model.safetensors >edited
	cmp -s edited model/model.safetensors && echo "nothing edited"
	mv edited model/model.safetensors
}

encode -q -j$J --encoder ./model items.csv -o right && [ -s right ] && echo "the model as it is: encoded"

rm model/config.json; try "no config.json"
rm model/model.safetensors; try "no weights"
rm model/vocab.txt; try "no vocabulary"

for n in 0 7 8 1000 48000; do
	head -c $n "$R/tests/ref/bert/model/model.safetensors" >model/model.safetensors; try "weights cut to $n bytes"
done
head -c 100 model/config.json >cut; mv cut model/config.json; try "config.json cut"
: >model/config.json; try "config.json empty"
echo '[1]' >model/config.json; try "config.json an array"
: >model/vocab.txt; try "vocabulary empty"
echo more >>model/vocab.txt; try "a token more than the word table has rows"
seq 1000000 >>model/vocab.txt; try "a vocabulary of a million tokens"

weights 's/word_embeddings/word_embedlings/'; try "no word table"
weights 's/position_embeddings/position_embedlings/'; try "no positions"
weights 's/layer\.1\.attention\.self\.key\.bias/layer.1.attention.self.kez.bias/'; try "no bias in a layer"
weights 's/layer\.0\.output\.LayerNorm\.weight/layer.0.output.LaterNorm.weight/'; try "no norm in a layer"
weights 's/\("embeddings\.word_embeddings\.weight":{"dtype":"F32","shape":\)\[40,24\]/\1[24,40]/'; try "word table turned"
weights 's/\("encoder\.layer\.1\.intermediate\.dense\.weight":{"dtype":"F32","shape":\)\[40,24\]/\1[24,40]/'; try "matrix turned"
weights 's/\("encoder\.layer\.0\.output\.dense\.bias":{"dtype":"F32","shape":\)\[24\]/\1[25]/'; try "shape and bytes disagree"
weights 's/\("encoder\.layer\.0\.output\.dense\.bias":{"dtype":"\)F32/\1I32/'; try "a type that is no number of ours"

for type in t5 gpt2 modernbert; do config model_type "\"$type\""; try "model_type $type"; done
config model_type 7; try "model_type 7"
config model_type '"two\\nlines"'; try "model_type of two lines"
config model_type '"distilbert"'; try "model_type distilbert"
config hidden_act '"relu"'; try "activation relu"
sed -i 's/^{/{"position_embedding_type": "relative_key",/' model/config.json; try "relative positions"
config is_decoder true; try "a decoder"

for value in 0 -1 1e30 1.5 '"40"' 18446744073709551616 41; do config vocab_size "$value"; try "vocab_size $value"; done
config max_position_embeddings 999999; try "more positions than there are"
config num_hidden_layers 1000; try "more layers than there are"
config num_hidden_layers 1; try "fewer layers than there are"
config num_attention_heads 5; try "heads that do not divide the width"
config hidden_size 65536; try "width 65536"
config intermediate_size 1000000; try "a wide middle"
config type_vocab_size 0; try "no token types"
config layer_norm_eps 0; try "norm eps 0"
config model_type '"roberta"' pad_token_id 9223372036854775807; try "pad_token_id 2^63 - 1"
config model_type '"roberta"' pad_token_id 47; try "pad_token_id 47"

echo '{"pooling_mode_lasttoken": true}' >model/1_Pooling/config.json; try "pooling by the last token"
echo '{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}' >model/1_Pooling/config.json; try "two poolings"
echo '[{"type": "sentence_transformers.models.Dense"}]' >model/modules.json; try "a dense module"
echo '{"max_seq_length": 0}' >model/sentence_bert_config.json; try "length 0"
echo '{"max_seq_length": 2}' >model/sentence_bert_config.json; try "length 2"

{ head -c 30000 "$R/tests/ref/bert/model/model.safetensors"; head -c 18464 /dev/zero | tr '\0' '\377'; } >nan
mv nan model/model.safetensors; try "weights that are not numbers"
[ ! -e out ] && echo "nothing written"

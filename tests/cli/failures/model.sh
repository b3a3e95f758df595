# Bad model files: truncated, oversized, duplicated and lying headers, another format, NaN, another version.
. "$R/tests/fixture.sh"
. "$R/tests/failing.sh"
train -q -j$J --model bias -o model events.csv || exit
meta='"__metadata__":{"format":"recpipe.model","format_version":"1.0"}'
: >empty
head -c 5 model >cut-5
head -c 300 model >cut-header
n=$(wc -c <model)
head -c $((n - 1)) model >cut-data
{ cat model; printf x; } >longer
{ printf '\377\377\377\377\377\377\377\177'; tail -c +9 model; } >oversized
{ printf '\377\377\377\004\0\0\0\0'; tail -c +9 model; } >header-beyond-the-end
tensors '{' >no-json
tensors "{$meta,\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}" 1234 >duplicated
tensors "{$meta,\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}" 123456 >overlapping
tensors "{$meta,\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}" 12345678 >hole
tensors "{$meta,\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}" 1234 >lying-shape
tensors "{$meta,\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905,4],\"data_offsets\":[0,4]}}" 1234 >overflow
tensors "{$meta,\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}" 1234 >dtype
tensors "{$meta}" >no-tensors
tensors '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' 1234 >no-metadata
tensors '{"__metadata__":{"format":"recpipe.embeddings","format_version":"1.0"}}' >embeddings
sed 's/"format_version":"1/"format_version":"7/' model >version
cp events.csv csv
for bad in empty cut-5 cut-header cut-data longer oversized header-beyond-the-end no-json duplicated overlapping hole \
	lying-shape overflow dtype no-tensors no-metadata embeddings version csv; do
	fails evaluate -q -j$J --model $bad test.csv
	fails recommend -q -j$J --model $bad emil.castell
	fails train -q -j$J --update $bad -o $bad new.csv
done
echo '== devices have no end'
fails evaluate -q -j$J --model /dev/zero test.csv
fails recommend -q -j$J --model /dev/zero emil.castell
fails train -q -j$J --items /dev/full -o m events.csv
fails train -q -j$J --model seq --checkpoint /dev/full -o m events.csv
cat model | evaluate -q -j$J --model /dev/stdin --metrics rmse test.csv | grep -c rmse

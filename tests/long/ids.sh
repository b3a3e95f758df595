# Ten million users, each an id of its own, from reading to a recommendation; and the same model from a pipe.
users() { awk 'BEGIN { print "user,item"; for (i = 0; i < 10000000; i++) printf "user-%d,item-%d\n", i, i % 1000 }'; }
users >e.csv
train -q -j$J --model pop e.csv -o file.model
users | train -q -j$J --model pop - -o pipe.model
cmp file.model pipe.model && echo same
recommend -q --model file.model -k 2 user-9999999

# Sourced by tests of commands: fresh makes model/, the tiny model of tests/ref/bert with a vocabulary of 40 tokens.
fresh() {
	rm -rf model
	mkdir -p model/1_Pooling
	cp "$R"/tests/ref/bert/model/* model
	{ printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n'; for c in a b c d e; do printf '%s\n' "$c"a "$c"b "$c"c "##$c" "$c" "$c$c$c" "##$c$c"; done; } >model/vocab.txt
}
fresh

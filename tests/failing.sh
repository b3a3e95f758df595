# Sourced by tests of failures. `fails COMMAND...` shows its exit status and what it said, which is to be one line, and
# that it left nothing new: no output, no temporary file.
fails() {
	find . -type f ! -name '.[bs]*' | sort >.before
	"$@" >.stdout 2>.stderr
	status=$?
	sed "s|^|$status: |; s|; there are: .*|; there are: ...|" .stderr
	[ "$(wc -l <.stderr)" -eq 1 ] || echo "   that is $(wc -l <.stderr) lines"
	[ ! -s .stdout ] || echo "   $(wc -c <.stdout) bytes on stdout"
	find . -type f ! -name '.[bs]*' | sort | diff .before - | grep '^[<>]'
}
# tensors JSON [DATA]: a safetensors file with this header, on stdout.
little_endian() {
	n=$1
	for _ in 1 2 3 4 5 6 7 8; do
		printf "\\$(printf %03o $((n % 256)))"
		n=$((n / 256))
	done
}
tensors() {
	little_endian ${#1}
	printf '%s' "$1"
	printf '%s' "${2-}"
}

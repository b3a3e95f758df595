#!/bin/sh
# recpipe COMMAND [ARGUMENTS]: one name for the five commands, which lie beside this script (in a build tree) or in
# ../libexec/recpipe (installed). They are separate executables; this only finds and starts them.
here=$(dirname -- "$(readlink -f -- "$0")")
home=$here/../libexec/recpipe
[ -d "$home" ] || home=$here

# The commands in the order of a pipeline, with their own words.
list() {
	for name in preprocess encode train evaluate recommend; do
		[ ! -x "$home/$name" ] || "$home/$name" --help | sed -n '1s/^recpipe \([a-z]*\): /  \1\t/p' | expand -t 16
	done
}
usage() {
	printf 'Usage: recpipe COMMAND [ARGUMENTS]\n\nText-aware recommendations from CSV files, kept fresh from feedback.\n\n'
	printf 'Commands:\n'
	list
	printf '\nTheir help and examples say `train` for `recpipe train`, and so on: the two are the same.\n'
	printf 'recpipe COMMAND --help tells what a command does; man recpipe tells how they fit together.\n'
}

case ${1-} in
'') usage >&2; exit 2 ;;
-h | --help) usage; exit 0 ;;
help)
	[ $# -gt 1 ] || { usage; exit 0; }
	shift
	set -- "$1" --help
	;;
--version)
	"$home/train" --version | sed 's/^recpipe train /recpipe /'
	exit 0
	;;
esac
command=$1
case $command in
*[!a-z-]* | -* | recpipe) ;;
*) if [ -x "$home/$command" ]; then shift; exec "$home/$command" "$@"; fi ;;
esac
echo "recpipe: unknown command \"$command\"; recpipe help lists them" >&2
exit 2

#!/bin/sh
# recpipe COMMAND [ARGUMENTS]: one name for the five commands, which lie beside this script (in a build tree) or in
# ../libexec/recpipe (installed). They are separate executables; this only finds and starts them.
here=$(dirname -- "$(readlink -f -- "$0")")
home=$here/../libexec/recpipe
[ -d "$home" ] || home=$here

# "name: summary" of every command, from the commands themselves.
list() {
	for f in "$home"/*; do
		name=${f##*/}
		if [ "$name" != recpipe ] && [ -x "$f" ]; then
			"$f" --help | sed -n '1s/^recpipe \([a-z]*\): /  \1\t/p' | expand -t 16
		fi
	done
}
usage() {
	printf 'Usage: recpipe COMMAND [ARGUMENTS]\n\nText-aware recommendations from CSV files, kept fresh from feedback.\n\n'
	printf 'Commands:\n'
	list
	printf '\nrecpipe COMMAND --help tells what a command does; man recpipe tells how they fit together.\n'
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
	for f in "$home"/*; do
		[ "${f##*/}" = recpipe ] || { "$f" --version | sed 's/^recpipe [a-z]* /recpipe /'; exit 0; }
	done
	;;
esac
command=$1
case $command in
*[!a-z-]* | -* | recpipe) ;;
*) if [ -x "$home/$command" ]; then shift; exec "$home/$command" "$@"; fi ;;
esac
echo "recpipe: unknown command \"$command\"; recpipe help lists them" >&2
exit 2

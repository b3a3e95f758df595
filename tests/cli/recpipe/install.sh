# What make install puts where, that it runs from there, and that uninstall takes all of it away.
[ "$VARIANT" = release ] || { echo "only the release build is installed"; exit 77; }
make -s -C "$R" install DESTDIR="$PWD/root dir" PREFIX=/usr >/dev/null || exit
(cd "root dir" && find . -type f | sort)
PATH="$PWD/root dir/usr/bin:/usr/bin:/bin"
recpipe --version
recpipe help train | head -n 1
recpipe help | sed -n '/^Commands/,/^$/p'
ln -s "$PWD/root dir/usr/bin/recpipe" link && ./link --version
make -s -C "$R" uninstall DESTDIR="$PWD/root dir" PREFIX=/usr
find "root dir" -type f

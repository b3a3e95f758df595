# The runner itself: each way in which a test can go wrong fails the run, and is counted.
mkdir -p t/tests/cli/g t/tests/unit t/tests/fuzz t/build/release/bin t/build/release/tests/unit
cp "$R/tests/run" t/tests/run
put() { printf '%s\n' "$2" >"t/tests/cli/g/$1.sh"; }
put good 'echo hello $J'
printf 'hello %s\n' 1 >t/tests/cli/g/good.out
put out 'echo something else'; echo hello >t/tests/cli/g/out.out
put err 'echo hello; echo oops >&2'; echo hello >t/tests/cli/g/err.out
put status 'echo hello; exit 3'; echo hello >t/tests/cli/g/status.out
put crash 'kill -SEGV $$'
put nothing 'true'
put skip 'echo no such data; exit 77'
unit() { touch "t/tests/unit/$1.c"; printf '#!/bin/sh\n%s\n' "$2" >"t/build/release/tests/unit/$1"; chmod +x "t/build/release/tests/unit/$1"; }
unit ok 'echo "[       OK ] a"; echo "[       OK ] b"'
unit bad 'echo "[       OK ] a"; echo "[  FAILED  ] b"; exit 1'
unit crashed 'kill -SEGV $$'
unit empty 'true'
unit late 'echo "[       OK ] a"; exit 99'
touch t/tests/unit/missing.c
for test in cli/g/good@1 cli/g/good@2 cli/g/out cli/g/err cli/g/status cli/g/crash cli/g/nothing cli/g/skip \
	unit/ok unit/bad unit/crashed unit/empty unit/late unit/missing cli/none; do
	t/tests/run "$test" >log 2>&1
	echo "exit $?  $(tail -n 1 log)  $test"
done
t/tests/run cli unit >log 2>&1
echo "exit $?  $(tail -n 1 log)  all"
# --accept makes a test pass that prints the same for one and two threads, and no other.
t/tests/run --accept cli/g/out cli/g/good >log 2>&1
echo "exit $?  $(tail -n 1 log)  accept"

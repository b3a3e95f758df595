# Bad input: status 3 (4 for what the system refuses), one line with file and line.
printf 'user,item,rating\nu1,a,5\nu2,b,1\n' >test.csv
printf 'user,item,rating\n' >none.csv
: >empty.csv
try() {
	name=$1
	shift
	cat >"$name.csv"
	evaluate --predictions "$name.csv" "$@" test.csv 2>&1
	echo "  status $?"
}
try no-item <<'EOF'
user,thing,prediction
u1,a,5
EOF
try no-value <<'EOF'
user,item,time
u1,a,5
EOF
try no-rank --kind lists <<'EOF'
user,item,time
u1,a,5
EOF
try nan <<'EOF'
user,item,prediction
u1,a,5
u2,b,nan
EOF
try blank <<'EOF'
user,item,prediction
u1,,5
EOF
try twice <<'EOF'
user,item,prediction
u1,a,5
u2,b,1
u1,a,5
EOF
try rank-twice <<'EOF'
user,item,rank
u1,a,1
u2,b,1
u1,c,1
EOF
try rank-zero <<'EOF'
user,item,rank
u1,a,0
EOF
try rank-real <<'EOF'
user,item,rank
u1,a,1.5
EOF
try missing <<'EOF'
user,item,prediction
u1,a,5
EOF
try ragged <<'EOF'
user,item,prediction
u1,a,5,6
EOF
try empty </dev/null
evaluate --predictions missing.csv none.csv 2>&1
echo "  status $?"
evaluate --predictions nowhere.csv test.csv 2>&1
echo "  status $?"
evaluate --predictions missing.csv nowhere.csv 2>&1
echo "  status $?"
evaluate --model nowhere.st test.csv 2>&1
echo "  status $?"

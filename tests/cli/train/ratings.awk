# Made-up ratings: users and items of a few hidden kinds that like each other more or less. n: rows; u, i: how many users
# and items; s: seed; new: added to the numbers of the ids.
function draw(below) { x = (x * 69069 + 1) % 4294967296; return int(x / 65536) % below }
BEGIN {
	x = s + 0 ? s : 7
	if (!u) u = 60
	if (!i) i = 40
	print "user,item,rating,time"
	for (k = 0; k < n; k++) {
		a = draw(u); b = int(draw(i) * (1 + draw(10)) / 10)
		r = 3 + (a % 3 == b % 3) - (a % 4 == b % 5) + (b % 7 == 1) - (a % 6 == 2) + draw(2)
		r = (r > 5) ? 5 : (r < 1) ? 1 : r
		printf "u%d,i%d,%d,%d\n", a + new, b + new, r, 1000000 + 3600 * k
	}
}

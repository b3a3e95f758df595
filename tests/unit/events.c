/* Events from CSV: the same numbering at any thread count, with and without quotes; each kind of bad row by line. */
#include "base/mem.h"
#include "base/rng.h"
#include "data/events.h"
#include "unit.h"

enum { ROWS = 240000 }; /* several blocks */

static void write_rows(const char *path, size_t quoted_from)
{
	struct rng r;
	rng_init(&r, 3, 0);
	FILE *f = fopen(path, "w");
	fputs("item,user,time,note,rating\n", f);
	for (size_t i = 0; i < ROWS; i++) {
		const char *q = i >= quoted_from ? "\"" : "";
		unsigned item = (unsigned)rng_below(&r, 5000), user = (unsigned)(i / 40);
		fprintf(f, "i%u,%sa rather long user id, such as an address, number %u%s,%zu,,%u.5\n", item, q, user, q, i,
			(unsigned)rng_below(&r, 5));
	}
	assert_int_equal(fclose(f), 0);
}

/* Without quotes the commas of the user would be columns. */
static void write_plain(const char *path)
{
	struct rng r;
	rng_init(&r, 3, 0);
	FILE *f = fopen(path, "w");
	fputs("item,user,time,note,rating\n", f);
	for (size_t i = 0; i < ROWS; i++) {
		unsigned item = (unsigned)rng_below(&r, 5000);
		fprintf(f, "i%u,u%zu,%zu,,%u.5\n", item, i / 40, i, (unsigned)rng_below(&r, 5));
	}
	assert_int_equal(fclose(f), 0);
}

static uint64_t digest(const struct events *ev, const struct idmap *users, const struct idmap *items)
{
	uint64_t h = ev->n;
	for (size_t i = 0; i < ev->n; i++)
		h = rng_mix(h ^ ev->user[i] ^ (uint64_t)ev->item[i] << 24 ^ (uint64_t)(ev->rating[i] * 2) << 48) + (uint64_t)ev->time_s[i];
	for (uint32_t i = 0; i < users->n; i++)
		h = rng_mix(h ^ idmap_hash(idmap_id(users, i)));
	for (uint32_t i = 0; i < items->n; i++)
		h = rng_mix(h ^ idmap_hash(idmap_id(items, i)));
	return h;
}

static uint64_t read_with(const char *path, size_t threads)
{
	struct err e = { 0 };
	struct events ev;
	struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
	struct pool *pool = pool_new(threads);
	assert_code(events_read(&ev, path, &users, &items, pool, &e), 0, &e);
	assert_int_equal(ev.n, ROWS);
	assert_int_equal(ev.user[ROWS - 1], ROWS / 40 - 1);
	assert_int_equal(ev.item[0], 0);
	assert_true(ev.has_rating);
	uint64_t h = digest(&ev, &users, &items);
	events_release(&ev);
	idmap_release(&users);
	idmap_release(&items);
	pool_free(pool);
	return h;
}

static void same_at_any_thread_count(void **state)
{
	(void)state;
	write_plain("plain.csv");
	write_rows("quoted.csv", 0);
	uint64_t plain = read_with("plain.csv", 1), quoted = read_with("quoted.csv", 1);
	for (size_t threads = 2; threads <= 4; threads++) {
		assert_true(read_with("plain.csv", threads) == plain);
		assert_true(read_with("quoted.csv", threads) == quoted);
	}
	assert_int_equal(system("gzip -c plain.csv > plain.gz"), 0);
	assert_true(read_with("plain.gz", 2) == plain);
	/* quotes that begin in the middle change nothing */
	assert_int_equal(system("awk -F, -v OFS=, 'NR > 200000 {$1 = \"\\\"\" $1 \"\\\"\"} 1' plain.csv > half.csv"), 0);
	assert_true(read_with("half.csv", 2) == plain);
}

/* Texts stand by their rows, quoted or not, whoever parsed them; nobody gets them unasked. */
static void texts_follow_rows(void **state)
{
	(void)state;
	enum { N = 60000 };
	FILE *f = fopen("said.csv", "w");
	fputs("user,text,item\n", f);
	for (size_t i = 0; i < N; i++)
		fprintf(f, i < 40000 ? "u,said %zu,i\n" : i % 2 ? "u,\"a, \"\"b\"\" %zu\",i\n" : "u,,i\n", i);
	fclose(f);
	for (size_t threads = 1; threads <= 3; threads++) {
		struct err e = { 0 };
		struct events ev;
		struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
		struct pool *pool = pool_new(threads);
		assert_code(events_read_text(&ev, "said.csv", &users, &items, pool, &e), 0, &e);
		assert_int_equal(ev.text.n, N);
		for (size_t i = 0; i < N; i++) {
			char expected[40] = "";
			if (i < 40000 || i % 2)
				sprintf(expected, i < 40000 ? "said %zu" : "a, \"b\" %zu", i);
			assert_true(str_eq(textlist_at(&ev.text, i), str_of(expected)));
		}
		events_release(&ev);
		assert_code(events_read(&ev, "said.csv", &users, &items, pool, &e), 0, &e);
		assert_int_equal(ev.text.n, 0);
		events_release(&ev);
		idmap_release(&users);
		idmap_release(&items);
		pool_free(pool);
	}
}

static void bad(const char *text, const char *says)
{
	struct err e = { 0 };
	struct events ev;
	struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
	put_text("bad.csv", text);
	assert_code(events_read(&ev, "bad.csv", &users, &items, NULL, &e), ERR_DATA, &e);
	assert_string_equal(e.message, says);
	assert_null(ev.user);
	idmap_release(&users);
	idmap_release(&items);
}

/* Ids too long to wait for their look-up overtake short ones, yet numbers follow the rows. */
static void long_and_short_ids(void **state)
{
	(void)state;
	enum { N = 2000 };
	char text[N * 80], *p = text, id[80];
	p += sprintf(p, "user,item\n");
	for (int i = 0; i < N; i++)
		p += sprintf(p, "%0*d,%0*d\n", i % 7 ? 6 : 60, i, i % 5 ? 5 : 50, i);
	put_text("x.csv", text);
	for (size_t threads = 1; threads <= 3; threads++) {
		struct err e = { 0 };
		struct events ev;
		struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
		struct pool *pool = pool_new(threads);
		assert_code(events_read(&ev, "x.csv", &users, &items, pool, &e), 0, &e);
		assert_int_equal(ev.n, N);
		for (int i = 0; i < N; i++) {
			assert_int_equal(ev.user[i], i);
			assert_int_equal(ev.item[i], i);
			size_t n = (size_t)sprintf(id, "%0*d", i % 5 ? 5 : 50, i);
			assert_true(str_eq(idmap_id(&items, (uint32_t)i), (struct str){ id, n }));
		}
		events_release(&ev);
		idmap_release(&users);
		idmap_release(&items);
		pool_free(pool);
	}
}

static void bad_rows(void **state)
{
	(void)state;
	bad("user,rating\na,1\n",
	    "bad.csv:1: there is no column \"item\" (preprocess --map item=COLUMN names it); there are: user, rating");
	bad("user,item,rating\na,b,1\n\na,b,x\n", "bad.csv:4: rating \"x\" is not a number");
	bad("user,item,rating\na,b,1\n\"a\",b,nan\n", "bad.csv:3: rating \"nan\" is not a number");
	bad("user,item,rating\na,b,1e39\n", "bad.csv:2: rating \"1e39\" is not a number");
	bad("user,item,time\na,b,\n", "bad.csv:2: time \"\" is not a number");
	bad("user,item\na,\n", "bad.csv:2: item \"\" is blank");
	bad("user,item\n,b\n", "bad.csv:2: user \"\" is blank");
}

static void implicit(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct events ev;
	struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
	idmap_add(&users, STR("known"));
	put_text("x.csv", "user,item\nnew,a\nknown,b\nnew,b\n");
	assert_code(events_read(&ev, "x.csv", &users, &items, NULL, &e), 0, &e);
	assert_false(ev.has_rating);
	assert_null(ev.time_s);
	assert_int_equal(ev.user[0], 1);
	assert_int_equal(ev.user[1], 0);
	assert_true(ev.rating[2] == 1);
	struct csr c;
	csr_by_item(&c, &ev, items.n);
	assert_int_equal(c.start[1], 1);
	assert_int_equal(c.column[1], 0);
	assert_int_equal(c.event[2], 2);
	csr_release(&c);
	events_release(&ev);
	idmap_release(&users);
	idmap_release(&items);
}

static void time_order(void **state)
{
	(void)state;
	double time_s[] = { 5, 1, 5, 0, 1 };
	uint32_t order[5], expected[] = { 3, 1, 4, 0, 2 };
	struct events ev = { .n = 5, .time_s = time_s };
	events_time_order(&ev, order);
	assert_memory_equal(order, expected, sizeof order);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_at_any_thread_count),
		cmocka_unit_test(texts_follow_rows), cmocka_unit_test(long_and_short_ids),
					    cmocka_unit_test(bad_rows),
					    cmocka_unit_test(implicit), cmocka_unit_test(time_order) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Texts altered at random: how often, what stays, synonyms with their punctuation, files that are none. */
#include "base/mem.h"
#include "text/augment.h"
#include "unit.h"

static struct err e;
static struct augment_words words;

static const char *altered(const struct augment *a, struct rng *r, const char *text)
{
	static struct buf out;
	augment_text(a, r, str_of(text), &words, &out);
	return buf_text(&out);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void drop_and_swap(void **state)
{
	(void)state;
	static const char text[] = " a1 a2\ta3  a4\na5 b1 b2 b3 b4 b5 ";
	struct rng r;
	size_t kept = 0, in_place = 0;
	rng_init(&r, 1, 2);
	for (int k = 0; k < 5000; k++) {
		const char *out = altered(&(struct augment){ .drop = 0.2 }, &r, text);
		kept += count(out, "a") + count(out, "b");
		assert_true(!strstr(out, "b1") || !strstr(out, "a5") || strstr(out, "a5") < strstr(out, "b1"));
	}
	assert_in_range(kept, 39600, 40400);
	for (int k = 0; k < 1000; k++) {
		const char *out = altered(&(struct augment){ .swap = 0.2 }, &r, text);
		assert_int_equal(count(out, "a") + count(out, "b"), 10);
		assert_int_equal(strlen(out), 29);
		in_place += !strncmp(out, "a1", 2);
	}
	assert_in_range(in_place, 600, 760); /* 0.82 * 0.82, and a way back */
}

static void borders(void **state)
{
	(void)state;
	struct rng r, again;
	struct augment all = { .drop = 0.99, .swap = 1 }, some = { .drop = 0.5, .swap = 0.5 };
	rng_init(&r, 1, 2);
	assert_string_equal(altered(&all, &r, ""), "");
	assert_string_equal(altered(&all, &r, " \t "), " \t ");
	for (int k = 0; k < 100; k++)
		assert_true(strlen(altered(&all, &r, "one")) == 3);
	assert_string_equal(altered(&(struct augment){ 0 }, &r, "as it  is"), "as it is");
	again = r;
	char *once = mem_strdup(altered(&some, &r, "a b c d e f g h"));
	assert_string_equal(altered(&some, &again, "a b c d e f g h"), once);
	mem_free(once);
}

static void synonyms(void **state)
{
	(void)state;
	struct synonyms *s;
	struct rng r;
	size_t nice = 0, fine = 0;
	put_text("s.csv", "word,synonym\nGood,fine\ngood,very nice\n\xc3\x89t\xc3\xa9,summer\n");
	assert_code(synonyms_open(&s, "s.csv", &e), 0, &e);
	rng_init(&r, 1, 2);
	struct augment always = { .synonym = 1, .synonyms = s }, half = { .synonym = 0.5, .synonyms = s };
	assert_string_equal(altered(&always, &r, "\xc3\xa9t\xc3\xa9! (\xc3\x89T\xc3\x89) --"), "summer! (summer) --");
	for (int k = 0; k < 2000; k++) {
		const char *out = altered(&half, &r, "a \"good,\" goodness");
		nice += !strcmp(out, "a \"very nice,\" goodness");
		fine += !strcmp(out, "a \"fine,\" goodness");
	}
	assert_in_range(nice, 420, 580);
	assert_in_range(fine, 420, 580);
	synonyms_close(s);
}

static void bad_files(void **state)
{
	(void)state;
	struct synonyms *s;
	put_text("column.csv", "word,other\na,b\n");
	assert_code(synonyms_open(&s, "column.csv", &e), ERR_DATA, &e);
	assert_says(&e, "\"synonym\"");
	put_text("blank.csv", "word,synonym\na,b\nc,\n");
	assert_code(synonyms_open(&s, "blank.csv", &e), ERR_DATA, &e);
	assert_says(&e, "blank.csv:3: the synonym is blank");
	assert_code(synonyms_open(&s, "missing.csv", &e), ERR_SYSTEM, &e);
}

static int release(void **state)
{
	(void)state;
	augment_words_release(&words);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(drop_and_swap), cmocka_unit_test(borders),
					    cmocka_unit_test(synonyms), cmocka_unit_test(bad_files) };
	return cmocka_run_group_tests(tests, NULL, release);
}

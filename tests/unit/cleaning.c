/* Text cleaning: normal forms, HTML, stems, stop words. */
#include "text/html.h"
#include "text/normalize.h"
#include "text/stem.h"
#include "text/stopwords.h"
#include "unit.h"

static void test_forms(void **state)
{
	(void)state;
	static const struct { enum text_form form; const char *in, *out; } cases[] = {
		{ TEXT_NFKC, "ﬁne Ｆｕｌｌ e\xcc\x81", "fine Full é" }, { TEXT_NFKC, "Plain", "Plain" },
		{ TEXT_LOWER, "ÀÉ Straße ΑΒΓ", "àé straße αβγ" },
		{ TEXT_LOWER, "ABCxyz", "abcxyz" }, { TEXT_FOLD, "Straße", "strasse" },
		{ TEXT_NFKC, "", "" },
	};
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		assert_true(text_form(str_of(cases[i].in), cases[i].form, &b));
		assert_string_equal(buf_text(&b), cases[i].out);
	}
	buf_clear(&b);
	assert_false(text_form(STR("\xff\xfe"), TEXT_NFKC, &b));
	assert_int_equal(b.n, 0);
	buf_release(&b);
}

static void test_tags(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "a<br/>b", "a b" }, { "<p>one</p> <p>two</p>", "one two" }, { "1 < 2 and 3 > 2", "1 < 2 and 3 > 2" },
		{ "x<script>if (a<b) c>d</script>y", "x y" }, { "x<STYLE type=a>b{}</style >y", "x y" },
		{ "a<!-- <b> -->c", "a c" }, { "a<!-- open", "a" }, { "a<b", "a<b" }, { "<", "<" }, { "", "" },
		{ "<scripture>a", "a" }, { "a<b<c>d", "a d" }, { "<i>w</i>", "w" },
	};
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		html_strip(str_of(cases[i][0]), &b);
		assert_string_equal(buf_text(&b), cases[i][1]);
	}
	buf_release(&b);
}

/* A text of nothing but '<' must not be searched from each of them to its end. */
static void test_tags_take_linear_time(void **state)
{
	(void)state;
	struct buf in = BUF_INIT, out = BUF_INIT;
	for (int i = 0; i < 1 << 20; i++)
		buf_puts(&in, "<a");
	html_strip(buf_str(&in), &out);
	assert_int_equal(out.n, in.n);
	buf_release(&in);
	buf_release(&out);
}

static void test_stems(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "english", "consistency", "consist" }, { "en", "knightly", "knight" }, { "german", "häuser", "haus" },
		{ "french", "continuellement", "continuel" }, { "es", "", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stemmer *s;
		struct err e;
		assert_code(stemmer_new(&s, cases[i][0], &e), 0, &e);
		struct str stem = stemmer_stem(s, str_of(cases[i][1]));
		if (!str_eq(stem, str_of(cases[i][2])))
			fail_msg("%s gave %.*s", cases[i][1], (int)stem.n, stem.p);
		stemmer_free(s);
	}
	struct stemmer *none;
	struct err e;
	assert_code(stemmer_new(&none, "klingon", &e), ERR_USAGE, &e);
	assert_null(none);
	stemmer_free(none);
}

static void test_stopwords(void **state)
{
	(void)state;
	static const char *const languages[] = { "en", "de", "fr", "es", "it", "nl", "pt", "sv" };
	const char *words = NULL;
	struct err e;
	struct buf lower = BUF_INIT;
	for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
		assert_code(stopwords_of(languages[i], &words, &e), 0, &e);
		buf_clear(&lower);
		assert_true(text_form(str_of(words), TEXT_LOWER, &lower)); /* UTF-8, and lower case already */
		assert_string_equal(buf_text(&lower), words);
		assert_null(strstr(words, "  "));
	}
	assert_code(stopwords_of("xx", &words, &e), ERR_USAGE, &e);
	assert_says(&e, "there are: en");
	buf_release(&lower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_tags_take_linear_time),
		cmocka_unit_test(test_stems),
		cmocka_unit_test(test_stopwords),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

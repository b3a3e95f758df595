/* The hash encoder, its features, and the words below it. */
#include "unit.h"

#include "base/mem.h"
#include "encoder/encoder.h"
#include "text/hashing.h"
#include "text/words.h"

#include <math.h>

static const char *folded(const char *text, struct buf *out)
{
	words_fold(str_of(text), out);
	return buf_text(out);
}

static void folds(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	assert_string_equal(folded("Toy STORY 9", &b), "toy story 9");
	assert_string_equal(folded("ＦＵＬＬ ﬁ Straße", &b), "full fi strasse");
	assert_string_equal(folded("e\xcc\x81", &b), "\xc3\xa9");
	assert_string_equal(folded("", &b), "");
	assert_string_equal(folded("A\xff\x80Z", &b), "a\xff\x80z");
	buf_release(&b);
}

static void splits_words(void **state)
{
	(void)state;
	static const char *const expected[] = { "it", "s", "a", "\xe5\x8d\x83", "\xe3\x81\xa8", "\xe5\xb0\x8b",
						"\xec\x98\x81\xed\x99\x94", "b" };
	struct str text = str_of("it's (a) \xe5\x8d\x83\xe3\x81\xa8\xe5\xb0\x8b \xec\x98\x81\xed\x99\x94\xff" "b\xe5\x8d"), w;
	size_t at = 0, n = 0;
	for (; words_next(text, &at, &w); n++) {
		assert_true(n < sizeof expected / sizeof *expected);
		assert_true(str_eq(w, str_of(expected[n])));
	}
	assert_int_equal(n, sizeof expected / sizeof *expected);
}

static void counts_features(void **state)
{
	(void)state;
	struct bag b = { 0 };
	bag_add_text(&b, STR("cat cat"), &(struct ngrams){ 3, 4, 1 });
	/* cat, cat+cat, <ca cat at> <cat cat> : the word and its n-grams twice, the pair once */
	assert_int_equal(b.n, 7);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.count[i], feature_kind_of(b.feature[i]) == FEATURE_PAIR ? 1 : 2);
	bag_clear(&b);
	for (uint64_t f = 0; f < 20000; f++)
		bag_add(&b, (f % 5000) << 2);
	assert_int_equal(b.n, 5000);
	assert_int_equal(b.count[4999], 4);
	bag_clear(&b);
	bag_add_text(&b, STR(""), &(struct ngrams){ 3, 4, 1 });
	assert_int_equal(b.n, 0);
	bag_release(&b);
}

static void hashes_bytes(void **state)
{
	(void)state;
	assert_true(hash_bytes(STR("a"), 0) != hash_bytes(STR("a\0"), 0));
	assert_true(hash_bytes(STR("12345678"), 0) != hash_bytes(STR("12345678"), 1));
	assert_true(hash_bytes(STR("12345678a"), 0) != hash_bytes(STR("12345678b"), 0));
	assert_true(hash_bytes(STR(""), 0) == hash_bytes(STR(""), 0));
}

/* Every bit counts, in whole steps and behind them, and so do the length and pairs of sign bits. */
static void hashes_large_data(void **state)
{
	(void)state;
	enum { N = 150 };
	char bytes[N + 1] = { 0 };
	uint64_t plain = hash_large((struct str){ bytes, N }, 0);
	assert_true(plain == hash_large((struct str){ bytes, N }, 0));
	assert_true(plain != hash_large((struct str){ bytes, N }, 1));
	assert_true(plain != hash_large((struct str){ bytes, N + 1 }, 0));
	for (size_t i = 0; i < 8 * N; i++) {
		bytes[i / 8] ^= (char)(1 << i % 8);
		assert_true(plain != hash_large((struct str){ bytes, N }, 0));
		for (size_t k = i % 64; k < i; k += 64) {
			bytes[k / 8] ^= (char)(1 << k % 8);
			assert_true(plain != hash_large((struct str){ bytes, N }, 0));
			bytes[k / 8] ^= (char)(1 << k % 8);
		}
		bytes[i / 8] ^= (char)(1 << i % 8);
	}
}

/* An encoder with options set by name, as "bits=12,min-chars=3". */
static struct encoder *make(struct part_spec *spec, const char *text, size_t width, int code, struct err *e)
{
	struct encoder *x = NULL;
	assert_code(part_spec_parse(encoders, n_encoders, "encoder", text, spec, e), 0, e);
	assert_code(encoder_new(&x, spec->part, spec->options, NULL, width, 7, NULL, NULL, e), code, e);
	return x;
}

enum { WIDTH = 32, MAX_TEXTS = 32 };
struct reference {
	char *file;
	struct str text[MAX_TEXTS];
	uint64_t row[MAX_TEXTS];
	double value[MAX_TEXTS][WIDTH];
	size_t n;
};

static void read_reference(struct reference *r)
{
	char *path = mem_printf("%s/tests/ref/hash_vectors.txt", getenv("R"));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	r->file = mem_zalloc(1 << 16, 1);
	assert_true(fread(r->file, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	mem_free(path);
	for (char *p = r->file; *p; r->n++) {
		char *tab = strchr(p, '\t');
		assert_true(tab && r->n < MAX_TEXTS);
		r->text[r->n] = (struct str){ p, (size_t)(tab - p) };
		r->row[r->n] = r->n;
		p = tab;
		for (int c = 0; c < WIDTH; c++)
			r->value[r->n][c] = strtod(p, &p);
		assert_int_equal(*p++, '\n');
	}
}

static void equals_the_definition(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct part_spec spec;
	struct reference r = { 0 };
	read_reference(&r);
	struct encoder *x = make(&spec, "hash:bits=12,min-chars=3,max-chars=5,word-weight=1,pair-weight=0.5,"
					"chars-weight=0.3,idf-power=1,min-df=1",
				 WIDTH, 0, &e);
	struct texts t = { r.text, r.row, r.n };
	float out[MAX_TEXTS * WIDTH];
	assert_true(encoder_wants_fit(x));
	assert_code(x->class->fit(x, &t, NULL, &e), 0, &e);
	assert_code(x->class->encode(x, &t, out, NULL, &e), 0, &e);
	for (size_t i = 0; i < r.n; i++)
		for (int c = 0; c < WIDTH; c++)
			if (!(fabs(out[i * WIDTH + (size_t)c] - r.value[i][c]) < 1e-4))
				fail_msg("text %zu, coordinate %d: %g, reference %g", i, c, out[i * WIDTH + (size_t)c],
					 r.value[i][c]);
	encoder_free(x);
	part_spec_release(&spec);
	mem_free(r.file);
}

static void does_not_depend_on_threads_or_window(void **state)
{
	(void)state;
	enum { N = 1000, C = 40 };
	struct err e = { 0 };
	struct part_spec spec;
	struct encoder *x = make(&spec, "hash:bits=14", C, 0, &e);
	struct str text[N];
	uint64_t row[N];
	for (int i = 0; i < N; i++) {
		char *s = mem_printf("row %d of the words %d and %d", i, i % 17, i % 5);
		text[i] = str_of(s);
		row[i] = (uint64_t)i;
	}
	float *a = MEM_NEW(N * C, float), *b = MEM_NEW(N * C, float);
	struct pool *pool = pool_new(3);
	assert_code(x->class->fit(x, &(struct texts){ text, row, N }, pool, &e), 0, &e);
	assert_code(x->class->encode(x, &(struct texts){ text, row, N }, a, pool, &e), 0, &e);
	for (int i = 0; i < N; i += 8)
		assert_code(x->class->encode(x, &(struct texts){ text + i, row + i, 8 }, b + i * C, NULL, &e), 0, &e);
	assert_memory_equal(a, b, N * C * sizeof *a);
	pool_free(pool);
	encoder_free(x);
	part_spec_release(&spec);
	for (int i = 0; i < N; i++)
		mem_free((void *)(uintptr_t)text[i].p);
	mem_free(a);
	mem_free(b);
}

static void keeps_what_it_learned(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct part_spec spec[3];
	struct tensorfile *f;
	const uint64_t row[] = { 0, 1 };
	const struct str text[] = { STR("red apple"), STR("red pear") };
	struct texts t = { text, row, 2 };
	float a[2 * 16], b[2 * 16];
	struct encoder *x = make(&spec[0], "hash", 16, 0, &e), *y = make(&spec[1], "hash", 16, 0, &e);
	assert_code(x->class->fit(x, &t, NULL, &e), 0, &e);
	struct tensor_writer *w = tensor_writer_new("test", 1, 0);
	x->class->save(x, w);
	assert_code(tensor_writer_write(w, "fit", &e), 0, &e);
	tensor_writer_free(w);
	assert_code(tensorfile_open(&f, "fit", &e), 0, &e);
	assert_code(y->class->load(y, f, &e), 0, &e);
	assert_code(x->class->encode(x, &t, a, NULL, &e), 0, &e);
	assert_code(y->class->encode(y, &t, b, NULL, &e), 0, &e);
	assert_memory_equal(a, b, sizeof a);
	encoder_free(y);
	y = make(&spec[2], "hash:bits=10", 16, 0, &e);
	assert_code(y->class->load(y, f, &e), ERR_DATA, &e);
	assert_says(&e, "hash.df counts number");
	tensorfile_close(f);
	encoder_free(x);
	encoder_free(y);
	for (int i = 0; i < 3; i++)
		part_spec_release(&spec[i]);
}

static void refuses_bad_options(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct part_spec spec;
	make(&spec, "hash:min-chars=4,max-chars=3", 0, ERR_USAGE, &e);
	assert_says(&e, "--max-chars 3 is below --min-chars 4");
	part_spec_release(&spec);
	make(&spec, "hash", 4, ERR_USAGE, &e);
	assert_says(&e, "needs --dim 8 or more");
	part_spec_release(&spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(splits_words),
		cmocka_unit_test(counts_features),
		cmocka_unit_test(hashes_bytes),
		cmocka_unit_test(hashes_large_data),
		cmocka_unit_test(equals_the_definition),
		cmocka_unit_test(does_not_depend_on_threads_or_window),
		cmocka_unit_test(keeps_what_it_learned),
		cmocka_unit_test(refuses_bad_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

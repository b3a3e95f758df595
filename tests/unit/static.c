/* The static encoder against sums in double: of what the model makes of single tokens, and of the word table. */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "encoder/bert.h"
#include "encoder/encoder.h"
#include "encoder/tokenise.h"
#include "io/stream.h"

#include <math.h>
#include <sys/stat.h>

enum { WIDTH = 24, N = 3 };
static const char *const words[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "aa", "##b", "c" };
enum { CLS = 2, SEP = 3 };

/* Of the texts: "aab c" is aa ##b c. */
static const struct str texts[N] = { { "aab c", 5 }, { "c c", 3 }, { "aa", 2 } };
static const struct {
	uint32_t id[4];
	size_t n;
} tokens[N] = { { { 5, 6, 7 }, 3 }, { { 7, 7 }, 2 }, { { 5 }, 1 } };
static const double share[] = { [5] = 2 / 6., [6] = 1 / 6., [7] = 3 / 6. }; /* of the six tokens of all texts */

static void put_model(void)
{
	const char *root = getenv("R");
	struct buf out = BUF_INIT;
	struct err e = { 0 };
	char path[4096];
	mkdir("model", 0777);
	static const char *const files[] = { "config.json", "model.safetensors" };
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/tests/ref/bert/model/%s", root ? root : ".", files[i]);
		buf_clear(&out);
		assert_code(in_read_all(path, 1 << 20, &out, &e), 0, &e);
		snprintf(path, sizeof path, "model/%s", files[i]);
		put_file(path, out.data, out.n);
	}
	buf_clear(&out);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		buf_printf(&out, "%s\n", words[i]);
	put_file("model/vocab.txt", out.data, out.n);
	buf_release(&out);
}

static void token_vector(const struct bert *m, bool table, uint32_t id, float *out)
{
	struct err e = { 0 };
	const uint32_t alone[] = { CLS, id, SEP };
	if (table)
		bert_words(m, &id, 1, out);
	else
		assert_code(bert_encode(m, alone, (size_t[]){ 0, 3 }, 1, BERT_POOL_MEAN, false, out, NULL, &e), 0, &e);
}

static void check(const struct bert *m, const float *rows, bool table, bool zipf, double sif)
{
	double harmonic = log(41) + 0.5772;
	for (size_t t = 0; t < N; t++) {
		double sum[WIDTH] = { 0 };
		float v[WIDTH];
		for (size_t i = 0; i < tokens[t].n; i++) {
			uint32_t id = tokens[t].id[i];
			double p = zipf ? 1 / ((id + 1) * harmonic) : share[id];
			token_vector(m, table, id, v);
			for (size_t c = 0; c < WIDTH; c++)
				sum[c] += sif / (sif + p) * v[c];
		}
		for (size_t c = 0; c < WIDTH; c++)
			if (!(fabs(rows[t * WIDTH + c] - sum[c]) <= 1e-5 * sif / (sif + 0.1)))
				fail_msg("text %zu, coordinate %zu: %g, expected %g", t, c, rows[t * WIDTH + c], sum[c]);
	}
}

static void sums_are_right(void **state)
{
	(void)state;
	put_model();
	struct err e = { 0 };
	struct bert *m = NULL;
	assert_code(bert_open(&m, "model", BERT_F32, NULL, &e), 0, &e);
	for (int how = 0; how < 4; how++) {
		struct part_spec spec = { 0 };
		struct encoder *x = NULL;
		struct buf text = BUF_INIT;
		float rows[N * WIDTH];
		buf_printf(&text, "static:model=model,sif=0.05,vectors=%s,frequency=%s", how & 1 ? "table" : "layers",
			   how & 2 ? "zipf" : "corpus");
		assert_code(part_spec_parse(encoders, n_encoders, "encoder", buf_text(&text), &spec, &e), 0, &e);
		assert_code(encoder_new(&x, spec.part, spec.options, NULL, 0, 1, NULL, NULL, &e), 0, &e);
		assert_int_equal(x->width, WIDTH);
		assert_int_equal(encoder_wants_fit(x), !(how & 2));
		const struct texts all = { texts, NULL, N };
		if (encoder_wants_fit(x))
			assert_code(x->class->fit(x, &all, NULL, &e), 0, &e);
		assert_code(x->class->encode(x, &all, rows, NULL, &e), 0, &e);
		check(m, rows, how & 1, how & 2, 0.05);
		encoder_free(x);
		part_spec_release(&spec);
		buf_release(&text);
	}
	bert_close(m);
}

/* Eight tokens, in tables of as many rows, fewer, and more than any rounding up explains. */
static void a_tokenizer_of_another_model(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct tokenizer *t;
	put_model();
	assert_code(tokenizer_open(&t, "model", &e), 0, &e);
	assert_code(tokenizer_fits(t, 8, "model", &e), 0, &e);
	assert_code(tokenizer_fits(t, 8 + 1024, "model", &e), 0, &e);
	assert_code(tokenizer_fits(t, 7, "model", &e), ERR_DATA, &e);
	assert_says(&e, "has 8 tokens, the weights have 7");
	assert_code(tokenizer_fits(t, 8 + 1025, "model", &e), ERR_DATA, &e);
	tokenizer_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sums_are_right),
					     cmocka_unit_test(a_tokenizer_of_another_model) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

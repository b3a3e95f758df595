/* The encoder: its kernels against plain double arithmetic on every level of this processor, and a tiny model against
 * PyTorch (tests/ref/bert). */
#include "unit.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "encoder/bert.h"
#include "io/json.h"
#include "io/stream.h"
#include "text/tokenizer.h"
#include "linalg/gemm.h"
#include "nn/attention.h"
#include "nn/activation.h"
#include "nn/layernorm.h"
#include "nn/softmax.h"

#include <math.h>

static void fill(float *x, size_t n, uint64_t stream)
{
	struct rng r;
	rng_init(&r, 7, stream);
	for (size_t i = 0; i < n; i++)
		x[i] = (float)rng_normal(&r);
}

static void near(double found, double expected, double tolerance)
{
	if (!(fabs(found - expected) <= tolerance))
		fail_msg("%.9g, expected %.9g within %g", found, expected, tolerance);
}

static void gemm_case(enum gemm_type type, enum cpu_level level, size_t m, size_t n, size_t k)
{
	static const double tolerances[] = { 2e-6, 2e-2, 5e-2 };
	float *x = MEM_NEW(m * k, float), *w = MEM_NEW(n * k, float), *y = MEM_NEW(m * n, float);
	fill(x, m * k, 1);
	fill(w, n * k, 2);
	struct gemm_weights g;
	struct arena a = ARENA_INIT;
	gemm_weights_init(&g, &a, type, level, n, k);
	fill(g.bias, n, 3);
	for (size_t p = 0; p < g.n_panels; p++)
		gemm_pack(&g, p, w + p * GEMM_PANEL * k);
	void *scratch = mem_alloc(gemm_input_bytes(&g, m), 1);
	struct gemm_input in;
	gemm_input_set(&in, &g, m, x, k, scratch);
	gemm_run(&g, &in, m, NULL, NULL, y, n);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			double sum = g.bias[j];
			for (size_t c = 0; c < k; c++)
				sum += (double)x[i * k + c] * w[j * k + c];
			near(y[i * n + j], sum, tolerances[type] * sqrt((double)k) + 1e-6);
		}
	/* a row alone gives the same bytes as among others */
	float *alone = MEM_NEW(n, float);
	gemm_input_set(&in, &g, 1, x + (m - 1) * k, k, scratch);
	gemm_run(&g, &in, 1, NULL, NULL, alone, n);
	assert_memory_equal(alone, y + (m - 1) * n, n * sizeof(float));
	mem_free(alone);
	mem_free(scratch);
	arena_release(&a);
	mem_free(x);
	mem_free(w);
	mem_free(y);
}

static void gemm_is_right(void **state)
{
	(void)state;
	static const size_t shapes[][3] = { { 1, 1, 1 }, { 13, 33, 7 }, { 12, 64, 48 }, { 29, 70, 131 } };
	for (enum cpu_level l = CPU_PORTABLE; l <= cpu_level(); l++)
		for (int type = GEMM_F32; type <= GEMM_INT8; type++)
			for (size_t s = 0; s < 4; s++)
				gemm_case((enum gemm_type)type, l, shapes[s][0], shapes[s][1], shapes[s][2]);
}

static void gelu_is_right(void **state)
{
	(void)state;
	for (enum cpu_level l = CPU_PORTABLE; l <= cpu_level(); l++) {
		float erfs[1024], tanhs[1024], coarse[1024];
		for (size_t i = 0; i < 1024; i++)
			erfs[i] = tanhs[i] = coarse[i] = ((float)i - 512) / 50;
		activation_fn(ACTIVATION_GELU, l, false)(erfs, 1024);
		activation_fn(ACTIVATION_GELU, l, true)(coarse, 1024);
		activation_fn(ACTIVATION_GELU_TANH, l, false)(tanhs, 1024);
		for (size_t i = 0; i < 1024; i++) {
			double x = ((float)i - 512) / 50;
			near(erfs[i], 0.5 * x * (1 + erf(x / sqrt(2))), 4e-7 * fabs(x) + 1e-9);
			near(coarse[i], erfs[i], 3e-4);
			double t = tanh(0.7978845608028654 * (x + 0.044715 * x * x * x));
			near(tanhs[i], 0.5 * x * (1 + t), 4e-7 * fabs(x) + 1e-9);
		}
	}
}

static void softmax_is_right(void **state)
{
	(void)state;
	enum { N = 45, LD = 64 };
	for (enum cpu_level l = CPU_PORTABLE; l <= cpu_level(); l++)
		for (int coarse = 0; coarse < 2; coarse++) {
			float x[2 * LD], y[2 * LD], inverse[2];
			fill(x, 2 * LD, 1);
			memcpy(y, x, sizeof(y));
			softmax_rows(l, coarse, 2, N, y, LD, 3, inverse);
			for (size_t r = 0; r < 2; r++) {
				double sum = 0;
				for (size_t i = 0; i < N; i++)
					sum += exp(3 * (double)x[r * LD + i]);
				for (size_t i = 0; i < N; i++) {
					double expected = exp(3 * (double)x[r * LD + i]) / sum;
					near(y[r * LD + i] * inverse[r], expected, (coarse ? 2e-4 : 4e-6) * expected);
				}
			}
		}
}

static void layernorm_is_right(void **state)
{
	(void)state;
	enum { N = 45 };
	float x[N], gain[N], bias[N], y[N];
	fill(x, N, 1);
	fill(gain, N, 2);
	fill(bias, N, 3);
	double mean = 0, square = 0;
	for (size_t i = 0; i < N; i++)
		mean += x[i] / (double)N;
	for (size_t i = 0; i < N; i++)
		square += (x[i] - mean) * (x[i] - mean) / N;
	for (enum cpu_level l = CPU_PORTABLE; l <= cpu_level(); l++) {
		layernorm(l, 1, N, x, gain, bias, 1e-5f, y);
		for (size_t i = 0; i < N; i++)
			near(y[i], (x[i] - mean) / sqrt(square + 1e-5) * gain[i] + bias[i], 3e-6);
	}
}

static void attention_case(enum cpu_level level, bool narrow, size_t n, size_t heads, size_t d)
{
	size_t width = heads * d;
	float *qkv = MEM_NEW(n * 3 * width, float), *y = MEM_NEW(n * width, float);
	double *p = MEM_NEW(n, double);
	float *scratch = MEM_NEW(attention_scratch(n, heads, d), float);
	fill(qkv, n * 3 * width, 1);
	attention(level, narrow, n, heads, d, qkv, y, scratch);
	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < heads; h++) {
			double sum = 0;
			for (size_t j = 0; j < n; j++) {
				p[j] = 0;
				for (size_t c = 0; c < d; c++)
					p[j] += (double)qkv[i * 3 * width + h * d + c] *
						qkv[j * 3 * width + width + h * d + c];
				p[j] = exp(p[j] / sqrt((double)d));
				sum += p[j];
			}
			for (size_t c = 0; c < d; c++) {
				double expected = 0;
				for (size_t j = 0; j < n; j++)
					expected += p[j] / sum * qkv[j * 3 * width + 2 * width + h * d + c];
				near(y[i * width + h * d + c], expected, narrow ? 2e-2 : 5e-6);
			}
		}
	mem_free(qkv);
	mem_free(y);
	mem_free(p);
	mem_free(scratch);
}

static void attention_is_right(void **state)
{
	(void)state;
	static const size_t lengths[] = { 1, 15, 16, 31, 33, 49, 100 };
	for (enum cpu_level l = CPU_PORTABLE; l <= cpu_level(); l++)
		for (int narrow = 0; narrow < 2; narrow++) {
			for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
				attention_case(l, narrow, lengths[i], 2, 32);
				attention_case(l, narrow, lengths[i], 3, 20);
			}
			attention_case(l, narrow, 40, 1, 70);
			attention_case(l, narrow, 17, 2, 5);
		}
}

static const char *model_dir(char *path, size_t n)
{
	const char *root = getenv("R");
	snprintf(path, n, "%s/tests/ref/bert/model", root ? root : ".");
	return path;
}

enum { MAX_IDS = 128, WIDTH = 24 };
struct expected {
	uint32_t ids[MAX_IDS];
	size_t start[4];
	float vectors[3][WIDTH];
};

static void read_expected(struct expected *x)
{
	char path[4096], word[64];
	const char *root = getenv("R");
	snprintf(path, sizeof(path), "%s/tests/ref/bert/expected.txt", root ? root : ".");
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = 0;
	x->start[0] = 0;
	for (size_t s = 0; s < 3; s++) {
		while (fscanf(f, "%63s", word) == 1 && strcmp(word, "|") != 0)
			x->ids[n++] = (uint32_t)strtoul(word, NULL, 10);
		x->start[s + 1] = n;
		for (size_t j = 0; j < WIDTH; j++)
			assert_int_equal(fscanf(f, "%f", &x->vectors[s][j]), 1);
	}
	fclose(f);
}

static double cosine(const float *a, const float *b)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t j = 0; j < WIDTH; j++) {
		ab += (double)a[j] * b[j];
		aa += (double)a[j] * a[j];
		bb += (double)b[j] * b[j];
	}
	return ab / sqrt(aa * bb);
}

static void model_equals_pytorch(void **state)
{
	(void)state;
	static const double cosines[] = { 0.9999999, 0.999, 0.995 };
	struct expected x;
	struct err e;
	char path[4096];
	read_expected(&x);
	struct pool *pool = pool_new(2);
	uint64_t fingerprint[3];
	for (int p = BERT_F32; p <= BERT_INT8; p++) {
		struct bert *m;
		float out[3][WIDTH], alone[WIDTH];
		assert_code(bert_open(&m, model_dir(path, sizeof(path)), (enum bert_precision)p, pool, &e), 0, &e);
		assert_string_equal(bert_info(m)->family, "bert");
		assert_int_equal(bert_info(m)->width, WIDTH);
		fingerprint[p] = bert_fingerprint(m);
		assert_true(fingerprint[p] == fingerprint[0]);
		assert_code(bert_encode(m, x.ids, x.start, 3, BERT_POOL_MEAN, false, *out, pool, &e), 0, &e);
		for (size_t s = 0; s < 3; s++) {
			assert_true(cosine(out[s], x.vectors[s]) >= cosines[p]);
			for (size_t j = 0; p == BERT_F32 && j < WIDTH; j++)
				near(out[s][j], x.vectors[s][j], 2e-6);
			assert_code(bert_encode(m, x.ids, x.start + s, 1, BERT_POOL_MEAN, false, alone, NULL, &e), 0, &e);
			assert_memory_equal(alone, out[s], sizeof(alone));
		}
		bert_close(m);
	}
	pool_free(pool);
}

/* A line of roberta.jsonl: [text, number of tokens, vector]. */
static void check_roberta(const struct bert *m, const struct tokenizer *t, struct str line)
{
	struct err e = { 0 };
	struct json *json;
	struct tokens got = { 0 };
	struct str text = STR("");
	uint64_t n = 0;
	float out[WIDTH];
	assert_code(json_parse(&json, line, "roberta.jsonl", &e), 0, &e);
	assert_true(json_text(json_at(json, 0), &text) && json_u64(json_at(json, 1), &n));
	tokenizer_encode(t, text, NULL, bert_info(m)->max_tokens, &got);
	assert_int_equal(got.n, n);
	assert_code(bert_encode(m, got.id, (size_t[]){ 0, got.n }, 1, BERT_POOL_MEAN, true, out, NULL, &e), 0, &e);
	for (size_t j = 0; j < WIDTH; j++) {
		double expected;
		assert_true(json_f64(json_at(json_at(json, 2), j), &expected));
		near(out[j], expected, 2e-6);
	}
	json_free(json);
	tokens_release(&got);
}

/* From text to vector: byte-level BPE, positions from 2 on, one token type. */
static void roberta_equals_transformers(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct bert *m;
	struct tokenizer *t;
	struct buf all = BUF_INIT;
	char path[4096];
	size_t n_lines = 0;
	snprintf(path, sizeof(path), "%s/tests/ref/bert/roberta", getenv("R"));
	assert_code(bert_open(&m, path, BERT_F32, NULL, &e), 0, &e);
	assert_code(tokenizer_open(&t, path, &e), 0, &e);
	assert_int_equal(bert_info(m)->max_tokens, 512);
	assert_int_equal(tokenizer_size(t), bert_info(m)->vocab_size);
	snprintf(path, sizeof(path), "%s/tests/ref/bert/roberta.jsonl", getenv("R"));
	assert_code(in_read_all(path, 1 << 20, &all, &e), 0, &e);
	for (char *line = all.data, *end; (end = strchr(line, '\n')); line = end + 1, n_lines++)
		check_roberta(m, t, (struct str){ line, (size_t)(end - line) });
	assert_int_equal(n_lines, 16);
	buf_release(&all);
	tokenizer_close(t);
	bert_close(m);
}

static void wrong_texts_are_named(void **state)
{
	(void)state;
	struct err e;
	char path[4096];
	struct bert *m;
	float out[WIDTH];
	uint32_t ids[60] = { 0 };
	assert_code(bert_open(&m, model_dir(path, sizeof(path)), BERT_F32, NULL, &e), 0, &e);
	assert_code(bert_encode(m, ids, (size_t[]){ 0, 0 }, 1, BERT_POOL_CLS, true, out, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "text 0 has no tokens");
	assert_code(bert_encode(m, ids, (size_t[]){ 0, 60 }, 1, BERT_POOL_CLS, true, out, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "has 60 tokens, and the model takes 48");
	ids[1] = 40;
	assert_code(bert_encode(m, ids, (size_t[]){ 0, 2 }, 1, BERT_POOL_MAX, true, out, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "token id 40");
	bert_close(m);
}

static void wrong_models_are_named(void **state)
{
	(void)state;
	static const char *const configs[][2] = {
		{ "{\"model_type\":\"t5\"}", "model_type \"t5\" is not supported" },
		{ "{\"model_type\":\"bert\"}", "there is no \"vocab_size\"" },
		{ "{\"model_type\":\"bert\",\"vocab_size\":1e30}", "\"vocab_size\" is not a whole number" },
	};
	struct err e;
	struct bert *m;
	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++) {
		put_text("config.json", configs[i][0]);
		assert_code(bert_open(&m, ".", BERT_F32, NULL, &e), ERR_DATA, &e);
		assert_says(&e, configs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gemm_is_right),       cmocka_unit_test(gelu_is_right),
		cmocka_unit_test(softmax_is_right),
		cmocka_unit_test(layernorm_is_right),  cmocka_unit_test(attention_is_right),
		cmocka_unit_test(model_equals_pytorch), cmocka_unit_test(roberta_equals_transformers),
		cmocka_unit_test(wrong_texts_are_named),
		cmocka_unit_test(wrong_models_are_named),
	};
	return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}

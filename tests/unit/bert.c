/* Model bert: ten steps against PyTorch (tests/ref/bert), with adapters and in full; the same bytes at any number of threads. */
#include "unit.h"
#include "models.h"

#include "base/mem.h"
#include "io/tensorfile.h"
#include "model/bert.h"
#include "model/params.h"

#include <math.h>

extern const struct model_class model_bert;
static struct err e;

enum { TEXTS = 8, STEPS = 10 };
struct reference {
	struct tensorfile *file;
	struct bert_corpus corpus;
	const float *target;
};

static const void *data_if(const struct tensorfile *t, const char *name, size_t *n)
{
	const struct tensor *x = tensorfile_find(t, name);
	if (!x)
		return NULL;
	*n = x->n_bytes / dtype_bytes(x->dtype);
	return x->data;
}

static void open_reference(struct reference *r)
{
	char *path = mem_printf("%s/tests/ref/bert/steps.safetensors", getenv("R"));
	assert_code(tensorfile_open(&r->file, path, &e), 0, &e);
	mem_free(path);
	size_t n;
	r->corpus = (struct bert_corpus){ TEXTS, mem_dup(data_if(r->file, "start", &n), (TEXTS + 1) * sizeof(size_t)), NULL, NULL };
	r->corpus.token = mem_dup(data_if(r->file, "token", &n), r->corpus.start[TEXTS] * sizeof(uint32_t));
	r->corpus.type = mem_dup(data_if(r->file, "type", &n), r->corpus.start[TEXTS]);
	r->target = data_if(r->file, "target", &n);
}

static void close_reference(struct reference *r)
{
	bert_corpus_release(&r->corpus);
	tensorfile_close(r->file);
}

/* The network of tests/ref/bert/model, without its files. */
static struct model *small(const char *learn)
{
	static const char *const options[][2] = { { "lora-rank", "3" }, { "lora-alpha", "6" }, { "dropout", "0" },
						  { "schedule", "constant" }, { "warmup", "0" }, { "rate", "0.002" },
						  { "head-rate", "0.005" }, { "decay", "0.1" }, { "pooling", "mean" } };
	struct model *m = model_new(&model_bert);
	struct bert_state *s = m->state;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		set(m, options[i][0], options[i][1]);
	set(m, "learn", learn);
	s->shape = (struct bert_shape){ 40, 48, 2, 24, 40, 3, 2, 0, ACTIVATION_GELU, 1e-12, strcmp(learn, "lora") ? 0 : 3, 0, 2 };
	s->n_outputs = 1;
	s->max_length = 48;
	params_alloc(m);
	return m;
}

static float *array(const struct model *m, size_t i)
{
	return *(float **)(void *)((char *)m->state + m->class->params[i].offset);
}

/* The biases of keys shift all scores of a query alike, so their gradient is nothing but rounding, of which Adam makes
 * whole steps: no two programs agree on them. */
static bool idle(const char *name, size_t k)
{
	return !strcmp(name, "bert.qkv_bias") && k % 72 / 24 == 1;
}

/* Start values from the file (what is frozen from the other run: it begins alike), or the largest difference from the end. */
static double with_values(struct model *m, const struct tensorfile *t, const char *kind, bool end)
{
	double worst = 0;
	for (size_t i = 0; i < m->class->n_params; i++) {
		const char *what = m->class->params[i].name;
		char name[80];
		size_t n = 0;
		snprintf(name, sizeof name, "%s/%s/%s", kind, end ? "end" : "start", what);
		const float *x = data_if(t, name, &n);
		snprintf(name, sizeof name, "full/start/%s", what);
		x = x ? x : data_if(t, name, &n);
		for (size_t k = 0; !end && x && array(m, i) && k < n; k++)
			array(m, i)[k] = x[k];
		for (size_t k = 0; end && x && k < n; k++)
			if (!idle(what, k))
				worst = fmax(worst, fabs((double)array(m, i)[k] - (double)x[k]) / fmax(1, fabs((double)x[k])));
	}
	return worst;
}

/* Ten steps; the mean loss of each in out. */
static void ten_steps(struct model *m, const struct reference *r, struct pool *pool, double *out)
{
	static const uint32_t order[TEXTS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct bert_stepper *s = bert_stepper_new(m, &r->corpus, r->target, STEPS, 1, pool);
	for (size_t k = 0; k < STEPS; k++)
		out[k] = bert_step(s, order, TEXTS) / TEXTS;
	bert_stepper_publish(s);
	bert_stepper_free(s);
}

static void check_kind(const struct reference *r, const char *kind, const char *batch_tokens)
{
	struct model *m = small(kind);
	set(m, "batch-tokens", batch_tokens);
	with_values(m, r->file, kind, false);
	double loss[STEPS];
	ten_steps(m, r, NULL, loss);
	char name[32];
	size_t n = 0;
	snprintf(name, sizeof name, "%s/losses", kind);
	const double *expected = data_if(r->file, name, &n);
	assert_int_equal(n, STEPS);
	for (size_t k = 0; k < n; k++)
		if (!(fabs(loss[k] / expected[k] - 1) < 1e-5))
			fail_msg("%s, step %zu: loss %.9g, expected %.9g", kind, k + 1, loss[k], expected[k]);
	double worst = with_values(m, r->file, kind, true);
	if (!(worst < 1e-5))
		fail_msg("%s: parameters differ by %g", kind, worst);
	model_free(m);
}

static void test_reference(void **state)
{
	(void)state;
	struct reference r;
	open_reference(&r);
	check_kind(&r, "lora", "2048");
	check_kind(&r, "full", "2048");
	check_kind(&r, "lora", "48"); /* several batches a step */
	check_kind(&r, "full", "48");
	close_reference(&r);
}

static void test_threads(void **state)
{
	(void)state;
	static const char *const learns[] = { "full", "last", "lora", "frozen" };
	struct reference r;
	open_reference(&r);
	for (size_t i = 0; i < 4; i++) {
		struct model *m[2];
		double loss[2][STEPS];
		for (size_t k = 0; k < 2; k++) {
			struct pool *pool = pool_new(1 + 2 * k);
			m[k] = small(learns[i]);
			set(m[k], "dropout", "0.2");
			set(m[k], "layers", "1");
			with_values(m[k], r.file, "full", false);
			ten_steps(m[k], &r, pool, loss[k]);
			pool_free(pool);
		}
		assert_memory_equal(loss[0], loss[1], sizeof loss[0]);
		assert_true(loss[0][STEPS - 1] < loss[0][0]);
		const struct bert_state *a = m[0]->state, *b = m[1]->state;
		for (enum bert_array x = 0; x < BERT_ARRAYS; x++)
			if (a->array[x])
				assert_memory_equal(a->array[x], b->array[x], bert_array_size(&a->shape, x) * sizeof(float));
		assert_memory_equal(a->head, b->head, a->shape.d * sizeof(float));
		model_free(m[0]);
		model_free(m[1]);
	}
	close_reference(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reference), cmocka_unit_test(test_threads) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

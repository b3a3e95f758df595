/* Model seq: ten steps against PyTorch (tests/ref/seq); the same bytes at any number of threads; windows of a past. */
#include "unit.h"
#include "models.h"

#include "base/mem.h"
#include "io/tensorfile.h"
#include "model/params.h"
#include "model/seq_step.h"
#include "optim/optim.h"

#include <math.h>

extern const struct model_class model_seq;
static struct err e;

static struct model *small(const char *loss, bool rates)
{
	static const char *const options[][2] = { { "width", "16" }, { "inner", "24" }, { "length", "8" },
						  { "dropout", "0" }, { "rate", "0.01" }, { "decay", "0.1" }, { "clip", "0.5" } };
	struct model *m = model_new(&model_seq);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		set(m, options[i][0], options[i][1]);
	set(m, "loss", loss);
	set(m, "negatives", "7");
	if (rates)
		set(m, "rating-weight", "0.5");
	for (unsigned i = 0; i < 30; i++) {
		char id[12];
		snprintf(id, sizeof id, "i%u", i);
		idmap_add(&m->items, (struct str){ id, strlen(id) });
	}
	for (unsigned u = 0; u < 13; u++) {
		char id[12];
		snprintf(id, sizeof id, "u%u", u);
		idmap_add(&m->users, (struct str){ id, strlen(id) });
	}
	params_alloc(m);
	return m;
}

static void *array(const struct model *m, size_t i)
{
	return *(void **)(void *)((char *)m->state + m->class->params[i].offset);
}

/* The biases of keys shift all scores of a query alike, so their gradient is nothing but rounding, of which Adam makes
 * whole steps: no two programs agree on them. */
static bool idle(const char *name, size_t k)
{
	return !strcmp(name, "seq.qkv_bias") && k % 48 / 16 == 1;
}

/* What the names of a form of the model begin with in the file. */
static const char *form_of(const struct model *m, bool start)
{
	return seq_rates(m) ? "rated/" : seq_shape_of(m).post && !start ? "post/" : "";
}

/* Start values from the file, or the largest difference from the end values in it. */
static double with_values(struct model *m, const struct tensorfile *t, bool end)
{
	double worst = 0;
	for (size_t i = 0; i < m->class->n_params; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s%s/%s", form_of(m, !end), end ? "end" : "start", m->class->params[i].name);
		if (!array(m, i))
			continue;
		size_t n;
		const float *x = data_of(t, name, &n);
		float *own = array(m, i);
		for (size_t k = 0; !end && k < n; k++)
			own[k] = x[k];
		for (size_t k = 0; end && k < n; k++)
			if (!idle(m->class->params[i].name, k))
				worst = fmax(worst, fabs((double)own[k] - (double)x[k]));
	}
	return worst;
}

struct reference {
	struct tensorfile *file;
	struct csr rows;
	struct seq_window window[2][32];
	size_t n[2];
};

static void open_reference(struct reference *r)
{
	char *path = mem_printf("%s/tests/ref/seq/seq.safetensors", getenv("R"));
	assert_code(tensorfile_open(&r->file, path, &e), 0, &e);
	mem_free(path);
	size_t n_start, n, n_windows;
	const void *start = data_of(r->file, "history.start", &n_start), *item = data_of(r->file, "history.item", &n);
	const void *rating = data_of(r->file, "history.rating", &n);
	r->rows = (struct csr){ n_start - 1, n, mem_dup(start, n_start * sizeof(size_t)),
				mem_dup(item, n * sizeof(uint32_t)), mem_dup(rating, n * sizeof(float)), NULL };
	const uint32_t *w = data_of(r->file, "windows", &n_windows);
	r->n[0] = r->n[1] = 0;
	for (size_t i = 0; i < n_windows / 3; i++)
		r->window[i % 2][r->n[i % 2]++] = (struct seq_window){ w[3 * i], w[3 * i + 1], w[3 * i + 2] };
}

static void close_reference(struct reference *r)
{
	csr_release(&r->rows);
	tensorfile_close(r->file);
}

/* Ten steps; the mean loss of each in out. */
static void ten_steps(struct model *m, const struct reference *r, struct pool *pool, double *out)
{
	struct seq_stepper *s = seq_stepper_new(m, &r->rows, 10, 1, pool);
	for (size_t k = 0; k < 10; k++) {
		double loss = 0;
		size_t n = 0;
		seq_step(s, r->window[k % 2], r->n[k % 2], &loss, &n);
		out[k] = loss / (double)n;
	}
	seq_stepper_free(s);
}

static void check_reference(bool rates, const char *norm)
{
	struct reference r;
	open_reference(&r);
	struct model *m = small("softmax", rates);
	set(m, "norm", norm);
	with_values(m, r.file, false);
	double loss[10];
	ten_steps(m, &r, NULL, loss);
	char name[32];
	snprintf(name, sizeof name, "%slosses", form_of(m, false));
	size_t n;
	const double *expected = data_of(r.file, name, &n);
	assert_int_equal(n, 10);
	for (size_t k = 0; k < n; k++)
		if (!(fabs(loss[k] / expected[k] - 1) < 1e-5))
			fail_msg("step %zu: loss %.9g, expected %.9g", k + 1, loss[k], expected[k]);
	double worst = with_values(m, r.file, true);
	if (!(worst < 1e-5))
		fail_msg("parameters differ by %g", worst);
	model_free(m);
	close_reference(&r);
}

static void test_reference(void **state)
{
	(void)state;
	check_reference(false, "pre");
	check_reference(true, "pre");
	check_reference(false, "post");
}

static void test_threads(void **state)
{
	(void)state;
	static const char *const losses[] = { "softmax", "sampled", "bpr", "gbce" };
	struct reference r;
	open_reference(&r);
	for (size_t i = 0; i < 4; i++) {
		struct model *m[2];
		double loss[2][10];
		for (size_t k = 0; k < 2; k++) {
			struct pool *pool = pool_new(1 + 2 * k);
			m[k] = small(losses[i], i == 0);
			set(m[k], "dropout", "0.2");
			set(m[k], "popularity", "0.5");
			with_values(m[k], r.file, false);
			ten_steps(m[k], &r, pool, loss[k]);
			pool_free(pool);
		}
		assert_memory_equal(loss[0], loss[1], sizeof loss[0]);
		assert_true(i > 0 || loss[0][8] < loss[0][0]);
		assert_memory_equal(array(m[0], 0), array(m[1], 0), 30 * 16 * sizeof(float));
		model_free(m[0]);
		model_free(m[1]);
	}
	close_reference(&r);
}

static void test_tokens(void **state)
{
	(void)state;
	const uint32_t old[] = { 1, 2, 3 }, recent[] = { 7, 8 };
	uint32_t t[9];
	assert_int_equal(seq_tokens(&(struct seq_past){ NULL, NULL, 0, 0 }, 4, t), 1);
	assert_int_equal(t[0], SEQ_NONE);
	assert_int_equal(seq_tokens(&(struct seq_past){ old, recent, 3, 2 }, 9, t), 6);
	assert_memory_equal(t, ((uint32_t[]){ SEQ_NONE, 1, 2, 3, 7, 8 }), 6 * sizeof *t);
	assert_int_equal(seq_tokens(&(struct seq_past){ old, recent, 3, 2 }, 5, t), 5);
	assert_memory_equal(t, ((uint32_t[]){ 1, 2, 3, 7, 8 }), 5 * sizeof *t);
	assert_int_equal(seq_tokens(&(struct seq_past){ old, recent, 3, 2 }, 3, t), 3);
	assert_memory_equal(t, ((uint32_t[]){ 3, 7, 8 }), 3 * sizeof *t);
}

/* Attention adds up to 1; what the start token takes is nobody's; an item twice in the past is one reason. */
static void test_why(void **state)
{
	(void)state;
	struct model *m = small("softmax", false);
	const uint32_t many[] = { 9, 1, 2, 3, 4, 5, 6, 7, 2 }, wanted[] = { 10, 11 };
	struct reason reason[2][9];
	for (size_t n = 2; n <= 9; n += 7) {
		struct query q = { .user = IDMAP_NONE, .item = many, .n = n };
		size_t n_out[2];
		float sum = 0;
		m->class->why(m, &q, wanted, 2, 9, reason[0], n_out);
		assert_int_equal(n_out[0], n == 2 ? 2 : 7);
		assert_int_equal(n_out[1], n_out[0]);
		for (size_t i = 0; i < n_out[0]; i++) {
			assert_true(i == 0 || reason[0][i].weight <= reason[0][i - 1].weight);
			assert_true(reason[0][i].item == reason[1][i].item);
			sum += reason[0][i].weight;
		}
		assert_true(n == 2 ? sum > 0 && sum < 0.999f : fabsf(sum - 1) < 1e-6f);
		m->class->why(m, &q, wanted, 1, 1, reason[0], n_out);
		assert_int_equal(n_out[0], 1);
	}
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reference), cmocka_unit_test(test_threads),
					    cmocka_unit_test(test_tokens),    cmocka_unit_test(test_why) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

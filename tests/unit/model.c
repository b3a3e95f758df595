/* model/: what every model stores, row solutions against LAPACK, updates against cases worked by hand. */
#include "unit.h"

#include "base/mem.h"
#include "io/stream.h"
#include "io/tensorfile.h"
#include "linalg/blas.h"
#include "model/mf.h"
#include "model/params.h"
#include "model/rows.h"
#include "model/tower.h"
#include "train/fit.h"

#include <math.h>

static uint32_t id(struct idmap *m, char letter, unsigned number)
{
	char text[16];
	snprintf(text, sizeof text, "%c%u", letter, number);
	return idmap_add(m, str_of(text));
}

/* A model of a class with options from "key=value,...", trained on n events; ids u0.., i0... */
struct trained {
	struct part_spec spec; /* whose text the options point into */
	struct model *m;
	struct events ev;
};

static void events_of(struct events *ev, struct model *m, size_t n, const unsigned (*triple)[3])
{
	*ev = (struct events){ n, MEM_NEW(n, uint32_t), MEM_NEW(n, uint32_t), MEM_NEW(n, float), MEM_NEW(n, double), true,
			       TEXTLIST_INIT };
	for (size_t i = 0; i < n; i++) {
		ev->user[i] = id(&m->users, 'u', triple[i][0]);
		ev->item[i] = id(&m->items, 'i', triple[i][1]);
		ev->rating[i] = (float)triple[i][2];
		ev->time_s[i] = 86400.0 * (double)i;
	}
}

static const unsigned some[][3] = { { 0, 0, 5 }, { 0, 1, 3 }, { 1, 0, 4 }, { 1, 2, 1 }, { 2, 1, 2 }, { 2, 2, 2 }, { 0, 2, 4 } };
enum { N_SOME = sizeof some / sizeof *some };

static struct trained train_averaged(const char *spec, double average)
{
	struct err e = { 0 };
	struct trained t;
	assert_code(part_spec_parse(models, n_models, "model", spec, &t.spec, &e), 0, &e);
	const struct part *part = t.spec.part;
	t.m = model_new(model_class_of(part));
	if (part->options_size)
		memcpy(t.m->options, t.spec.options, part->options_size);
	t.m->seed = 3;
	events_of(&t.ev, t.m, N_SOME, some);
	model_observe(t.m, &t.ev);
	struct train_input in = { .train = &t.ev, .seed = 3 };
	struct fit_plan plan = { .fraction = 0.1, .average = average };
	assert_code(train_fit(t.m, &in, &plan, &e), 0, &e);
	return t;
}

static struct trained train_of(const char *spec)
{
	return train_averaged(spec, 0);
}

static void release(struct trained *t)
{
	model_free(t->m);
	events_release(&t->ev);
	part_spec_release(&t->spec);
}

static double value_of(const struct array *a, size_t i)
{
	return a->dtype == DT_F32 ? (double)((const float *)a->data)[i] : ((const double *)a->data)[i];
}

static bool derived(const char *name)
{
	return strstr(name, "_outputs") || strstr(name, "_doubt");
}

/* After three epochs the mean that halves is (p1 + 2 p2 + 4 p3) / 7 of what each epoch leaves without it. */
static void check_average(const char *spec)
{
	struct trained t[4];
	struct arrays a[4] = { ARRAYS_INIT, ARRAYS_INIT, ARRAYS_INIT, ARRAYS_INIT };
	size_t n_moved = 0;
	for (size_t k = 0; k < 4; k++) {
		char text[80];
		snprintf(text, sizeof text, "%s%zu", spec, k < 3 ? k + 1 : 3);
		t[k] = train_averaged(text, k < 3 ? 0 : 0.5);
		params_arrays(t[k].m, &a[k]);
	}
	for (size_t i = 0; i < a[3].n; i++)
		for (size_t j = 0; j < a[3].v[i].n && !derived(a[3].v[i].name); j++) {
			double mean = value_of(&a[3].v[i], j), last = value_of(&a[2].v[i], j);
			double want = (value_of(&a[0].v[i], j) + 2 * value_of(&a[1].v[i], j) + 4 * last) / 7;
			assert_true(fabs(mean - want) < 1e-6 * (1 + fabs(want)));
			n_moved += fabs(mean - last) > 1e-5;
		}
	assert_true(n_moved > 5);
	for (size_t k = 0; k < 4; k++) {
		arrays_release(&a[k]);
		release(&t[k]);
	}
}

static void test_average(void **state)
{
	(void)state;
	check_average("mf:factors=3,epochs=");
	check_average("mf:factors=3,solver=als,epochs=");
	check_average("tower:layers=4,width=3,dropout=0.2,epochs=");
	check_average("seq:width=4,inner=8,length=3,epochs=");
}

/* What is kept of users and items is what the averaged towers say of them. */
static void test_average_of_towers(void **state)
{
	(void)state;
	struct trained t = train_averaged("tower:layers=4,width=3,rate=0.1,epochs=5", 0.5);
	struct arrays before = ARRAYS_INIT;
	unsigned char all[] = { 1, 1, 1 }, *seen[TOWER_SIDES] = { all, all };
	params_arrays(t.m, &before);
	for (size_t i = 0; i < before.n; i++)
		before.v[i].data = mem_dup(before.v[i].data, before.v[i].n * dtype_bytes(before.v[i].dtype));
	struct arrays after = ARRAYS_INIT;
	tower_refresh(t.m, seen, NULL);
	params_arrays(t.m, &after);
	for (size_t i = 0; i < after.n; i++) {
		assert_memory_equal(before.v[i].data, after.v[i].data, after.v[i].n * dtype_bytes(after.v[i].dtype));
		mem_free(before.v[i].data);
	}
	arrays_release(&before);
	arrays_release(&after);
	release(&t);
}

static const char *const specs[] = { "pop:half-life=2", "bias", "mf:factors=3,epochs=4", "mf:factors=3,solver=als",
				     "mf:factors=18,solver=sgd", "mf:factors=2,solver=sgd,loss=logistic,negatives=1",
				     "tower:layers=4,width=3,epochs=2", "tower:layers=4,head=mlp,loss=softmax,epochs=2" };

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct err e = { 0 };
		struct trained t = train_of(specs[i]);
		struct model *back;
		struct blob a, b;
		assert_code(model_save(t.m, "a", &e), 0, &e);
		assert_code(model_load(&back, "a", &e), 0, &e);
		assert_code(model_save(back, "b", &e), 0, &e);
		assert_code(blob_open(&a, "a", &e), 0, &e);
		assert_code(blob_open(&b, "b", &e), 0, &e);
		assert_int_equal(a.n, b.n);
		assert_memory_equal(a.data, b.data, a.n);
		blob_close(&a);
		blob_close(&b);
		float before[N_SOME + 1], after[N_SOME + 1];
		uint32_t user[N_SOME + 1], item[N_SOME + 1];
		memcpy(user, t.ev.user, sizeof user - 4);
		memcpy(item, t.ev.item, sizeof item - 4);
		user[N_SOME] = item[N_SOME] = IDMAP_NONE;
		assert_code(t.m->class->predict(t.m, user, item, N_SOME + 1, before, NULL, &e), 0, &e);
		assert_code(back->class->predict(back, user, item, N_SOME + 1, after, NULL, &e), 0, &e);
		assert_memory_equal(before, after, sizeof before);
		assert_int_equal(back->flags, t.m->flags);
		model_free(back);
		release(&t);
	}
}

/* ---- hostile files: a good one with one thing changed ---- */

static void load_fails(const char *says)
{
	struct err e = { 0 };
	struct model *m;
	assert_code(model_load(&m, "bad", &e), ERR_DATA, &e);
	assert_null(m);
	assert_says(&e, says);
}

/* Replace text of the header by text of the same length. */
static void spoil_text(const char *from, const char *to, const char *says)
{
	struct err e = { 0 };
	struct buf b = BUF_INIT;
	assert_code(in_read_all("good", 1 << 20, &b, &e), 0, &e);
	char *at = memmem(b.data, b.n, from, strlen(from));
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	put_file("bad", b.data, b.n);
	buf_release(&b);
	load_fails(says);
}

/* Change the bytes of a tensor. */
static void spoil_tensor(const char *name, size_t at, const void *p, size_t n_bytes, const char *says)
{
	struct err e = { 0 };
	struct buf b = BUF_INIT;
	struct tensorfile *t;
	assert_code(in_read_all("good", 1 << 20, &b, &e), 0, &e);
	assert_code(tensorfile_parse(&t, b.data, b.n, "good", &e), 0, &e);
	const struct tensor *x = tensorfile_find(t, name);
	assert_non_null(x);
	size_t offset = (size_t)((const char *)x->data - b.data) + at;
	tensorfile_close(t);
	memcpy(b.data + offset, p, n_bytes);
	put_file("bad", b.data, b.n);
	buf_release(&b);
	load_fails(says);
}

static void test_hostile_files(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct trained t = train_of("mf:factors=3,epochs=2");
	assert_code(model_save(t.m, "good", &e), 0, &e);
	spoil_text("\"mf\"", "\"xx\"", "unknown model");
	spoil_text("\"option.factors\"", "\"option.factorz\"", "there is no option");
	spoil_text("\"option.factors\":\"3\"", "\"option.factors\":\"4\"", "mf.user_factors");
	spoil_text("\"rating_min\":\"1\"", "\"rating_min\":\"x\"", "not a number");
	spoil_text("\"seed\":\"3\"", "\"seed\":\"y\"", "not a whole number");
	spoil_text("\"seed\"", "\"sead\"", "has no \"seed\"");
	spoil_text("\"mf.item_width\":\"0\"", "\"mf.item_width\":\"9\"", "mf.item_prior");
	spoil_text("\"mf.item_width\":\"0\"", "\"mf.item_width\":\"z\"", "width");
	spoil_text("mf.user_bias", "mf.user_bios", "mf.user_bias");
	spoil_text("option.loss\":\"mse\"", "option.loss\":\"abc\"", "mse|logistic");
	const float nan = NAN;
	const uint32_t far = 77;
	const uint64_t start = 7;
	spoil_tensor("mf.item_factors", 4, &nan, 4, "not a finite number");
	spoil_tensor("history.rating", 0, &nan, 4, "not finite");
	spoil_tensor("history.item", 8, &far, 4, "not there");
	spoil_tensor("history.start", 8, &start, 8, "ascend");
	spoil_tensor("history.start", 0, &start, 8, "does not begin at 0");
	struct buf b = BUF_INIT;
	assert_code(in_read_all("good", 1 << 20, &b, &e), 0, &e);
	put_file("bad", b.data, b.n - 5);
	load_fails("bad");
	buf_release(&b);
	release(&t);
	t = train_of("pop");
	assert_code(model_save(t.m, "good", &e), 0, &e);
	spoil_text("\"pop\"", "\"mlm\"", "is a directory");
	release(&t);
}

/* ---- rows ---- */

enum { K = 3, OTHERS = 6 };

/* The row solution is the minimiser: against LAPACK in double on the same (K + 1) x (K + 1) system. */
static void test_row_is_the_minimiser(void **state)
{
	(void)state;
	float factors[OTHERS * K], bias[OTHERS], variance[OTHERS * K], prior[K + 1] = { 0.3f, -0.2f, 0.1f, 0.4f };
	for (size_t i = 0; i < OTHERS * K; i++) {
		factors[i] = sinf((float)i);
		variance[i] = 0.1f + 0.01f * (float)i;
	}
	for (size_t i = 0; i < OTHERS; i++)
		bias[i] = 0.1f * (float)i;
	const uint32_t column[] = { 0, 2, 3, 5, 2 };
	const float value[] = { 4, 2, 5, 1, 3 };
	struct mf_half other = { .bias = bias, .factors = factors, .variance = variance };
	struct mf_rows side = { &other, NULL, 3, 0.7f, 1.5f, 0.8f, 0.5f, K, kernels_at(cpu_level()) };
	float x[K + 1], found[K], *scratch = MEM_NEW(mf_solve_floats(K), float);
	mf_solve_row(&side, 5, column, value, prior, x, found, scratch);
	double A[(K + 1) * (K + 1)] = { 0 }, b[K + 1] = { 0 }, w = sqrt(5);
	for (size_t i = 0; i < 5; i++) {
		double a[K + 1] = { [K] = 1 }, target = (double)(value[i] - 3 - bias[column[i]]);
		for (size_t k = 0; k < K; k++)
			a[k] = (double)factors[column[i] * K + k];
		for (size_t r = 0; r <= K; r++) {
			b[r] += target * a[r];
			for (size_t c = 0; c <= K; c++)
				A[r * (K + 1) + c] += a[r] * a[c];
			if (r < K)
				A[r * (K + 2)] += (double)variance[column[i] * K + r];
		}
	}
	for (size_t r = 0; r <= K; r++) {
		double ridge = w * (r < K ? 1.5 : (double)0.8f);
		A[r * (K + 2)] += ridge;
		b[r] += ridge * (double)prior[r];
	}
	assert_true(blas_cholesky_f64(A, K + 1, K + 1));
	blas_cholesky_solve_f64(A, K + 1, K + 1, b, 1);
	blas_cholesky_inverse_f64(A, K + 1, K + 1);
	for (size_t k = 0; k <= K; k++)
		assert_float_equal((double)x[k], b[k], 1e-5);
	for (size_t k = 0; k < K; k++)
		assert_float_equal((double)found[k], (double)0.7f * A[k * (K + 2)], 1e-5);
	mf_solve_row(&side, 0, column, value, prior, x, found, scratch);
	assert_memory_equal(x, prior, sizeof x);
	mem_free(scratch);
}

/* mu = 3, one item with ratings 5 and 4 by two users: worked by hand for two rounds. */
static void test_bias_by_hand(void **state)
{
	(void)state;
	size_t start_u[] = { 0, 1, 2 }, start_i[] = { 0, 2 };
	uint32_t column_u[] = { 0, 0 }, column_i[] = { 0, 1 };
	float value[] = { 5, 4 };
	struct csr by_user = { 2, 2, start_u, column_u, value, NULL }, by_item = { 1, 2, start_i, column_i, value, NULL };
	float mean = 0, user[2] = { 0 }, item[1] = { 0 };
	bias_solve(&by_user, &by_item, 1, 2, 1, &mean, user, item, NULL);
	assert_float_equal((double)mean, 4.5, 1e-6);
	assert_float_equal((double)item[0], 0, 1e-6);
	assert_float_equal((double)user[0], 0.5 / 2, 1e-6);
	assert_float_equal((double)user[1], -0.5 / 2, 1e-6);
	ridge_means(&by_item, NULL, 1, 3, user, 2, item, NULL);
	assert_float_equal((double)item[0], (5 - 3 - 0.25 + 4 - 3 + 0.25) / 4, 1e-6);
}

/* ---- updates ---- */

static int update(struct model *m, struct events *ev, size_t n, const unsigned (*triple)[3], struct err *e)
{
	size_t n_users = m->users.n, n_items = m->items.n;
	events_of(ev, m, n, triple);
	struct train_input in = { .train = ev, .seed = 3, .n_old_users = n_users, .n_old_items = n_items };
	return train_update(m, &in, NULL, e);
}

/* pop counted twice is pop counted at once: events a day apart, half-life two days. */
static void test_pop_updates_exactly(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct trained t = train_of("pop:half-life=2");
	const double *score = *(double **)t.m->state;
	double of_item_0 = pow(0.5, 6 / 2.0) + pow(0.5, 4 / 2.0);
	assert_float_equal(score[0], of_item_0, 1e-12);
	struct events ev;
	const unsigned later[][3] = { { 5, 9, 1 } };
	events_of(&ev, t.m, 1, later);
	ev.time_s[0] = 86400.0 * 8;
	struct train_input in = { .train = &ev, .n_old_users = t.m->users.n - 1, .n_old_items = t.m->items.n - 1 };
	assert_code(train_update(t.m, &in, NULL, &e), 0, &e);
	score = *(double **)t.m->state;
	assert_float_equal(score[0], of_item_0 / 2, 1e-12);
	assert_float_equal(score[t.m->items.n - 1], 1, 1e-12);
	events_release(&ev);
	release(&t);
}

/* New users and items come in, rows that no new event touches stay as they are, and the touched ones solve their rows. */
static void test_mf_update(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct trained t = train_of("mf:factors=3,epochs=4,update-rounds=3");
	struct mf_state *s = t.m->state;
	float untouched_user[K], untouched_item[K];
	memcpy(untouched_user, s->user.factors + 2 * K, sizeof untouched_user);
	memcpy(untouched_item, s->item.factors + 1 * K, sizeof untouched_item);
	const unsigned more[][3] = { { 0, 0, 1 }, { 9, 2, 5 }, { 1, 8, 2 } };
	struct events ev;
	assert_code(update(t.m, &ev, 3, more, &e), 0, &e);
	assert_int_equal(t.m->users.n, 4);
	assert_int_equal(t.m->items.n, 4);
	assert_int_equal(t.m->history.n, N_SOME + 3);
	assert_memory_equal(untouched_user, s->user.factors + 2 * K, sizeof untouched_user);
	assert_memory_equal(untouched_item, s->item.factors + 1 * K, sizeof untouched_item);
	struct csr by_item;
	history_by_item(t.m, &by_item);
	struct mf_rows side = mf_rows_of(t.m, false);
	float x[K + 1], v[K], *scratch = MEM_NEW(mf_solve_floats(K), float);
	size_t at = by_item.start[2];
	mf_solve_row(&side, by_item.start[3] - at, by_item.column + at, by_item.value + at, NULL, x, v, scratch);
	assert_memory_equal(x, s->item.factors + 2 * K, K * sizeof *x);
	assert_true(x[K] == s->item.bias[2]);
	mem_free(scratch);
	csr_release(&by_item);
	events_release(&ev);
	release(&t);
}

/* The gradient of the regularised logistic loss at a row whose objective is the least: none. Rows that were not asked for
 * stay; likes are ratings of at least 4. */
static void test_logistic_rows(void **state)
{
	(void)state;
	struct trained t = train_of("mf:factors=3,solver=sgd,loss=logistic,reg=0.3,reg-bias=0.2,reg-power=0.5");
	struct mf_state *s = t.m->state;
	float untouched[K];
	memcpy(untouched, s->user.factors + 1 * K, sizeof untouched);
	for (int i = 0; i < 100; i++)
		mf_logistic_rows(t.m, true, &t.m->history, (const uint32_t[]){ 0, 2 }, 2, NULL);
	for (uint32_t u = 0; u <= 2; u += 2) {
		size_t from = t.m->history.start[u], to = t.m->history.start[u + 1];
		const float *p = s->user.factors + u * K;
		double w = sqrt((double)(to - from)), g[K + 1] = { [K] = w * 0.2 * s->user.bias[u] };
		for (size_t k = 0; k < K; k++)
			g[k] = w * 0.3 * p[k];
		for (size_t i = from; i < to; i++) {
			uint32_t item = t.m->history.column[i];
			const float *q = s->item.factors + item * K;
			double z = *s->mean + s->user.bias[u] + s->item.bias[item] + p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
			double error = 1 / (1 + exp(-z)) - (t.m->history.value[i] >= 4);
			for (size_t k = 0; k < K; k++)
				g[k] += error * q[k];
			g[K] += error;
		}
		for (size_t k = 0; k <= K; k++)
			assert_float_equal(g[k], 0, 1e-5);
	}
	assert_memory_equal(untouched, s->user.factors + 1 * K, sizeof untouched);
	release(&t);
}

/* Negatives come with likes: user 2, who likes nothing, is no negative of an item. */
static void test_negatives_of_items(void **state)
{
	(void)state;
	struct trained t = train_of("mf:factors=3,solver=sgd,loss=logistic,negatives=2");
	struct mf_state *s = t.m->state;
	struct csr by_item;
	float found[2][K] = { { 0 } };
	history_by_item(t.m, &by_item);
	for (int far = 0; far < 2; far++) {
		memset(s->item.factors, 0, K * sizeof(float));
		s->item.bias[0] = 0;
		s->user.bias[2] += 5 * (float)far;
		mf_logistic_rows(t.m, false, &by_item, (const uint32_t[]){ 0 }, 1, NULL);
		memcpy(found[far], s->item.factors, sizeof found[far]);
	}
	assert_memory_equal(found[0], found[1], sizeof *found);
	csr_release(&by_item);
	release(&t);
}

static void test_update_on_nothing(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct trained b = train_of("bias");
	struct events none = EVENTS_INIT;
	struct train_input in = { .train = &none, .n_old_users = b.m->users.n, .n_old_items = b.m->items.n };
	assert_code(train_update(b.m, &in, NULL, &e), 0, &e);
	release(&b);
}

/* Every option table's defaults fit its ranges, or model_new would trap. */
static void test_all_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_models; i++) {
		struct model *m = model_new(model_class_of(models[i]));
		assert_true(m->class->flags & MODEL_ENCODER ? !!m->class->export : !!m->class->predict);
		assert_true(m->class->fit || m->class->learner);
		model_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_average),
		cmocka_unit_test(test_average_of_towers),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_row_is_the_minimiser),
		cmocka_unit_test(test_bias_by_hand),
		cmocka_unit_test(test_pop_updates_exactly),
		cmocka_unit_test(test_mf_update),
		cmocka_unit_test(test_logistic_rows),
		cmocka_unit_test(test_negatives_of_items),
		cmocka_unit_test(test_update_on_nothing),
		cmocka_unit_test(test_all_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

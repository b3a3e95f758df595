/* Model tower: ten steps against PyTorch (tests/ref/tower), features included; the same bytes at any number of threads. */
#include "unit.h"
#include "models.h"

#include "base/mem.h"
#include "io/tensorfile.h"
#include "model/params.h"
#include "model/tower_step.h"
#include "train/fit.h"

#include <math.h>

extern const struct model_class model_tower;
static struct err e;

/* A model with the ids, features and events of the reference. */
struct small {
	struct model *m;
	struct events ev;
	struct feature_table users, items;
	struct train_input in;
};

static char *reference(const char *name)
{
	return mem_printf("%s/tests/ref/tower/%s", getenv("R"), name);
}

/* head, loss, optimizer */
static const char *const variants[][3] = { { "dot", "mse", "adamw" },     { "mlp", "bce", "adamw" }, { "dot", "softmax", "adamw" },
					   { "mlp", "mse", "adamw" },     { "mlp", "softmax", "adamw" },
					   { "dot", "huber", "sgd" },     { "mlp", "mse", "adam" } };
enum { VARIANTS = sizeof variants / sizeof *variants };

static void open_small(struct small *s, const char *const variant[3])
{
	static const char *const options[][2] = { { "width", "6" },    { "layers", "8,5" }, { "inner", "4" },
						  { "dropout", "0" },  { "rate", "0.01" },  { "decay", "0.1" },
						  { "id-dropout", "0" }, { "clip", "0.5" }, { "batch", "18" },
						  { "momentum", "0.8" } };
	struct model *m = model_new(&model_tower);
	*s = (struct small){ .m = m };
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		set(m, options[i][0], options[i][1]);
	set(m, "head", variant[0]);
	set(m, "loss", variant[1]);
	set(m, "optimizer", variant[2]);
	char *events = reference("events.csv"), *users = reference("users.csv"), *items = reference("items.csv");
	assert_code(events_read(&s->ev, events, &m->users, &m->items, NULL, &e), 0, &e);
	assert_code(feature_table_open(&s->users, users, "user", &e), 0, &e);
	assert_code(feature_table_open(&s->items, items, "item", &e), 0, &e);
	mem_free(events);
	mem_free(users);
	mem_free(items);
	s->in = (struct train_input){ .train = &s->ev, .user_table = &s->users, .item_table = &s->items,
				      .item_columns = "year:number,genres,maker", .user_columns = "country", .seed = 1 };
	model_observe(m, &s->ev);
	assert_code(m->class->configure(m, &e), 0, &e);
	params_alloc(m);
	void *work;
	const struct learner *l = m->class->learner(m);
	assert_code(l->begin(m, &s->in, &work, &e), 0, &e);
	assert_code(l->end(m, &s->in, work, false, &e), 0, &e);
}

static void close_small(struct small *s)
{
	model_free(s->m);
	events_release(&s->ev);
	feature_table_close(&s->users);
	feature_table_close(&s->items);
}

static float *array(const struct model *m, size_t i)
{
	return *(float **)(void *)((char *)m->state + m->class->params[i].offset);
}

/* In a softmax what all items of a user share cancels. So the gradients of the last biases of the items, and of what leads
 * to the bias of a user, are nothing but rounding, of which Adam makes whole steps: no two programs agree on them. */
static bool idle(const struct model *m, const char *name, size_t k)
{
	bool item = !strcmp(name, "tower.item_net"), user = !strcmp(name, "tower.user_net");
	if (((struct tower_options *)m->options)->loss != TOWER_SOFTMAX || (!item && !user))
		return false;
	struct tower_shape s = tower_shape_of(m, item ? TOWER_ITEMS : TOWER_USERS);
	size_t in = s.width[s.L - 1], out = s.width[s.L], bias = tower_bias_at(&s, s.L);
	size_t row = tower_weight_at(&s, s.L) + in * (out - 1);
	return item ? k == bias + out - 1 || (s.head == TOWER_DOT && k >= bias) : k == bias + out - 1 || (k >= row && k < bias);
}

/* Start values from the file, or the largest difference from the end values in it. */
static double with_values(struct model *m, const struct tensorfile *t, const char *variant, bool end)
{
	double worst = 0;
	for (size_t i = 0; i < m->class->n_params; i++) {
		const char *param = m->class->params[i].name;
		char name[96];
		snprintf(name, sizeof name, "%s/%s/%s", variant, end ? "end" : "start", param);
		if (!tensorfile_find(t, name))
			continue;
		size_t n;
		const float *x = data_of(t, name, &n);
		float *own = array(m, i);
		for (size_t k = 0; !end && k < n; k++)
			own[k] = x[k];
		for (size_t k = 0; end && k < n; k++)
			if (!idle(m, param, k))
				worst = fmax(worst, fabs((double)own[k] - (double)x[k]));
	}
	return worst;
}

/* Ten steps, with the events of even and odd rows in turn; the mean loss of each in out. */
static void ten_steps(struct small *s, struct pool *pool, double *out)
{
	struct model *m = s->m;
	const float *centre = ((struct tower_state *)m->state)->centre;
	const struct tower_options *o = m->options;
	float *target = MEM_NEW(s->ev.n, float);
	for (size_t i = 0; i < s->ev.n; i++)
		target[i] = o->loss == TOWER_BCE ? s->ev.rating[i] >= 4 : (s->ev.rating[i] - centre[0]) / centre[1];
	struct tower_events ev = { s->ev.n, s->ev.user, s->ev.item, target, o->loss == TOWER_SOFTMAX };
	struct tower_stepper *stepper = tower_stepper_new(m, &ev, 10, 1, pool);
	for (uint32_t k = 0; k < 10; k++) {
		uint32_t row[64], n = 0;
		for (uint32_t i = k % 2; i < s->ev.n; i += 2)
			row[n++] = i;
		out[k] = tower_step(stepper, row, n) / n;
	}
	tower_stepper_free(stepper);
	mem_free(target);
}

static void test_reference(void **state)
{
	(void)state;
	struct tensorfile *t;
	char *path = reference("tower.safetensors");
	assert_code(tensorfile_open(&t, path, &e), 0, &e);
	for (size_t v = 0; v < VARIANTS; v++) {
		char variant[32], losses[64];
		double loss[10];
		size_t n;
		struct small s;
		snprintf(variant, sizeof variant, "%s-%s-%s", variants[v][0], variants[v][1], variants[v][2]);
		snprintf(losses, sizeof losses, "%s/losses", variant);
		open_small(&s, variants[v]);
		with_values(s.m, t, variant, false);
		ten_steps(&s, NULL, loss);
		const double *expected = data_of(t, losses, &n);
		assert_int_equal(n, 10);
		for (size_t k = 0; k < n; k++)
			if (!(fabs(loss[k] / expected[k] - 1) < 1e-5))
				fail_msg("%s, step %zu: loss %.9g, expected %.9g", variant, k + 1, loss[k], expected[k]);
		double worst = with_values(s.m, t, variant, true);
		if (!(worst < 1e-5))
			fail_msg("%s: parameters differ by %g", variant, worst);
		close_small(&s);
	}
	tensorfile_close(t);
	mem_free(path);
}

static void test_threads(void **state)
{
	(void)state;
	for (size_t v = 0; v < VARIANTS; v++) {
		struct small s[2];
		double loss[2][10];
		for (size_t k = 0; k < 2; k++) {
			struct pool *pool = pool_new(1 + 2 * k);
			open_small(&s[k], variants[v]);
			set(s[k].m, "dropout", "0.2");
			set(s[k].m, "id-dropout", "0.3");
			set(s[k].m, "negatives", v == 2 ? "5" : "0");
			ten_steps(&s[k], pool, loss[k]);
			pool_free(pool);
		}
		assert_memory_equal(loss[0], loss[1], sizeof loss[0]);
		for (size_t i = 0; i < 2; i++)
			assert_memory_equal(array(s[0].m, i), array(s[1].m, i), 5 * 6 * sizeof(float));
		close_small(&s[0]);
		close_small(&s[1]);
	}
}

/* Losses that compare no items: three batches a step, the last of them short, are one batch up to rounding. */
static void test_accumulate(void **state)
{
	(void)state;
	for (size_t v = 0; v < VARIANTS; v++) {
		struct small s[2];
		double loss[2][10];
		if (!strcmp(variants[v][1], "softmax"))
			continue;
		for (size_t k = 0; k < 2; k++) {
			open_small(&s[k], variants[v]);
			set(s[k].m, "batch", k ? "7" : "18");
			set(s[k].m, "accumulate", k ? "3" : "1");
			ten_steps(&s[k], NULL, loss[k]);
		}
		for (size_t t = 0; t < 10; t++)
			assert_true(fabs(loss[1][t] / loss[0][t] - 1) < 1e-5);
		struct arrays all[2] = { ARRAYS_INIT, ARRAYS_INIT };
		for (size_t k = 0; k < 2; k++)
			params_arrays(s[k].m, &all[k]);
		for (size_t i = 0; i < all[0].n; i++)
			for (size_t k = 0; k < all[0].v[i].n; k++)
				assert_true(fabsf(((float *)all[0].v[i].data)[k] - ((float *)all[1].v[i].data)[k]) < 1e-5f);
		arrays_release(&all[0]);
		arrays_release(&all[1]);
		close_small(&s[0]);
		close_small(&s[1]);
	}
}

/* Fits of every kind end below where they began, and who is unknown gets what the columns of nobody say. */
static void test_fit(void **state)
{
	(void)state;
	for (size_t v = 0; v < VARIANTS; v++) {
		struct small s;
		struct fit_plan plan = { .fraction = 0.1 };
		open_small(&s, variants[v]);
		set(s.m, "epochs", "60");
		assert_code(train_fit(s.m, &s.in, &plan, &e), 0, &e);
		uint32_t user[] = { 0, IDMAP_NONE, 0, IDMAP_NONE }, item[] = { 0, 0, IDMAP_NONE, IDMAP_NONE };
		float out[4];
		assert_code(s.m->class->predict(s.m, user, item, 4, out, NULL, &e), 0, &e);
		assert_true(v != 0 || fabsf(out[0] - 5) < 1);
		for (size_t i = 0; i < 4; i++)
			assert_true(isfinite(out[i]));
		close_small(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reference), cmocka_unit_test(test_threads),
					    cmocka_unit_test(test_accumulate), cmocka_unit_test(test_fit) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

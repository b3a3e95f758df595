/* train/: the loop over a made-up learner, and the hold-out. */
#include "unit.h"

#include "base/mem.h"
#include "train/holdout.h"
#include "train/loop.h"

#include <math.h>

/* A learner whose losses are written down. */
struct script {
	const double *loss, *valid;
	size_t epoch, kept, restored;
	int fail_at;
};

static int epoch(void *context, size_t number, double *loss, struct err *e)
{
	struct script *s = context;
	assert_int_equal(number, s->epoch);
	s->epoch++;
	*loss = s->loss[number];
	return s->fail_at == (int)number ? err_data(e, "broken") : 0;
}

static int validate(void *context, double *loss, struct err *e)
{
	(void)e;
	struct script *s = context;
	*loss = s->valid[s->epoch - 1];
	return 0;
}

static void keep(void *context)
{
	struct script *s = context;
	s->kept = s->epoch;
}

static void restore(void *context)
{
	struct script *s = context;
	s->restored = s->kept;
}

static struct loop loop_of(struct script *s, size_t max_epochs, size_t patience)
{
	return (struct loop){ .max_epochs = max_epochs, .patience = patience, .context = s, .epoch = epoch,
			      .validate = s->valid ? validate : NULL, .keep = keep, .restore = restore, .loss_name = "loss",
			      .remedy = "do less" };
}

static void test_best_state_comes_back(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct loop_state r = LOOP_START;
	struct script s = { .loss = (double[]){ 5, 4, 3, 2, 1 }, .valid = (double[]){ 9, 7, 8, 7.5, 8 }, .fail_at = -1 };
	struct loop l = loop_of(&s, 5, 0);
	assert_code(loop_run(&l, &r, &e), 0, &e);
	assert_int_equal(s.epoch, 5);
	assert_int_equal(s.restored, 2);
	assert_int_equal(r.best_epochs, 2);
	assert_true(r.valid == 7 && r.loss == 4);
}

static void test_patience(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct loop_state r = LOOP_START;
	struct script s = { .loss = (double[]){ 5, 4, 3, 2, 1 }, .valid = (double[]){ 9, 7, 8, 7.5, 6 }, .fail_at = -1 };
	struct loop l = loop_of(&s, 5, 2);
	assert_code(loop_run(&l, &r, &e), 0, &e);
	assert_int_equal(s.epoch, 4);
	assert_int_equal(r.n_epochs, 4);
	assert_int_equal(r.best_epochs, 2);
	s.epoch = s.restored = 0;
	r = (struct loop_state)LOOP_START;
	l.patience = 3;
	assert_code(loop_run(&l, &r, &e), 0, &e);
	assert_int_equal(r.best_epochs, 5);
	assert_int_equal(s.restored, 0);
}

static void test_without_validation(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct loop_state r = LOOP_START;
	struct script s = { .loss = (double[]){ 5, 4, 6 }, .fail_at = -1 };
	struct loop l = loop_of(&s, 3, 1);
	assert_code(loop_run(&l, &r, &e), 0, &e);
	assert_int_equal(r.best_epochs, 3);
	assert_true(isnan(r.valid) && s.kept == 0);
}

/* save() as a kill: the loop stops with ERR_SYSTEM, its state in hand. */
static struct loop_state killed_at;
static int kill_in_time(void *context, struct loop_state *s, struct err *e)
{
	struct script *script = context;
	killed_at = *s;
	return script->epoch == 3 ? err_set(e, ERR_SYSTEM, "killed") : 0;
}

/* From where it stood, with the best state of before: the end is that of a run in one go. */
static void test_goes_on(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct script s = { .loss = (double[]){ 5, 4, 3, 2, 1 }, .valid = (double[]){ 9, 7, 8, 7.5, 6 }, .fail_at = -1 };
	struct loop l = loop_of(&s, 5, 2);
	struct loop_state r = LOOP_START;
	l.save = kill_in_time;
	assert_code(loop_run(&l, &r, &e), ERR_SYSTEM, &e);
	assert_true(killed_at.n_epochs == 3 && killed_at.best_epochs == 2 && killed_at.valid == 7 && killed_at.first == 5);
	r = killed_at;
	assert_code(loop_run(&l, &r, &e), 0, &e);
	assert_true(s.epoch == 4 && s.restored == 2 && r.best_epochs == 2 && r.loss == 4);
	assert_code(loop_run(&l, &r, &e), 0, &e); /* nothing is left to do */
	assert_int_equal(s.epoch, 4);
}

static void test_divergence(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct loop_state r = LOOP_START;
	const double bad[] = { NAN, INFINITY, 1e9 };
	for (size_t i = 0; i < 3; i++) {
		struct script s = { .loss = (double[]){ 5, 4, bad[i] }, .valid = (double[]){ 1, 2, 3 }, .fail_at = -1 };
		struct loop l = loop_of(&s, 9, 0);
		r = (struct loop_state)LOOP_START;
		assert_code(loop_run(&l, &r, &e), ERR_DATA, &e);
		assert_says(&e, "diverged in epoch 3");
		assert_says(&e, "do less");
		assert_int_equal(s.restored, 1);
	}
	struct script s = { .loss = (double[]){ 5 }, .valid = (double[]){ NAN }, .fail_at = -1 };
	struct loop l = loop_of(&s, 1, 0);
	r = (struct loop_state)LOOP_START;
	assert_code(loop_run(&l, &r, &e), ERR_DATA, &e);
	s = (struct script){ .loss = (double[]){ 5 }, .fail_at = 0 };
	l = loop_of(&s, 1, 0);
	r = (struct loop_state)LOOP_START;
	assert_code(loop_run(&l, &r, &e), ERR_DATA, &e);
	assert_says(&e, "broken");
}

enum { N = 50 };

static struct events fifty(void)
{
	struct events ev = { N, MEM_NEW(N, uint32_t), MEM_NEW(N, uint32_t), MEM_NEW(N, float), MEM_NEW(N, double), true,
			     TEXTLIST_INIT };
	for (uint32_t i = 0; i < N; i++) {
		ev.user[i] = i;
		ev.item[i] = 2 * i;
		ev.rating[i] = (float)i;
		ev.time_s[i] = 1000.0 - i;
	}
	return ev;
}

static void test_holdout(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct events ev = fifty(), train, valid, again;
	assert_code(holdout_split(&ev, HOLDOUT_TIME, 0.2, 1, &train, &valid, &e), 0, &e);
	assert_int_equal(train.n, 40);
	assert_int_equal(valid.n, 10);
	for (size_t i = 0; i < valid.n; i++) /* the newest come first in the file */
		assert_true(valid.user[i] == i && valid.item[i] == 2 * i && valid.time_s[i] == 1000.0 - (double)i);
	events_release(&train);
	events_release(&valid);
	assert_code(holdout_split(&ev, HOLDOUT_RANDOM, 0.2, 1, &train, &valid, &e), 0, &e);
	bool seen[N] = { false };
	for (size_t i = 0; i < train.n; i++)
		seen[train.user[i]] = true;
	for (size_t i = 0; i < valid.n; i++) {
		assert_false(seen[valid.user[i]]);
		assert_true(i == 0 || valid.user[i] > valid.user[i - 1]);
	}
	events_release(&train);
	assert_code(holdout_split(&ev, HOLDOUT_RANDOM, 0.2, 1, &train, &again, &e), 0, &e);
	assert_memory_equal(valid.user, again.user, valid.n * sizeof *valid.user);
	events_release(&train);
	events_release(&valid);
	events_release(&again);
	assert_code(holdout_split(&ev, HOLDOUT_TIME, 0.001, 1, &train, &valid, &e), 0, &e);
	assert_int_equal(valid.n, 1);
	events_release(&train);
	events_release(&valid);
	ev.n = 1;
	assert_code(holdout_split(&ev, HOLDOUT_TIME, 0.5, 1, &train, &valid, &e), ERR_DATA, &e);
	assert_says(&e, "1 event: too few");
	events_release(&ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best_state_comes_back), cmocka_unit_test(test_patience),
		cmocka_unit_test(test_without_validation),    cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_goes_on),               cmocka_unit_test(test_holdout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

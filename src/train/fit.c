/* fit.c: see fit.h. */
#include "train/fit.h"
#include "base/mem.h"
#include "model/params.h"
#include "train/judge.h"
#include "train/loop.h"

#include <math.h>

int rmse_on(const struct model *m, const struct events *ev, struct pool *pool, double *out, struct err *e)
{
	float *predicted = MEM_NEW(ev->n, float);
	int rc = model_predict(m, ev, predicted, pool, e);
	double sum = 0;
	for (size_t i = 0; i < ev->n; i++) {
		double error = (double)predicted[i] - (double)ev->rating[i];
		sum += error * error;
	}
	*out = sqrt(sum / (double)ev->n);
	mem_free(predicted);
	return rc;
}

struct fitting {
	struct model *m;
	const struct learner *learner;
	const struct train_input *in;
	void *work;
	struct params_copy *best;
	const struct columns *metric; /* of validation, where the learner has none of its own */
};

static int epoch(void *context, size_t number, double *loss, struct err *e)
{
	struct fitting *f = context;
	return f->learner->epoch(f->m, f->in, f->work, number, loss, e);
}

static int validate(void *context, double *loss, struct err *e)
{
	struct fitting *f = context;
	if (f->learner->validate)
		return f->learner->validate(f->m, f->in->valid, f->in->pool, loss, e);
	if (model_rates(f->m))
		return rmse_on(f->m, f->in->valid, f->in->pool, loss, e);
	return judge(f->m, f->in->valid, f->metric, f->in->pool, loss, e);
}

static void keep(void *context)
{
	struct fitting *f = context;
	params_copy_keep(f->best, f->m);
}

static void restore(void *context)
{
	struct fitting *f = context;
	params_copy_restore(f->best, f->m);
}

/* Learn in epochs from start values; *n_epochs is how many led to the result. */
static int learn(struct model *m, const struct train_input *in, size_t max_epochs, size_t patience, size_t *n_epochs,
		 struct err *e)
{
	struct columns metric;
	int rc = judge_parse(&metric, "ndcg@10", e);
	if (rc)
		return rc;
	struct fitting f = { m, m->class->learner(m), in, NULL, NULL, &metric };
	struct loop l = { .max_epochs = max_epochs, .patience = patience, .context = &f, .epoch = epoch,
			  .validate = in->valid ? validate : NULL, .keep = keep, .restore = restore,
			  .loss_name = f.learner->loss_name, .remedy = f.learner->remedy, .log = in->log };
	struct loop_result r;
	rc = f.learner->begin(m, in, &f.work, e);
	if (!rc) {
		f.best = in->valid ? params_copy_new(m) : NULL;
		rc = loop_run(&l, &r, e);
		*n_epochs = r.best_epochs;
	}
	int end_rc = f.work ? f.learner->end(m, in, f.work, rc != 0, e) : 0;
	rc = rc ? rc : end_rc;
	params_copy_free(f.best);
	columns_release(&metric);
	return rc;
}

static void start_again(struct model *m)
{
	params_release(m);
	params_alloc(m);
}

static int learn_held_out(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	struct events train = EVENTS_INIT, valid = EVENTS_INIT;
	int rc = holdout_split(in->train, plan->holdout, plan->fraction, in->seed, &train, &valid, e);
	if (rc)
		return rc;
	struct train_input part = *in, whole = *in;
	part.train = &train;
	part.valid = &valid;
	whole.valid = NULL;
	size_t n_epochs = 0, again;
	struct csr all = m->history; /* what is held out is not known of anybody until it is judged */
	if (!m->class->read)
		csr_by_user_time(&m->history, &train, m->users.n);
	rc = learn(m, &part, m->class->max_epochs(m), plan->patience, &n_epochs, e);
	csr_release(&m->history);
	m->history = all;
	if (!rc && plan->refit) {
		log_say(in->log, "again on all events, epochs %zu", n_epochs);
		start_again(m);
		rc = learn(m, &whole, n_epochs, 0, &again, e);
	}
	events_release(&train);
	events_release(&valid);
	return rc;
}

/* Classes that give ratings take every event for one, and an event without is no rating of 1. */
static int need_ratings(const struct model *m, const struct events *ev, const char *what, struct err *e)
{
	if (!m->has_rating || ev->has_rating || !(m->class->flags & MODEL_RATES))
		return 0;
	return err_data(e, "the %s events have no rating column, but the model learned from ratings", what);
}

static int check_validation(const struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	if (m->class->fit && (in->valid || plan->holdout != HOLDOUT_NONE))
		return err_usage(e, "model %s learns in one go, not in epochs: --valid and --holdout are not for it",
				 m->class->part.name);
	if (!in->valid)
		return 0;
	return in->valid->n ? need_ratings(m, in->valid, "validation", e) : err_data(e, "there are no events to validate on");
}

int train_fit(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	if (in->train->n == 0)
		return err_data(e, "there are no events to learn from");
	int rc = check_validation(m, in, plan, e);
	if (!rc && m->class->configure)
		rc = m->class->configure(m, e);
	if (rc)
		return rc;
	start_again(m);
	size_t n_epochs;
	if (m->class->fit)
		rc = m->class->fit(m, in, e);
	else if (in->valid || plan->holdout == HOLDOUT_NONE)
		rc = learn(m, in, m->class->max_epochs(m), plan->patience, &n_epochs, e);
	else
		rc = learn_held_out(m, in, plan, e);
	return rc;
}

/* The error on new events as the old model sees them: what is new is unknown to it. */
static int rmse_before(const struct model *m, const struct train_input *in, size_t n_old_users, size_t n_old_items,
		       double *out, struct err *e)
{
	size_t n = in->train->n;
	struct events seen = *in->train;
	seen.user = mem_dup(in->train->user, n * sizeof *seen.user);
	seen.item = mem_dup(in->train->item, n * sizeof *seen.item);
	for (size_t i = 0; i < n; i++) {
		seen.user[i] = seen.user[i] < n_old_users ? seen.user[i] : IDMAP_NONE;
		seen.item[i] = seen.item[i] < n_old_items ? seen.item[i] : IDMAP_NONE;
	}
	int rc = rmse_on(m, &seen, in->pool, out, e);
	mem_free(seen.user);
	mem_free(seen.item);
	return rc;
}

static void report(const struct model *m, const struct train_input *in, size_t n_new_users, size_t n_new_items,
		   double before, double after)
{
	if (model_rates(m) && in->train->n)
		LOG_EVENT(in->log, "update", LOG_N("events", in->train->n), LOG_N("new users", n_new_users),
			  LOG_N("new items", n_new_items), LOG_R("rmse before", before), LOG_R("after", after));
	else
		LOG_EVENT(in->log, "update", LOG_N("events", in->train->n), LOG_N("new users", n_new_users),
			  LOG_N("new items", n_new_items));
}

int train_update(struct model *m, const struct train_input *in, size_t n_old_users, size_t n_old_items, struct err *e)
{
	if (!m->class->update || !(m->flags & MODEL_UPDATES))
		return err_usage(e, "model %s cannot be updated: train it again", m->class->part.name);
	bool rated = model_rates(m) && in->train->n;
	double before = NAN, after = NAN;
	int rc = in->train->n ? need_ratings(m, in->train, "new", e) : 0;
	if (!rc && rated)
		rc = rmse_before(m, in, n_old_users, n_old_items, &before, e);
	if (rc)
		return rc;
	params_grow(m, n_old_users, n_old_items);
	model_observe(m, in->train);
	rc = m->class->update(m, in, n_old_users, n_old_items, e);
	if (!rc && !params_finite(m))
		rc = err_data(e, "the update gave parameters that are not finite numbers; the old model stays");
	if (!rc && rated)
		rc = rmse_on(m, in->train, in->pool, &after, e);
	if (!rc)
		report(m, in, m->users.n - n_old_users, m->items.n - n_old_items, before, after);
	return rc;
}

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

/* The loss on validation events: by the metric, or else by the learner's own, by RMSE, or by NDCG@10. */
static int judge_model(const struct model *m, const struct train_input *in, const struct columns *metric, double *loss,
		       struct err *e)
{
	const struct learner *l = m->class->learner ? m->class->learner(m) : NULL;
	struct columns ndcg;
	if (metric)
		return judge(m, in->valid, metric, in->pool, loss, e);
	if (l && l->validate)
		return l->validate(m, in->valid, in->pool, loss, e);
	if (model_rates(m))
		return rmse_on(m, in->valid, in->pool, loss, e);
	int rc = judge_parse(&ndcg, "ndcg@10", e);
	if (rc)
		return rc;
	rc = judge(m, in->valid, &ndcg, in->pool, loss, e);
	columns_release(&ndcg);
	return rc;
}

struct fitting {
	struct model *m;
	const struct learner *learner;
	const struct train_input *in;
	void *work;
	struct params_copy *best;
	const struct columns *metric;
};

static int epoch(void *context, size_t number, double *loss, struct err *e)
{
	struct fitting *f = context;
	return f->learner->epoch(f->m, f->in, f->work, number, loss, e);
}

static int validate(void *context, double *loss, struct err *e)
{
	struct fitting *f = context;
	return judge_model(f->m, f->in, f->metric, loss, e);
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

/* Learn in epochs from start values. */
static int learn(struct model *m, const struct train_input *in, const struct fit_plan *plan, size_t max_epochs,
		 struct loop_result *r, struct err *e)
{
	struct fitting f = { m, m->class->learner(m), in, NULL, NULL, plan->metric };
	struct loop l = { .max_epochs = max_epochs, .patience = plan->patience, .context = &f, .epoch = epoch,
			  .validate = in->valid ? validate : NULL, .keep = keep, .restore = restore,
			  .loss_name = f.learner->loss_name, .remedy = f.learner->remedy, .log = in->log };
	int rc = f.learner->begin(m, in, &f.work, e);
	if (!rc) {
		f.best = in->valid ? params_copy_new(m) : NULL;
		rc = loop_run(&l, r, e);
	}
	int end_rc = f.work ? f.learner->end(m, in, f.work, rc != 0, e) : 0;
	rc = rc ? rc : end_rc;
	params_copy_free(f.best);
	return rc;
}

static void start_again(struct model *m)
{
	params_release(m);
	params_alloc(m);
}

int train_hold_out(struct model *m, const struct train_input *in, const struct fit_plan *plan, train_part_fn *fn,
		   void *context, struct err *e)
{
	struct events train = EVENTS_INIT, valid = EVENTS_INIT;
	int rc = holdout_split(in->train, plan->holdout, plan->fraction, in->seed, &train, &valid, e);
	if (rc)
		return rc;
	struct train_input part = *in;
	part.train = &train;
	part.valid = &valid;
	struct csr all = m->history; /* what is held out is not known of anybody until it is judged */
	if (!m->class->read)
		csr_by_user_time(&m->history, &train, m->users.n);
	rc = fn(m, &part, context, e);
	csr_release(&m->history);
	m->history = all;
	events_release(&train);
	events_release(&valid);
	return rc;
}

struct part_fit {
	const struct fit_plan *plan;
	struct loop_result result;
};

static int learn_part(struct model *m, const struct train_input *in, void *context, struct err *e)
{
	struct part_fit *p = context;
	return learn(m, in, p->plan, m->class->max_epochs(m), &p->result, e);
}

static int learn_held_out(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	struct part_fit p = { .plan = plan };
	struct fit_plan through = { .patience = 0 };
	int rc = train_hold_out(m, in, plan, learn_part, &p, e);
	if (rc || !plan->refit)
		return rc;
	log_say(in->log, "again on all events, epochs %zu", p.result.best_epochs);
	start_again(m);
	return learn(m, in, &through, p.result.best_epochs, &p.result, e);
}

/* Classes that give ratings take every event for one, and an event without is no rating of 1. */
static int need_ratings(const struct model *m, const struct events *ev, const char *what, struct err *e)
{
	if (!m->has_rating || ev->has_rating || !(m->class->flags & MODEL_RATES))
		return 0;
	return err_data(e, "the %s events have no rating column, but the model learned from ratings", what);
}

int train_check_validation(const struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	if (m->class->fit && !plan->tuned && (in->valid || plan->holdout != HOLDOUT_NONE))
		return err_usage(e, "model %s learns in one go, not in epochs: --valid and --holdout are not for it",
				 m->class->part.name);
	if (!in->valid)
		return plan->metric && !plan->tuned && plan->holdout == HOLDOUT_NONE
			       ? err_usage(e, "a metric to stop on needs --valid or --holdout") : 0;
	return in->valid->n ? need_ratings(m, in->valid, "validation", e) : err_data(e, "there are no events to validate on");
}

int train_fit(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	if (in->train->n == 0)
		return err_data(e, "there are no events to learn from");
	int rc = train_check_validation(m, in, plan, e);
	if (!rc && m->class->configure)
		rc = m->class->configure(m, e);
	if (rc)
		return rc;
	start_again(m);
	struct loop_result r;
	if (m->class->fit)
		return m->class->fit(m, in, e);
	if (in->valid || plan->holdout == HOLDOUT_NONE)
		return learn(m, in, plan, m->class->max_epochs(m), &r, e);
	return learn_held_out(m, in, plan, e);
}

/* A random part of the events, in their order. */
static int fit_part(struct model *m, const struct train_input *in, double part, struct err *e)
{
	struct train_input some = *in;
	struct events taken = EVENTS_INIT, left = EVENTS_INIT;
	int rc = part < 1 ? holdout_split(in->train, HOLDOUT_RANDOM, part, in->seed, &left, &taken, e) : 0;
	if (part < 1)
		some.train = &taken;
	if (!rc)
		rc = m->class->fit(m, &some, e);
	events_release(&taken);
	events_release(&left);
	return rc;
}

int train_try(struct model *m, const struct train_input *in, const struct fit_plan *plan, double part, double *valid,
	      struct err *e)
{
	struct loop_result r = { 0, 0, NAN, NAN };
	m->flags = m->class->flags;
	int rc = m->class->configure ? m->class->configure(m, e) : 0;
	if (rc)
		return rc;
	start_again(m);
	if (m->class->fit) {
		rc = fit_part(m, in, part, e);
		rc = rc ? rc : judge_model(m, in, plan->metric, &r.valid, e);
	} else {
		rc = learn(m, in, plan, (size_t)fmax(1, round(part * (double)m->class->max_epochs(m))), &r, e);
	}
	*valid = r.valid;
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

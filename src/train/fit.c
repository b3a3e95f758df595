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
	for (size_t i = 0; !rc && i < ev->n; i++) {
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
		return judge(m, in, metric, loss, e);
	if (l && l->validate)
		return l->validate(m, in->valid, in->pool, loss, e);
	if (model_rates(m))
		return rmse_on(m, in->valid, in->pool, loss, e);
	int rc = judge_parse(&ndcg, "ndcg@10", e);
	if (rc)
		return rc;
	rc = judge(m, in, &ndcg, loss, e);
	columns_release(&ndcg);
	return rc;
}

/* Learning in epochs, once. */
struct fitting {
	struct model *m;
	const struct learner *learner;
	const struct train_input *in;
	const struct fit_plan *plan;
	uint64_t stage;         /* 1 where all is learned again after the hold-out, else 0 */
	uint64_t max_epochs;
	void *work;
	struct params_copy *best;
	struct params_copy *learned; /* with an average: what epochs go on from, while the model holds the mean */
};

static int epoch(void *context, size_t number, double *loss, struct err *e)
{
	struct fitting *f = context;
	double average = f->plan->average;
	struct params_copy *mean = f->learned; /* between the two swaps */
	if (mean)
		params_copy_swap(mean, f->m);
	int rc = f->learner->epoch(f->m, f->in, f->work, number, loss, e);
	if (mean) {
		params_copy_blend(mean, f->m, (1 - average) / (1 - pow(average, (double)number + 1)));
		params_copy_swap(mean, f->m);
	}
	if (!rc && f->learner->refresh)
		f->learner->refresh(f->m, f->in, f->work);
	return rc;
}

static int validate(void *context, double *loss, struct err *e)
{
	struct fitting *f = context;
	return judge_model(f->m, f->in, f->plan->metric, loss, e);
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

static void add_stage(struct arrays *a, uint64_t *stage, uint64_t *max_epochs)
{
	arrays_add(a, "stage", DT_U64, 1, stage);
	arrays_add(a, "max_epochs", DT_U64, 1, max_epochs);
}

/* Everything that the next epoch starts from. */
static void add_all(struct arrays *a, struct fitting *f, struct loop_state *s)
{
	add_stage(a, &f->stage, &f->max_epochs);
	arrays_add(a, "n_epochs", DT_U64, 1, &s->n_epochs);
	arrays_add(a, "best_epochs", DT_U64, 1, &s->best_epochs);
	arrays_add(a, "first_loss", DT_F64, 1, &s->first);
	arrays_add(a, "best_loss", DT_F64, 1, &s->loss);
	arrays_add(a, "best_valid", DT_F64, 1, &s->valid);
	a->prefix = "param.";
	params_arrays(f->m, a);
	a->prefix = "best.";
	if (f->best)
		params_copy_arrays(f->best, f->m, a);
	a->prefix = "learned.";
	if (f->learned)
		params_copy_arrays(f->learned, f->m, a);
	a->prefix = "learner.";
	if (f->learner->state)
		f->learner->state(f->m, f->work, a);
}

static int save(void *context, struct loop_state *s, struct err *e)
{
	struct fitting *f = context;
	if (!checkpoint_due(f->plan->checkpoint))
		return 0;
	struct arrays a = ARRAYS_INIT;
	add_all(&a, f, s);
	int rc = checkpoint_save(f->plan->checkpoint, &a, e);
	arrays_release(&a);
	return rc;
}

/* The stage that a checkpoint is of, and its number of epochs; 0 where there is none. */
static int found_stage(const struct checkpoint *c, uint64_t *stage, uint64_t *max_epochs, struct err *e)
{
	*stage = *max_epochs = 0;
	if (!c || !checkpoint_found(c))
		return 0;
	struct arrays a = ARRAYS_INIT;
	add_stage(&a, stage, max_epochs);
	int rc = checkpoint_load(c, &a, e);
	arrays_release(&a);
	return rc;
}

/* Go to where the checkpoint of this stage stands, if there is one. */
static int resume(struct fitting *f, struct loop_state *s, struct err *e)
{
	uint64_t stage, max_epochs;
	int rc = found_stage(f->plan->checkpoint, &stage, &max_epochs, e);
	if (rc || !f->plan->checkpoint || !checkpoint_found(f->plan->checkpoint) || stage != f->stage)
		return rc;
	struct arrays a = ARRAYS_INIT;
	add_all(&a, f, s);
	rc = checkpoint_load(f->plan->checkpoint, &a, e);
	arrays_release(&a);
	if (!rc)
		log_say(f->in->log, "going on from the checkpoint after epoch %zu", (size_t)s->n_epochs);
	return rc;
}

/* Learn in epochs; *s is where that ended. */
static int learn(struct fitting *f, struct loop_state *s, struct err *e)
{
	struct loop l = { .max_epochs = f->max_epochs, .patience = f->plan->patience, .context = f, .epoch = epoch,
			  .validate = f->in->valid ? validate : NULL, .keep = keep, .restore = restore,
			  .save = f->plan->checkpoint ? save : NULL, .loss_name = f->learner->loss_name,
			  .remedy = f->learner->remedy, .log = f->in->log };
	*s = (struct loop_state)LOOP_START;
	int rc = f->learner->begin(f->m, f->in, &f->work, e);
	if (!rc) {
		f->best = f->in->valid ? params_copy_new(f->m) : NULL;
		f->learned = f->plan->average > 0 ? params_copy_new(f->m) : NULL;
		if (f->learned)
			params_copy_keep(f->learned, f->m);
		rc = resume(f, s, e);
	}
	if (!rc)
		rc = loop_run(&l, s, e);
	int end_rc = f->work ? f->learner->end(f->m, f->in, f->work, rc != 0, e) : 0;
	params_copy_free(f->best);
	params_copy_free(f->learned);
	return rc ? rc : end_rc;
}

static struct fitting fitting_of(struct model *m, const struct train_input *in, const struct fit_plan *plan)
{
	return (struct fitting){ .m = m, .learner = m->class->learner(m), .in = in, .plan = plan,
				 .max_epochs = m->class->max_epochs(m) };
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
	uint64_t best_epochs;
};

static int learn_part(struct model *m, const struct train_input *in, void *context, struct err *e)
{
	struct part_fit *p = context;
	struct fitting f = fitting_of(m, in, p->plan);
	struct loop_state s;
	int rc = learn(&f, &s, e);
	p->best_epochs = s.best_epochs;
	return rc;
}

static int learn_held_out(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	struct part_fit part = { .plan = plan };
	struct fit_plan through = { .checkpoint = plan->checkpoint, .average = plan->average };
	struct fitting again = fitting_of(m, in, &through);
	struct loop_state s;
	int rc = found_stage(plan->checkpoint, &again.stage, &again.max_epochs, e);
	if (!rc && !again.stage) {
		rc = train_hold_out(m, in, plan, learn_part, &part, e);
		again.max_epochs = part.best_epochs;
	}
	if (rc || !plan->refit)
		return rc;
	log_say(in->log, "again on all events, epochs %zu", (size_t)again.max_epochs);
	again.stage = 1;
	start_again(m);
	return learn(&again, &s, e);
}

/* Classes that give ratings take every event for one, and an event without is no rating of 1. */
static int need_ratings(const struct model *m, const struct events *ev, const char *what, struct err *e)
{
	if (!m->has_rating || ev->has_rating || !((m->class->flags | m->flags) & MODEL_RATES))
		return 0;
	return err_data(e, "the %s events have no rating column, but the model learned from ratings", what);
}

int train_check_validation(const struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	if (m->class->fit && !plan->tuned && (in->valid || plan->holdout != HOLDOUT_NONE || plan->checkpoint))
		return err_usage(e, "model %s learns in one go, not in epochs: --valid, --holdout and --checkpoint are not for it",
				 m->class->part.name);
	if (m->class->fit && plan->average > 0)
		return err_usage(e, "model %s learns in one go, not in epochs: --average is not for it", m->class->part.name);
	if (!in->valid)
		return plan->metric && !plan->tuned && plan->holdout == HOLDOUT_NONE
			       ? err_usage(e, "a metric to stop on needs --valid or --holdout") : 0;
	return in->valid->n ? need_ratings(m, in->valid, "validation", e) : err_data(e, "there are no events to validate on");
}

int train_fit(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e)
{
	int rc = train_check_validation(m, in, plan, e);
	if (!rc && m->class->configure)
		rc = m->class->configure(m, e);
	if (!rc && plan->metric)
		rc = judge_possible(m, in, plan->metric, e);
	if (rc)
		return rc;
	start_again(m);
	if (m->class->fit)
		return m->class->fit(m, in, e);
	if (!in->valid && plan->holdout != HOLDOUT_NONE)
		return learn_held_out(m, in, plan, e);
	struct fitting f = fitting_of(m, in, plan);
	struct loop_state s;
	return learn(&f, &s, e);
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
	struct loop_state s = LOOP_START;
	m->flags = m->class->flags;
	int rc = m->class->configure ? m->class->configure(m, e) : 0;
	if (rc)
		return rc;
	start_again(m);
	if (m->class->fit) {
		rc = fit_part(m, in, part, e);
		rc = rc ? rc : judge_model(m, in, plan->metric, &s.valid, e);
	} else {
		struct fitting f = fitting_of(m, in, plan);
		if (!f.max_epochs)
			return err_usage(e, "--epochs 0 learns nothing that --tune could compare");
		f.max_epochs = (uint64_t)fmax(1, round(part * (double)f.max_epochs));
		rc = learn(&f, &s, e);
	}
	*valid = s.valid;
	return rc;
}

/* The error on new events as the old model sees them: what is new is unknown to it. */
static int rmse_before(const struct model *m, const struct train_input *in, double *out, struct err *e)
{
	size_t n = in->train->n;
	struct events seen = *in->train;
	seen.user = mem_dup(in->train->user, n * sizeof *seen.user);
	seen.item = mem_dup(in->train->item, n * sizeof *seen.item);
	for (size_t i = 0; i < n; i++) {
		seen.user[i] = seen.user[i] < in->n_old_users ? seen.user[i] : IDMAP_NONE;
		seen.item[i] = seen.item[i] < in->n_old_items ? seen.item[i] : IDMAP_NONE;
	}
	int rc = rmse_on(m, &seen, in->pool, out, e);
	mem_free(seen.user);
	mem_free(seen.item);
	return rc;
}

static void report(const struct model *m, const struct train_input *in, double before, double after)
{
	size_t n_new_users = m->users.n - in->n_old_users, n_new_items = m->items.n - in->n_old_items;
	if (in->train->n + n_new_users + n_new_items == 0)
		log_say(in->log, "nothing new: the model stays as it is");
	if (model_rates(m) && in->train->n)
		LOG_EVENT(in->log, "update", LOG_N("events", in->train->n), LOG_N("new users", n_new_users),
			  LOG_N("new items", n_new_items), LOG_R("rmse before", before), LOG_R("after", after));
	else
		LOG_EVENT(in->log, "update", LOG_N("events", in->train->n), LOG_N("new users", n_new_users),
			  LOG_N("new items", n_new_items));
}

static int update(struct model *m, const struct train_input *in, struct checkpoint *checkpoint, struct err *e)
{
	if (m->class->update)
		return m->class->update(m, in, e);
	struct fit_plan plan = { .checkpoint = checkpoint };
	struct fitting f = { .m = m, .learner = m->class->updater(m), .in = in, .plan = &plan,
			     .max_epochs = in->train->n ? m->class->update_epochs(m) : 0 };
	struct loop_state s;
	return learn(&f, &s, e);
}

/* A rating that lies off the model's scale by more than its width would make the scale, and with it every prediction,
 * meaningless: it is an error of the data, not news. */
static int refuse(const struct model *m, const struct events *ev, size_t i, const char *name, struct err *e)
{
	struct str user = idmap_id(&m->users, ev->user[i]), item = idmap_id(&m->items, ev->item[i]);
	return err_data(e, "%s: event %zu, user \"%.*s\", item \"%.*s\": rating %g is far off the model's scale, %g to %g "
			   "(preprocess --step range drops such rows; --off-scale)", name, i + 1, (int)user.n, user.p,
			(int)item.n, item.p, (double)ev->rating[i], (double)m->rating_min, (double)m->rating_max);
}

int train_fit_scale(const struct model *m, struct events *ev, enum off_scale how, const char *name, struct log *log,
		    struct err *e)
{
	float width = m->rating_max - m->rating_min, low = m->rating_min, high = m->rating_max;
	size_t n_off = 0;
	for (size_t i = 0; m->has_rating && ev->has_rating && i < ev->n; i++) {
		float x = ev->rating[i];
		if (x >= m->rating_min && x <= m->rating_max)
			continue;
		if (how == OFF_REFUSE && width > 0 && (x < m->rating_min - width || x > m->rating_max + width))
			return refuse(m, ev, i, name, e);
		n_off++;
		if (how == OFF_CLIP)
			ev->rating[i] = x < m->rating_min ? m->rating_min : m->rating_max;
		low = x < low ? x : low;
		high = x > high ? x : high;
	}
	if (n_off && how == OFF_CLIP)
		log_warn(log, "%zu new ratings off the scale from %g to %g are set to its ends", n_off, (double)m->rating_min,
			 (double)m->rating_max);
	else if (n_off)
		log_warn(log, "the new ratings widen the scale from %g..%g to %g..%g", (double)m->rating_min, (double)m->rating_max,
			 (double)low, (double)high);
	return 0;
}

static int check_update(const struct model *m, const struct train_input *in, const struct checkpoint *checkpoint,
			struct err *e)
{
	const char *name = m->class->part.name;
	if (!(m->class->update || m->class->updater) || !(m->flags & MODEL_UPDATES))
		return err_usage(e, "model %s cannot be updated: train it again", name);
	if (m->class->update && checkpoint)
		return err_usage(e, "an update of model %s is done in one go, not in epochs: --checkpoint is not for it", name);
	return in->train->n ? need_ratings(m, in->train, "new", e) : 0;
}

int train_update(struct model *m, const struct train_input *in, struct checkpoint *checkpoint, struct err *e)
{
	bool rated = model_rates(m) && in->train->n;
	double before = NAN, after = NAN;
	int rc = check_update(m, in, checkpoint, e);
	if (!rc && rated)
		rc = rmse_before(m, in, &before, e);
	if (rc)
		return rc;
	params_grow(m, in->n_old_users, in->n_old_items);
	model_observe(m, in->train);
	rc = update(m, in, checkpoint, e);
	if (!rc && !params_finite(m))
		rc = err_data(e, "the update gave parameters that are not finite numbers; the old model stays");
	if (!rc && rated)
		rc = rmse_on(m, in->train, in->pool, &after, e);
	if (!rc)
		report(m, in, before, after);
	return rc;
}

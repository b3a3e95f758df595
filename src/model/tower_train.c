/* tower_train.c: epochs of model tower, validation, and going on with new events. */
#include "base/mem.h"
#include "io/arrays.h"
#include "model/params.h"
#include "model/rows.h"
#include "model/tower_step.h"

#include <math.h>

enum { STREAM_ORDER = 0x70e3, STREAM_REPLAY = 0x70e4, STREAM_START = 0x70e5 };

struct work {
	struct tower_events ev;
	uint32_t *order;
	unsigned char *seen[TOWER_SIDES]; /* who has events */
	struct tower_stepper *stepper;
	double first;                     /* mean loss of the first batch, before anything was learned */
};

static const struct tower_options *options_of(const struct model *m)
{
	return m->options;
}

/* ---- what is known of users and items ---- */

static const char *const table_options[] = { "user-table", "item-table" };
static const char *const text_options[] = { "users", "items" };

static const struct embeddings *text_of(const struct train_input *in, int side)
{
	return side == TOWER_USERS ? in->users : in->items;
}

static const struct feature_table *table_of(const struct train_input *in, int side)
{
	return side == TOWER_USERS ? in->user_table : in->item_table;
}

/* Vectors of the entities from n_old on, behind their numbers. */
static int take_text(struct model *m, int side, const struct embeddings *emb, size_t n_old, struct err *e)
{
	struct tower_side *t = &((struct tower_state *)m->state)->side[side];
	const struct idmap *ids = tower_ids(m, side);
	size_t D = tower_shape_of(m, side).D;
	if (emb && emb->width != t->text_width)
		return err_data(e, "--%s: vectors of width %zu, but the model has width %zu", text_options[side], emb->width,
				t->text_width);
	for (size_t i = n_old; emb && i < ids->n; i++) {
		const float *x = embeddings_find(emb, idmap_id(ids, (uint32_t)i));
		if (x)
			memcpy(t->dense + i * D + t->features.n_numbers, x, t->text_width * sizeof *x);
	}
	return 0;
}

static int take_features(struct model *m, int side, const struct train_input *in, size_t n_old, struct err *e)
{
	struct tower_side *t = &((struct tower_state *)m->state)->side[side];
	int rc = features_take(&t->features, table_of(in, side), tower_ids(m, side), t->dense, tower_shape_of(m, side).D, e);
	return rc ? rc : take_text(m, side, text_of(in, side), n_old, e);
}

/* What there is to learn from settles the shapes; it is told the first time only, since a fit may begin twice. */
static int learn_features(struct model *m, const struct train_input *in, struct err *e)
{
	struct tower_state *s = m->state;
	int rc = 0;
	for (int side = 0; !rc && side < TOWER_SIDES; side++) {
		struct tower_side *t = &s->side[side];
		const struct feature_table *table = table_of(in, side);
		struct log *log = t->features.start ? NULL : in->log;
		features_release(&t->features);
		t->text_width = text_of(in, side) ? text_of(in, side)->width : 0;
		if (table)
			rc = features_learn(&t->features, table, side == TOWER_USERS ? in->user_columns : in->item_columns, log, e);
	}
	params_release(m);
	params_alloc(m);
	for (int side = 0; !rc && side < TOWER_SIDES; side++)
		rc = take_features(m, side, in, 0, e);
	return rc;
}

/* ---- start values ---- */

static void fill(float *x, size_t n, double spread, struct rng *r)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(spread * rng_normal(r));
}

/* Layers before a ReLU keep the size of what goes through them (He et al. 2015); biases are zeros. */
static void start_nets(struct model *m)
{
	for (int side = 0; side < TOWER_SIDES; side++) {
		struct tower_shape s = tower_shape_of(m, side);
		float *net = tower_weights_of(m, side).net;
		struct rng r;
		rng_init(&r, m->seed, STREAM_START + (uint64_t)side);
		fill(net, s.E * s.D, 0.1, &r);
		for (size_t l = 1; l <= s.L; l++)
			fill(net + tower_weight_at(&s, l), s.width[l - 1] * s.width[l],
			     sqrt((l < s.L ? 2.0 : 1.0) / (double)s.width[l - 1]), &r);
	}
}

/* Ratings around their mean, on a scale where 1 to 5 stays as it is; other losses have scores of their own. */
static void set_centre(struct model *m, const struct events *ev)
{
	float *centre = ((struct tower_state *)m->state)->centre, range = m->rating_max - m->rating_min;
	double sum = 0;
	for (size_t i = 0; i < ev->n; i++)
		sum += (double)ev->rating[i];
	centre[0] = model_rates(m) ? (float)(sum / (double)ev->n) : 0;
	centre[1] = model_rates(m) && range > 0 ? range / 4 : 1;
}

/* ---- events ---- */

static float target_of(const struct model *m, float rating)
{
	const float *centre = ((const struct tower_state *)m->state)->centre;
	if (options_of(m)->loss == TOWER_BCE)
		return (double)rating >= options_of(m)->like ? 1 : 0;
	return (rating - centre[0]) / centre[1];
}

static struct tower_events events_room(const struct model *m, size_t n)
{
	int loss = options_of(m)->loss;
	return (struct tower_events){ n, MEM_NEW(n, uint32_t), MEM_NEW(n, uint32_t), MEM_NEW(n, float),
				      loss == TOWER_SOFTMAX || (loss == TOWER_BCE && !m->has_rating) };
}

static void events_put(struct tower_events *to, const struct model *m, size_t at, uint32_t user, uint32_t item, float rating)
{
	to->user[at] = user;
	to->item[at] = item;
	to->target[at] = target_of(m, rating);
}

static void find_seen(struct work *k, const struct model *m)
{
	for (int side = 0; side < TOWER_SIDES; side++)
		k->seen[side] = MEM_ZNEW(tower_ids(m, side)->n, unsigned char);
	for (size_t i = 0; i < k->ev.n; i++)
		k->seen[TOWER_USERS][k->ev.user[i]] = k->seen[TOWER_ITEMS][k->ev.item[i]] = 1;
}

static struct work *work_new(const struct model *m, size_t n)
{
	struct work *k = MEM_ZNEW(1, struct work);
	k->ev = events_room(m, n);
	k->order = MEM_NEW(n, uint32_t);
	for (size_t i = 0; i < n; i++)
		k->order[i] = (uint32_t)i;
	return k;
}

static void work_free(struct work *k)
{
	tower_stepper_free(k->stepper);
	void *each[] = { k->ev.user, k->ev.item, k->ev.target, k->order, k->seen[TOWER_USERS], k->seen[TOWER_ITEMS], k };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
}

/* ---- the learner ---- */

static size_t step_events(const struct tower_options *o)
{
	return o->batch * o->learning.accumulate;
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct tower_options *o = options_of(m);
	struct work *k = *work = work_new(m, in->train->n);
	if (tower_learns_ratings(m) && !m->has_rating)
		return err_usage(e, "the events have no rating column: learn from them with --loss softmax or bce");
	int rc = o->loss == TOWER_BCE ? model_check_likes(m, in->train, o->like, false, e) : 0;
	if (!rc)
		rc = learn_features(m, in, e);
	if (rc)
		return rc;
	start_nets(m);
	set_centre(m, in->train);
	for (size_t i = 0; i < in->train->n; i++)
		events_put(&k->ev, m, i, in->train->user[i], in->train->item[i], in->train->rating[i]);
	find_seen(k, m);
	k->stepper = tower_stepper_new(m, &k->ev, blocks_of(k->ev.n, step_events(o)) * o->learning.epochs, in->seed, in->pool);
	return 0;
}

/* The mean loss of an epoch; NAN where it is far above that of the start values: the steps went astray. */
static double run_epoch(struct work *k, size_t per_step, uint64_t seed, size_t number)
{
	struct rng r;
	double sum = 0;
	rng_init(&r, seed, rng_mix(number) ^ STREAM_ORDER);
	rng_shuffle_u32(&r, k->order, k->ev.n);
	for (size_t i = 0; i < k->ev.n; i += per_step) {
		size_t n = k->ev.n - i < per_step ? k->ev.n - i : per_step;
		double loss = tower_step(k->stepper, k->order + i, n);
		k->first = number || i ? k->first : loss / (double)n;
		sum += loss;
	}
	return sum / (double)k->ev.n > 100 * (k->first + 1) ? NAN : sum / (double)k->ev.n;
}

/* The loss of an epoch as it is told: RMSE on the scale of the ratings. */
static double told(const struct model *m, double loss)
{
	const float *centre = ((const struct tower_state *)m->state)->centre;
	return options_of(m)->loss == TOWER_MSE ? sqrt(loss) * (double)centre[1] : loss;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)e;
	struct work *k = work;
	*loss = told(m, run_epoch(k, step_events(options_of(m)), in->seed, number));
	return 0;
}

static void refresh(struct model *m, const struct train_input *in, void *work)
{
	tower_refresh(m, ((struct work *)work)->seen, in->pool);
}

/* Mean bce of the labels. */
static int validate(const struct model *m, const struct events *ev, struct pool *pool, double *loss, struct err *e)
{
	float *chance = MEM_NEW(ev->n, float);
	double sum = 0;
	int rc = m->class->predict(m, ev->user, ev->item, ev->n, chance, pool, e);
	for (size_t i = 0; i < ev->n; i++) {
		double p = (double)chance[i], own = (double)target_of(m, ev->rating[i]) > 0.5 ? p : 1 - p;
		sum -= log(fmax(own, 1e-7));
	}
	*loss = sum / (double)ev->n;
	mem_free(chance);
	return rc;
}

static void state(struct model *m, void *work, struct arrays *a)
{
	(void)m;
	struct work *k = work;
	arrays_add(a, "order", DT_U32, k->ev.n, k->order);
	arrays_add(a, "first", DT_F64, 1, &k->first);
	tower_stepper_state(k->stepper, a);
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)m;
	(void)in;
	(void)failed;
	(void)e;
	work_free(work);
	return 0;
}

static const char remedy[] = "lower --rate or set --clip";
static const struct learner rating_learner = { .begin = begin, .epoch = epoch, .end = end, .loss_name = "rmse",
				.remedy = remedy, .state = state, .refresh = refresh };
static const struct learner label_learner = { .begin = begin, .epoch = epoch, .validate = validate, .end = end,
				.loss_name = "loss", .remedy = remedy, .state = state, .refresh = refresh };
static const struct learner ranking_learner = { .begin = begin, .epoch = epoch, .end = end, .loss_name = "loss",
				.remedy = remedy, .state = state, .refresh = refresh };

const struct learner *tower_learner_of(const struct model *m)
{
	int loss = options_of(m)->loss;
	return loss == TOWER_MSE ? &rating_learner : loss == TOWER_BCE && m->has_rating ? &label_learner : &ranking_learner;
}

/* ---- update ---- */

static int check_update(const struct model *m, const struct train_input *in, struct err *e)
{
	const struct tower_state *s = m->state;
	for (int side = 0; side < TOWER_SIDES; side++) {
		if (table_of(in, side) && !s->side[side].features.columns.n)
			return err_usage(e, "the model was trained without --%s, so an update cannot use it", table_options[side]);
		if (text_of(in, side) && !s->side[side].text_width)
			return err_usage(e, "the model was trained without --%s, so an update cannot use them", text_options[side]);
	}
	return 0;
}

/* The new events, and with each of them --replay of all there are. */
static struct work *update_work(struct model *m, const struct train_input *in, struct rng *r)
{
	const struct csr *h = &m->history;
	size_t n_new = in->train->n, n_old = (size_t)(options_of(m)->replay * (double)n_new);
	struct work *k = work_new(m, n_new + n_old);
	for (size_t i = 0; i < n_new; i++)
		events_put(&k->ev, m, i, in->train->user[i], in->train->item[i], in->train->rating[i]);
	for (size_t i = n_new; i < k->ev.n; i++) {
		size_t event = (size_t)rng_below(r, h->n);
		events_put(&k->ev, m, i, csr_row(h, event), h->column[event], h->value[event]);
	}
	find_seen(k, m);
	for (size_t u = 0; u < h->n_rows; u++)
		k->seen[TOWER_USERS][u] |= h->start[u] < h->start[u + 1];
	for (size_t i = 0; i < h->n; i++)
		k->seen[TOWER_ITEMS][h->column[i]] = 1;
	return k;
}

/* New ids begin with the row of the unknown. */
static void start_ids(struct model *m, int side, size_t n_old)
{
	struct tower_weights w = tower_weights_of(m, side);
	size_t E = options_of(m)->width;
	for (size_t i = n_old; i < tower_ids(m, side)->n; i++)
		memcpy(w.ids + i * E, w.values, E * sizeof *w.ids);
}

/* Rows of a table about those whom the model knows. */
static void tell_known(const struct model *m, const struct train_input *in, int side, size_t n_old)
{
	const struct feature_table *t = table_of(in, side);
	size_t n = 0;
	for (size_t i = 0; t && i < t->ids.n; i++)
		n += idmap_find(tower_ids(m, side), idmap_id(&t->ids, (uint32_t)i)) < n_old;
	if (n)
		log_say(in->log, "%s: %zu of %zu were known before: what the model has of them stays", t->path, n, t->ids.n);
}

static int begin_update(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct tower_options *o = options_of(m);
	size_t n_old[] = { in->n_old_users, in->n_old_items };
	int rc = check_update(m, in, e);
	for (int side = 0; !rc && side < TOWER_SIDES; side++) {
		tell_known(m, in, side, n_old[side]);
		start_ids(m, side, n_old[side]);
		rc = take_features(m, side, in, n_old[side], e);
	}
	if (rc)
		return rc;
	struct rng r;
	rng_init(&r, in->seed, STREAM_REPLAY);
	struct work *k = *work = update_work(m, in, &r);
	k->stepper = tower_stepper_new(m, &k->ev, blocks_of(k->ev.n, step_events(o)) * o->learning.update_epochs, in->seed, in->pool);
	return 0;
}

static int epoch_of_update(struct model *m, const struct train_input *in, void *work, size_t number, double *loss,
			   struct err *e)
{
	(void)e;
	*loss = told(m, run_epoch(work, step_events(options_of(m)), in->seed, number));
	return 0;
}

static int end_update(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	refresh(m, in, work);
	return end(m, in, work, failed, e);
}

static const struct learner rating_updater = { .begin = begin_update, .epoch = epoch_of_update, .end = end_update,
				.loss_name = "rmse", .remedy = remedy, .state = state };
static const struct learner updater = { .begin = begin_update, .epoch = epoch_of_update, .end = end_update,
				.loss_name = "loss", .remedy = remedy, .state = state };

const struct learner *tower_updater_of(const struct model *m)
{
	return options_of(m)->loss == TOWER_MSE ? &rating_updater : &updater;
}

/* pop.c: popularity, the yardstick that every ranking must beat, and the fallback where nothing is known. */
#include "base/mem.h"
#include "model/params.h"

#include <math.h>

struct pop_options {
	double half_life_days, min_rating;
};

struct pop_state {
	double *score;  /* [I] decayed to *newest */
	double *newest; /* [1] time of the newest event, seconds */
};

static const struct opt options[] = {
	{ .name = "half-life", .type = OPT_REAL, .offset = offsetof(struct pop_options, half_life_days), .value = "DAYS",
	  .preset = "0", .min = 0, .max = 1e6, .search = { 1, 1000, true },
	  .help = "an event counts half after DAYS days; 0: all count 1" },
	{ .name = "min-rating", .type = OPT_REAL, .offset = offsetof(struct pop_options, min_rating), .value = "X",
	  .preset = "-1e30", .help = "count only events with a rating of at least X" },
};

static const struct param params[] = {
	{ "pop.score", DT_F64, offsetof(struct pop_state, score), PARAM_ITEMS, NULL, NULL },
	{ "pop.newest", DT_F64, offsetof(struct pop_state, newest), PARAM_ONE, NULL, NULL },
};

static double decay(const struct pop_options *o, double age_s)
{
	return o->half_life_days > 0 ? exp2(-age_s / (86400 * o->half_life_days)) : 1;
}

static int count(struct model *m, const struct train_input *in, struct err *e)
{
	const struct pop_options *o = m->options;
	struct pop_state *s = m->state;
	const struct events *ev = in->train;
	if (o->half_life_days > 0 && !ev->time_s)
		return err_usage(e, "--half-life needs events with a time column");
	double newest = *s->newest;
	for (size_t i = 0; ev->time_s && i < ev->n; i++)
		newest = (i == 0 && *s->newest == 0) || ev->time_s[i] > newest ? ev->time_s[i] : newest;
	for (size_t i = 0; i < m->items.n; i++)
		s->score[i] *= decay(o, newest - *s->newest);
	*s->newest = newest;
	for (size_t i = 0; i < ev->n; i++)
		if ((double)ev->rating[i] >= o->min_rating)
			s->score[ev->item[i]] += decay(o, ev->time_s ? newest - ev->time_s[i] : 0);
	return 0;
}

static int update(struct model *m, const struct train_input *in, struct err *e)
{
	return count(m, in, e);
}

static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)user;
	(void)pool;
	(void)e;
	const struct pop_state *s = m->state;
	for (size_t i = 0; i < n; i++)
		out[i] = item[i] == IDMAP_NONE ? 0 : (float)s->score[item[i]];
	return 0;
}

static size_t prepare_floats(const struct model *m)
{
	(void)m;
	return 0;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	(void)m;
	(void)q;
	(void)n_q;
	(void)scratch;
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	(void)scratch;
	const struct pop_state *s = m->state;
	for (size_t k = 0; k < n_q; k++)
		for (size_t i = i0; i < i1; i++)
			out[k * ld + (i - i0)] = (float)s->score[i];
}

const struct model_class model_pop = {
	.part = {
		.name = "pop",
		.summary = "popularity, or popularity of late: the same ranking for everybody",
		.help = "score(i) = sum over events of item i of 0.5 ^ (age / half-life),\n"
			"age counted from the newest event; without --half-life the number of events.\n"
			"A ranking only: it predicts no ratings. An unknown item scores 0.\n"
			"--update decays what was counted to the newest new event and adds the new events: the same as a\n"
			"training on all events, at the cost of the new ones.\n"
			"Cremonesi, Koren and Turrin, \"Performance of recommender algorithms on top-n recommendation\n"
			"tasks\", RecSys 2010 (TopPop).",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct pop_options),
	},
	.flags = MODEL_UPDATES,
	.state_size = sizeof(struct pop_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.fit = count,
	.update = update,
	.predict = predict,
	.prepare_floats = prepare_floats,
	.prepare = prepare,
	.score = score,
};

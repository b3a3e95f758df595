/* mlm_train.c: epochs of model mlm, and its perplexity on texts held out. */
#include "base/mem.h"
#include "io/folder.h"
#include "model/mlm.h"
#include "text/tokenizer.h"

#include <math.h>

enum { STREAM_ORDER = 0x313a, STREAM_DROPOUT = 0x313b };
#define STREAM_VALID (UINT64_C(1) << 40) /* epochs are below */

struct mlm_work {
	struct mlm_texts texts;
	struct masking masking;
	struct mlm_stepper *stepper;
	struct mlm_batcher *batcher;
	uint32_t *order;
	size_t step, n_steps, longest;
	uint64_t seed;
};

static struct learning learning_of(const struct mlm_options *o)
{
	struct learning l = o->learning;
	l.rate = l.rate > 0 ? l.rate : o->encoder ? 5e-5 : 1e-3;
	return l;
}

static void work_free(struct mlm_work *k)
{
	mlm_texts_release(&k->texts);
	masking_release(&k->masking);
	mlm_stepper_free(k->stepper);
	mlm_batcher_free(k->batcher);
	mem_free(k->order);
	mem_free(k);
}

/* The encoder, what is masked, and the texts in its tokens. */
static int prepare(struct model *m, const struct train_input *in, struct mlm_work *k, struct err *e)
{
	const struct mlm_options *o = m->options;
	struct mlm_state *s = m->state;
	int rc = mlm_start(m, &in->train->text, in->pool, e);
	if (rc)
		return rc;
	size_t most = s->config.info.max_tokens;
	k->longest = o->length < most ? o->length : most;
	rc = masking_init(&k->masking, s->tokenizer, o->mask, o->whole_words, e);
	if (rc)
		return err_prefix(e, "%s", folder_name(s->files));
	rc = mlm_texts_make(&k->texts, s->tokenizer, &in->train->text, k->longest, in->pool, e);
	return rc || k->texts.n ? rc : err_data(e, "there is no text to learn from");
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct mlm_options *o = m->options;
	struct mlm_state *s = m->state;
	struct mlm_work *k = MEM_ZNEW(1, struct mlm_work);
	int rc = prepare(m, in, k, e);
	if (rc) {
		work_free(k);
		return rc;
	}
	s->work = *work = k;
	k->stepper = mlm_stepper_new(&s->shape, &s->w, o->batch + k->longest, k->longest, in->pool);
	k->batcher = mlm_batcher_new(o->batch + k->longest);
	k->order = MEM_NEW(k->texts.n, uint32_t);
	k->n_steps = blocks_of(k->texts.start[k->texts.n], o->batch) * o->learning.epochs;
	k->seed = in->seed;
	return 0;
}

static void shuffle(struct mlm_work *k, size_t epoch)
{
	struct rng r;
	rng_init(&r, k->seed, rng_mix(epoch) ^ STREAM_ORDER);
	for (size_t i = 0; i < k->texts.n; i++)
		k->order[i] = (uint32_t)i;
	rng_shuffle_u32(&r, k->order, k->texts.n);
}

/* Of n guesses that cost `loss` together. Guessing evenly costs log V each: three times that is a training gone astray. */
static double perplexity_of(double loss, size_t n, const struct model *m)
{
	double mean = loss / (double)n, evenly = log((double)((const struct mlm_state *)m->state)->shape.V);
	return mean > 3 * evenly ? INFINITY : exp(mean);
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *perplexity,
		 struct err *e)
{
	(void)in;
	(void)e;
	const struct mlm_options *o = m->options;
	struct mlm_work *k = work;
	double loss = 0;
	size_t n = 0;
	struct learning l = learning_of(o);
	shuffle(k, number);
	for (size_t at = 0; at < k->texts.n;) {
		struct mlm_batch b = mlm_batcher_fill(k->batcher, &k->texts, &k->masking, k->order, &at, o->batch, k->seed,
						      number);
		struct optim rule = learning_rule(&l, ++k->step, k->n_steps);
		loss += mlm_step(k->stepper, &b, &rule, k->step, l.clip, o->dropout,
				 k->seed ^ rng_mix(k->step ^ (uint64_t)STREAM_DROPOUT << 32));
		n += b.targets.n;
	}
	*perplexity = perplexity_of(loss, n, m);
	return 0;
}

/* What is masked of texts that are held out: perplexities of trainings with another --mask must compare. */
#define VALID_SHARE 0.2

/* The same masks each time. */
static int validate(const struct model *m, const struct events *ev, struct pool *pool, double *perplexity, struct err *e)
{
	const struct mlm_options *o = m->options;
	const struct mlm_state *s = m->state;
	struct mlm_work *k = s->work;
	struct masking masking = k->masking;
	struct mlm_texts texts = { 0 };
	double loss = 0;
	size_t n = 0;
	int rc = mlm_texts_make(&texts, s->tokenizer, &ev->text, k->longest, pool, e);
	masking.share = VALID_SHARE;
	for (size_t at = 0; !rc && at < texts.n;) {
		struct mlm_batch b = mlm_batcher_fill(k->batcher, &texts, &masking, NULL, &at, o->batch, k->seed, STREAM_VALID);
		loss += mlm_loss(k->stepper, &b);
		n += b.targets.n;
	}
	if (!rc && n == 0)
		rc = err_data(e, "there is no text to validate on");
	*perplexity = perplexity_of(loss, n, m);
	mlm_texts_release(&texts);
	return rc;
}

static void state(struct model *m, void *work, struct arrays *a)
{
	(void)m;
	struct mlm_work *k = work;
	arrays_add(a, "step", DT_U64, 1, &k->step);
	mlm_stepper_state(k->stepper, a);
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)in;
	(void)failed;
	(void)e;
	((struct mlm_state *)m->state)->work = NULL;
	work_free(work);
	return 0;
}

const struct learner mlm_learner = { .begin = begin, .epoch = epoch, .validate = validate, .end = end,
				.loss_name = "perplexity", .remedy = "lower --rate", .state = state };

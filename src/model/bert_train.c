/* bert_train.c: epochs of model bert, validation, going on with new events, and the way out to a model directory. */
#include "base/mem.h"
#include "base/rng.h"
#include "io/folder.h"
#include "model/bert.h"
#include "model/params.h"
#include "model/rows.h"

#include <math.h>
#include <string.h>

enum { STREAM_ORDER = 0xbe59 };

/* ---- what is to be learned ---- */

/* The level nearest to a rating. */
static size_t class_of(const struct bert_state *s, float rating)
{
	size_t best = 0;
	for (size_t k = 1; k < s->n_outputs; k++)
		best = fabsf(rating - s->level[k]) < fabsf(rating - s->level[best]) ? k : best;
	return best;
}

/* target[ev->n]; see bert_stepper_new. */
static void targets_of(const struct model *m, const struct events *ev, float *target)
{
	const struct bert_options *o = m->options;
	const struct bert_state *s = m->state;
	float like = o->task == BERT_LIKE ? bert_like_from(m) : 0;
	for (size_t i = 0; i < ev->n; i++)
		target[i] = o->task == BERT_CLASSES ? (float)class_of(s, ev->rating[i]) :
			    o->task == BERT_LIKE    ? (float)(ev->rating[i] >= like) :
						      ev->rating[i] - bert_bias_of(s, ev->user[i], ev->item[i]);
}

static void set_levels(struct model *m)
{
	struct bert_state *s = m->state;
	struct levels l;
	bert_levels(m, &l);
	for (size_t k = 0; k < s->n_outputs; k++)
		s->level[k] = (float)l.v[k];
}

/* The head begins at the mean of its targets, so that it has only differences to learn. */
static void set_head_bias(struct model *m, const float *target, size_t n)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)target[i];
	if (o->task == BERT_RATING)
		s->head_bias[0] = (float)(sum / (double)n);
}

/* ---- epochs ---- */

struct work {
	struct bert_corpus corpus;
	float *target;
	struct bert_stepper *stepper;
	uint32_t *order;
};

static void shuffle(struct work *k, uint64_t seed, size_t epoch)
{
	struct rng r;
	for (size_t i = 0; i < k->corpus.n; i++)
		k->order[i] = (uint32_t)i;
	rng_init(&r, seed, rng_mix(epoch) ^ STREAM_ORDER);
	rng_shuffle_u32(&r, k->order, k->corpus.n);
}

/* How many of the n texts named make the next step: as many as fill --accumulate batches. */
static size_t next_step(const struct model *m, const struct bert_corpus *c, const uint32_t *text, size_t n)
{
	const struct bert_options *o = m->options;
	size_t used = 0, n_tokens = 0, n_batches = 1;
	for (; used < n; used++) {
		size_t length = c->start[text[used] + 1] - c->start[text[used]];
		if (n_tokens && n_tokens + length > o->batch_tokens) {
			if (n_batches++ == o->learning.accumulate)
				break;
			n_tokens = 0;
		}
		n_tokens += length;
	}
	return used;
}

static size_t count_steps(const struct model *m, struct work *k, uint64_t seed, size_t n_epochs)
{
	size_t steps = 0;
	for (size_t epoch = 0; epoch < n_epochs; epoch++) {
		shuffle(k, seed, epoch);
		for (size_t i = 0; i < k->corpus.n; steps++)
			i += next_step(m, &k->corpus, k->order + i, k->corpus.n - i);
	}
	return steps;
}

/* The texts of an epoch, where they are altered. */
static void alter_texts(const struct model *m, struct work *k, const struct train_input *in, size_t number)
{
	struct bert_alteration a = { bert_augment(m), in->seed, number };
	if (!augment_alters(&a.how))
		return;
	bert_corpus_release(&k->corpus);
	bert_corpus_init(&k->corpus, m, in->train, &a, in->pool);
}

static double run_epoch(const struct model *m, struct work *k, const struct train_input *in, size_t number)
{
	double loss = 0;
	alter_texts(m, k, in, number);
	size_t n = k->corpus.n;
	shuffle(k, in->seed, number);
	progress_start(in->log, "events", n);
	for (size_t i = 0, used; i < n; i += used) {
		used = next_step(m, &k->corpus, k->order + i, n - i);
		loss += bert_step(k->stepper, k->order + i, used);
		progress_to(in->log, i + used);
	}
	progress_end(in->log);
	bert_stepper_publish(k->stepper);
	return loss / (double)n;
}

static struct work *work_new(struct model *m, const struct train_input *in, size_t n_epochs)
{
	struct work *k = MEM_ZNEW(1, struct work);
	size_t n = in->train->n;
	bert_corpus_init(&k->corpus, m, in->train, NULL, in->pool);
	k->order = MEM_NEW(n, uint32_t);
	k->target = MEM_NEW(n, float);
	targets_of(m, in->train, k->target);
	k->stepper = bert_stepper_new(m, &k->corpus, k->target, count_steps(m, k, in->seed, n_epochs), in->seed, in->pool);
	return k;
}

static void work_free(struct work *k)
{
	if (!k)
		return;
	bert_stepper_free(k->stepper);
	bert_corpus_release(&k->corpus);
	mem_free(k->order);
	mem_free(k->target);
	mem_free(k);
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	*work = NULL;
	s->reads_events = in->train->text.n > 0;
	if (!s->reads_events && !s->item_text.n && !s->user_text.n)
		return err_usage(e, "model bert needs texts: a column text of the events, --item-texts or --user-texts");
	if (!in->train->has_rating)
		return err_data(e, "model bert learns ratings: the events have no column rating");
	if (s->reads_events && in->valid && !in->valid->text.n)
		return err_data(e, "the validation events have no column text, but the model learns from one");
	int rc = o->task == BERT_LIKE ? model_check_likes(m, in->train, (double)bert_like_from(m), false, e) : 0;
	if (!rc)
		rc = bert_params_read(&s->config, o->encoder, s->array, e);
	if (rc)
		return rc;
	if (s->level)
		set_levels(m);
	if (o->biases)
		bias_fit(m, in->train, BIAS_REG_USER, BIAS_REG_ITEM, BIAS_ROUNDS, s->mean, s->user_bias, s->item_bias, in->pool);
	struct work *k = *work = work_new(m, in, o->learning.epochs);
	set_head_bias(m, k->target, k->corpus.n);
	return 0;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)e;
	*loss = run_epoch(m, work, in, number);
	return 0;
}

/* ---- what texts say of items ---- */

/* An item's score is the mean of what the texts of its events say, and of PRIOR events that say what all do. */
enum { PRIOR = 2 };

/* Scores of items that have no events: by their own texts where there are such. */
static void score_unseen(struct model *m, size_t from, struct pool *pool)
{
	struct bert_state *s = m->state;
	size_t n = m->items.n - from;
	if (!s->item_text.n || !n)
		return;
	struct events ev = { .n = n, .user = MEM_NEW(n, uint32_t), .item = MEM_NEW(n, uint32_t) };
	for (size_t i = 0; i < n; i++) {
		ev.user[i] = IDMAP_NONE;
		ev.item[i] = (uint32_t)(from + i);
	}
	bert_says(m, &ev, s->item_score + from, pool);
	mem_free(ev.user);
	mem_free(ev.item);
}

/* Items from n_old on are new; what ev says is added to what was known from n_before events of each item. */
static void score_items(struct model *m, const struct events *ev, size_t n_old, bool afresh, struct pool *pool)
{
	struct bert_state *s = m->state;
	size_t I = m->items.n;
	float *says = MEM_NEW(ev->n, float), mean = 0;
	double *sum = MEM_ZNEW(I, double), *n_all = MEM_ZNEW(I, double), *n_new = MEM_ZNEW(I, double), total = 0;
	bert_says(m, ev, says, pool);
	for (size_t i = 0; i < ev->n; i++) {
		sum[ev->item[i]] += (double)says[i];
		n_new[ev->item[i]]++;
		total += (double)says[i];
	}
	for (size_t i = 0; i < m->history.n; i++)
		n_all[m->history.column[i]]++;
	mean = (float)(total / (double)ev->n);
	for (size_t i = n_old; i < I; i++)
		s->item_score[i] = mean;
	score_unseen(m, n_old, pool);
	for (size_t i = 0; i < I; i++) {
		double n_before = PRIOR + (afresh ? 0 : n_all[i] - n_new[i]);
		if (n_new[i] > 0)
			s->item_score[i] = (float)(((double)s->item_score[i] * n_before + sum[i]) / (n_before + n_new[i]));
	}
	mem_free(says);
	mem_free(sum);
	mem_free(n_all);
	mem_free(n_new);
}

static void state(struct model *m, void *work, struct arrays *a)
{
	(void)m;
	bert_stepper_state(((struct work *)work)->stepper, a);
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)e;
	work_free(work);
	if (!failed)
		score_items(m, in->train, 0, true, in->pool);
	return 0;
}

/* ---- validation ---- */

static bool right(const struct model *m, const float *score, float target)
{
	const struct bert_options *o = m->options;
	size_t best = 0, O = ((const struct bert_state *)m->state)->n_outputs;
	if (o->task == BERT_LIKE)
		return (score[0] > 0) == (target > 0);
	for (size_t k = 1; k < O; k++)
		best = score[k] > score[best] ? k : best;
	return best == (size_t)target;
}

/* The root of the mean squared error, or the share of wrong answers. */
static int validate(const struct model *m, const struct events *ev, struct pool *pool, double *loss, struct err *e)
{
	(void)e;
	const struct bert_options *o = m->options;
	size_t O = ((const struct bert_state *)m->state)->n_outputs;
	float *score = MEM_NEW(ev->n * O, float), *target = MEM_NEW(ev->n, float);
	struct bert_corpus c;
	double sum = 0;
	bert_corpus_init(&c, m, ev, NULL, pool);
	bert_scores(m, &c, score, pool);
	targets_of(m, ev, target);
	for (size_t i = 0; i < ev->n; i++) {
		double error = (double)(score[i * O] - target[i]);
		sum += o->task == BERT_RATING ? error * error : right(m, score + i * O, target[i]) ? 0 : 1;
	}
	*loss = o->task == BERT_RATING ? sqrt(sum / (double)ev->n) : sum / (double)ev->n;
	bert_corpus_release(&c);
	mem_free(score);
	mem_free(target);
	return 0;
}

static const char remedy[] = "lower --rate and --head-rate, or set --clip";
const struct learner bert_learner = { .begin = begin, .epoch = epoch, .validate = validate, .end = end,
				.loss_name = "loss", .remedy = remedy, .state = state };

/* ---- update ---- */

static int begin_update(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct bert_options *o = m->options;
	const struct bert_state *s = m->state;
	if (in->train->n == 0)
		return 0;
	if (s->reads_events && !in->train->text.n)
		return err_data(e, "the new events have no column text, but the model learned from one");
	if (o->biases)
		bias_update(m, in->train, BIAS_REG_USER, BIAS_REG_ITEM, BIAS_ROUNDS, *s->mean, s->user_bias, s->item_bias,
			    in->pool);
	*work = work_new(m, in, o->learning.update_epochs);
	return 0;
}

static int end_update(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)e;
	work_free(work);
	if (!failed)
		score_items(m, in->train, in->n_old_items, false, in->pool);
	return 0;
}

const struct learner bert_updater = { .begin = begin_update, .epoch = epoch, .end = end_update, .loss_name = "loss",
				.remedy = remedy, .state = state };

/* ---- export ---- */

static const char pooling_file[] = "1_Pooling/config.json";

/* What sentence-transformers reads of the pooling. */
static void put_pooling(const struct model *m, struct folder *files)
{
	static const char *const modes[] = { "cls_token", "mean_tokens", "max_tokens" };
	const struct bert_state *s = m->state;
	struct buf text = BUF_INIT;
	buf_printf(&text, "{\"word_embedding_dimension\": %zu", s->shape.d);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		buf_printf(&text, ", \"pooling_mode_%s\": %s", modes[i], i == (size_t)bert_pooling_of(m) ? "true" : "false");
	buf_puts(&text, "}\n");
	folder_put(files, pooling_file, buf_str(&text));
	buf_release(&text);
}

static void put_modules(struct folder *files)
{
	folder_put(files, "modules.json",
		   STR("[{\"idx\": 0, \"name\": \"0\", \"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"},\n"
		       " {\"idx\": 1, \"name\": \"1\", \"path\": \"1_Pooling\", \"type\": "
		       "\"sentence_transformers.models.Pooling\"}]\n"));
}

int bert_export(const struct model *m, const char *dir, struct err *e)
{
	const struct bert_state *s = m->state;
	struct bert_merged g;
	struct folder *files = folder_copy(s->files);
	struct str bytes;
	if (!folder_has(files, "modules.json", &bytes))
		put_modules(files);
	if (!folder_has(files, pooling_file, &bytes) || (size_t)bert_pooling_of(m) != (size_t)s->config.info.pooling)
		put_pooling(m, files);
	bert_merged_init(&g, m, NULL);
	int rc = bert_params_export(&s->config, g.run, NULL, files, dir, e);
	bert_merged_release(&g);
	folder_free(files);
	return rc;
}

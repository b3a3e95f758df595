/* bert_step.c: texts through the network of model bert: scores, and a step of learning.
 *
 * A batch is a chunk of the network: as many texts as --batch-tokens holds. What learns steps with AdamW in two paces: weights
 * that were trained before by --rate, the head and adapters, which begin from nothing, by --head-rate. Where word embeddings
 * learn, those of the corpus lie in a table of their own meanwhile, so that a step costs what the corpus knows of the
 * language, not what the vocabulary does; words that no text has stay as they are. */
#include "base/mem.h"
#include "base/rng.h"
#include "model/bert.h"
#include "nn/dropout.h"
#include "nn/fgm.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "optim/arrays.h"

#include <math.h>
#include <string.h>

enum { HEAD = BERT_ARRAYS, HEAD_BIAS, LEARNERS, STREAM_DROPOUT = 0xbe57, STREAM_HEAD = 0xbe58 };

/* ---- weights to run on ---- */

static bool adapted(const struct bert_shape *s, enum bert_array a)
{
	return a == BERT_QKV || a == BERT_OUT ? s->rank > 0 : (a == BERT_UP || a == BERT_DOWN) && s->inner_rank > 0;
}

static void merged_new(struct bert_merged *g, const struct model *m)
{
	const struct bert_state *s = m->state;
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		g->own[a] = adapted(&s->shape, a) ? MEM_NEW(bert_array_size(&s->shape, a), float) : NULL;
		g->run[a] = g->own[a] ? g->own[a] : s->array[a];
	}
}

void bert_merged_init(struct bert_merged *g, const struct model *m, struct pool *pool)
{
	struct bert_state *s = m->state;
	merged_new(g, m);
	bert_net_merge(&s->shape, 0, s->array, g->own, pool);
}

void bert_merged_release(struct bert_merged *g)
{
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++)
		mem_free(g->own[a]);
}

/* ---- a batch ---- */

/* Room for the texts of a chunk. */
struct batch {
	size_t n, *start;      /* texts, [n + 1] */
	uint32_t *token;
	uint8_t *type;
	float *pooled;         /* [n, d] */
};

/* Most tokens of a batch. */
static size_t chunk_of(const struct model *m)
{
	size_t batch = ((const struct bert_options *)m->options)->batch_tokens;
	size_t longest = ((const struct bert_state *)m->state)->max_length;
	return batch > longest ? batch : longest;
}

static struct batch batch_new(const struct model *m)
{
	const struct bert_state *s = m->state;
	size_t n = chunk_of(m);
	return (struct batch){ 0, MEM_ZNEW(n + 1, size_t), MEM_NEW(n, uint32_t), MEM_NEW(n, uint8_t),
			       MEM_NEW(n * s->shape.d, float) };
}

static void batch_free(struct batch *b)
{
	mem_free(b->start);
	mem_free(b->token);
	mem_free(b->type);
	mem_free(b->pooled);
}

/* Texts from text[0] on (NULL: 0, 1, ... from `first`) as long as they fit; returns how many. */
static size_t fill(struct batch *b, const struct bert_corpus *c, const uint32_t *text, size_t first, size_t n, size_t room)
{
	b->n = 0;
	for (size_t i = 0; i < n; i++) {
		size_t x = text ? text[i] : first + i, length = c->start[x + 1] - c->start[x], at = b->start[b->n];
		if (at + length > room)
			break;
		memcpy(b->token + at, c->token + c->start[x], length * sizeof *b->token);
		if (c->type)
			memcpy(b->type + at, c->type + c->start[x], length);
		b->start[++b->n] = at + length;
	}
	return b->n;
}

static struct bert_batch view(const struct batch *b, const struct bert_corpus *c)
{
	return (struct bert_batch){ b->n, b->start, b->token, c->type ? b->type : NULL, NULL, NULL, NULL };
}

static void pool_texts(const struct model *m, struct batch *b, const float *h)
{
	size_t d = ((const struct bert_state *)m->state)->shape.d;
	for (size_t i = 0; i < b->n; i++)
		pooling_forward(bert_pooling_of(m), b->start[i + 1] - b->start[i], d, h + b->start[i] * d, b->pooled + i * d);
}

/* out[n, d]: pooled vectors of all texts, as they are at inference. */
static void pooled_of(const struct model *m, const struct bert_corpus *c, float *out, struct pool *pool)
{
	const struct bert_state *s = m->state;
	struct bert_merged g;
	struct batch b = batch_new(m);
	struct bert_net *net = bert_net_new(&s->shape, chunk_of(m), s->max_length, s->shape.L, pool);
	bert_merged_init(&g, m, pool);
	for (size_t i = 0; i < c->n; i += b.n) {
		fill(&b, c, NULL, i, c->n - i, chunk_of(m));
		struct bert_batch texts = view(&b, c);
		pool_texts(m, &b, bert_net_forward(net, g.run, &texts, 0, 0));
		memcpy(out + i * s->shape.d, b.pooled, b.n * s->shape.d * sizeof *out);
	}
	bert_merged_release(&g);
	bert_net_free(net);
	batch_free(&b);
}

void bert_scores(const struct model *m, const struct bert_corpus *c, float *out, struct pool *pool)
{
	const struct bert_state *s = m->state;
	float *pooled = MEM_NEW(c->n * s->shape.d, float);
	pooled_of(m, c, pooled, pool);
	linear_forward(c->n, s->shape.d, s->n_outputs, pooled, s->head, s->head_bias, out);
	mem_free(pooled);
}

/* The expected level under softmax(score). */
static float expected_level(const struct bert_state *s, const float *score)
{
	double top = -INFINITY, sum = 0, level = 0;
	for (size_t k = 0; k < s->n_outputs; k++)
		top = fmax(top, (double)score[k]);
	for (size_t k = 0; k < s->n_outputs; k++) {
		double p = exp((double)score[k] - top);
		sum += p;
		level += p * (double)s->level[k];
	}
	return (float)(level / sum);
}

void bert_says(const struct model *m, const struct events *ev, float *out, struct pool *pool)
{
	const struct bert_options *o = m->options;
	const struct bert_state *s = m->state;
	struct bert_corpus c;
	float *score = MEM_NEW(ev->n * s->n_outputs, float);
	bert_corpus_init(&c, m, ev, NULL, pool);
	bert_scores(m, &c, score, pool);
	for (size_t i = 0; i < ev->n; i++)
		out[i] = o->task == BERT_CLASSES ? expected_level(s, score + i * s->n_outputs) :
			 o->task == BERT_LIKE	 ? (float)(1 / (1 + exp(-(double)score[i]))) :
						   score[i];
	bert_corpus_release(&c);
	mem_free(score);
}

/* ---- the step ---- */

struct bert_stepper {
	struct model *m;
	struct pool *pool;
	const struct bert_corpus *c;
	const float *target;
	struct bert_shape shape;       /* with the corpus's words */
	struct bert_net *net;
	struct batch batch;
	struct bert_merged merged;
	float *base[BERT_ARRAYS];      /* as the model's, but for the words */
	float *features;               /* [n, d] where the encoder is frozen */
	float *words;                  /* [n_rows, d] of the tokens row[0], row[1], ... */
	uint32_t *row, *place;         /* token -> row */
	size_t n_rows;
	struct optim_arrays *arrays;
	float *dw[LEARNERS];           /* NULL: does not learn */
	float *shift, *dshift;         /* [n, d] of --fgm, or NULL */
	float *dropped, *dpooled, *dh;  /* [n, d] */
	float *score, *dscore;         /* [n, O] */
	uint32_t *class;
	uint8_t *mask;
	uint64_t seed;
	size_t step, n_steps, n_batches;
};

static bool learns(const struct bert_stepper *s, enum bert_array a)
{
	const struct bert_options *o = s->m->options;
	bool adapter = a >= BERT_QKV_A;
	if (bert_array_size(&s->shape, a) == 0 || o->learn == BERT_FROZEN)
		return false;
	return o->learn == BERT_LORA ? adapter : !adapter && (o->learn == BERT_FULL || bert_array_layered(a));
}

/* The words of the corpus get a table, and its tokens the rows of it; all words where texts are altered, since nobody knows
 * what comes. */
static void gather_words(struct bert_stepper *s)
{
	struct augment a = bert_augment(s->m);
	bool all = augment_alters(&a);
	const struct bert_state *state = s->m->state;
	size_t d = s->shape.d, V = s->shape.V;
	s->place = MEM_NEW(V, uint32_t);
	s->row = MEM_NEW(V, uint32_t);
	memset(s->place, 0xff, V * sizeof *s->place);
	for (size_t i = 0; i < (all ? V : s->c->start[s->c->n]); i++) {
		uint32_t token = all ? (uint32_t)i : s->c->token[i];
		if (s->place[token] == UINT32_MAX) {
			s->place[token] = (uint32_t)s->n_rows;
			s->row[s->n_rows++] = token;
		}
	}
	s->words = MEM_NEW(s->n_rows * d, float);
	for (size_t r = 0; r < s->n_rows; r++)
		memcpy(s->words + r * d, state->array[BERT_WORDS] + s->row[r] * d, d * sizeof *s->words);
	s->base[BERT_WORDS] = s->merged.run[BERT_WORDS] = s->words;
	s->shape.V = s->n_rows;
}

void bert_stepper_publish(struct bert_stepper *s)
{
	const struct bert_state *state = s->m->state;
	size_t d = s->shape.d;
	for (size_t r = 0; r < s->n_rows; r++)
		memcpy(state->array[BERT_WORDS] + s->row[r] * d, s->words + r * d, d * sizeof *s->words);
}

/* Arrays that learn, with their gradients and moments. */
static void gather_arrays(struct bert_stepper *s)
{
	const struct bert_options *o = s->m->options;
	const struct bert_state *state = s->m->state;
	struct optim_array list[LEARNERS];
	size_t which[LEARNERS], n = 0, first = bert_first_layer(s->m), d = s->shape.d, O = state->n_outputs;
	double pace = o->head_rate / o->learning.rate;
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		size_t width = bert_array_width(&s->shape, a), below = bert_array_layered(a) ? first * width : 0;
		if (!learns(s, a))
			continue;
		which[n] = a;
		list[n++] = (struct optim_array){ s->base[a] + below, bert_array_size(&s->shape, a) - below, bert_array_decays(a),
						  a >= BERT_QKV_A ? pace : 1 };
	}
	which[n] = HEAD;
	list[n++] = (struct optim_array){ state->head, O * d, true, pace };
	which[n] = HEAD_BIAS;
	list[n++] = (struct optim_array){ state->head_bias, O, false, pace };
	s->arrays = optim_arrays_new(list, n, s->pool);
	for (size_t i = 0; i < n; i++)
		s->dw[which[i]] = optim_arrays_gradient(s->arrays, i);
}

struct bert_stepper *bert_stepper_new(struct model *m, const struct bert_corpus *c, const float *target, size_t n_steps,
				      uint64_t seed, struct pool *pool)
{
	struct bert_state *state = m->state;
	struct bert_stepper *s = MEM_ZNEW(1, struct bert_stepper);
	size_t n = chunk_of(m), d = state->shape.d, O = state->n_outputs, first = bert_first_layer(m);
	*s = (struct bert_stepper){ .m = m, .pool = pool, .c = c, .target = target, .shape = state->shape,
				    .batch = batch_new(m), .dropped = MEM_NEW(n * d, float), .dpooled = MEM_NEW(n * d, float),
				    .score = MEM_NEW(n * O, float),
				    .dscore = MEM_NEW(n * O, float), .class = MEM_NEW(n, uint32_t),
				    .mask = MEM_NEW(n * d, uint8_t), .seed = seed, .n_steps = n_steps };
	memcpy(s->base, state->array, sizeof s->base);
	merged_new(&s->merged, m);
	if (learns(s, BERT_WORDS))
		gather_words(s);
	gather_arrays(s);
	if (first == s->shape.L) {
		s->features = MEM_NEW(c->n * d, float);
		pooled_of(m, c, s->features, pool);
	} else {
		s->net = bert_net_new(&s->shape, n, state->max_length, first, pool);
		s->dh = MEM_NEW(n * d, float);
	}
	if (((const struct bert_options *)m->options)->fgm > 0) {
		s->shift = MEM_NEW(n * d, float);
		s->dshift = MEM_NEW(n * d, float);
	}
	return s;
}

void bert_stepper_state(struct bert_stepper *s, struct arrays *a)
{
	arrays_add(a, "step", DT_U64, 1, &s->step);
	arrays_add(a, "batches", DT_U64, 1, &s->n_batches);
	arrays_add(a, "words", DT_F32, s->n_rows * s->shape.d, s->words);
	optim_arrays_state(s->arrays, a);
}

void bert_stepper_free(struct bert_stepper *s)
{
	if (!s)
		return;
	batch_free(&s->batch);
	bert_merged_release(&s->merged);
	bert_net_free(s->net);
	optim_arrays_free(s->arrays);
	void *each[] = { s->features, s->words, s->row, s->place, s->dropped, s->dpooled,
			 s->dh, s->score, s->dscore, s->class, s->mask, s->shift,
			 s->dshift, s };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
}

/* The pooled vectors of the batch; returns those of the tokens, NULL where the encoder is frozen. */
static const float *forward(struct bert_stepper *s, const struct bert_batch *b, const uint32_t *text)
{
	const struct bert_options *o = s->m->options;
	size_t d = s->shape.d;
	for (size_t i = 0; s->features && i < b->n_texts; i++)
		memcpy(s->batch.pooled + i * d, s->features + text[i] * d, d * sizeof *s->features);
	if (s->features)
		return NULL;
	const float *h = bert_net_forward(s->net, s->merged.run, b, o->dropout, rng_mix(s->seed ^ STREAM_DROPOUT) + s->n_batches);
	pool_texts(s->m, &s->batch, h);
	return h;
}

static double loss_of(struct bert_stepper *s, const uint32_t *text, size_t n, float scale)
{
	const struct bert_options *o = s->m->options;
	size_t O = ((const struct bert_state *)s->m->state)->n_outputs;
	float *y = s->dpooled, *dscore = s->dscore; /* the former is free until the way back */
	for (size_t i = 0; i < n; i++) {
		y[i] = s->target[text[i]];
		s->class[i] = (uint32_t)y[i];
	}
	if (o->task == BERT_CLASSES) {
		memcpy(dscore, s->score, n * O * sizeof *dscore);
		return loss_softmax(n, O, dscore, O, s->class, NULL, scale);
	}
	memset(dscore, 0, n * sizeof *dscore);
	return o->task == BERT_LIKE ? loss_bce(n, s->score, y, scale, dscore) : loss_mse(n, s->score, y, scale, dscore);
}

/* From the head back to the tokens. */
static void backward(struct bert_stepper *s, const struct bert_batch *b, const float *h)
{
	size_t d = s->shape.d;
	memset(s->dh, 0, b->start[b->n_texts] * d * sizeof *s->dh);
	for (size_t i = 0; i < b->n_texts; i++)
		pooling_backward(bert_pooling_of(s->m), b->start[i + 1] - b->start[i], d, h + b->start[i] * d, s->dpooled + i * d,
				 s->dh + b->start[i] * d);
	bert_net_backward(s->net, s->merged.run, b, s->dh, s->dw);
}

/* y = drop(x) by the mask of the batch; the way back is the same. */
static void drop(const struct bert_stepper *s, size_t n, const float *x, float *y)
{
	const struct bert_options *o = s->m->options;
	memset(y, 0, n * sizeof *y);
	dropout_add(n, x, o->dropout > 0 ? s->mask : NULL, o->dropout, y);
}

/* Forward and back for a batch; returns the sum of losses. */
static double pass(struct bert_stepper *s, const struct bert_batch *b, const uint32_t *text, float scale)
{
	const struct bert_options *o = s->m->options;
	const struct bert_state *state = s->m->state;
	size_t n = b->n_texts, d = s->shape.d, O = state->n_outputs;
	struct rng rng;
	const float *h = forward(s, b, text);
	rng_init(&rng, s->seed ^ STREAM_HEAD, s->n_batches);
	dropout_mask(&rng, o->dropout, n * d, s->mask);
	drop(s, n * d, s->batch.pooled, s->dropped);
	linear_forward(n, d, O, s->dropped, state->head, state->head_bias, s->score);
	double loss = loss_of(s, text, n, scale);
	float *ddropped = s->batch.pooled;
	memset(ddropped, 0, n * d * sizeof *ddropped);
	linear_backward(n, d, O, s->dropped, state->head, s->dscore, ddropped, s->dw[HEAD], s->dw[HEAD_BIAS]);
	drop(s, n * d, ddropped, s->dpooled);
	if (h)
		backward(s, b, h);
	return loss;
}

/* The same texts where they hurt most, by the gradient of the pass before; with the same dropout. */
static void adversarial_pass(struct bert_stepper *s, struct bert_batch b, const uint32_t *text, float scale)
{
	const struct bert_options *o = s->m->options;
	size_t d = s->shape.d;
	for (size_t i = 0; i < b.n_texts; i++) {
		size_t at = b.start[i] * d;
		fgm_shift((b.start[i + 1] - b.start[i]) * d, (float)o->fgm, s->dshift + at, s->shift + at);
	}
	b.shift = s->shift;
	b.dshift = NULL;
	pass(s, &b, text, scale);
}

/* The batch holds text[0], text[1], ... */
static double learn_batch(struct bert_stepper *s, const uint32_t *text, float scale)
{
	struct bert_batch b = view(&s->batch, s->c);
	for (size_t t = 0; s->words && t < b.start[b.n_texts]; t++)
		s->batch.token[t] = s->place[s->batch.token[t]];
	b.dshift = s->dshift;
	double loss = pass(s, &b, text, scale);
	if (s->shift)
		adversarial_pass(s, b, text, scale);
	s->n_batches++;
	return loss;
}

double bert_step(struct bert_stepper *s, const uint32_t *text, size_t n)
{
	const struct learning *o = &((const struct bert_options *)s->m->options)->learning;
	double loss = 0;
	bert_net_merge(&s->shape, 0, s->base, s->merged.own, s->pool);
	for (size_t i = 0; i < n; i += s->batch.n) {
		fill(&s->batch, s->c, text + i, 0, n - i, chunk_of(s->m));
		loss += learn_batch(s, text + i, 1 / (float)n);
	}
	s->step++;
	struct optim rule = learning_rule(o, s->step, s->n_steps);
	optim_arrays_step(s->arrays, &rule, s->step, o->clip);
	return loss;
}

/* seq.c: the class of the sequence transformer: options, users' vectors, ranking; see seq.h for the other files.
 *
 * A user's vector is the network's output at the last event, computed when it is asked for from the history and the
 * query's newest events: nobody is retrained to be recommended to. A user of whom nothing is known has the start token
 * alone, whose output has learned what people begin with. */
#include "model/seq.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "linalg/blas.h"
#include "model/params.h"
#include "model/why.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct seq_options, member)
static const struct opt options[] = {
	{ .name = "width", .letter = 'k', .type = OPT_SIZE, .offset = AT(width), .value = "N", .preset = "64", .min = 1,
	  .max = 4096, .help = "values of an item's vector" },
	{ .name = "layers", .type = OPT_SIZE, .offset = AT(layers), .value = "N", .preset = "2", .min = 1, .max = 64,
	  .search = { 1, 3, false }, .help = "transformer layers" },
	{ .name = "heads", .type = OPT_SIZE, .offset = AT(heads), .value = "N", .preset = "2", .min = 1, .max = 256,
	  .help = "attention heads; the width must be a multiple" },
	{ .name = "inner", .type = OPT_SIZE, .offset = AT(inner), .value = "N", .preset = "256", .min = 1, .max = 65536,
	  .help = "values between the two maps of a layer" },
	{ .name = "length", .type = OPT_SIZE, .offset = AT(length), .value = "N", .preset = "50", .min = 1, .max = 4096,
	  .help = "newest events that are looked at" },
	{ .name = "stride", .type = OPT_SIZE, .offset = AT(stride), .value = "N", .preset = "0", .max = 4096,
	  .help = "events learned from a window of --length, its last ones; 0: as many as it holds" },
	{ .name = "activation", .type = OPT_CHOICE, .offset = AT(activation), .preset = "gelu", .choices = "relu|gelu",
	  .help = "between the two maps of a layer" },
	{ .name = "norm", .type = OPT_CHOICE, .offset = AT(norm), .preset = "pre", .choices = "pre|post",
	  .help = "layer norms before attention and maps, or after what they add to" },
	{ .name = "dropout", .type = OPT_REAL, .offset = AT(dropout), .value = "P", .preset = "0.2", .min = 0, .max = 0.95,
	  .search = { 0, 0.5, false },
	  .help = "part of inputs, outputs of layers, and attention weights dropped while learning" },
	{ .name = "loss", .type = OPT_CHOICE, .offset = AT(loss), .preset = "softmax",
	  .choices = "softmax|sampled|bpr|gbce", .help = "what to minimise" },
	{ .name = "candidates", .type = OPT_CHOICE, .offset = AT(candidates), .preset = "all", .choices = "all|unseen",
	  .when = "loss=softmax",
	  .help = "what an event is learned, and validated, against: all items, or those that the user has not had yet" },
	{ .name = "negatives", .type = OPT_SIZE, .offset = AT(negatives), .value = "N", .preset = "256", .min = 1,
	  .max = 1000000, .when = "loss!=softmax", .help = "items drawn a step" },
	{ .name = "popularity", .type = OPT_REAL, .offset = AT(popularity), .value = "A", .preset = "0", .min = 0, .max = 2,
	  .when = "loss!=softmax", .help = "an item with n events is drawn as a negative in proportion to n^A" },
	{ .name = "calibration", .type = OPT_REAL, .offset = AT(calibration), .value = "T", .preset = "0.75", .min = 0,
	  .max = 1, .when = "loss=gbce", .help = "0 is plain binary cross-entropy, 1 takes negative sampling out entirely" },
	{ .name = "rating-weight", .type = OPT_REAL, .offset = AT(rating_weight), .value = "X", .preset = "0", .min = 0,
	  .max = 1000, .help = "weight of the squared error of ratings beside the loss; 0: ratings are not learned" },
	{ .name = "input", .type = OPT_CHOICE, .offset = AT(input), .preset = "all", .choices = "all|text",
	  .help = "all: an item is a vector of its own and that of its text; text: the text's alone (--items)" },
	LEARNING_EPOCHS(AT(learning), "events", 1, .preset = "100"),
	{ .name = "batch", .type = OPT_SIZE, .offset = AT(batch), .value = "N", .preset = "32", .min = 1, .max = 65536,
	  .help = "sequences a batch" },
	LEARNING_ACCUMULATE(AT(learning)),
	LEARNING_RATE(AT(learning), "", .preset = "0.001", .above_min = true, .search = { 1e-4, 1e-2, true }),
	LEARNING_DECAY(AT(learning), "matrices and item vectors", .preset = "0.01", .search = { 1e-4, 0.3, true }),
	LEARNING_STEPS(AT(learning), "constant", "0", "5"),
	LEARNING_UPDATE_EPOCHS(AT(learning), .preset = "5"),
	{ .name = "replay", .type = OPT_REAL, .offset = AT(replay), .value = "X", .preset = "1", .min = 0, .max = 1000,
	  .help = "in an update, sequences of the old history learned again for each one with new events" },
};

struct seq_shape seq_shape_of(const struct model *m)
{
	const struct seq_options *o = m->options;
	return (struct seq_shape){ o->width, o->inner, o->heads, o->layers, o->length, (enum activation)o->activation,
				   seq_rates(m), o->norm == SEQ_POST };
}

bool seq_has_ids(const struct model *m)
{
	return ((const struct seq_options *)m->options)->input == SEQ_INPUT_ALL;
}

bool seq_rates(const struct model *m)
{
	return ((const struct seq_options *)m->options)->rating_weight > 0;
}

bool seq_unseen(const struct model *m)
{
	const struct seq_options *o = m->options;
	return o->loss == SEQ_SOFTMAX && o->candidates == SEQ_UNSEEN;
}

float seq_bias_of(const struct seq_state *s, uint32_t user, uint32_t item)
{
	return *s->mean + (user == IDMAP_NONE ? 0 : s->user_bias[user]) + (item == IDMAP_NONE ? 0 : s->item_bias[item]);
}

size_t seq_chunk(const struct seq_shape *s)
{
	return s->T > SEQ_CHUNK ? s->T : SEQ_CHUNK;
}

static int configure(struct model *m, struct err *e)
{
	const struct seq_options *o = m->options;
	if (o->width % o->heads)
		return err_usage(e, "--width %zu is not a multiple of --heads %zu", o->width, o->heads);
	if (o->stride > o->length)
		return err_usage(e, "--stride %zu is longer than --length %zu", o->stride, o->length);
	m->flags = m->class->flags | (seq_rates(m) ? MODEL_RATES : 0);
	return 0;
}

/* ---- parameters ---- */

static size_t n_layers(const struct model *m)
{
	return ((const struct seq_options *)m->options)->layers;
}

static size_t width(const struct model *m)
{
	return ((const struct seq_options *)m->options)->width;
}

static size_t text_width(const struct model *m)
{
	return ((const struct seq_state *)m->state)->text_width;
}

static size_t id_width(const struct model *m)
{
	return seq_has_ids(m) ? width(m) : 0;
}

static size_t bias_width(const struct model *m)
{
	return seq_rates(m);
}

static size_t map_width(const struct model *m)
{
	return text_width(m) * width(m);
}

#define WIDTH_OF(name, array)                                          \
	static size_t name(const struct model *m)                      \
	{                                                              \
		struct seq_shape s = seq_shape_of(m);                  \
		return seq_array_width(&s, array);                     \
	}
WIDTH_OF(positions, SEQ_POSITIONS)
WIDTH_OF(norm, SEQ_NORM)
WIDTH_OF(qkv, SEQ_QKV)
WIDTH_OF(qkv_bias, SEQ_QKV_BIAS)
WIDTH_OF(square, SEQ_OUT)
WIDTH_OF(updown, SEQ_UP)
WIDTH_OF(inner, SEQ_UP_BIAS)
WIDTH_OF(head, SEQ_HEAD)

static double map_spread(const struct model *m)
{
	(void)m;
	return 0.02;
}

/* An item of which the text is known begins as its text: noise of its own would hide it for the rare ones. */
static double item_spread(const struct model *m)
{
	return text_width(m) ? 0 : map_spread(m);
}

static double token_spread(const struct model *m)
{
	(void)m;
	return 0.1;
}

static double fan_in(const struct model *m)
{
	return 1 / sqrt((double)width(m));
}

/* Into the residual stream: the sum over the layers keeps its size. */
static double fan_out(const struct model *m)
{
	return fan_in(m) / sqrt(2 * (double)n_layers(m));
}

static double fan_down(const struct model *m)
{
	return 1 / sqrt(2 * (double)inner(m) * (double)n_layers(m));
}

#define ARRAY(which) offsetof(struct seq_state, array) + (which) * sizeof(float *)
static const struct param params[] = {
	{ "seq.items", DT_F32, offsetof(struct seq_state, items), PARAM_ITEMS, id_width, item_spread },
	{ "seq.text", DT_F32, offsetof(struct seq_state, text), PARAM_ITEMS, text_width, NULL },
	{ "seq.map", DT_F32, offsetof(struct seq_state, map), PARAM_ONE, map_width, map_spread },
	{ "seq.start", DT_F32, ARRAY(SEQ_START), PARAM_ONE, width, token_spread },
	{ "seq.positions", DT_F32, ARRAY(SEQ_POSITIONS), PARAM_ONE, positions, token_spread },
	{ "seq.norm1", DT_F32, ARRAY(SEQ_NORM1), PARAM_LAYERS, norm, NULL },
	{ "seq.qkv", DT_F32, ARRAY(SEQ_QKV), PARAM_LAYERS, qkv, fan_in },
	{ "seq.qkv_bias", DT_F32, ARRAY(SEQ_QKV_BIAS), PARAM_LAYERS, qkv_bias, NULL },
	{ "seq.out", DT_F32, ARRAY(SEQ_OUT), PARAM_LAYERS, square, fan_out },
	{ "seq.out_bias", DT_F32, ARRAY(SEQ_OUT_BIAS), PARAM_LAYERS, width, NULL },
	{ "seq.norm2", DT_F32, ARRAY(SEQ_NORM2), PARAM_LAYERS, norm, NULL },
	{ "seq.up", DT_F32, ARRAY(SEQ_UP), PARAM_LAYERS, updown, fan_in },
	{ "seq.up_bias", DT_F32, ARRAY(SEQ_UP_BIAS), PARAM_LAYERS, inner, NULL },
	{ "seq.down", DT_F32, ARRAY(SEQ_DOWN), PARAM_LAYERS, updown, fan_down },
	{ "seq.down_bias", DT_F32, ARRAY(SEQ_DOWN_BIAS), PARAM_LAYERS, width, NULL },
	{ "seq.norm", DT_F32, ARRAY(SEQ_NORM), PARAM_ONE, norm, NULL },
	{ "seq.head", DT_F32, ARRAY(SEQ_HEAD), PARAM_ONE, head, NULL },
	{ "seq.mean", DT_F32, offsetof(struct seq_state, mean), PARAM_ONE, bias_width, NULL },
	{ "seq.user_bias", DT_F32, offsetof(struct seq_state, user_bias), PARAM_USERS, bias_width, NULL },
	{ "seq.item_bias", DT_F32, offsetof(struct seq_state, item_bias), PARAM_ITEMS, bias_width, NULL },
};

static void save(const struct model *m, struct tensor_writer *w)
{
	char *text = mem_printf("%zu", text_width(m));
	tensor_writer_meta(w, "seq.text_width", text);
	mem_free(text);
}

static int load(struct model *m, const struct tensorfile *t, struct err *e)
{
	const char *text = tensorfile_meta(t, "seq.text_width");
	uint64_t n;
	if (!text || !num_parse_u64(str_of(text), &n) || n > 1 << 20)
		return err_data(e, "%s: metadata \"seq.text_width\" is missing or no width of vectors", tensorfile_name(t));
	((struct seq_state *)m->state)->text_width = (size_t)n;
	return 0;
}

int seq_take_text(struct model *m, const struct embeddings *emb, size_t n_old, struct err *e)
{
	struct seq_state *s = m->state;
	if (!emb)
		return 0;
	if (emb->width != s->text_width)
		return err_data(e, "--items: vectors of width %zu, but the model has width %zu", emb->width, s->text_width);
	for (size_t i = n_old; i < m->items.n; i++) {
		const float *x = embeddings_find(emb, idmap_id(&m->items, (uint32_t)i));
		if (x)
			memcpy(s->text + i * s->text_width, x, s->text_width * sizeof *x);
	}
	return 0;
}

/* ---- vectors ---- */

enum { TEXT_ROWS = 64 };

/* out[n, d] += x M^T for the text vectors of up to TEXT_ROWS items. */
static void add_text(const struct model *m, const uint32_t *item, size_t i0, size_t n, float *gathered, float *out)
{
	const struct seq_state *s = m->state;
	size_t V = s->text_width, d = width(m);
	for (size_t i = 0; item && i < n; i++)
		memcpy(gathered + i * V, s->text + item[i] * V, V * sizeof *gathered);
	blas_gemm_f32(false, true, n, d, V, 1, item ? gathered : s->text + i0 * V, V, s->map, V, 1, out, d);
}

void seq_item_vectors(const struct model *m, const uint32_t *item, size_t i0, size_t n, float *out)
{
	const struct seq_state *s = m->state;
	size_t d = width(m);
	if (!s->items)
		memset(out, 0, n * d * sizeof *out);
	for (size_t i = 0; s->items && i < n; i++)
		memcpy(out + i * d, s->items + (item ? item[i] : i0 + i) * d, d * sizeof *out);
	if (!s->text_width)
		return;
	float *gathered = MEM_NEW(TEXT_ROWS * s->text_width, float);
	for (size_t i = 0; i < n; i += TEXT_ROWS)
		add_text(m, item ? item + i : NULL, i0 + i, n - i < TEXT_ROWS ? n - i : TEXT_ROWS, gathered, out + i * d);
	mem_free(gathered);
}

size_t seq_tokens(const struct seq_past *p, size_t T, uint32_t *item)
{
	size_t n = p->n_old + p->n_recent, from = n < T ? 0 : n - T, k = 0;
	if (n < T)
		item[k++] = SEQ_NONE;
	for (size_t i = from; i < n; i++)
		item[k++] = i < p->n_old ? p->old[i] : p->recent[i - p->n_old];
	return k;
}

/* A chunk of sequences on their way through the network. */
struct chunk {
	const struct model *m;
	struct seq_run *run;
	size_t d, most, n, n_seqs;
	uint32_t *item, *token; /* [most] */
	size_t *start;
	float *table;           /* [most, d]: each token's own row */
	float *out;             /* of its first sequence */
};

static void flush(struct chunk *c)
{
	const struct seq_state *s = c->m->state;
	if (c->n_seqs == 0)
		return;
	for (size_t t = 0; t < c->n; t++) {
		c->token[t] = c->item[t] == SEQ_NONE ? SEQ_NONE : (uint32_t)t;
		c->item[t] = c->item[t] == SEQ_NONE ? 0 : c->item[t];
	}
	seq_item_vectors(c->m, c->item, 0, c->m->items.n ? c->n : 0, c->table);
	struct seq_batch b = { c->n_seqs, c->start, c->token, NULL, NULL, NULL };
	const float *h = seq_forward(c->run, s->array, c->table, &b, 0, NULL);
	for (size_t i = 0; i < c->n_seqs; i++, c->out += c->d)
		memcpy(c->out, h + (c->start[i + 1] - 1) * c->d, c->d * sizeof *h);
	c->n = c->n_seqs = 0;
}

static struct chunk chunk_new(const struct model *m, size_t most, float *out)
{
	struct seq_shape s = seq_shape_of(m);
	return (struct chunk){ .m = m, .run = seq_run_new(&s, most, 0), .d = s.d, .most = most,
			       .item = MEM_NEW(most, uint32_t), .token = MEM_NEW(most, uint32_t),
			       .start = MEM_ZNEW(most + 1, size_t), .table = MEM_NEW(most * s.d, float), .out = out };
}

static void chunk_release(struct chunk *c)
{
	seq_run_free(c->run);
	mem_free(c->item);
	mem_free(c->token);
	mem_free(c->start);
	mem_free(c->table);
}

/* out[n, d]: the vectors that rank what comes after each past. */
static void user_vectors(const struct model *m, const struct seq_past *past, size_t n, float *out)
{
	struct seq_shape s = seq_shape_of(m);
	struct chunk c = chunk_new(m, seq_chunk(&s), out);
	for (size_t i = 0; i < n; i++) {
		size_t length = past[i].n_old + past[i].n_recent + 1;
		if (c.n + (length < s.T ? length : s.T) > c.most)
			flush(&c);
		c.n += seq_tokens(&past[i], s.T, c.item + c.n);
		c.start[++c.n_seqs] = c.n;
	}
	flush(&c);
	chunk_release(&c);
}

static struct seq_past past_of(const struct model *m, uint32_t user)
{
	const struct csr *h = &m->history;
	if (user >= h->n_rows)
		return (struct seq_past){ NULL, NULL, 0, 0 };
	return (struct seq_past){ h->column + h->start[user], NULL, h->start[user + 1] - h->start[user], 0 };
}

static struct seq_past past_of_query(const struct model *m, const struct query *q)
{
	struct seq_past past = past_of(m, q->user);
	past.recent = q->item;
	past.n_recent = q->n;
	return past;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	struct seq_past past[RANK_BLOCK];
	for (size_t i = 0; i < n_q; i++)
		past[i] = past_of_query(m, &q[i]);
	user_vectors(m, past, n_q, scratch);
}

/* What the newest event attended to; the same for every item. */
static void why(const struct model *m, const struct query *q, const uint32_t *item, size_t n, size_t most,
		struct reason *out, size_t *n_out)
{
	(void)item;
	struct seq_shape s = seq_shape_of(m);
	struct seq_past past = past_of_query(m, q);
	float *vector = MEM_NEW(s.d, float), *weight = MEM_NEW(s.T, float);
	uint32_t *event = MEM_NEW(s.T, uint32_t);
	struct reason *reason = MEM_NEW(s.T, struct reason);
	struct chunk c = chunk_new(m, s.T, vector);
	size_t T = c.n = c.start[++c.n_seqs] = seq_tokens(&past, s.T, c.item), n_reasons = 0;
	memcpy(event, c.item, T * sizeof *event);
	flush(&c);
	seq_attention(c.run, T, weight);
	for (size_t t = 0; t < T; t++)
		if (event[t] != SEQ_NONE)
			reason[n_reasons++] = (struct reason){ event[t], weight[t] };
	n_reasons = reasons_settle(reason, n_reasons);
	for (size_t i = 0; i < n; i++) {
		n_out[i] = n_reasons < most ? n_reasons : most;
		memcpy(out + i * most, reason, n_out[i] * sizeof *out);
	}
	chunk_release(&c);
	mem_free(vector);
	mem_free(weight);
	mem_free(event);
	mem_free(reason);
}

static void item_vectors(const struct model *m, size_t i0, size_t i1, float *out)
{
	seq_item_vectors(m, NULL, i0, i1 - i0, out);
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	size_t d = width(m);
	float *items = MEM_NEW((i1 - i0) * d, float);
	item_vectors(m, i0, i1, items);
	blas_gemm_f32(false, true, n_q, i1 - i0, d, 1, scratch, d, items, d, 0, out, ld);
	mem_free(items);
}

/* ---- pairs ---- */

enum { PAIR_BLOCK = 1024 };
struct pairs {
	const struct model *m;
	const uint32_t *user, *item;
	size_t n, n_users;
	uint32_t *place;      /* [users.n + 1] of a user among the distinct ones; the last is the unknown user */
	uint32_t *distinct;
	float *vector, *out;  /* [n_users, d], [n] */
};

static size_t slot_of(const struct pairs *p, uint32_t user)
{
	return user < p->m->users.n ? user : p->m->users.n;
}

static void users_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct pairs *p = context;
	struct seq_past past[RANK_BLOCK];
	size_t from, to;
	block_range(p->n_users, RANK_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++)
		past[i - from] = past_of(p->m, p->distinct[i]);
	user_vectors(p->m, past, to - from, p->vector + from * width(p->m));
}

static void predict_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct pairs *p = context;
	const struct seq_state *s = p->m->state;
	size_t from, to, d = width(p->m);
	block_range(p->n, PAIR_BLOCK, block, &from, &to);
	float *item = MEM_NEW(d, float);
	for (size_t i = from; i < to; i++) {
		const float *h = p->vector + p->place[slot_of(p, p->user[i])] * d;
		if (p->item[i] == IDMAP_NONE)
			memset(item, 0, d * sizeof *item);
		else
			seq_item_vectors(p->m, &p->item[i], 0, 1, item);
		p->out[i] = seq_rates(p->m) ? model_clip(p->m, seq_bias_of(s, p->user[i], p->item[i]) +
								       seq_rating(d, s->array[SEQ_HEAD], h, item))
					    : nn_dot(d, h, item);
	}
	mem_free(item);
}

static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)e;
	struct pairs p = { m, user, item, n, 0, MEM_NEW(m->users.n + 1, uint32_t), MEM_NEW(n, uint32_t), NULL, out };
	memset(p.place, 0xff, (m->users.n + 1) * sizeof *p.place);
	for (size_t i = 0; i < n; i++) {
		uint32_t *place = &p.place[slot_of(&p, user[i])];
		if (*place != IDMAP_NONE)
			continue;
		*place = (uint32_t)p.n_users;
		p.distinct[p.n_users++] = user[i];
	}
	p.vector = MEM_NEW(p.n_users * width(m), float);
	pool_run(pool, blocks_of(p.n_users, RANK_BLOCK), users_block, &p);
	pool_run(pool, blocks_of(n, PAIR_BLOCK), predict_block, &p);
	mem_free(p.place);
	mem_free(p.distinct);
	mem_free(p.vector);
	return 0;
}

static const struct learner *learner_of(const struct model *m)
{
	(void)m;
	return &seq_learner;
}

static const struct learner *updater_of(const struct model *m)
{
	(void)m;
	return &seq_updater;
}

static size_t max_epochs(const struct model *m)
{
	return ((const struct seq_options *)m->options)->learning.epochs;
}

static size_t update_epochs(const struct model *m)
{
	return ((const struct seq_options *)m->options)->learning.update_epochs;
}

const struct model_class model_seq = {
	.part = {
		.name = "seq",
		.summary = "transformer over each user's sequence of events (SASRec)",
		.help =
			"What a user does next, from the newest events in order of time (Kang and McAuley, \"Self-attentive\n"
			"sequential recommendation\", ICDM 2018). Ranks; with --rating-weight it predicts ratings too.\n"
			"\n"
			"    x_t = sqrt(d) e(i_t) + p_t           e(i) = E_i + M text_i (text with --items)\n"
			"    x  += W_o attention(norm(x))         each layer; causal: t sees 1..t\n"
			"    x  += W_2 act(W_1 norm(x))\n"
			"    s(u,i) = norm(x_T) . e(i)\n"
			"\n"
			"--norm post adds to the norms themselves, n = norm(x), x = n + W_o attention(n), as BERT does. An item\n"
			"with a text begins as that text (E_i = 0). --candidates unseen leaves what the user has had before an\n"
			"event out of its softmax, as recommend and evaluate leave it out of rankings: where nothing is had twice.\n"
			"\n"
			"--input text leaves E out: what is learned holds for items of other shops as well.\n"
			"\n"
			"--rating-weight X adds X (r - r(u,i))^2 to the loss of every event, for evaluate's rmse and predictions:\n"
			"    r(u,i) = mu + b_u + b_i + v . h + w . (h e(i))    h = norm(x_T); held to the range of ratings\n"
			"mu and the biases are those of model bias at its defaults and stay fixed while v, w and the network learn\n"
			"the rest. recommend ranks by s(u,i) as before.\n"
			"\n"
			"A sequence that fits whole begins with a start token, so users without events get what people begin\n"
			"with. Longer histories are cut at other places in each epoch (--stride). New items work through their text alone.\n"
			"\n"
			"recommend --why names what the newest event attended to in the last layer (mean over the heads).\n"
			"\n"
			"Losses, over every event as the one to be predicted:\n"
			"  softmax  -log softmax(s)_i over all items that have events\n"
			"  sampled  the same over the item and N negatives, with log-Q correction (Bengio and Senecal 2008)\n"
			"  bpr      -log sigma(s_i - s_j) (Rendle et al. 2009)\n"
			"  gbce     -beta log sigma(s_i) - sum_j log(1 - sigma(s_j)), beta from the sampling rate and\n"
			"           --calibration (Petrov and Macdonald, \"gSASRec\", RecSys 2023); 0 is SASRec's own loss\n"
			"\n"
			"AdamW (Loshchilov and Hutter 2019). With validation events the training stops by 1 - NDCG over the\n"
			"whole ranking, whatever the loss. An update goes on learning from the windows that hold new events,\n"
			"with old windows among them (--replay), so that the past is not forgotten.\n"
			"\n"
			"Use it where the order of events says what comes next: sessions, series, music, shopping. softmax is\n"
			"best while all items fit (to some 100,000); beyond that sampled or gbce. For ratings alone use mf.\n",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct seq_options),
	},
	.flags = MODEL_USES_ITEMS | MODEL_UPDATES,
	.state_size = sizeof(struct seq_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.n_layers = n_layers,
	.configure = configure,
	.learner = learner_of,
	.max_epochs = max_epochs,
	.updater = updater_of,
	.update_epochs = update_epochs,
	.save = save,
	.load = load,
	.predict = predict,
	.prepare_floats = width,
	.prepare = prepare,
	.score = score,
	.dot_width = width,
	.item_vectors = item_vectors,
	.why = why,
};

/* static.c: a BERT-class model directory as one vector a token, without running it on texts.
 *
 * A token's vector is what the model makes of the token alone, between its special tokens (Tulkens and van Dongen,
 * "Model2Vec", 2024), or its row of the word table. Each is made once, when the first text holds the token, and depends
 * on nothing else. A text is the weighted sum over its tokens; weights follow SIF (Arora, Liang and Ma, "A simple but
 * tough-to-beat baseline for sentence embeddings", 2017), a / (a + p), with the frequency p of a token in the input, or
 * by Zipf's law from its place in the vocabulary, which WordPiece orders by frequency. Common components are taken out by
 * --reduce pca, which is this encoder's usual end. docs/encode.md compares the ways. */
#include "base/mem.h"
#include "encoder/bert.h"
#include "encoder/counts.h"
#include "encoder/encoder.h"
#include "encoder/tokenise.h"
#include "text/hashing.h"

#include <math.h>
#include <string.h>

enum { BLOCK_TEXTS = 64, MAX_TOKENS = 4096, BATCH = 1024 };
enum { VECTORS_LAYERS, VECTORS_TABLE };
enum { FREQUENCY_CORPUS, FREQUENCY_ZIPF };

struct static_options {
	const char *model;
	int vectors, frequency;
	double sif;
};

static const struct opt static_opts[] = {
	{ .name = "model", .type = OPT_STRING, .offset = offsetof(struct static_options, model), .value = "DIR",
	  .help = "the model directory" },
	{ .name = "vectors", .type = OPT_CHOICE, .offset = offsetof(struct static_options, vectors), .choices = "layers|table",
	  .preset = "layers", .help = "of a token: what the model makes of it alone, or its row of the word table" },
	{ .name = "frequency", .type = OPT_CHOICE, .offset = offsetof(struct static_options, frequency),
	  .choices = "corpus|zipf", .preset = "corpus",
	  .help = "of a token: counted in the input, or by its place in the vocabulary" },
	{ .name = "sif", .type = OPT_REAL, .offset = offsetof(struct static_options, sif), .value = "A", .preset = "0.001",
	  .min = 0, .above_min = true, .max = 1000, .help = "weight of a token is A / (A + its frequency); large: all alike" },
};

struct static_state {
	struct bert *bert;
	struct tokenizer *tokenizer;
	size_t n_tokens;
	float *vector;        /* [n_tokens, width]; rows of tokens that no text had are never touched */
	bool *made;           /* [n_tokens] */
	struct tokens frame;  /* what stands around every text: one special token in front, the others behind */
	struct counts counts; /* of tokens in the corpus; total: all of them */
	float *weight;        /* [n_tokens], made with the first vector */
};

static const struct static_options *options_of(const struct encoder *x)
{
	return x->options;
}

static int static_open(struct encoder *x, struct err *e)
{
	const char *dir = options_of(x)->model;
	struct static_state *s = x->state;
	if (!dir)
		return err_usage(e, "--encoder static needs --model DIR");
	int rc = bert_open(&s->bert, dir, BERT_F32, NULL, e);
	if (!rc)
		rc = tokenizer_open(&s->tokenizer, dir, e);
	if (!rc)
		rc = tokenizer_fits(s->tokenizer, bert_info(s->bert)->vocab_size, dir, e);
	if (rc)
		return rc;
	s->n_tokens = bert_info(s->bert)->vocab_size;
	x->width = bert_info(s->bert)->width;
	s->vector = mem_alloc(s->n_tokens, x->width * sizeof *s->vector);
	s->made = MEM_ZNEW(s->n_tokens, bool);
	tokenizer_encode(s->tokenizer, STR(""), NULL, MAX_TOKENS, &s->frame);
	counts_init(&s->counts, s->n_tokens);
	const uint64_t parts[] = { bert_fingerprint(s->bert), tokenizer_fingerprint(s->tokenizer) };
	x->fingerprint = hash_bytes((struct str){ (const char *)parts, sizeof parts }, 0);
	return 0;
}

static void static_release(struct encoder *x)
{
	struct static_state *s = x->state;
	bert_close(s->bert);
	tokenizer_close(s->tokenizer);
	tokens_release(&s->frame);
	counts_release(&s->counts);
	mem_free(s->vector);
	mem_free(s->made);
	mem_free(s->weight);
}

/* ---- frequencies ---- */

static bool static_wants_fit(const struct encoder *x)
{
	return options_of(x)->frequency == FREQUENCY_CORPUS;
}

/* Positions of a text's own tokens, without the special ones around them. */
static void inner(const struct static_state *s, const size_t *start, size_t text, size_t *from, size_t *to)
{
	size_t front = s->frame.n ? 1 : 0;
	*from = start[text] + front;
	*to = start[text + 1] - (s->frame.n - front);
}

static int static_fit(struct encoder *x, const struct texts *t, struct pool *pool, struct err *e)
{
	(void)e;
	struct static_state *s = x->state;
	size_t *start = MEM_NEW(t->n + 1, size_t), from, to;
	uint32_t *ids = tokenise(s->tokenizer, t, MAX_TOKENS, start, pool);
	for (size_t i = 0; i < t->n; i++) {
		inner(s, start, i, &from, &to);
		for (size_t k = from; k < to; k++)
			s->counts.n[ids[k]] += s->counts.n[ids[k]] != UINT32_MAX;
		s->counts.total += to - from;
	}
	mem_free(ids);
	mem_free(start);
	return 0;
}

static void static_save(struct encoder *x, struct tensor_writer *w)
{
	struct static_state *s = x->state;
	if (static_wants_fit(x))
		counts_save(&s->counts, w, "static.counts", "static.tokens");
}

static int static_load(struct encoder *x, const struct tensorfile *t, struct err *e)
{
	struct static_state *s = x->state;
	return counts_load(&s->counts, t, "static.counts", "static.tokens", e);
}

static void weigh(struct encoder *x)
{
	struct static_state *s = x->state;
	double a = options_of(x)->sif, harmonic = log((double)s->n_tokens + 1) + 0.5772;
	double total = s->counts.total ? (double)s->counts.total : 1;
	if (s->weight)
		return;
	s->weight = MEM_NEW(s->n_tokens, float);
	for (size_t i = 0; i < s->n_tokens; i++) {
		double p = static_wants_fit(x) ? s->counts.n[i] / total : 1 / (((double)i + 1) * harmonic);
		s->weight[i] = (float)(a / (a + p));
	}
}

/* ---- vectors of tokens ---- */

/* What the model makes of n tokens, each between the special ones. */
static int run_alone(const struct static_state *s, const uint32_t *id, size_t n, float *out, struct pool *pool, struct err *e)
{
	size_t length = s->frame.n + 1, front = s->frame.n ? 1 : 0;
	size_t *start = MEM_NEW(n + 1, size_t);
	uint32_t *ids = MEM_NEW(n * length, uint32_t);
	for (size_t i = 0; i < n; i++) {
		uint32_t *seq = ids + i * length;
		start[i] = i * length;
		for (size_t k = 0; k < length; k++)
			seq[k] = k == front ? id[i] : s->frame.id[k < front ? k : k - 1];
	}
	start[n] = n * length;
	int rc = bert_encode(s->bert, ids, start, n, BERT_POOL_MEAN, false, out, pool, e);
	mem_free(ids);
	mem_free(start);
	return rc;
}

static int make_batch(struct encoder *x, const uint32_t *id, size_t n, float *rows, struct pool *pool, struct err *e)
{
	struct static_state *s = x->state;
	int rc = 0;
	if (options_of(x)->vectors == VECTORS_TABLE)
		bert_words(s->bert, id, n, rows);
	else
		rc = run_alone(s, id, n, rows, pool, e);
	for (size_t i = 0; i < n && !rc; i++) {
		float *v = s->vector + (size_t)id[i] * x->width;
		memcpy(v, rows + i * x->width, x->width * sizeof *v);
		for (size_t c = 0; c < x->width && !rc; c++)
			if (!isfinite(v[c]))
				rc = err_data(e, "%s: token %u: its vector is not finite", options_of(x)->model, id[i]);
	}
	return rc;
}

/* Vectors for those of n ids that have none yet. */
static int make_vectors(struct encoder *x, const uint32_t *ids, size_t n, struct pool *pool, struct err *e)
{
	struct static_state *s = x->state;
	uint32_t *batch = MEM_NEW(BATCH, uint32_t);
	float *rows = mem_alloc(BATCH, x->width * sizeof *rows);
	size_t n_new = 0;
	int rc = 0;
	for (size_t i = 0; i < n && !rc; i++) {
		if (!s->made[ids[i]])
			batch[n_new++] = ids[i];
		s->made[ids[i]] = true;
		if (n_new == BATCH || (n_new && i + 1 == n)) {
			rc = make_batch(x, batch, n_new, rows, pool, e);
			n_new = 0;
		}
	}
	mem_free(batch);
	mem_free(rows);
	return rc;
}

/* ---- texts ---- */

struct job {
	const struct encoder *x;
	const uint32_t *ids;
	const size_t *start;
	size_t n;
	float *out;
};

static void add_tokens(const struct job *j, size_t text, float *out)
{
	const struct static_state *s = j->x->state;
	size_t width = j->x->width, from, to;
	memset(out, 0, width * sizeof *out);
	inner(s, j->start, text, &from, &to);
	for (size_t i = from; i < to; i++) {
		float weight = s->weight[j->ids[i]];
		const float *v = s->vector + (size_t)j->ids[i] * width;
		for (size_t c = 0; c < width; c++)
			out[c] += weight * v[c];
	}
}

static void encode_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct job *j = context;
	size_t from, to;
	block_range(j->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++)
		add_tokens(j, i, j->out + i * j->x->width);
}

static int static_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	const struct static_state *s = x->state;
	size_t *start = MEM_NEW(t->n + 1, size_t);
	uint32_t *ids = tokenise(s->tokenizer, t, MAX_TOKENS, start, pool);
	int rc = make_vectors(x, ids, start[t->n], pool, e);
	weigh(x);
	if (!rc)
		pool_run(pool, blocks_of(t->n, BLOCK_TEXTS), encode_block, &(struct job){ x, ids, start, t->n, out });
	mem_free(ids);
	mem_free(start);
	return rc;
}

const struct encoder_class encoder_static = {
	.part = {
		.name = "static",
		.summary = "one vector a token from a BERT-class model directory, SIF weights, principal components",
		.help =
"The sum over a text's tokens of A / (A + p) times the token's vector, p its frequency\n"
"(Arora, Liang and Ma 2017), brought down to 256 principal components of the input.\n"
"The model runs once for each token that occurs, not for each text: thousands of times\n"
"faster than the model itself on many texts, and less exact.\n",
		.options = static_opts, .n_options = sizeof static_opts / sizeof *static_opts,
		.options_size = sizeof(struct static_options),
	},
	.pca_width = 256,
	.state_size = sizeof(struct static_state),
	.open = static_open, .wants_fit = static_wants_fit, .fit = static_fit, .save = static_save, .load = static_load,
	.encode = static_encode, .release = static_release,
};

/* static.c: the word table of a BERT-class model directory as token vectors, without its layers.
 *
 * A text is the weighted sum of its tokens' vectors. Weights follow SIF (Arora, Liang and Ma, "A simple but tough-to-beat
 * baseline for sentence embeddings", 2017), a / (a + p), with the frequency p of a token by Zipf's law from its place in
 * the vocabulary, which WordPiece orders by frequency. Common components are taken out by --reduce pca, which is this
 * encoder's usual end. */
#include "base/mem.h"
#include "encoder/encoder.h"
#include "text/hashing.h"
#include "text/tokenizer.h"

#include <math.h>
#include <string.h>

enum { BLOCK_TEXTS = 64, MAX_TOKENS = 4096 };

struct static_options {
	const char *model;
	double sif;
};

static const struct opt static_opts[] = {
	{ .name = "model", .type = OPT_STRING, .offset = offsetof(struct static_options, model), .value = "DIR",
	  .help = "the model directory whose word table and tokenizer are used" },
	{ .name = "sif", .type = OPT_REAL, .offset = offsetof(struct static_options, sif), .value = "A", .preset = "0.001",
	  .min = 0, .above_min = true, .max = 1000, .help = "weight of a token is A / (A + its frequency); large: all alike" },
};

struct static_state {
	struct tokenizer *tokenizer;
	struct tensorfile *file;
	const float *table; /* [n_tokens, width], borrowed from the file */
	size_t n_tokens;
	float *weight;      /* [n_tokens] */
	size_t n_special;   /* tokens that an empty text has: they lie around every text */
};

static int find_table(struct encoder *x, struct err *e)
{
	static const char *const names[] = { "embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings.weight" };
	struct static_state *s = x->state;
	const struct tensor *t = tensorfile_find(s->file, names[1]);
	int rc = tensorfile_need(s->file, names[t != NULL], DT_F32, 2, (size_t[]){ SIZE_MAX, SIZE_MAX }, &t, e);
	if (rc)
		return rc;
	if (t->dim[1] == 0 || t->dim[1] > 65536 || t->dim[0] < tokenizer_size(s->tokenizer))
		return err_data(e, "%s: a word table of %zu x %zu for %zu tokens", tensorfile_name(s->file), t->dim[0], t->dim[1],
				tokenizer_size(s->tokenizer));
	if ((uintptr_t)t->data % sizeof(float))
		return err_data(e, "%s: the word table does not lie at a multiple of 4 bytes", tensorfile_name(s->file));
	s->table = t->data;
	s->n_tokens = t->dim[0];
	x->width = t->dim[1];
	for (size_t i = 0; i < s->n_tokens * x->width; i++)
		if (!isfinite(s->table[i]))
			return err_data(e, "%s: token %zu: its vector is not finite", tensorfile_name(s->file), i / x->width);
	return 0;
}

static void weigh(struct encoder *x)
{
	const struct static_options *o = x->options;
	struct static_state *s = x->state;
	double harmonic = log((double)s->n_tokens + 1) + 0.5772;
	s->weight = MEM_NEW(s->n_tokens, float);
	for (size_t i = 0; i < s->n_tokens; i++)
		s->weight[i] = (float)(o->sif / (o->sif + 1 / (((double)i + 1) * harmonic)));
}

static int static_open(struct encoder *x, struct err *e)
{
	const struct static_options *o = x->options;
	struct static_state *s = x->state;
	if (!o->model)
		return err_usage(e, "--encoder static needs --model DIR");
	char *path = mem_printf("%s/model.safetensors", o->model);
	int rc = tokenizer_open(&s->tokenizer, o->model, e);
	if (!rc)
		rc = tensorfile_open(&s->file, path, e);
	if (!rc)
		rc = find_table(x, e);
	mem_free(path);
	if (rc)
		return rc;
	struct tokens empty = { 0 };
	tokenizer_encode(s->tokenizer, STR(""), NULL, MAX_TOKENS, &empty);
	s->n_special = empty.n;
	tokens_release(&empty);
	weigh(x);
	x->fingerprint = hash_bytes((struct str){ (const char *)s->table, s->n_tokens * x->width * sizeof *s->table },
				    tokenizer_fingerprint(s->tokenizer));
	return 0;
}

static void static_release(struct encoder *x)
{
	struct static_state *s = x->state;
	if (s->tokenizer)
		tokenizer_close(s->tokenizer);
	if (s->file)
		tensorfile_close(s->file);
	mem_free(s->weight);
}

struct job {
	const struct encoder *x;
	const struct texts *texts;
	float *out;
};

/* Special tokens stand at the ends: one in front, the rest behind. */
static void add_tokens(const struct encoder *x, const struct tokens *t, float *out)
{
	const struct static_state *s = x->state;
	size_t front = s->n_special ? 1 : 0, back = s->n_special - front;
	memset(out, 0, x->width * sizeof *out);
	for (size_t i = front; i + back < t->n; i++) {
		const float *v = s->table + (size_t)t->id[i] * x->width;
		for (size_t c = 0; c < x->width; c++)
			out[c] += s->weight[t->id[i]] * v[c];
	}
}

static void encode_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct job *j = context;
	const struct static_state *s = j->x->state;
	struct tokens t = { 0 };
	size_t from, to;
	block_range(j->texts->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		tokens_clear(&t);
		tokenizer_encode(s->tokenizer, j->texts->text[i], NULL, MAX_TOKENS, &t);
		add_tokens(j->x, &t, j->out + i * j->x->width);
	}
	tokens_release(&t);
}

static int static_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	(void)e;
	pool_run(pool, blocks_of(t->n, BLOCK_TEXTS), encode_block, &(struct job){ x, t, out });
	return 0;
}

const struct encoder_class encoder_static = {
	.part = {
		.name = "static",
		.summary = "the word table of a BERT-class model directory, SIF weights, principal components; no layers",
		.help =
"The sum over tokens of A / (A + p) times the token's vector, p its frequency by Zipf's\n"
"law (Arora, Liang and Ma 2017), brought down to 256 principal components of the input.\n"
"Much faster than the model itself, and less exact.\n",
		.options = static_opts, .n_options = sizeof static_opts / sizeof *static_opts,
		.options_size = sizeof(struct static_options),
	},
	.pca_width = 256,
	.state_size = sizeof(struct static_state),
	.open = static_open, .encode = static_encode, .release = static_release,
};

/* transformer.c: a BERT-class model directory as an encoder: its tokenizer (text/), its forward pass (bert.h).
 *
 * A window's texts are tokenised in blocks side by side and go to the model in one call, which packs them without
 * padding; a vector depends on its own text alone. */
#include "base/mem.h"
#include "encoder/bert.h"
#include "encoder/encoder.h"
#include "text/hashing.h"
#include "text/tokenizer.h"

enum { BLOCK_TEXTS = 64, POOLING_MODEL = 0 };

struct transformer_options {
	const char *model;
	int pooling, precision;
	size_t max_length;
};

static const struct opt transformer_opts[] = {
	{ .name = "model", .type = OPT_STRING, .offset = offsetof(struct transformer_options, model), .value = "DIR",
	  .help = "the model directory; --encoder DIR says the same" },
	{ .name = "pooling", .type = OPT_CHOICE, .offset = offsetof(struct transformer_options, pooling),
	  .choices = "model|cls|mean|max", .preset = "model", .help = "how token vectors become one; model: as its config says" },
	{ .name = "max-length", .type = OPT_SIZE, .offset = offsetof(struct transformer_options, max_length), .value = "N",
	  .preset = "0", .help = "cut texts to N tokens; 0: the model's usual length" },
	{ .name = "precision", .type = OPT_CHOICE, .offset = offsetof(struct transformer_options, precision),
	  .choices = "f32|bf16|int8", .preset = "f32", .help = "of the matrix products" },
};

struct transformer_state {
	struct bert *bert;
	struct tokenizer *tokenizer;
	enum bert_pooling pooling;
	size_t max_length;
};

static int settle_length(struct transformer_state *s, size_t wanted, struct err *e)
{
	const struct bert_info *info = bert_info(s->bert);
	s->max_length = wanted ? wanted : info->max_tokens;
	if (!wanted && s->max_length < 3)
		return err_data(e, "a length of %zu tokens, as the model's files say, leaves no room for text", s->max_length);
	if (s->max_length < 3 || s->max_length > info->n_positions)
		return err_usage(e, "--max-length %zu: this model takes 3 to %zu tokens", s->max_length, info->n_positions);
	return 0;
}

/* Of all that decides a vector: weights, tokenizer, pooling, length. */
static uint64_t fingerprint_of(const struct transformer_state *s)
{
	const uint64_t parts[] = { bert_fingerprint(s->bert), tokenizer_fingerprint(s->tokenizer), s->pooling, s->max_length };
	return hash_bytes((struct str){ (const char *)parts, sizeof parts }, 0);
}

static int transformer_open(struct encoder *x, struct err *e)
{
	const struct transformer_options *o = x->options;
	struct transformer_state *s = x->state;
	const char *dir = x->model ? x->model : o->model;
	if (!dir)
		return err_usage(e, "--encoder bert needs --model DIR");
	int rc = bert_open(&s->bert, dir, (enum bert_precision)o->precision, NULL, e);
	if (!rc)
		rc = tokenizer_open(&s->tokenizer, dir, e);
	if (rc)
		return rc;
	const struct bert_info *info = bert_info(s->bert);
	if (tokenizer_size(s->tokenizer) > info->vocab_size)
		return err_data(e, "%s: the tokenizer has %zu tokens, the weights have %zu", dir,
				tokenizer_size(s->tokenizer), info->vocab_size);
	s->pooling = o->pooling == POOLING_MODEL ? info->pooling : (enum bert_pooling)(o->pooling - 1);
	x->width = info->width;
	rc = settle_length(s, o->max_length, e);
	x->fingerprint = fingerprint_of(s);
	return rc;
}

static void transformer_release(struct encoder *x)
{
	struct transformer_state *s = x->state;
	if (s->bert)
		bert_close(s->bert);
	if (s->tokenizer)
		tokenizer_close(s->tokenizer);
}

struct tokenising {
	const struct transformer_state *s;
	const struct texts *texts;
	struct tokens *block; /* [n_blocks] */
	size_t *length;       /* [texts->n] */
};

static void tokenise_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tokenising *k = context;
	struct tokens *t = &k->block[block];
	size_t from, to;
	block_range(k->texts->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		size_t before = t->n;
		tokenizer_encode(k->s->tokenizer, k->texts->text[i], NULL, k->s->max_length, t);
		k->length[i] = t->n - before;
	}
}

/* All ids one behind the other; start has n + 1 entries. Owner: caller. */
static uint32_t *tokenise(const struct transformer_state *s, const struct texts *t, size_t *start, struct pool *pool)
{
	size_t n_blocks = blocks_of(t->n, BLOCK_TEXTS), n = 0;
	struct tokenising k = { s, t, MEM_ZNEW(n_blocks, struct tokens), start + 1 };
	pool_run(pool, n_blocks, tokenise_block, &k);
	start[0] = 0;
	for (size_t i = 0; i < t->n; i++)
		start[i + 1] += start[i];
	uint32_t *ids = MEM_NEW(start[t->n], uint32_t);
	for (size_t b = 0; b < n_blocks; b++) {
		for (size_t i = 0; i < k.block[b].n; i++)
			ids[n++] = k.block[b].id[i];
		tokens_release(&k.block[b]);
	}
	mem_free(k.block);
	return ids;
}

static int transformer_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	const struct transformer_state *s = x->state;
	size_t *start = MEM_NEW(t->n + 1, size_t);
	uint32_t *ids = tokenise(s, t, start, pool);
	int rc = bert_encode(s->bert, ids, start, t->n, s->pooling, false, out, pool, e);
	mem_free(ids);
	mem_free(start);
	return rc;
}

static void transformer_inspect(const struct encoder *x, struct buf *out)
{
	static const char *const pooling[] = { "cls", "mean", "max" };
	const struct transformer_state *s = x->state;
	const struct bert_info *i = bert_info(s->bert);
	buf_printf(out, "family       %s\n", i->family);
	buf_printf(out, "layers       %zu, width %zu, heads %zu, inner %zu, %s\n", i->n_layers, i->width, i->n_heads,
		   i->ffn_width, i->act);
	buf_printf(out, "parameters   %zu, stored as %s\n", i->n_parameters, i->dtype);
	buf_printf(out, "tokenizer    %s, %zu tokens (%zu in the weights)\n", tokenizer_family(s->tokenizer),
		   tokenizer_size(s->tokenizer), i->vocab_size);
	buf_printf(out, "length       %zu tokens, at most %zu\n", s->max_length, i->n_positions);
	buf_printf(out, "pooling      %s%s\n", pooling[s->pooling], i->normalize ? ", normalised" : "");
	buf_printf(out, "fingerprint  %016llx\n", (unsigned long long)x->fingerprint);
}

const struct encoder_class encoder_transformer = {
	.part = {
		.name = "bert",
		.summary = "a BERT-class model directory, as published for Transformers or sentence-transformers",
		.help =
"Runs config.json, model.safetensors and tokenizer.json (or vocab.txt) of BERT,\n"
"DistilBERT and RoBERTa-style models. Pooling and length come from 1_Pooling and\n"
"sentence_bert_config.json where they are. --norm alone decides the length of vectors.\n"
"encode --inspect DIR tells what a directory holds.\n",
		.options = transformer_opts, .n_options = sizeof transformer_opts / sizeof *transformer_opts,
		.options_size = sizeof(struct transformer_options),
	},
	.runs_directories = true,
	.state_size = sizeof(struct transformer_state),
	.open = transformer_open, .encode = transformer_encode, .inspect = transformer_inspect,
	.release = transformer_release,
};

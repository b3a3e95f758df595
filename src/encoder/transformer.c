/* transformer.c: a BERT-class model directory as an encoder: its tokenizer (text/), its forward pass (bert.h).
 *
 * A window's texts are tokenised in blocks side by side and go to the model in one call, which packs them without
 * padding; a vector depends on its own text alone. */
#include "base/mem.h"
#include "encoder/bert.h"
#include "encoder/encoder.h"
#include "encoder/tokenise.h"
#include "text/hashing.h"

enum { POOLING_MODEL = 0 };

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
	uint64_t weights; /* their fingerprint */
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
	const uint64_t parts[] = { s->weights, tokenizer_fingerprint(s->tokenizer), s->pooling, s->max_length };
	return hash_bytes((struct str){ (const char *)parts, sizeof parts }, 0);
}

/* Tokenizer and weights take about as long, so they are opened side by side. */
struct opening {
	struct encoder *x;
	const char *dir;
	struct err error[2];
	int rc[2];
};

static void open_part(void *context, size_t part, size_t worker)
{
	(void)worker;
	struct opening *o = context;
	const struct transformer_options *options = o->x->options;
	struct transformer_state *s = o->x->state;
	if (part == 0) {
		o->rc[0] = tokenizer_open(&s->tokenizer, o->dir, &o->error[0]);
		return;
	}
	o->rc[1] = bert_open(&s->bert, o->dir, (enum bert_precision)options->precision, NULL, &o->error[1]);
	if (!o->rc[1])
		s->weights = bert_fingerprint(s->bert);
}

static int open_parts(struct encoder *x, const char *dir, struct err *e)
{
	struct opening o = { .x = x, .dir = dir };
	pool_run(x->pool, 2, open_part, &o);
	size_t worse = o.rc[1] != 0;
	*e = o.error[worse];
	return o.rc[worse];
}

static int transformer_open(struct encoder *x, struct err *e)
{
	const struct transformer_options *o = x->options;
	struct transformer_state *s = x->state;
	const char *dir = x->model ? x->model : o->model;
	if (!dir)
		return err_usage(e, "--encoder bert needs --model DIR");
	int rc = open_parts(x, dir, e);
	if (!rc)
		rc = tokenizer_fits(s->tokenizer, bert_info(s->bert)->vocab_size, dir, e);
	if (rc)
		return rc;
	const struct bert_info *info = bert_info(s->bert);
	s->pooling = o->pooling == POOLING_MODEL ? info->pooling : (enum bert_pooling)(o->pooling - 1);
	x->width = info->width;
	rc = settle_length(s, o->max_length, e);
	if (!rc)
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

static int transformer_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	const struct transformer_state *s = x->state;
	size_t *start = MEM_NEW(t->n + 1, size_t);
	uint32_t *ids = tokenise(s->tokenizer, t, s->max_length, start, pool);
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

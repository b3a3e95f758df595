/* mlm.c: masked-language learning on texts: the class, its options, and the model directory it begins and ends with. */
#include "model/mlm.h"
#include "base/mem.h"
#include "data/textrows.h"
#include "encoder/bert_params.h"
#include "encoder/bert_tensors.h"
#include "io/folder.h"
#include "model/params.h"
#include "text/tokenizer.h"
#include "text/wordpiece_train.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct mlm_options, member)
static const struct opt options[] = {
	{ .name = "encoder", .type = OPT_STRING, .offset = AT(encoder), .value = "DIR", .file = OPT_GOES_ON, .local = true,
	  .help = "go on from this model directory (bert or distilbert), with its vocabulary; default: begin anew" },
	{ .name = "text", .type = OPT_STRING, .offset = AT(text), .value = "COLUMNS", .preset = "text",
	  .help = "columns to learn from, joined by a space, as title,description" },
	{ .name = "template", .type = OPT_STRING, .offset = AT(template), .value = "TEXT",
	  .help = "text of a row instead, with {column} in it" },
	{ .name = "vocab-size", .type = OPT_SIZE, .offset = AT(vocab_size), .value = "N", .preset = "8000", .min = 64,
	  .max = 1000000, .when = "encoder=", .help = "word pieces, of which characters take up to half" },
	{ .name = "min-frequency", .type = OPT_SIZE, .offset = AT(min_frequency), .value = "N", .preset = "2", .min = 1,
	  .max = 1000000000, .when = "encoder=", .help = "how often a pair of pieces must occur to become a piece" },
	{ .name = "cased", .type = OPT_FLAG, .offset = AT(cased), .when = "encoder=", .help = "upper case and accents count" },
	{ .name = "width", .type = OPT_SIZE, .offset = AT(width), .value = "N", .preset = "128", .min = 4, .max = 4096,
	  .when = "encoder=", .help = "values of a vector" },
	{ .name = "layers", .type = OPT_SIZE, .offset = AT(layers), .value = "N", .preset = "2", .min = 1, .max = 64,
	  .when = "encoder=", .help = "transformer layers" },
	{ .name = "heads", .type = OPT_SIZE, .offset = AT(heads), .value = "N", .preset = "4", .min = 1, .max = 64,
	  .when = "encoder=", .help = "attention heads, a divisor of --width" },
	{ .name = "inner", .type = OPT_SIZE, .offset = AT(inner), .value = "N", .preset = "0", .max = 16384,
	  .when = "encoder=", .help = "width of the middle of a layer; 0: four times --width" },
	{ .name = "max-length", .type = OPT_SIZE, .offset = AT(length), .value = "N", .preset = "128", .min = 8, .max = 4096,
	  .help = "longest text in tokens; longer ones are learned from in parts" },
	{ .name = "mask", .type = OPT_REAL, .offset = AT(mask), .value = "X", .preset = "0.2", .min = 0, .max = 0.9,
	  .above_min = true, .search = { 0.1, 0.4, false }, .help = "share of the tokens to guess" },
	{ .name = "whole-words", .type = OPT_FLAG, .offset = AT(whole_words), .help = "mask all pieces of a word together" },
	LEARNING_EPOCHS(AT(learning), "texts; 0: the start values as they are", 0, .preset = "10", .search = { 5, 20, true }),
	{ .name = "batch-tokens", .type = OPT_SIZE, .offset = AT(batch), .value = "N", .preset = "512", .min = 16, .max = 1000000,
	  .search = { 256, 4096, true },
	  .help = "tokens a step, about" },
	LEARNING_RATE(AT(learning), "; 0: 0.001 anew, 0.00005 from an encoder", .preset = "0", .search = { 0.00001, 0.002, true }),
	LEARNING_DECAY(AT(learning), "matrices", .preset = "0.01", .search = { 0.0001, 0.1, true }),
	LEARNING_STEPS(AT(learning), "linear", "0.05", "1"),
	{ .name = "dropout", .type = OPT_REAL, .offset = AT(dropout), .value = "X", .preset = "0", .max = 0.9,
	  .search = { 0, 0.2, false }, .help = "probability of dropout" },
};

static int configure(struct model *m, struct err *e)
{
	const struct mlm_options *o = m->options;
	if (!o->encoder && o->width % o->heads)
		return err_usage(e, "--width %zu is not a multiple of --heads %zu", o->width, o->heads);
	return 0;
}

/* ---- parameters ---- */

static const struct mlm_state *state_of(const struct model *m)
{
	return m->state;
}

static size_t n_layers(const struct model *m)
{
	return state_of(m)->shape.L;
}

/* BERT's at its own width. */
static double spread(const struct model *m)
{
	return 0.02 * sqrt(768 / (double)state_of(m)->shape.d);
}

#define NET_WIDTH(name, array)                                              \
	static size_t name(const struct model *m)                           \
	{                                                                   \
		return bert_array_width(&state_of(m)->shape, array);        \
	}
NET_WIDTH(words, BERT_WORDS)
NET_WIDTH(positions, BERT_POSITIONS)
NET_WIDTH(types, BERT_TYPES)
NET_WIDTH(norm, BERT_NORM)
NET_WIDTH(qkv, BERT_QKV)
NET_WIDTH(qkv_bias, BERT_QKV_BIAS)
NET_WIDTH(square, BERT_OUT)
NET_WIDTH(width, BERT_OUT_BIAS)
NET_WIDTH(updown, BERT_UP)
NET_WIDTH(inner, BERT_UP_BIAS)

static size_t n_words(const struct model *m)
{
	return state_of(m)->shape.V;
}

#define NET(array) offsetof(struct mlm_state, w.net) + (array) * sizeof(float *)
#define HEAD(array) offsetof(struct mlm_state, w.head) + (array) * sizeof(float *)
static const struct param params[] = {
	{ "mlm.words", DT_F32, NET(BERT_WORDS), PARAM_ONE, words, spread },
	{ "mlm.positions", DT_F32, NET(BERT_POSITIONS), PARAM_ONE, positions, spread },
	{ "mlm.types", DT_F32, NET(BERT_TYPES), PARAM_ONE, types, spread },
	{ "mlm.norm", DT_F32, NET(BERT_NORM), PARAM_ONE, norm, NULL },
	{ "mlm.qkv", DT_F32, NET(BERT_QKV), PARAM_LAYERS, qkv, spread },
	{ "mlm.qkv_bias", DT_F32, NET(BERT_QKV_BIAS), PARAM_LAYERS, qkv_bias, NULL },
	{ "mlm.out", DT_F32, NET(BERT_OUT), PARAM_LAYERS, square, spread },
	{ "mlm.out_bias", DT_F32, NET(BERT_OUT_BIAS), PARAM_LAYERS, width, NULL },
	{ "mlm.norm1", DT_F32, NET(BERT_NORM1), PARAM_LAYERS, norm, NULL },
	{ "mlm.up", DT_F32, NET(BERT_UP), PARAM_LAYERS, updown, spread },
	{ "mlm.up_bias", DT_F32, NET(BERT_UP_BIAS), PARAM_LAYERS, inner, NULL },
	{ "mlm.down", DT_F32, NET(BERT_DOWN), PARAM_LAYERS, updown, spread },
	{ "mlm.down_bias", DT_F32, NET(BERT_DOWN_BIAS), PARAM_LAYERS, width, NULL },
	{ "mlm.norm2", DT_F32, NET(BERT_NORM2), PARAM_LAYERS, norm, NULL },
	{ "mlm.dense", DT_F32, HEAD(MLM_DENSE), PARAM_ONE, square, spread },
	{ "mlm.dense_bias", DT_F32, HEAD(MLM_DENSE_BIAS), PARAM_ONE, width, NULL },
	{ "mlm.head_norm", DT_F32, HEAD(MLM_NORM), PARAM_ONE, norm, NULL },
	{ "mlm.bias", DT_F32, HEAD(MLM_BIAS), PARAM_ONE, n_words, NULL },
};

/* Norms begin as the identity. */
static void set_gains(size_t n, size_t d, float *norms)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d; k++)
			norms[2 * i * d + k] = 1;
}

static void start_values(struct model *m)
{
	struct mlm_state *s = m->state;
	s->shape = bert_shape_of(&s->config);
	params_release(m);
	params_alloc(m);
	set_gains(1, s->shape.d, s->w.net[BERT_NORM]);
	set_gains(s->shape.L, s->shape.d, s->w.net[BERT_NORM1]);
	set_gains(s->shape.L, s->shape.d, s->w.net[BERT_NORM2]);
	set_gains(1, s->shape.d, s->w.head[MLM_NORM]);
}

/* ---- a new model directory ---- */

static int new_vocabulary(const struct mlm_options *o, const struct textlist *texts, struct pool *pool,
			  struct wordlist *pieces, struct err *e)
{
	struct wordlist words = { 0 };
	struct word_counter c;
	struct str *text = MEM_NEW(texts->n, struct str);
	for (size_t i = 0; i < texts->n; i++)
		text[i] = textlist_at(texts, i);
	word_counter_init(&c, WORDPIECE_MAX_CHARS, pool);
	c.normalizer.clean_text = c.normalizer.split_ideographs = true;
	c.normalizer.strip_accents = c.normalizer.lower_case = !o->cased;
	word_counter_add(&c, text, texts->n);
	word_counter_take(&c, &words);
	struct wordpiece_plan plan = { o->vocab_size, o->min_frequency, o->vocab_size / 4 };
	int rc = wordpiece_train(&words, &plan, pieces, e);
	word_counter_release(&c);
	wordlist_release(&words);
	mem_free(text);
	return rc;
}

static void put_config(const struct mlm_options *o, size_t n_pieces, struct buf *out)
{
	buf_printf(out, "{\n  \"architectures\": [\"BertForMaskedLM\"],\n  \"model_type\": \"bert\",\n  \"vocab_size\": %zu,\n"
		   "  \"hidden_size\": %zu,\n  \"num_hidden_layers\": %zu,\n  \"num_attention_heads\": %zu,\n"
		   "  \"intermediate_size\": %zu,\n  \"hidden_act\": \"gelu\",\n  \"hidden_dropout_prob\": %g,\n"
		   "  \"attention_probs_dropout_prob\": %g,\n  \"max_position_embeddings\": %zu,\n"
		   "  \"type_vocab_size\": 2,\n  \"layer_norm_eps\": 1e-12,\n  \"pad_token_id\": 0\n}\n",
		   n_pieces, o->width, o->layers, o->heads, o->inner ? o->inner : 4 * o->width, o->dropout, o->dropout,
		   o->length);
}

static void put_tokenizer_config(const struct mlm_options *o, struct buf *out)
{
	buf_printf(out, "{\n  \"tokenizer_class\": \"BertTokenizer\",\n  \"do_lower_case\": %s,\n"
		   "  \"tokenize_chinese_chars\": true,\n  \"strip_accents\": null,\n  \"model_max_length\": %zu,\n"
		   "  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n  \"cls_token\": \"[CLS]\",\n"
		   "  \"sep_token\": \"[SEP]\",\n  \"mask_token\": \"[MASK]\"\n}\n", o->cased ? "false" : "true", o->length);
}

static void put(struct folder *f, const char *name, struct buf *text)
{
	folder_put(f, name, buf_str(text));
	buf_clear(text);
}

static int new_files(const struct mlm_options *o, const struct textlist *texts, struct pool *pool, struct folder **out,
		     struct err *e)
{
	struct wordlist pieces = { 0 };
	struct buf text = BUF_INIT;
	int rc = new_vocabulary(o, texts, pool, &pieces, e);
	if (!rc) {
		*out = folder_new("new model");
		put_config(o, pieces.n, &text);
		put(*out, "config.json", &text);
		wordpiece_tokenizer_json(&pieces, !o->cased, &text);
		put(*out, "tokenizer.json", &text);
		wordpiece_vocab_txt(&pieces, &text);
		put(*out, "vocab.txt", &text);
		put_tokenizer_config(o, &text);
		put(*out, "tokenizer_config.json", &text);
	}
	wordlist_release(&pieces);
	buf_release(&text);
	return rc;
}

/* ---- a published one ---- */

static int read_files(const char *dir, struct folder **out, struct err *e)
{
	size_t n = n_bert_config_files + n_tokenizer_files;
	const char **name = MEM_NEW(n, const char *);
	for (size_t i = 0; i < n; i++)
		name[i] = i < n_bert_config_files ? bert_config_files[i] : tokenizer_files[i - n_bert_config_files];
	int rc = folder_read(out, dir, name, n, e);
	mem_free(name);
	return rc;
}

/* What the parts of the head are called in files. */
struct head_names {
	const char *family, *prefix, *dense, *norm, *bias; /* bias: what stands before ".bias" */
};
static const struct head_names head_names[] = {
	{ "bert", "bert.", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions" },
	{ "distilbert", "distilbert.", "vocab_transform", "vocab_layer_norm", "vocab_projector" },
};

static const struct head_names *names_of(const struct bert_config *c)
{
	return &head_names[c->distil];
}

/* The head, where the file has one; otherwise it begins anew. */
static int read_head(struct mlm_state *s, const char *dir, struct err *e)
{
	const struct head_names *names = names_of(&s->config);
	struct bert_tensors t;
	const struct tensor *dense;
	size_t d = s->shape.d;
	int rc = bert_tensors_open(&t, &s->config, dir, e);
	if (!rc) {
		char *name = mem_printf("%s.weight", names->dense);
		bool there = tensorfile_find(t.file, name);
		mem_free(name);
		if (!there) {
			bert_tensors_close(&t);
			return 0;
		}
		t.prefix = "";
		rc = bert_tensors_matrix(&t, names->dense, d, d, &dense, e);
	}
	for (size_t i = 0; !rc && i < d; i++)
		bert_tensor_row(dense, i, s->w.head[MLM_DENSE] + i * d);
	if (!rc)
		rc = bert_tensors_bias(&t, names->dense, d, s->w.head[MLM_DENSE_BIAS], e);
	if (!rc)
		rc = bert_tensors_norm(&t, names->norm, s->w.head[MLM_NORM], s->w.head[MLM_NORM] + d, e);
	if (!rc)
		rc = bert_tensors_bias(&t, names->bias, s->shape.V, s->w.head[MLM_BIAS], e);
	bert_tensors_close(&t);
	return rc;
}

static int read_weights(struct model *m, const char *dir, struct err *e)
{
	struct mlm_state *s = m->state;
	if (strcmp(s->config.info.family, names_of(&s->config)->family))
		return err_data(e, "%s: mlm goes on from models of the families bert and distilbert, not %s", dir,
				s->config.info.family);
	int rc = bert_params_read(&s->config, dir, s->w.net, e);
	if (!rc)
		rc = read_head(s, dir, e);
	if (!rc && !params_finite(m))
		rc = err_data(e, "%s: the head holds what is not a finite number", dir);
	return rc;
}

/* ---- begin and end ---- */

int mlm_start(struct model *m, const struct textlist *texts, struct pool *pool, struct err *e)
{
	const struct mlm_options *o = m->options;
	struct mlm_state *s = m->state;
	mlm_release(m);
	int rc = o->encoder ? read_files(o->encoder, &s->files, e) : new_files(o, texts, pool, &s->files, e);
	if (!rc)
		rc = bert_config_read(&s->config, s->files, e);
	if (!rc)
		rc = tokenizer_open_folder(&s->tokenizer, s->files, e);
	if (!rc && tokenizer_size(s->tokenizer) > s->config.info.vocab_size)
		rc = err_data(e, "%s: the tokenizer has %zu tokens, config.json says %zu", folder_name(s->files),
			      tokenizer_size(s->tokenizer), s->config.info.vocab_size);
	if (rc)
		return rc;
	start_values(m);
	if (o->encoder)
		return read_weights(m, o->encoder, e);
	mlm_look_around(&s->shape, spread(m), m->seed, s->w.net);
	return 0;
}

static int export(const struct model *m, const char *dir, struct err *e)
{
	const struct mlm_state *s = m->state;
	const struct head_names *names = names_of(&s->config);
	size_t d = s->shape.d;
	const struct {
		const char *base, *kind;
		size_t rows, columns;
		const float *x;
	} part[] = {
		{ names->dense, "weight", d, d, s->w.head[MLM_DENSE] }, { names->dense, "bias", d, 0, s->w.head[MLM_DENSE_BIAS] },
		{ names->norm, "weight", d, 0, s->w.head[MLM_NORM] },   { names->norm, "bias", d, 0, s->w.head[MLM_NORM] + d },
		{ names->bias, "bias", s->shape.V, 0, s->w.head[MLM_BIAS] },
	};
	enum { PARTS = sizeof part / sizeof *part };
	struct tensor t[PARTS];
	char *name[PARTS];
	for (size_t i = 0; i < PARTS; i++) {
		name[i] = mem_printf("%s.%s", part[i].base, part[i].kind);
		t[i] = (struct tensor){ .name = name[i], .dtype = DT_F32, .n_dims = part[i].columns ? 2 : 1,
					.dim = { part[i].rows, part[i].columns }, .data = part[i].x };
	}
	struct bert_beside beside = { names->prefix, t, PARTS };
	int rc = bert_params_export(&s->config, s->w.net, &beside, s->files, dir, e);
	for (size_t i = 0; i < PARTS; i++)
		mem_free(name[i]);
	return rc;
}

void mlm_release(struct model *m)
{
	struct mlm_state *s = m->state;
	folder_free(s->files);
	tokenizer_close(s->tokenizer);
	s->files = NULL;
	s->tokenizer = NULL;
}

/* Texts are events of nobody with nothing. */
static int read_texts(const struct model *m, struct events *ev, const char *path, struct err *e)
{
	const struct mlm_options *o = m->options;
	struct textrows_spec spec = { .columns = o->text, .template = o->template, .no_id = true };
	struct textrows *t = NULL;
	struct textrows_window w;
	int rc = textrows_open(&t, path, &spec, e);
	if (rc)
		return rc;
	textrows_window_init(&w);
	while (!(rc = textrows_fill(t, &w, e)) && w.n)
		for (size_t i = 0; i < w.n; i++)
			textlist_add(&ev->text, w.text[i]);
	textrows_window_release(&w);
	textrows_close(t);
	ev->n = ev->text.n;
	ev->user = MEM_NEW(ev->n, uint32_t);
	ev->item = MEM_NEW(ev->n, uint32_t);
	ev->rating = MEM_NEW(ev->n, float);
	for (size_t i = 0; i < ev->n; i++) {
		ev->user[i] = ev->item[i] = IDMAP_NONE;
		ev->rating[i] = 1;
	}
	return rc;
}

static const struct learner *learner_of(const struct model *m)
{
	(void)m;
	return &mlm_learner;
}

static size_t max_epochs(const struct model *m)
{
	return ((const struct mlm_options *)m->options)->learning.epochs;
}

const struct model_class model_mlm = {
	.part = {
		.name = "mlm",
		.summary = "a text encoder of your own: masked-language learning on a text column (BERT)",
		.help =
			"Learns to guess words that are masked in texts, and so what words mean here (Devlin et al., \"BERT\",\n"
			"NAACL 2019). Needs no users, items or ratings. -o DIR is an encoder directory: for encode --encoder DIR,\n"
			"for train --model bert --encoder DIR, and for Transformers (BertForMaskedLM).\n"
			"\n"
			"    h   = BERT(x),   x: the text with --mask of its tokens as [MASK] (8 of 10), random (1), themselves (1)\n"
			"    s_v = e_v . norm(gelu(W h_t + b)) + c_v      score of word v at a masked place t, e: word embeddings\n"
			"    loss = mean over masked places of -log softmax(s)_word;   perplexity = e^loss\n"
			"\n"
			"Without --encoder everything begins anew: a WordPiece vocabulary from the texts, then a small BERT, about\n"
			"half a minute of two cores an epoch for 5 MB of text. With --encoder DIR a published model goes on\n"
			"learning, with its own vocabulary, on what your shop writes about (Gururangan et al., \"Don't stop\n"
			"pretraining\", ACL 2020).\n"
			"Masks differ in each epoch; with --valid or --holdout the perplexity on texts held out is told after each.\n"
			"AdamW (Loshchilov and Hutter 2019).\n"
			"\n"
			"Use it where there is much text and no published model for its language or trade; going on from a\n"
			"published model is better wherever there is one.\n",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct mlm_options),
	},
	.flags = MODEL_ENCODER,
	.state_size = sizeof(struct mlm_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.n_layers = n_layers,
	.configure = configure,
	.read = read_texts,
	.learner = learner_of,
	.max_epochs = max_epochs,
	.export = export,
	.release = mlm_release,
};

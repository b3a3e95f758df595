/* bert.c: model bert as a class: options, parameters, storage, prediction. Of the files of model bert none calls it. */
#include "model/bert.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/folder.h"
#include "model/params.h"

#include <math.h>
#include <string.h>

enum { USUAL_LENGTH = 128, LEAST_LENGTH = 3 };

#define AT(member) offsetof(struct bert_options, member)
static const struct opt options[] = {
	{ .name = "encoder", .type = OPT_STRING, .offset = AT(encoder), .value = "DIR", .file = OPT_READS, .local = true,
	  .help = "the model directory to begin with, as published for Transformers or sentence-transformers" },
	{ .name = "item-texts", .type = OPT_STRING, .offset = AT(item_texts), .value = "FILE", .file = OPT_READS,
	  .local = true,
	  .help = "CSV with a column item; the other columns, joined, are the item's text" },
	{ .name = "user-texts", .type = OPT_STRING, .offset = AT(user_texts), .value = "FILE", .file = OPT_READS,
	  .local = true,
	  .help = "CSV with a column user; the other columns, joined, are the user's text" },
	{ .name = "fgm", .type = OPT_REAL, .offset = AT(fgm), .value = "X", .preset = "0", .max = 1000,
	  .help = "learn from each text a second time, with its word embeddings shifted by X where that hurts most; 0: no" },
	{ .name = "drop-words", .type = OPT_REAL, .offset = AT(drop_words), .value = "P", .preset = "0", .max = 0.9,
	  .help = "texts learned from lose each word with probability P, anew in each epoch" },
	{ .name = "swap-words", .type = OPT_REAL, .offset = AT(swap_words), .value = "X", .preset = "0", .max = 10,
	  .help = "in texts learned from X times as many pairs of words as there are words change places" },
	{ .name = "synonyms", .type = OPT_STRING, .offset = AT(synonyms), .value = "FILE", .file = OPT_READS,
	  .local = true,
	  .help = "CSV word,synonym: in texts learned from words become one of theirs" },
	{ .name = "synonym-share", .type = OPT_REAL, .offset = AT(synonym_share), .value = "P", .preset = "0.1", .max = 1,
	  .when = "synonyms!=", .help = "probability with which a word that has synonyms becomes one" },
	{ .name = "task", .type = OPT_CHOICE, .offset = AT(task), .preset = "rating", .choices = "rating|classes|like",
	  .help = "what the text is to tell: the rating (squared error), which of the rating levels (cross-entropy), or "
		  "whether it is a like (binary cross-entropy)" },
	{ .name = "like", .type = OPT_STRING, .offset = AT(like), .value = "RATING", .preset = "auto",
	  .when = "task=like", .help = "a rating of at least this is a like; auto: the lowest level above the middle of the scale" },
	{ .name = "biases", .type = OPT_FLAG, .offset = AT(biases),
	  .help = "predict regularised user and item means plus what the text adds; task rating only" },
	{ .name = "learn", .type = OPT_CHOICE, .offset = AT(learn), .preset = "full", .choices = "full|last|lora|frozen",
	  .help = "what learns beside the head: all of the encoder, its last --layers, low-rank adapters, or nothing" },
	{ .name = "layers", .type = OPT_SIZE, .offset = AT(layers), .value = "N", .preset = "2", .min = 1, .max = 1000,
	  .when = "learn=last", .help = "layers that learn, counted from the last" },
	{ .name = "lora-rank", .type = OPT_SIZE, .offset = AT(lora_rank), .value = "R", .preset = "8", .min = 1, .max = 1024,
	  .search = { 4, 32, true }, .when = "learn=lora", .help = "rank of the adapters" },
	{ .name = "lora-alpha", .type = OPT_REAL, .offset = AT(lora_alpha), .value = "X", .preset = "16", .min = 0, .max = 1e6,
	  .above_min = true, .when = "learn=lora", .help = "adapters count alpha / rank times" },
	{ .name = "lora-inner", .type = OPT_FLAG, .offset = AT(lora_inner),
	  .when = "learn=lora", .help = "adapters on the feed-forward matrices too, not only on those of attention" },
	{ .name = "pooling", .type = OPT_CHOICE, .offset = AT(pooling), .preset = "model", .choices = "model|cls|mean|max",
	  .help = "how token vectors become one; model: as its files say" },
	{ .name = "max-length", .type = OPT_SIZE, .offset = AT(max_length), .value = "N", .preset = "0", .max = 1000000,
	  .help = "cut texts to N tokens; 0: the encoder's usual length, 128 at most" },
	LEARNING_EPOCHS(AT(learning), "events", 1, .preset = "3"),
	{ .name = "batch-tokens", .type = OPT_SIZE, .offset = AT(batch_tokens), .value = "N", .preset = "2048", .min = 16,
	  .max = 1000000, .search = { 1024, 8192, true },
	  .help = "tokens that go through the network together; memory grows with them" },
	LEARNING_ACCUMULATE(AT(learning)),
	LEARNING_RATE(AT(learning), " of weights that the encoder brought", .preset = "5e-05", .above_min = true,
		      .search = { 1e-5, 1e-4, true }, .when = "learn=full|last"),
	{ .name = "head-rate", .type = OPT_REAL, .offset = AT(head_rate), .value = "X", .preset = "0.001", .min = 0, .max = 10,
	  .above_min = true, .search = { 3e-4, 5e-3, true },
	  .help = "learning rate of the head and of adapters, which begin from nothing" },
	LEARNING_DECAY(AT(learning), "matrices and embeddings", .preset = "0.01"),
	LEARNING_STEPS(AT(learning), "linear", "0.1", "1"),
	{ .name = "dropout", .type = OPT_REAL, .offset = AT(dropout), .value = "P", .preset = "0.1", .min = 0, .max = 0.95,
	  .search = { 0, 0.3, false }, .help = "of embeddings, attention, layers and the pooled vector, in what learns" },
	LEARNING_UPDATE_EPOCHS(AT(learning), .preset = "1"),
};

/* ---- what the options ask for ---- */

static int check_options(const struct model *m, struct err *e)
{
	const struct bert_options *o = m->options;
	struct augment a = bert_augment(m);
	double like;
	if (o->learn == BERT_FROZEN && augment_alters(&a))
		return err_usage(e, "texts cannot be altered for --learn frozen, which computes their vectors once");
	if (o->fgm > 0 && o->learn != BERT_FULL && o->learn != BERT_LORA)
		return err_usage(e, "--fgm needs all layers to learn: --learn full or lora");
	if (o->biases && o->task != BERT_RATING)
		return err_usage(e, "--biases is for --task rating");
	if (strcmp(o->like, "auto") != 0 && !num_parse_f64(str_of(o->like), &like))
		return err_usage(e, "--like takes a number or auto, not \"%s\"", o->like);
	return 0;
}

/* The parts of the shape that options decide, once there is an encoder. */
static int settle_shape(struct model *m, struct err *e)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	const struct bert_info *info = &s->config.info;
	size_t usual = info->max_tokens < USUAL_LENGTH ? info->max_tokens : USUAL_LENGTH;
	s->shape.rank = o->learn == BERT_LORA ? o->lora_rank : 0;
	s->shape.inner_rank = o->lora_inner ? s->shape.rank : 0;
	s->shape.lora_scale = o->lora_alpha / (double)o->lora_rank;
	s->max_length = o->max_length ? o->max_length : usual;
	if (s->max_length < LEAST_LENGTH || s->max_length > info->n_positions)
		return err_usage(e, "--max-length %zu: this encoder takes %d to %zu tokens", s->max_length, LEAST_LENGTH,
				 info->n_positions);
	return 0;
}

static int count_outputs(struct model *m, struct err *e)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	struct levels l;
	s->n_outputs = 1;
	if (o->task != BERT_CLASSES)
		return 0;
	bert_levels(m, &l);
	if (l.too_many || l.n < 2 || l.n > BERT_MAX_LEVELS)
		return err_data(e, "--task classes needs 2 to %d rating levels, and the events have %s%zu", BERT_MAX_LEVELS,
				l.too_many ? "more than " : "", l.n);
	s->n_outputs = l.n;
	return 0;
}

static int configure(struct model *m, struct err *e)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	int rc = check_options(m, e);
	m->flags = m->class->flags & ~(unsigned)(o->task == BERT_LIKE ? MODEL_RATES : MODEL_LIKES);
	if (rc || !s->shape.d)
		return rc;
	rc = settle_shape(m, e);
	return rc || s->n_outputs ? rc : count_outputs(m, e);
}

/* ---- parameters ---- */

static size_t n_layers(const struct model *m)
{
	return ((const struct bert_state *)m->state)->shape.L;
}

#define WIDTH_OF(name, array)                                                                \
	static size_t name(const struct model *m)                                            \
	{                                                                                    \
		return bert_array_width(&((const struct bert_state *)m->state)->shape, array);   \
	}
WIDTH_OF(words, BERT_WORDS)
WIDTH_OF(positions, BERT_POSITIONS)
WIDTH_OF(types, BERT_TYPES)
WIDTH_OF(norm, BERT_NORM)
WIDTH_OF(qkv, BERT_QKV)
WIDTH_OF(qkv_bias, BERT_QKV_BIAS)
WIDTH_OF(square, BERT_OUT)
WIDTH_OF(width, BERT_OUT_BIAS)
WIDTH_OF(updown, BERT_UP)
WIDTH_OF(inner, BERT_UP_BIAS)
WIDTH_OF(qkv_a, BERT_QKV_A)
WIDTH_OF(qkv_b, BERT_QKV_B)
WIDTH_OF(out_a, BERT_OUT_A)
WIDTH_OF(out_b, BERT_OUT_B)
WIDTH_OF(up_a, BERT_UP_A)
WIDTH_OF(up_b, BERT_UP_B)
WIDTH_OF(down_a, BERT_DOWN_A)
WIDTH_OF(down_b, BERT_DOWN_B)

static size_t outputs(const struct model *m)
{
	return ((const struct bert_state *)m->state)->n_outputs;
}

static size_t head(const struct model *m)
{
	return outputs(m) * width(m);
}

static size_t levels(const struct model *m)
{
	return ((const struct bert_options *)m->options)->task == BERT_CLASSES ? outputs(m) : 0;
}

static size_t biased(const struct model *m)
{
	return ((const struct bert_options *)m->options)->biases;
}

static double head_spread(const struct model *m)
{
	(void)m;
	return 0.02;
}

static double fan_in(const struct model *m)
{
	return 1 / sqrt(3 * (double)width(m));
}

static double fan_inner(const struct model *m)
{
	return 1 / sqrt(3 * (double)inner(m));
}

#define ARRAY(which) offsetof(struct bert_state, array) + (which) * sizeof(float *)
static const struct param params[] = {
	{ "bert.words", DT_F32, ARRAY(BERT_WORDS), PARAM_ONE, words, NULL },
	{ "bert.positions", DT_F32, ARRAY(BERT_POSITIONS), PARAM_ONE, positions, NULL },
	{ "bert.types", DT_F32, ARRAY(BERT_TYPES), PARAM_ONE, types, NULL },
	{ "bert.norm", DT_F32, ARRAY(BERT_NORM), PARAM_ONE, norm, NULL },
	{ "bert.qkv", DT_F32, ARRAY(BERT_QKV), PARAM_LAYERS, qkv, NULL },
	{ "bert.qkv_bias", DT_F32, ARRAY(BERT_QKV_BIAS), PARAM_LAYERS, qkv_bias, NULL },
	{ "bert.out", DT_F32, ARRAY(BERT_OUT), PARAM_LAYERS, square, NULL },
	{ "bert.out_bias", DT_F32, ARRAY(BERT_OUT_BIAS), PARAM_LAYERS, width, NULL },
	{ "bert.norm1", DT_F32, ARRAY(BERT_NORM1), PARAM_LAYERS, norm, NULL },
	{ "bert.up", DT_F32, ARRAY(BERT_UP), PARAM_LAYERS, updown, NULL },
	{ "bert.up_bias", DT_F32, ARRAY(BERT_UP_BIAS), PARAM_LAYERS, inner, NULL },
	{ "bert.down", DT_F32, ARRAY(BERT_DOWN), PARAM_LAYERS, updown, NULL },
	{ "bert.down_bias", DT_F32, ARRAY(BERT_DOWN_BIAS), PARAM_LAYERS, width, NULL },
	{ "bert.norm2", DT_F32, ARRAY(BERT_NORM2), PARAM_LAYERS, norm, NULL },
	{ "bert.qkv_a", DT_F32, ARRAY(BERT_QKV_A), PARAM_LAYERS, qkv_a, fan_in },
	{ "bert.qkv_b", DT_F32, ARRAY(BERT_QKV_B), PARAM_LAYERS, qkv_b, NULL },
	{ "bert.out_a", DT_F32, ARRAY(BERT_OUT_A), PARAM_LAYERS, out_a, fan_in },
	{ "bert.out_b", DT_F32, ARRAY(BERT_OUT_B), PARAM_LAYERS, out_b, NULL },
	{ "bert.up_a", DT_F32, ARRAY(BERT_UP_A), PARAM_LAYERS, up_a, fan_in },
	{ "bert.up_b", DT_F32, ARRAY(BERT_UP_B), PARAM_LAYERS, up_b, NULL },
	{ "bert.down_a", DT_F32, ARRAY(BERT_DOWN_A), PARAM_LAYERS, down_a, fan_inner },
	{ "bert.down_b", DT_F32, ARRAY(BERT_DOWN_B), PARAM_LAYERS, down_b, NULL },
	{ "bert.head", DT_F32, offsetof(struct bert_state, head), PARAM_ONE, head, head_spread },
	{ "bert.head_bias", DT_F32, offsetof(struct bert_state, head_bias), PARAM_ONE, outputs, NULL },
	{ "bert.level", DT_F32, offsetof(struct bert_state, level), PARAM_ONE, levels, NULL },
	{ "bert.mean", DT_F32, offsetof(struct bert_state, mean), PARAM_ONE, biased, NULL },
	{ "bert.user_bias", DT_F32, offsetof(struct bert_state, user_bias), PARAM_USERS, biased, NULL },
	{ "bert.item_bias", DT_F32, offsetof(struct bert_state, item_bias), PARAM_ITEMS, biased, NULL },
	{ "bert.item_score", DT_F32, offsetof(struct bert_state, item_score), PARAM_ITEMS, NULL, NULL },
};

/* ---- storage ---- */

static void save(const struct model *m, struct tensor_writer *w)
{
	const struct bert_state *s = m->state;
	char *n = mem_printf("%zu", s->n_outputs);
	tensor_writer_meta(w, "bert.outputs", n);
	tensor_writer_meta(w, "bert.reads_events", s->reads_events ? "yes" : "no");
	folder_save(s->files, w, "bert.file");
	textlist_save(&s->item_text, "bert.item_text", w);
	textlist_save(&s->user_text, "bert.user_text", w);
	mem_free(n);
}

static int load_head(struct model *m, const struct tensorfile *t, struct err *e)
{
	struct bert_state *s = m->state;
	const char *outputs_text = tensorfile_meta(t, "bert.outputs"), *reads = tensorfile_meta(t, "bert.reads_events");
	uint64_t n;
	if (!outputs_text || !num_parse_u64(str_of(outputs_text), &n) || n < 1 || n > BERT_MAX_LEVELS)
		return err_data(e, "%s: metadata \"bert.outputs\" is missing or no number of outputs", tensorfile_name(t));
	if (n > 1 && ((const struct bert_options *)m->options)->task != BERT_CLASSES)
		return err_data(e, "%s: several outputs, but the task is not classes", tensorfile_name(t));
	s->n_outputs = (size_t)n;
	s->reads_events = reads && !strcmp(reads, "yes");
	return 0;
}

static int load(struct model *m, const struct tensorfile *t, struct err *e)
{
	struct bert_state *s = m->state;
	int rc = load_head(m, t, e);
	if (!rc)
		rc = folder_load(&s->files, t, "bert.file", e);
	if (!rc)
		rc = textlist_load(&s->item_text, "bert.item_text", t, e);
	if (!rc)
		rc = textlist_load(&s->user_text, "bert.user_text", t, e);
	if (!rc)
		rc = bert_open_files(m, e);
	if (!rc && settle_shape(m, e)) {
		err_prefix(e, "%s", tensorfile_name(t));
		rc = e->code = ERR_DATA;
	}
	return rc;
}

static void release(struct model *m)
{
	struct bert_state *s = m->state;
	folder_free(s->files);
	tokenizer_close(s->tokenizer);
	textlist_release(&s->item_text);
	textlist_release(&s->user_text);
	synonyms_close(s->synonyms);
}

/* ---- prediction ---- */

static void answer(const struct model *m, const struct events *ev, float *out, struct pool *pool)
{
	bert_says(m, ev, out, pool);
	for (size_t i = 0; i < ev->n; i++)
		out[i] = model_clip(m, out[i] + bert_bias_of(m->state, ev->user[i], ev->item[i]));
}

static int predict_events(const struct model *m, const struct events *ev, float *out, struct pool *pool, struct err *e)
{
	const struct bert_state *s = m->state;
	if (s->reads_events && ev->n && !ev->text.n)
		return err_data(e, "the events have no column text, but the model learned from one");
	answer(m, ev, out, pool);
	return 0;
}

/* A pair without an event has the texts of user and item alone. */
static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)e;
	struct events pairs = { .n = n, .user = mem_dup(user, n * sizeof *user), .item = mem_dup(item, n * sizeof *item) };
	answer(m, &pairs, out, pool);
	mem_free(pairs.user);
	mem_free(pairs.item);
	return 0;
}

static size_t prepare_floats(const struct model *m)
{
	(void)m;
	return 1;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	for (size_t k = 0; k < n_q; k++)
		scratch[k] = bert_bias_of(m->state, q[k].user, IDMAP_NONE);
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	const struct bert_state *s = m->state;
	for (size_t k = 0; k < n_q; k++)
		for (size_t i = i0; i < i1; i++)
			out[k * ld + (i - i0)] = scratch[k] + (s->item_bias ? s->item_bias[i] : 0) + s->item_score[i];
}

static const struct learner *updater_of(const struct model *m)
{
	(void)m;
	return &bert_updater;
}

static size_t update_epochs(const struct model *m)
{
	return ((const struct bert_options *)m->options)->learning.update_epochs;
}

static const struct learner *learner_of(const struct model *m)
{
	(void)m;
	return &bert_learner;
}

static size_t max_epochs(const struct model *m)
{
	return ((const struct bert_options *)m->options)->learning.epochs;
}

const struct model_class model_bert = {
	.part = {
		.name = "bert",
		.summary = "a text encoder fine-tuned on what users say, or on the texts of users and items",
		.help =
			"What the text of an event tells of its rating (Devlin et al., \"BERT\", NAACL 2019). The text is the\n"
			"event's own (column text) or the user's (--user-texts), and the item's (--item-texts) as a second\n"
			"segment; one of them is enough.\n"
			"\n"
			"    x = [CLS] text of user and event [SEP] text of item [SEP]\n"
			"    s = W drop(pool(encoder(x))) + b\n"
			"\n"
			"  rating   r = s, or mu + b_u + b_i + s with --biases; squared error\n"
			"  classes  softmax(s) over the rating levels; cross-entropy; r is the expected level\n"
			"  like     sigma(s) is the probability of a like; binary cross-entropy\n"
			"\n"
			"AdamW (Loshchilov and Hutter 2019) with warm-up, decay and clipping; batches by number of tokens,\n"
			"without padding. --learn lora learns W + alpha/r B A with W frozen (Hu et al., \"LoRA\", ICLR 2022);\n"
			"frozen computes each text's vector once, and epochs are then nearly free. --valid and --holdout\n"
			"stop by RMSE, or by the share of wrong answers.\n"
			"\n"
			"The model file holds encoder, tokenizer and texts: nothing else is needed to go on. --export DIR\n"
			"writes the encoder for Transformers, sentence-transformers and encode. A ranking goes by what the\n"
			"texts of an item's events say on the whole; to rank by taste, encode items with the exported\n"
			"encoder and train another model with --items.\n"
			"\n"
			"Use it where feedback has texts and ratings or likes are to be told from them; full is best with\n"
			"many events, lora with few or little memory, frozen in a hurry.\n",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct bert_options),
	},
	.flags = MODEL_RATES | MODEL_LIKES | MODEL_UPDATES,
	.state_size = sizeof(struct bert_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.n_layers = n_layers,
	.read_files = bert_read_files,
	.configure = configure,
	.learner = learner_of,
	.max_epochs = max_epochs,
	.updater = updater_of,
	.update_epochs = update_epochs,
	.export = bert_export,
	.save = save,
	.load = load,
	.release = release,
	.predict = predict,
	.predict_events = predict_events,
	.prepare_floats = prepare_floats,
	.prepare = prepare,
	.score = score,
};

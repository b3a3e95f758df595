/* tower.c: the class of the two towers: options, storage, prediction, ranking; see tower.h for the other files. */
#include "model/tower.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "model/params.h"

#include <math.h>
#include <string.h>

enum { MOST_WIDTH = 1 << 16 };

#define AT(member) offsetof(struct tower_options, member)
static const struct opt options[] = {
	{ .name = "layers", .type = OPT_STRING, .offset = AT(layers), .value = "N,...", .preset = "128,64",
	  .help = "widths of a tower's layers; the last is that of its vector" },
	{ .name = "width", .letter = 'k', .type = OPT_SIZE, .offset = AT(width), .value = "N", .preset = "64", .min = 1,
	  .max = 4096, .search = { 16, 128, true }, .help = "values of an id's row, and of a feature's" },
	{ .name = "head", .type = OPT_CHOICE, .offset = AT(head), .preset = "dot", .choices = "dot|mlp",
	  .help = "what joins the towers: a dot product, or a perceptron over both vectors" },
	{ .name = "inner", .type = OPT_SIZE, .offset = AT(inner), .value = "N", .preset = "64", .min = 1, .max = 65536,
	  .when = "head=mlp", .help = "values of the perceptron's hidden layer" },
	{ .name = "loss", .type = OPT_CHOICE, .offset = AT(loss), .preset = "mse", .choices = "mse|huber|bce|softmax",
	  .help = "mse, huber: ratings; bce: the chance of a like; softmax: which item" },
	{ .name = "delta", .type = OPT_REAL, .offset = AT(delta), .value = "X", .preset = "1", .min = 0, .max = 1e6,
	  .above_min = true, .when = "loss=huber",
	  .help = "errors count squared up to X, in proportion beyond, on a scale of ratings from 1 to 5" },
	{ .name = "like", .type = OPT_REAL, .offset = AT(like), .value = "X", .preset = "4", .min = -1e30, .max = 1e30,
	  .when = "loss=bce", .help = "a rating of at least X is a like; without ratings every event is one, against other items" },
	{ .name = "negatives", .type = OPT_SIZE, .offset = AT(negatives), .value = "N", .preset = "0", .max = 1000000,
	  .when = "loss=softmax|bce",
	  .help = "items drawn a batch to compete with, for bce where there are no ratings; 0: those of the batch" },
	{ .name = "popularity", .type = OPT_REAL, .offset = AT(popularity), .value = "A", .preset = "0.75", .min = 0, .max = 2,
	  .when = "loss=softmax|bce", .help = "an item with n events is drawn as a negative in proportion to n^A" },
	{ .name = "id-dropout", .type = OPT_REAL, .offset = AT(id_dropout), .value = "P", .preset = "0.1", .min = 0, .max = 1,
	  .search = { 0, 0.5, false },
	  .help = "part of users and items that learn without their id, so that features speak for the unknown" },
	{ .name = "dropout", .type = OPT_REAL, .offset = AT(dropout), .value = "P", .preset = "0.1", .min = 0, .max = 0.95,
	  .search = { 0, 0.5, false }, .help = "part of the hidden values dropped while learning" },
	LEARNING_EPOCHS(AT(learning), "events", 1, .preset = "10"),
	{ .name = "batch", .type = OPT_SIZE, .offset = AT(batch), .value = "N", .preset = "1024", .min = 1, .max = 1000000,
	  .search = { 256, 4096, true }, .help = "events a step" },
	LEARNING_ACCUMULATE(AT(learning)),
	LEARNING_RATE(AT(learning), "", .preset = "0.001", .above_min = true, .search = { 1e-4, 1e-2, true }),
	LEARNING_DECAY(AT(learning), "matrices and of the rows that a batch touches", .preset = "0.01", .search = { 1e-4, 1, true }),
	LEARNING_STEPS(AT(learning), "constant", "0", "5"),
	LEARNING_UPDATE_EPOCHS(AT(learning), .preset = "5"),
	{ .name = "replay", .type = OPT_REAL, .offset = AT(replay), .value = "X", .preset = "1", .min = 0, .max = 1000,
	  .help = "in an update, old events learned again for each new one" },
};

static const struct tower_options *options_of(const struct model *m)
{
	return m->options;
}

/* "256,64" */
static int parse_layers(struct tower_state *s, const char *list, struct err *e)
{
	struct str rest = str_of(list);
	s->n_layers = 0;
	while (rest.p) {
		uint64_t n;
		if (!num_parse_u64(str_cut(&rest, ','), &n) || n < 1 || n > MOST_WIDTH)
			return err_usage(e, "--layers takes widths from 1 to %d, \"128,64\", not \"%s\"", MOST_WIDTH, list);
		if (s->n_layers + 1 == TOWER_LAYERS)
			return err_usage(e, "--layers \"%s\": more than %d layers", list, TOWER_LAYERS - 1);
		s->layer[s->n_layers++] = (size_t)n;
	}
	return 0;
}

static int configure(struct model *m, struct err *e)
{
	if (!tower_learns_ratings(m))
		m->flags &= ~(unsigned)MODEL_RATES;
	return parse_layers(m->state, options_of(m)->layers, e);
}

/* ---- shapes ---- */

struct tower_shape tower_shape_of(const struct model *m, int side)
{
	const struct tower_options *o = options_of(m);
	const struct tower_state *s = m->state;
	const struct features *f = &s->side[side].features;
	struct tower_shape shape = { .E = o->width, .D = f->n_numbers + s->side[side].text_width, .L = s->n_layers,
				     .width = { o->width }, .head = (enum tower_head)o->head, .n_columns = f->columns.n,
				     .n_values = 1 + f->values.n };
	memcpy(shape.width + 1, s->layer, s->n_layers * sizeof *s->layer);
	if (shape.head == TOWER_MLP)
		shape.width[++shape.L] = o->inner;
	shape.width[shape.L]++; /* the bias */
	return shape;
}

struct tower_weights tower_weights_of(const struct model *m, int side)
{
	const struct tower_side *t = &((const struct tower_state *)m->state)->side[side];
	return (struct tower_weights){ t->ids, t->values, t->net };
}

struct tower_join tower_join_of(const struct model *m)
{
	struct tower_shape s = tower_shape_of(m, TOWER_USERS);
	return (struct tower_join){ s.head, s.width[s.L], ((const struct tower_state *)m->state)->join };
}

static size_t width(const struct model *m)
{
	return options_of(m)->width;
}

static size_t outputs(const struct model *m)
{
	return tower_join_of(m).width;
}

static size_t join_width(const struct model *m)
{
	return options_of(m)->head == TOWER_MLP ? options_of(m)->inner : 0;
}

static size_t centre_width(const struct model *m)
{
	(void)m;
	return 2;
}

#define OF_SIDES(name, expression)                                         \
	static size_t user_##name(const struct model *m)                   \
	{                                                                  \
		struct tower_shape s = tower_shape_of(m, TOWER_USERS);     \
		return expression;                                         \
	}                                                                  \
	static size_t item_##name(const struct model *m)                   \
	{                                                                  \
		struct tower_shape s = tower_shape_of(m, TOWER_ITEMS);     \
		return expression;                                         \
	}
OF_SIDES(values, s.n_values * s.E)
OF_SIDES(net, tower_net_size(&s))
OF_SIDES(dense, s.D)

static double row_spread(const struct model *m)
{
	(void)m;
	return 0.1;
}

static double join_spread(const struct model *m)
{
	return 1 / sqrt((double)join_width(m));
}

#define IN(member) offsetof(struct tower_state, member)
#define SIDE(which, member) IN(side) + (which) * sizeof(struct tower_side) + offsetof(struct tower_side, member)
static const struct param params[] = {
	{ "tower.user_ids", DT_F32, SIDE(TOWER_USERS, ids), PARAM_USERS, width, row_spread },
	{ "tower.item_ids", DT_F32, SIDE(TOWER_ITEMS, ids), PARAM_ITEMS, width, row_spread },
	{ "tower.user_values", DT_F32, SIDE(TOWER_USERS, values), PARAM_ONE, user_values, row_spread },
	{ "tower.item_values", DT_F32, SIDE(TOWER_ITEMS, values), PARAM_ONE, item_values, row_spread },
	{ "tower.user_net", DT_F32, SIDE(TOWER_USERS, net), PARAM_ONE, user_net, NULL },
	{ "tower.item_net", DT_F32, SIDE(TOWER_ITEMS, net), PARAM_ONE, item_net, NULL },
	{ "tower.user_dense", DT_F32, SIDE(TOWER_USERS, dense), PARAM_USERS, user_dense, NULL },
	{ "tower.item_dense", DT_F32, SIDE(TOWER_ITEMS, dense), PARAM_ITEMS, item_dense, NULL },
	{ "tower.user_outputs", DT_F32, SIDE(TOWER_USERS, out), PARAM_USERS, outputs, NULL },
	{ "tower.item_outputs", DT_F32, SIDE(TOWER_ITEMS, out), PARAM_ITEMS, outputs, NULL },
	{ "tower.join", DT_F32, IN(join), PARAM_ONE, join_width, join_spread },
	{ "tower.centre", DT_F32, IN(centre), PARAM_ONE, centre_width, NULL },
};

/* ---- storage ---- */

static const char *const prefixes[] = { "tower.users", "tower.items" };

static void save(const struct model *m, struct tensor_writer *w)
{
	const struct tower_state *s = m->state;
	for (int side = 0; side < TOWER_SIDES; side++) {
		char *key = mem_printf("%s.text_width", prefixes[side]), *text = mem_printf("%zu", s->side[side].text_width);
		tensor_writer_meta(w, key, text);
		features_save(&s->side[side].features, prefixes[side], w);
		mem_free(key);
		mem_free(text);
	}
}

static int load(struct model *m, const struct tensorfile *t, struct err *e)
{
	struct tower_state *s = m->state;
	int rc = 0;
	for (int side = 0; !rc && side < TOWER_SIDES; side++) {
		char *key = mem_printf("%s.text_width", prefixes[side]);
		const char *text = tensorfile_meta(t, key);
		uint64_t n;
		if (!text || !num_parse_u64(str_of(text), &n) || n > 1 << 20)
			rc = err_data(e, "%s: metadata \"%s\" is missing or no width of vectors", tensorfile_name(t), key);
		else
			rc = features_load(&s->side[side].features, prefixes[side], tower_ids(m, side)->n, t, e);
		s->side[side].text_width = rc ? 0 : (size_t)n;
		mem_free(key);
	}
	return rc;
}

static void release(struct model *m)
{
	struct tower_state *s = m->state;
	for (int side = 0; side < TOWER_SIDES; side++)
		features_release(&s->side[side].features);
}

/* ---- running the towers ---- */

void tower_rows_init(struct tower_rows *r, const struct model *m, int side)
{
	const struct tower_side *t = &((const struct tower_state *)m->state)->side[side];
	*r = (struct tower_rows){ .start = t->features.start, .value = t->features.value, .weight = t->features.weight,
				  .dense = t->dense };
}

void tower_rows_room(struct tower_rows *r, const struct tower_shape *s, size_t n, bool learning)
{
	size_t widest = 0;
	for (size_t l = 0; l <= s->L; l++) {
		widest = s->width[l] > widest ? s->width[l] : widest;
		r->h[l] = mem_alloc(n, s->width[l] * sizeof(float));
		r->d[l] = learning ? mem_alloc(n, s->width[l] * sizeof(float)) : NULL;
	}
	r->gathered = mem_alloc(n, s->D * sizeof(float));
	r->mask = learning ? mem_alloc(n, widest) : NULL;
}

void tower_rows_release(struct tower_rows *r, const struct tower_shape *s)
{
	for (size_t l = 0; l <= s->L; l++) {
		mem_free(r->h[l]);
		mem_free(r->d[l]);
	}
	mem_free(r->gathered);
	mem_free(r->mask);
}

enum { REFRESH_BLOCK = 256 };
struct refresh {
	struct model *m;
	int side;
};

static void refresh_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct refresh *f = context;
	struct tower_side *t = &((struct tower_state *)f->m->state)->side[f->side];
	struct tower_shape s = tower_shape_of(f->m, f->side);
	struct tower_weights w = tower_weights_of(f->m, f->side);
	struct tower_rows r;
	uint32_t entity[REFRESH_BLOCK];
	size_t from, to, W = s.width[s.L];
	block_range(tower_ids(f->m, f->side)->n, REFRESH_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++)
		entity[i - from] = (uint32_t)i;
	tower_rows_init(&r, f->m, f->side);
	tower_rows_room(&r, &s, to - from, false);
	r.entity = entity;
	tower_forward(&s, &w, &r, 0, to - from, 0, NULL);
	memcpy(t->out + from * W, r.h[s.L], (to - from) * W * sizeof *t->out);
	tower_rows_release(&r, &s);
}

void tower_refresh(struct model *m, unsigned char *const seen[TOWER_SIDES], struct pool *pool)
{
	struct tower_state *s = m->state;
	size_t E = width(m);
	for (int side = 0; side < TOWER_SIDES; side++) {
		size_t n = tower_ids(m, side)->n;
		struct refresh f = { m, side };
		for (size_t i = 0; i < n; i++)
			if (!seen[side][i])
				memcpy(s->side[side].ids + i * E, s->side[side].values, E * sizeof(float));
		pool_run(pool, blocks_of(n, REFRESH_BLOCK), refresh_block, &f);
	}
}

/* The output of somebody, or something, of whom nothing is known; owner: caller. */
static float *unknown_output(const struct model *m, int side)
{
	struct tower_shape s = tower_shape_of(m, side);
	struct tower_weights w = tower_weights_of(m, side);
	struct tower_rows r;
	tower_rows_init(&r, m, side);
	tower_rows_room(&r, &s, 1, false);
	r.entity = (const uint32_t[]){ TOWER_UNKNOWN };
	tower_forward(&s, &w, &r, 0, 1, 0, NULL);
	float *out = mem_dup(r.h[s.L], s.width[s.L] * sizeof *out);
	tower_rows_release(&r, &s);
	return out;
}

/* ---- prediction ---- */

enum { PAIR_BLOCK = 4096 };
struct pairs {
	const struct model *m;
	struct tower_join join;
	const uint32_t *user, *item;
	float *unknown[TOWER_SIDES];
	size_t n;
	float *out;
};

static const float *output_of(const struct pairs *p, int side, uint32_t index)
{
	const struct tower_side *t = &((const struct tower_state *)p->m->state)->side[side];
	return index == IDMAP_NONE ? p->unknown[side] : t->out + index * p->join.width;
}

static void predict_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct pairs *p = context;
	const float *centre = ((const struct tower_state *)p->m->state)->centre;
	bool chance = options_of(p->m)->loss == TOWER_BCE;
	size_t from, to;
	block_range(p->n, PAIR_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		float s = tower_score(&p->join, output_of(p, TOWER_USERS, p->user[i]), output_of(p, TOWER_ITEMS, p->item[i]));
		p->out[i] = chance ? 1 / (1 + expf(-s)) : model_clip(p->m, centre[0] + centre[1] * s);
	}
}

static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)e;
	struct pairs p = { m, tower_join_of(m), user, item, { unknown_output(m, TOWER_USERS), unknown_output(m, TOWER_ITEMS) },
			   n, out };
	pool_run(pool, blocks_of(n, PAIR_BLOCK), predict_block, &p);
	mem_free(p.unknown[TOWER_USERS]);
	mem_free(p.unknown[TOWER_ITEMS]);
	return 0;
}

/* ---- ranking ---- */

/* c_0 + c_1 s(u,i) as a dot product: (c_1 h_u, c_0 + c_1 b_u, c_1) . (h_i, 1, b_i). */
static size_t dot_width(const struct model *m)
{
	return options_of(m)->head == TOWER_DOT ? outputs(m) + 1 : 0;
}

static size_t prepare_floats(const struct model *m)
{
	return outputs(m) + 1;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	const struct tower_state *s = m->state;
	const float *c = s->centre;
	size_t W = outputs(m);
	float *unknown = NULL;
	for (size_t i = 0; i < n_q; i++) {
		float *x = scratch + i * (W + 1);
		if (q[i].user == IDMAP_NONE)
			unknown = unknown ? unknown : unknown_output(m, TOWER_USERS);
		memcpy(x, q[i].user == IDMAP_NONE ? unknown : s->side[TOWER_USERS].out + q[i].user * W, W * sizeof *x);
		if (!dot_width(m))
			continue;
		for (size_t k = 0; k < W; k++)
			x[k] *= c[1];
		x[W - 1] += c[0];
		x[W] = c[1];
	}
	mem_free(unknown);
}

static void item_vectors(const struct model *m, size_t i0, size_t i1, float *out)
{
	const struct tower_state *s = m->state;
	size_t W = outputs(m);
	for (size_t i = i0; i < i1; i++, out += W + 1) {
		const float *x = s->side[TOWER_ITEMS].out + i * W;
		memcpy(out, x, (W - 1) * sizeof *x);
		out[W - 1] = 1;
		out[W] = x[W - 1];
	}
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	const struct tower_state *s = m->state;
	struct tower_join j = tower_join_of(m);
	for (size_t u = 0; u < n_q; u++)
		for (size_t i = i0; i < i1; i++)
			out[u * ld + (i - i0)] = s->centre[0] + s->centre[1] * tower_score(&j, scratch + u * (j.width + 1),
											   s->side[TOWER_ITEMS].out + i * j.width);
}

static size_t max_epochs(const struct model *m)
{
	return options_of(m)->learning.epochs;
}

static size_t update_epochs(const struct model *m)
{
	return options_of(m)->learning.update_epochs;
}

const struct model_class model_tower = {
	.part = {
		.name = "tower",
		.summary = "two towers over ids, columns, tags and text vectors",
		.help =
			"What is known of a user goes through one tower, what is known of an item through another.\n"
			"\n"
			"    x   = id row + rows of its categories and tags + M (numbers, text vector)\n"
			"    h_l = relu(W_l h_(l-1) + c_l),  h_0 = x        --layers; the last without ReLU\n"
			"    s   = h_u . h_i + b_u + b_i                    --head dot\n"
			"    s   = w . relu(W [u; v] / sqrt(d)) + b_u + b_i --head mlp, u and v after ReLU, --inner values\n"
			"\n"
			"The biases are outputs of the towers. Columns come from --user-table and --item-table (canonical CSV\n"
			"with a column user, item), text vectors from --users and --items. A column is a number, a category or\n"
			"tags (\"Action|Comedy\"): its values tell, and --item-columns year:number,genres:tags says it. The model\n"
			"file keeps them all: evaluate, recommend and --update need no tables for what the model knows.\n"
			"\n"
			"Users and items without events have no id row of their own but the one of all that is unknown, and\n"
			"what the columns and texts say; --id-dropout makes the towers learn to do without ids.\n"
			"\n"
			"Losses, over the events:\n"
			"  mse      (r - s)^2, of ratings; predictions are held to their range\n"
			"  huber    (r - s)^2 / 2 up to an error of --delta, --delta (|r - s| - --delta / 2) beyond (Huber 1964)\n"
			"  bce      -log sigma(s) of likes (rating >= --like), -log(1 - sigma(s)) of others. Without ratings each\n"
			"           event is a like against the other items of the batch, or --negatives drawn ones\n"
			"  softmax  -log softmax(s) of the event's item among those\n"
			"Scores of competing items are less the log of their expected count (Bengio and Senecal 2008; Yi et al.,\n"
			"\"Sampling-bias-corrected neural modeling\", RecSys 2019; for bce: Gutmann and Hyvarinen 2010).\n"
			"\n"
			"AdamW, Adam or SGD; rows that a batch does not touch stay as they are. With validation events training stops\n"
			"by RMSE, mean bce, or 1 - NDCG@10 of what is ranked. An update goes on learning from the new events with\n"
			"old ones among them (--replay); new ids begin with the row of the unknown.\n"
			"\n"
			"Use it where users or items are new or rare and something is known of them. Warm ratings: mf. Sequences:\n"
			"seq. Covington et al., \"Deep neural networks for YouTube recommendations\", RecSys 2016.",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct tower_options),
	},
	.flags = MODEL_RATES | MODEL_USES_ITEMS | MODEL_USES_USERS | MODEL_USES_TABLES | MODEL_UPDATES,
	.state_size = sizeof(struct tower_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.configure = configure,
	.learner = tower_learner_of,
	.max_epochs = max_epochs,
	.updater = tower_updater_of,
	.update_epochs = update_epochs,
	.save = save,
	.load = load,
	.release = release,
	.predict = predict,
	.prepare_floats = prepare_floats,
	.prepare = prepare,
	.score = score,
	.dot_width = dot_width,
	.item_vectors = item_vectors,
};

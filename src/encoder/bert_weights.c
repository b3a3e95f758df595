/* bert_weights.c: see bert_weights.h.
 *
 * The file is mapped. Word embeddings stay there, and only rows that texts use are ever read; the matrices are packed
 * once, a panel of 32 outputs a block, by all threads. Query, key and value become one matrix. */
#include "encoder/bert_weights.h"
#include "base/mem.h"
#include "base/threads.h"
#include "linalg/quant.h"
#include "text/hashing.h"

#include <stdio.h>
#include <string.h>

/* What the parts of a layer are called behind "encoder.layer.N." and "transformer.layer.N.". */
struct names {
	const char *layer, *query, *key, *value, *out, *attention_norm, *up, *down, *output_norm;
};
static const struct names bert_names = {
	"encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
	"attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
};
static const struct names distil_names = {
	"transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
	"sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm",
};
static const char *const prefixes[] = { "", "bert.", "distilbert.", "roberta.", "camembert.", "model.", "0.auto_model." };

enum { NAME_BYTES = 160 };

struct loader {
	struct bert *m;
	struct err *e;
	const struct names *names;
	size_t n_by_type[3]; /* tensors in F32, F16, BF16 */
	size_t n_parameters;
	struct source *sources; /* of the matrices to pack, four a layer */
	size_t n_sources;
};

/* A packed matrix and the tensors that lie under each other in it. */
struct source {
	struct gemm_weights *to;
	const struct tensor *from[3];
	size_t n_from;
	size_t first_block; /* blocks of earlier matrices */
};

void bert_tensor_row(const struct tensor *t, size_t row, float *out)
{
	size_t n = t->dim[t->n_dims - 1];
	if (t->dtype == DT_F32) {
		memcpy(out, (const char *)t->data + row * n * sizeof(float), n * sizeof(float));
		return;
	}
	const char *p = (const char *)t->data + row * n * sizeof(uint16_t);
	for (size_t i = 0; i < n; i++) {
		uint16_t h;
		memcpy(&h, p + i * sizeof(h), sizeof(h));
		out[i] = t->dtype == DT_F16 ? f32_of_f16(h) : f32_of_bf16(h);
	}
}

/* The tensor of this name, in any of the three types, rows x columns (rows 0: one-dimensional). */
MUST_CHECK static int need(struct loader *l, const char *name, size_t rows, size_t columns, const struct tensor **out)
{
	char full[NAME_BYTES];
	const char *file = tensorfile_name(l->m->file);
	snprintf(full, sizeof(full), "%s%s", l->m->prefix, name);
	const struct tensor *t = tensorfile_find(l->m->file, full);
	if (!t)
		return err_data(l->e, "%s: there is no tensor \"%s\"", file, full);
	if (t->dtype != DT_F32 && t->dtype != DT_F16 && t->dtype != DT_BF16)
		return err_data(l->e, "%s: tensor \"%s\" is of type %s; supported are F32, F16, BF16", file, full,
				dtype_name(t->dtype));
	size_t n_dims = rows ? 2 : 1;
	if (t->n_dims != n_dims || (rows && t->dim[0] != rows) || t->dim[n_dims - 1] != columns) {
		char found[TENSOR_MAX_DIMS * 24] = "";
		size_t n = 0;
		for (size_t i = 0; i < t->n_dims && n < sizeof(found); i++)
			n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%zu", i ? ", " : "", t->dim[i]);
		return rows ? err_data(l->e, "%s: tensor \"%s\" has shape [%s], and config.json says [%zu, %zu]", file,
				       full, found, rows, columns) :
			      err_data(l->e, "%s: tensor \"%s\" has shape [%s], and config.json says [%zu]", file, full,
				       found, columns);
	}
	l->n_by_type[t->dtype == DT_F32 ? 0 : t->dtype == DT_F16 ? 1 : 2]++;
	l->n_parameters += t->n_bytes / dtype_bytes(t->dtype);
	*out = t;
	return 0;
}

MUST_CHECK static int read_vector(struct loader *l, const char *name, size_t n, float *out)
{
	const struct tensor *t = NULL;
	int rc = need(l, name, 0, n, &t);
	if (!rc)
		bert_tensor_row(t, 0, out);
	return rc;
}

static bool has(const struct loader *l, const char *name)
{
	char full[NAME_BYTES];
	snprintf(full, sizeof(full), "%s%s", l->m->prefix, name);
	return tensorfile_find(l->m->file, full) != NULL;
}

/* Old files call the two vectors gamma and beta. */
MUST_CHECK static int read_norm(struct loader *l, const char *base, struct bert_norm *norm)
{
	size_t width = l->m->config.info.width;
	char gain[NAME_BYTES], bias[NAME_BYTES], old[NAME_BYTES];
	snprintf(gain, sizeof(gain), "%s.weight", base);
	snprintf(bias, sizeof(bias), "%s.bias", base);
	snprintf(old, sizeof(old), "%s.gamma", base);
	if (!has(l, gain) && has(l, old)) {
		snprintf(gain, sizeof(gain), "%s.gamma", base);
		snprintf(bias, sizeof(bias), "%s.beta", base);
	}
	norm->gain = ARENA_NEW(&l->m->arena, width, float);
	norm->bias = ARENA_NEW(&l->m->arena, width, float);
	int rc = read_vector(l, gain, width, norm->gain);
	return rc ? rc : read_vector(l, bias, width, norm->bias);
}

/* The prefix under which this file has word embeddings. */
MUST_CHECK static int find_prefix(struct loader *l)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		l->m->prefix = prefixes[i];
		if (has(l, "embeddings.word_embeddings.weight"))
			return 0;
	}
	return err_data(l->e, "%s: there is no tensor \"embeddings.word_embeddings.weight\", nor one with \"bert.\", "
			"\"distilbert.\", \"roberta.\" or the like before it", tensorfile_name(l->m->file));
}

MUST_CHECK static int read_embeddings(struct loader *l)
{
	struct bert *m = l->m;
	const struct bert_config *c = &m->config;
	size_t width = c->info.width;
	const struct tensor *positions = NULL, *types = NULL;
	int rc = need(l, "embeddings.word_embeddings.weight", c->info.vocab_size, width, &m->words);
	if (!rc)
		rc = need(l, "embeddings.position_embeddings.weight", c->position_rows, width, &positions);
	if (!rc && !c->distil)
		rc = need(l, "embeddings.token_type_embeddings.weight", c->info.n_types, width, &types);
	if (!rc)
		rc = read_norm(l, "embeddings.LayerNorm", &m->embedding_norm);
	if (rc)
		return rc;
	m->positions = mem_alloc(c->info.n_positions, width * sizeof(float));
	float *type = ARENA_NEW(&m->arena, width, float);
	memset(type, 0, width * sizeof(float));
	if (types)
		bert_tensor_row(types, 0, type);
	for (size_t i = 0; i < c->info.n_positions; i++) {
		float *row = m->positions + i * width;
		bert_tensor_row(positions, c->position_offset + i, row);
		for (size_t j = 0; j < width; j++)
			row[j] += type[j];
	}
	return 0;
}

/* One matrix [rows, columns] of the file, or three under each other; biases are read, weights noted for packing. */
MUST_CHECK static int add_matrix(struct loader *l, struct gemm_weights *w, size_t layer, const char *const *parts,
				 size_t n_parts, size_t rows, size_t columns)
{
	struct source *s = &l->sources[l->n_sources];
	*s = (struct source){ w, { NULL }, n_parts, 0 };
	char name[NAME_BYTES];
	for (size_t i = 0; i < n_parts; i++) {
		snprintf(name, sizeof(name), "%s.%zu.%s.weight", l->names->layer, layer, parts[i]);
		int rc = need(l, name, rows, columns, &s->from[i]);
		if (rc)
			return rc;
	}
	static const enum gemm_type types[] = { GEMM_F32, GEMM_BF16, GEMM_INT8 };
	gemm_weights_init(w, types[l->m->precision], l->m->level, n_parts * rows, columns);
	if (l->n_sources)
		s->first_block = s[-1].first_block + s[-1].to->n_panels;
	l->n_sources++;
	for (size_t i = 0; i < n_parts; i++) {
		snprintf(name, sizeof(name), "%s.%zu.%s.bias", l->names->layer, layer, parts[i]);
		int rc = read_vector(l, name, rows, w->bias + i * rows);
		if (rc)
			return rc;
	}
	return 0;
}

MUST_CHECK static int read_layer(struct loader *l, size_t i)
{
	const struct bert_info *info = &l->m->config.info;
	struct bert_layer *layer = &l->m->layers[i];
	const struct names *n = l->names;
	const char *qkv[] = { n->query, n->key, n->value };
	char name[NAME_BYTES];
	int rc = add_matrix(l, &layer->qkv, i, qkv, 3, info->width, info->width);
	if (!rc)
		rc = add_matrix(l, &layer->out, i, &n->out, 1, info->width, info->width);
	if (!rc)
		rc = add_matrix(l, &layer->up, i, &n->up, 1, info->ffn_width, info->width);
	if (!rc)
		rc = add_matrix(l, &layer->down, i, &n->down, 1, info->width, info->ffn_width);
	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%s.%zu.%s", n->layer, i, n->attention_norm);
	rc = read_norm(l, name, &layer->attention_norm);
	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%s.%zu.%s", n->layer, i, n->output_norm);
	return read_norm(l, name, &layer->output_norm);
}

/* A config that stops before the file's last layer is of another model. */
MUST_CHECK static int check_last_layer(const struct loader *l)
{
	size_t n = l->m->config.info.n_layers;
	char name[NAME_BYTES];
	snprintf(name, sizeof(name), "%s.%zu.%s.weight", l->names->layer, n, l->names->query);
	return has(l, name) ? err_data(l->e, "%s: there are more layers than the %zu of config.json",
				       tensorfile_name(l->m->file), n) : 0;
}

struct packing {
	const struct loader *l;
	float **rows; /* a worker: 32 rows */
};

static void pack_block(void *context, size_t block, size_t worker)
{
	const struct packing *p = context;
	const struct source *s = p->l->sources;
	while (s + 1 < p->l->sources + p->l->n_sources && s[1].first_block <= block)
		s++;
	size_t panel = block - s->first_block, rows_each = s->to->n / s->n_from;
	float *rows = p->rows[worker];
	for (size_t i = 0; i < GEMM_PANEL && panel * GEMM_PANEL + i < s->to->n; i++) {
		size_t row = panel * GEMM_PANEL + i;
		bert_tensor_row(s->from[row / rows_each], row % rows_each, rows + i * s->to->k);
	}
	gemm_pack(s->to, panel, rows);
}

static void pack_all(const struct loader *l, struct pool *pool)
{
	const struct bert_info *info = &l->m->config.info;
	size_t widest = info->ffn_width > info->width ? info->ffn_width : info->width;
	size_t n_workers = pool_size(pool);
	struct packing p = { l, MEM_NEW(n_workers, float *) };
	for (size_t i = 0; i < n_workers; i++)
		p.rows[i] = mem_alloc(widest, GEMM_PANEL * sizeof(float));
	const struct source *last = &l->sources[l->n_sources - 1];
	pool_run(pool, last->first_block + last->to->n_panels, pack_block, &p);
	for (size_t i = 0; i < n_workers; i++)
		mem_free(p.rows[i]);
	mem_free(p.rows);
}

static const char *dtype_of(const struct loader *l)
{
	static const char *const names[] = { "F32", "F16", "BF16" };
	const char *found = NULL;
	for (size_t i = 0; i < 3; i++)
		if (l->n_by_type[i])
			found = found ? "mixed" : names[i];
	return found;
}

int bert_weights_open(struct bert *m, const char *dir, struct pool *pool, struct err *e)
{
	const struct bert_info *info = &m->config.info;
	char *path = mem_printf("%s/model.safetensors", dir);
	struct loader l = { .m = m, .e = e, .names = m->config.distil ? &distil_names : &bert_names };
	int rc = tensorfile_open(&m->file, path, e);
	if (!rc)
		rc = find_prefix(&l);
	if (!rc)
		rc = read_embeddings(&l);
	if (rc)
		goto out;
	m->layers = MEM_ZNEW(info->n_layers, struct bert_layer);
	l.sources = MEM_NEW(4 * info->n_layers, struct source);
	for (size_t i = 0; !rc && i < info->n_layers; i++) {
		m->n_layers_made = i + 1;
		rc = read_layer(&l, i);
	}
	if (!rc)
		rc = check_last_layer(&l);
	if (rc)
		goto out;
	pack_all(&l, pool);
	m->config.info.dtype = dtype_of(&l);
	m->config.info.n_parameters = l.n_parameters;
out:
	mem_free(l.sources);
	mem_free(path);
	return rc;
}

void bert_weights_close(struct bert *m)
{
	for (size_t i = 0; i < m->n_layers_made; i++) {
		gemm_weights_release(&m->layers[i].qkv);
		gemm_weights_release(&m->layers[i].out);
		gemm_weights_release(&m->layers[i].up);
		gemm_weights_release(&m->layers[i].down);
	}
	mem_free(m->layers);
	mem_free(m->positions);
	arena_release(&m->arena);
	tensorfile_close(m->file);
}

uint64_t bert_fingerprint(const struct bert *m)
{
	const struct bert_config *c = &m->config;
	const uint64_t numbers[] = { c->info.vocab_size, c->info.n_positions, c->info.n_layers, c->info.width,
				     c->info.n_heads, c->info.ffn_width, c->activation == ACTIVATION_GELU_TANH, c->position_offset };
	uint64_t h = hash_bytes((struct str){ (const char *)numbers, sizeof(numbers) }, 0);
	h = hash_bytes((struct str){ (const char *)&c->info.norm_eps, sizeof(c->info.norm_eps) }, h);
	h = hash_bytes(str_of(c->info.family), h);
	for (size_t i = 0; i < tensorfile_count(m->file); i++) {
		const struct tensor *t = tensorfile_at(m->file, i);
		h = hash_bytes(str_of(t->name), h);
		h = hash_bytes((struct str){ t->data, t->n_bytes }, h);
	}
	return h;
}

/* bert_weights.c: see bert_weights.h.
 *
 * The file is mapped. The matrices are packed once, a panel of 32 outputs a block, by all threads, and what has been packed
 * is let go: memory holds one copy. Query, key and value become one matrix. Word embeddings stay in the file: each call
 * copies the rows that its texts use, in the order of ids, and lets go of the pages again. Read in the order of texts, nearly
 * the whole table (47 MB of MiniLM's) would stay in memory, since the system maps 16 pages around each that is touched. */
#include "encoder/bert_weights.h"
#include "base/mem.h"
#include "base/threads.h"
#include "text/hashing.h"

#include <string.h>

struct loader {
	struct bert *m;
	struct pool *pool;
	float *rows; /* [workers, 32, widest] of a panel */
	struct err *e;
};

MUST_CHECK static int read_norm(struct loader *l, const char *base, struct bert_norm *norm)
{
	size_t width = l->m->config.info.width;
	norm->gain = ARENA_NEW(&l->m->arena, width, float);
	norm->bias = ARENA_NEW(&l->m->arena, width, float);
	return bert_tensors_norm(&l->m->tensors, base, norm->gain, norm->bias, l->e);
}

MUST_CHECK static int read_embeddings(struct loader *l)
{
	struct bert *m = l->m;
	const struct bert_config *c = &m->config;
	size_t width = c->info.width;
	const struct tensor *positions = NULL, *types = NULL;
	int rc = bert_tensors_matrix(&m->tensors, BERT_NAME_WORDS, c->info.vocab_size, width, &m->words, l->e);
	if (!rc)
		rc = bert_tensors_matrix(&m->tensors, BERT_NAME_POSITIONS, c->position_rows, width, &positions, l->e);
	if (!rc && !c->distil)
		rc = bert_tensors_matrix(&m->tensors, BERT_NAME_TYPES, c->info.n_types, width, &types, l->e);
	if (!rc)
		rc = read_norm(l, BERT_NAME_NORM, &m->embedding_norm);
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

/* A matrix and the tensors that lie under each other in it. */
struct packing {
	struct gemm_weights *to;
	const struct tensor *from[3];
	size_t n_from;
	float *rows;
};

static void pack_panel(void *context, size_t panel, size_t worker)
{
	const struct packing *p = context;
	size_t k = p->to->k, rows_each = p->to->n / p->n_from, n = p->to->n - panel * GEMM_PANEL;
	float *rows = p->rows + worker * GEMM_PANEL * k;
	for (size_t i = 0; i < GEMM_PANEL && i < n; i++) {
		size_t row = panel * GEMM_PANEL + i;
		bert_tensor_row(p->from[row / rows_each], row % rows_each, rows + i * k);
	}
	gemm_pack(p->to, panel, rows);
}

/* One matrix [rows, columns] of the file, or n_parts under each other, with biases. */
MUST_CHECK static int read_matrix(struct loader *l, struct gemm_weights *w, size_t layer, enum bert_part part, size_t n_parts,
				  size_t rows, size_t columns)
{
	static const enum gemm_type types[] = { GEMM_F32, GEMM_BF16, GEMM_INT8 };
	struct packing p = { w, { NULL }, n_parts, l->rows };
	char name[BERT_NAME_BYTES];
	for (size_t i = 0; i < n_parts; i++) {
		bert_part_name(&l->m->config, layer, part + i, name);
		int rc = bert_tensors_matrix(&l->m->tensors, name, rows, columns, &p.from[i], l->e);
		if (rc)
			return rc;
	}
	gemm_weights_init(w, &l->m->arena, types[l->m->precision], l->m->level, n_parts * rows, columns);
	for (size_t i = 0; i < n_parts; i++) {
		bert_part_name(&l->m->config, layer, part + i, name);
		int rc = bert_tensors_bias(&l->m->tensors, name, rows, w->bias + i * rows, l->e);
		if (rc)
			return rc;
	}
	pool_run(l->pool, w->n_panels, pack_panel, &p);
	for (size_t i = 0; i < n_parts; i++)
		tensorfile_forget(l->m->tensors.file, p.from[i]->data, p.from[i]->n_bytes);
	return 0;
}

MUST_CHECK static int read_layer(struct loader *l, size_t i)
{
	const struct bert_info *info = &l->m->config.info;
	struct bert_layer *layer = &l->m->layers[i];
	char name[BERT_NAME_BYTES];
	int rc = read_matrix(l, &layer->qkv, i, BERT_PART_QUERY, 3, info->width, info->width);
	if (!rc)
		rc = read_matrix(l, &layer->out, i, BERT_PART_OUT, 1, info->width, info->width);
	if (!rc)
		rc = read_matrix(l, &layer->up, i, BERT_PART_UP, 1, info->ffn_width, info->width);
	if (!rc)
		rc = read_matrix(l, &layer->down, i, BERT_PART_DOWN, 1, info->width, info->ffn_width);
	if (rc)
		return rc;
	bert_part_name(&l->m->config, i, BERT_PART_NORM1, name);
	rc = read_norm(l, name, &layer->attention_norm);
	if (rc)
		return rc;
	bert_part_name(&l->m->config, i, BERT_PART_NORM2, name);
	return read_norm(l, name, &layer->output_norm);
}

int bert_weights_open(struct bert *m, const char *dir, struct pool *pool, struct err *e)
{
	const struct bert_info *info = &m->config.info;
	struct loader l = { m, pool, NULL, e };
	int rc = bert_tensors_open(&m->tensors, &m->config, dir, e);
	if (!rc)
		rc = read_embeddings(&l);
	if (rc)
		return rc;
	m->layers = MEM_ZNEW(info->n_layers, struct bert_layer);
	l.rows = mem_alloc(pool_size(pool) * GEMM_PANEL,
			   (info->ffn_width > info->width ? info->ffn_width : info->width) * sizeof(float));
	for (size_t i = 0; !rc && i < info->n_layers; i++)
		rc = read_layer(&l, i);
	mem_free(l.rows);
	m->config.info.dtype = bert_tensors_dtype(&m->tensors);
	m->config.info.n_parameters = m->tensors.n_parameters;
	return rc;
}

void bert_weights_close(struct bert *m)
{
	mem_free(m->layers);
	mem_free(m->positions);
	arena_release(&m->arena);
	bert_tensors_close(&m->tensors);
}

/* ---- the words of a call ---- */

enum { WORD_ROWS = 128 };

struct taking {
	const struct bert *m;
	const struct bert_rows *to;
	const uint32_t *used; /* [n] ids, ascending */
	size_t n;
};

void bert_words(const struct bert *m, const uint32_t *ids, size_t n, float *out)
{
	size_t width = m->config.info.width, row_bytes = m->words->n_bytes / m->config.info.vocab_size, low = SIZE_MAX, high = 0;
	for (size_t i = 0; i < n; i++) {
		bert_tensor_row(m->words, ids[i], out + i * width);
		low = ids[i] < low ? ids[i] : low;
		high = ids[i] > high ? ids[i] : high;
	}
	if (n)
		tensorfile_forget(m->tensors.file, (const char *)m->words->data + low * row_bytes, (high - low + 1) * row_bytes);
}

static void take_rows(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct taking *t = context;
	size_t from, to;
	block_range(t->n, WORD_ROWS, block, &from, &to);
	bert_words(t->m, t->used + from, to - from, t->to->rows + from * t->m->config.info.width);
}

void bert_rows_take(const struct bert *m, const uint32_t *ids, size_t n, struct pool *pool, struct bert_rows *w)
{
	size_t vocab_size = m->config.info.vocab_size;
	struct taking t = { m, w, NULL, 0 };
	uint32_t *used = MEM_NEW(n < vocab_size ? n : vocab_size, uint32_t);
	w->place = MEM_ZNEW(vocab_size, uint32_t);
	for (size_t i = 0; i < n; i++)
		w->place[ids[i]] = 1;
	for (size_t id = 0; id < vocab_size; id++)
		if (w->place[id]) {
			w->place[id] = (uint32_t)t.n;
			used[t.n++] = (uint32_t)id;
		}
	w->rows = mem_alloc(t.n, m->config.info.width * sizeof(float));
	t.used = used;
	pool_run(pool, blocks_of(t.n, WORD_ROWS), take_rows, &t);
	mem_free(used);
}

void bert_rows_release(struct bert_rows *w)
{
	mem_free(w->place);
	mem_free(w->rows);
}

/* A piece at a time, which is let go then. */
static uint64_t hash_tensor(const struct bert *m, const struct tensor *t, uint64_t h)
{
	enum { PIECE = 1 << 23 };
	h = hash_bytes(str_of(t->name), h);
	for (size_t b = 0; b < blocks_of(t->n_bytes, PIECE); b++) {
		size_t from, to;
		block_range(t->n_bytes, PIECE, b, &from, &to);
		const char *p = (const char *)t->data + from;
		h = hash_large((struct str){ p, to - from }, h);
		tensorfile_forget(m->tensors.file, p, to - from);
	}
	return h;
}

uint64_t bert_fingerprint(const struct bert *m)
{
	const struct bert_config *c = &m->config;
	const uint64_t numbers[] = { c->info.vocab_size, c->info.n_positions, c->info.n_layers, c->info.width,
				     c->info.n_heads, c->info.ffn_width, c->activation == ACTIVATION_GELU_TANH, c->position_offset };
	uint64_t h = hash_bytes((struct str){ (const char *)numbers, sizeof(numbers) }, 0);
	h = hash_bytes((struct str){ (const char *)&c->info.norm_eps, sizeof(c->info.norm_eps) }, h);
	h = hash_bytes(str_of(c->info.family), h);
	for (size_t i = 0; i < tensorfile_count(m->tensors.file); i++)
		h = hash_tensor(m, tensorfile_at(m->tensors.file, i), h);
	return h;
}

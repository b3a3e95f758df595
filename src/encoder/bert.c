/* bert.c: see bert.h. The forward pass.
 *
 * A block of whole texts, about BLOCK_TOKENS tokens together, goes through all layers on one worker, so its activations
 * stay in that core's cache and workers never wait for each other; weights stream from the last-level cache once a block.
 * The feed-forward part runs in runs of FFN_ROWS rows, so that its wide middle stays in cache too. */
#include "base/mem.h"
#include "base/threads.h"
#include "encoder/bert_weights.h"
#include "io/folder.h"
#include "nn/attention.h"
#include "nn/layernorm.h"

#include <math.h>
#include <string.h>

enum { BLOCK_TOKENS = 192, LEAST_TOKENS = 24, FFN_ROWS = 96 };

int bert_open(struct bert **out, const char *dir, enum bert_precision precision, struct pool *pool, struct err *e)
{
	struct bert *m = MEM_ZNEW(1, struct bert);
	m->precision = precision;
	m->level = cpu_level();
	struct folder *files = NULL;
	int rc = folder_read(&files, dir, bert_config_files, n_bert_config_files, e);
	if (!rc)
		rc = bert_config_read(&m->config, files, e);
	if (!rc)
		rc = bert_weights_open(m, dir, pool, e);
	folder_free(files);
	if (rc) {
		bert_close(m);
		m = NULL;
	}
	*out = m;
	return rc;
}

void bert_close(struct bert *m)
{
	if (!m)
		return;
	bert_weights_close(m);
	mem_free(m);
}

const struct bert_info *bert_info(const struct bert *m)
{
	return &m->config.info;
}

/* What one worker needs for a block; rows are tokens. */
struct work {
	float *x;     /* [tokens, width] the running state */
	float *qkv;   /* [tokens, 3 width]; the feed-forward's middle [FFN_ROWS, ffn_width] lies here too */
	float *mixed; /* [tokens, width] what attention gives */
	float *attention;
	void *input;  /* narrow copies of activations */
};

struct encoding {
	const struct bert *m;
	struct bert_rows words;
	const uint32_t *ids;
	const size_t *seq_start;
	const size_t *block_start; /* [n_blocks + 1] first text of a block */
	size_t n_blocks;
	enum bert_pooling pooling;
	bool normalize;
	float *out;
	struct work *work; /* one a worker */
};

static void multiply(const struct gemm_weights *w, struct work *k, size_t n, const float *x, gemm_act_fn *act,
		     const float *residual, float *out)
{
	struct gemm_input in;
	gemm_input_set(&in, w, n, x, w->k, k->input);
	gemm_run(w, &in, n, act, residual, out, w->n);
}

static void embed(const struct encoding *c, size_t s, float *x)
{
	size_t width = c->m->config.info.width, n = c->seq_start[s + 1] - c->seq_start[s];
	const uint32_t *ids = c->ids + c->seq_start[s];
	for (size_t i = 0; i < n; i++) {
		const float *word = c->words.rows + c->words.place[ids[i]] * width, *position = c->m->positions + i * width;
		for (size_t j = 0; j < width; j++)
			x[i * width + j] = word[j] + position[j];
	}
}

static void normalise(const struct bert *m, const struct bert_norm *norm, size_t n, float *x)
{
	layernorm(m->level, n, m->config.info.width, x, norm->gain, norm->bias, (float)m->config.info.norm_eps, x);
}

static void feed_forward(const struct bert *m, const struct bert_layer *l, struct work *k, size_t n)
{
	gemm_act_fn *act = activation_fn(m->config.activation, m->level, m->precision != BERT_F32);
	for (size_t b = 0; b < blocks_of(n, FFN_ROWS); b++) {
		size_t from, to;
		block_range(n, FFN_ROWS, b, &from, &to);
		float *x = k->x + from * m->config.info.width;
		multiply(&l->up, k, to - from, x, act, NULL, k->qkv);
		multiply(&l->down, k, to - from, k->qkv, NULL, x, x);
	}
}

/* Texts [first, last) through all layers; k->x holds the result. */
static void forward(const struct encoding *c, size_t first, size_t last, struct work *k)
{
	const struct bert *m = c->m;
	size_t width = m->config.info.width, n_heads = m->config.info.n_heads;
	size_t base = c->seq_start[first], n = c->seq_start[last] - base;
	for (size_t s = first; s < last; s++)
		embed(c, s, k->x + (c->seq_start[s] - base) * width);
	normalise(m, &m->embedding_norm, n, k->x);
	for (size_t i = 0; i < m->config.info.n_layers; i++) {
		const struct bert_layer *l = &m->layers[i];
		multiply(&l->qkv, k, n, k->x, NULL, NULL, k->qkv);
		for (size_t s = first; s < last; s++) {
			size_t at = c->seq_start[s] - base;
			attention(m->level, m->precision != BERT_F32, c->seq_start[s + 1] - c->seq_start[s], n_heads, width / n_heads,
				  k->qkv + at * 3 * width, k->mixed + at * width, k->attention);
		}
		multiply(&l->out, k, n, k->mixed, NULL, k->x, k->x);
		normalise(m, &l->attention_norm, n, k->x);
		feed_forward(m, l, k, n);
		normalise(m, &l->output_norm, n, k->x);
	}
}

static void pool_text(enum bert_pooling pooling, size_t n, size_t width, const float *x, float *out)
{
	memcpy(out, x, width * sizeof(float));
	if (pooling == BERT_POOL_CLS)
		return;
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < width; j++) {
			float v = x[i * width + j];
			out[j] = pooling == BERT_POOL_MEAN ? out[j] + v : v > out[j] ? v : out[j];
		}
	if (pooling == BERT_POOL_MEAN)
		for (size_t j = 0; j < width; j++)
			out[j] /= (float)n;
}

static double length_of(size_t n, const float *x)
{
	double sum = 0;
	for (size_t j = 0; j < n; j++)
		sum += (double)x[j] * x[j];
	return sqrt(sum);
}

static void encode_block(void *context, size_t block, size_t worker)
{
	const struct encoding *c = context;
	size_t first = c->block_start[block], last = c->block_start[block + 1], width = c->m->config.info.width;
	struct work *k = &c->work[worker];
	forward(c, first, last, k);
	for (size_t s = first; s < last; s++) {
		size_t n = c->seq_start[s + 1] - c->seq_start[s];
		float *row = c->out + s * width;
		pool_text(c->pooling, n, width, k->x + (c->seq_start[s] - c->seq_start[first]) * width, row);
		double length = length_of(width, row);
		if (c->normalize && length > 0)
			for (size_t j = 0; j < width; j++)
				row[j] = (float)(row[j] / length);
	}
}

MUST_CHECK static int check(const struct bert_info *info, const uint32_t *ids, const size_t *seq_start, size_t n_seqs,
			    struct err *e)
{
	for (size_t s = 0; s < n_seqs; s++) {
		if (seq_start[s + 1] <= seq_start[s])
			return err_data(e, "text %zu has no tokens", s);
		size_t n = seq_start[s + 1] - seq_start[s];
		if (n > info->n_positions)
			return err_data(e, "text %zu has %zu tokens, and the model takes %zu", s, n, info->n_positions);
		for (size_t i = seq_start[s]; i < seq_start[s + 1]; i++)
			if (ids[i] >= info->vocab_size)
				return err_data(e, "text %zu has token id %u, and the model's vocabulary ends at %zu", s,
						(unsigned)ids[i], info->vocab_size - 1);
	}
	return 0;
}

/* Cut the texts into blocks of about the same number of tokens, and smaller ones at the end, so that workers finish
 * together; returns the most tokens that one has. */
static size_t cut(struct encoding *c, size_t n_seqs, size_t n_workers, size_t *block_start)
{
	size_t most = 0;
	block_start[0] = 0;
	c->n_blocks = 0;
	for (size_t s = 0; s < n_seqs; s++) {
		size_t from = c->seq_start[block_start[c->n_blocks]], n = c->seq_start[s + 1] - from;
		size_t goal = (c->seq_start[n_seqs] - from) / (2 * n_workers) + 1;
		goal = goal < LEAST_TOKENS ? LEAST_TOKENS : goal > BLOCK_TOKENS ? BLOCK_TOKENS : goal;
		if (n < goal && s + 1 < n_seqs)
			continue;
		most = n > most ? n : most;
		block_start[++c->n_blocks] = s + 1;
	}
	return most;
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void work_new(const struct bert *m, size_t tokens, struct work *k)
{
	const struct bert_info *info = &m->config.info;
	const struct bert_layer *l = &m->layers[0];
	size_t ffn_rows = tokens < FFN_ROWS ? tokens : FFN_ROWS;
	k->x = mem_alloc(tokens, info->width * sizeof(float));
	k->qkv = mem_alloc(max_size(tokens * 3 * info->width, ffn_rows * info->ffn_width), sizeof(float));
	k->mixed = mem_alloc(tokens, info->width * sizeof(float));
	k->attention = mem_alloc(attention_scratch(tokens, info->n_heads, info->width / info->n_heads), sizeof(float));
	k->input = mem_alloc(max_size(gemm_input_bytes(&l->qkv, tokens), gemm_input_bytes(&l->down, ffn_rows)), 1);
}

static void work_free(struct work *k)
{
	mem_free(k->x);
	mem_free(k->qkv);
	mem_free(k->mixed);
	mem_free(k->attention);
	mem_free(k->input);
}

int bert_encode(const struct bert *m, const uint32_t *ids, const size_t *seq_start, size_t n_seqs,
		enum bert_pooling pooling, bool normalize, float *out, struct pool *pool, struct err *e)
{
	int rc = check(&m->config.info, ids, seq_start, n_seqs, e);
	if (rc || n_seqs == 0)
		return rc;
	size_t n_workers = pool_size(pool), width = m->config.info.width;
	size_t *block_start = MEM_NEW(n_seqs + 1, size_t);
	struct encoding c = { .m = m, .ids = ids, .seq_start = seq_start, .block_start = block_start, .pooling = pooling,
			      .normalize = normalize, .out = out };
	bert_rows_take(m, ids + seq_start[0], seq_start[n_seqs] - seq_start[0], pool, &c.words);
	size_t tokens = cut(&c, n_seqs, n_workers, block_start);
	c.work = MEM_NEW(n_workers, struct work);
	for (size_t i = 0; i < n_workers; i++)
		work_new(m, tokens, &c.work[i]);
	pool_run(pool, c.n_blocks, encode_block, &c);
	for (size_t i = 0; i < n_workers; i++)
		work_free(&c.work[i]);
	mem_free(c.work);
	bert_rows_release(&c.words);
	mem_free(block_start);
	for (size_t s = 0; s < n_seqs && !rc; s++)
		if (!isfinite(length_of(width, out + s * width)))
			rc = err_data(e, "the vector of text %zu is not finite: the model's weights are damaged", s);
	return rc;
}

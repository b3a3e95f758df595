/* mlm_texts.c: texts as masked batches of tokens. */
#include "base/mem.h"
#include "model/mlm.h"
#include "text/tokenizer.h"

#include <string.h>

enum { BLOCK_TEXTS = 64 };

/* ---- tokens ---- */

void mlm_texts_release(struct mlm_texts *t)
{
	mem_free(t->id);
	mem_free(t->start);
	*t = (struct mlm_texts){ 0 };
}

static void append(struct mlm_texts *t, uint32_t first, const uint32_t *id, size_t n, uint32_t last)
{
	size_t end = t->n ? t->start[t->n] : 0;
	if (t->n + 2 > t->capacity) {
		size_t capacity = mem_grow(t->capacity, t->n + 2);
		t->start = mem_resize(t->start, t->n ? t->n + 1 : 0, capacity, sizeof *t->start);
		t->capacity = capacity;
	}
	if (end + n + 2 > t->id_capacity) {
		size_t capacity = mem_grow(t->id_capacity, end + n + 2);
		t->id = mem_resize(t->id, end, capacity, sizeof *t->id);
		t->id_capacity = capacity;
	}
	t->start[t->n++] = end;
	t->id[end] = first;
	memcpy(t->id + end + 1, id, n * sizeof *id);
	t->id[end + 1 + n] = last;
	t->start[t->n] = end + n + 2;
}

/* The parts of a text of n tokens between its two special ones, each of up to `room`. */
static void append_parts(struct mlm_texts *t, const uint32_t *id, size_t n, size_t room)
{
	size_t n_parts = blocks_of(n, room);
	for (size_t k = 0; k < n_parts; k++) {
		size_t from = n * k / n_parts, to = n * (k + 1) / n_parts;
		append(t, id[0], id + 1 + from, to - from, id[n + 1]);
	}
}

struct tokenising {
	const struct tokenizer *tokenizer;
	const struct textlist *texts;
	struct tokens *block;
	size_t *length;
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
		tokenizer_encode(k->tokenizer, textlist_at(k->texts, i), NULL, SIZE_MAX, t);
		k->length[i] = t->n - before;
	}
}

/* The special tokens around a text are one before and one behind. */
static int check_frame(const struct tokenizer *t, struct err *e)
{
	struct tokens frame = { 0 };
	tokenizer_encode(t, STR(""), NULL, 16, &frame);
	size_t n = frame.n;
	tokens_release(&frame);
	return n == 2 ? 0 : err_data(e, "a tokenizer that puts %zu special tokens around a text is not supported; 2 are", n);
}

int mlm_texts_make(struct mlm_texts *t, const struct tokenizer *tokenizer, const struct textlist *texts, size_t length,
		   struct pool *pool, struct err *e)
{
	size_t n_blocks = blocks_of(texts->n, BLOCK_TEXTS);
	struct tokenising k = { tokenizer, texts, MEM_ZNEW(n_blocks, struct tokens), MEM_NEW(texts->n, size_t) };
	int rc = check_frame(tokenizer, e);
	if (!rc)
		pool_run(pool, n_blocks, tokenise_block, &k);
	for (size_t b = 0; b < n_blocks; b++) {
		size_t from, to;
		const uint32_t *id = k.block[b].id;
		block_range(texts->n, BLOCK_TEXTS, b, &from, &to);
		for (size_t i = from; !rc && i < to; id += k.length[i++])
			append_parts(t, id, k.length[i] - 2, length - 2);
		tokens_release(&k.block[b]);
	}
	mem_free(k.block);
	mem_free(k.length);
	return rc;
}

/* ---- batches ---- */

struct mlm_batcher {
	size_t n, *start;
	uint32_t *token, *row, *word, *scratch;
};

struct mlm_batcher *mlm_batcher_new(size_t n)
{
	struct mlm_batcher *b = MEM_NEW(1, struct mlm_batcher);
	*b = (struct mlm_batcher){ n, MEM_NEW(n + 1, size_t), MEM_NEW(n, uint32_t), MEM_NEW(n, uint32_t),
				   MEM_NEW(n, uint32_t), MEM_NEW(n, uint32_t) };
	return b;
}

void mlm_batcher_free(struct mlm_batcher *b)
{
	if (!b)
		return;
	mem_free(b->start);
	mem_free(b->token);
	mem_free(b->row);
	mem_free(b->word);
	mem_free(b->scratch);
	mem_free(b);
}

struct mlm_batch mlm_batcher_fill(struct mlm_batcher *b, const struct mlm_texts *t, const struct masking *m,
				  const uint32_t *order, size_t *at, size_t tokens, uint64_t seed, uint64_t stream)
{
	size_t n_texts = 0, n_targets = 0, end = b->start[0] = 0;
	for (; *at < t->n && end < tokens; ++*at) {
		size_t i = order ? order[*at] : *at, n = t->start[i + 1] - t->start[i];
		struct rng r;
		rng_init(&r, seed, rng_mix(stream) ^ i);
		memcpy(b->token + end, t->id + t->start[i], n * sizeof *t->id);
		size_t k = masking_apply(m, &r, n, b->token + end, b->row + n_targets, b->word + n_targets, b->scratch);
		for (; k; k--)
			b->row[n_targets++] += (uint32_t)end;
		end += n;
		b->start[++n_texts] = end;
	}
	return (struct mlm_batch){ { n_texts, b->start, b->token, NULL, NULL, NULL, NULL }, { n_targets, b->row, b->word } };
}

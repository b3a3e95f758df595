/* mlm_texts.c: texts as masked batches of tokens. */
#include "base/mem.h"
#include "encoder/tokenise.h"
#include "model/mlm.h"

#include <string.h>

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
	int rc = check_frame(tokenizer, e);
	if (rc)
		return rc;
	struct str *text = MEM_NEW(texts->n, struct str);
	size_t *start = MEM_ZNEW(texts->n + 1, size_t);
	for (size_t i = 0; i < texts->n; i++)
		text[i] = textlist_at(texts, i);
	uint32_t *id = tokenise(tokenizer, &(struct texts){ text, NULL, texts->n }, SIZE_MAX, start, pool);
	for (size_t i = 0; i < texts->n; i++)
		append_parts(t, id + start[i], start[i + 1] - start[i] - 2, length - 2);
	mem_free(id);
	mem_free(start);
	mem_free(text);
	return 0;
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

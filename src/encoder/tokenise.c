/* tokenise.c: see tokenise.h. */
#include "encoder/tokenise.h"
#include "base/mem.h"

/* Some models round their word table up for the sake of speed; the largest such rounding known to us is to 1024. */
enum { BLOCK_TEXTS = 64, SPARE_ROWS = 1024 };

struct tokenising {
	const struct tokenizer *tokenizer;
	const struct texts *texts;
	size_t max_length;
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
		tokenizer_encode(k->tokenizer, k->texts->text[i], NULL, k->max_length, t);
		k->length[i] = t->n - before;
	}
}

uint32_t *tokenise(const struct tokenizer *tokenizer, const struct texts *t, size_t max_length, size_t *start,
		   struct pool *pool)
{
	size_t n_blocks = blocks_of(t->n, BLOCK_TEXTS), n = 0;
	struct tokenising k = { tokenizer, t, max_length, MEM_ZNEW(n_blocks, struct tokens), start + 1 };
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

int tokenizer_fits(const struct tokenizer *tokenizer, size_t n_rows, const char *dir, struct err *e)
{
	size_t n = tokenizer_size(tokenizer);
	if (n > n_rows || n_rows - n > SPARE_ROWS)
		return err_data(e, "%s: the tokenizer has %zu tokens, the weights have %zu", dir, n, n_rows);
	return 0;
}

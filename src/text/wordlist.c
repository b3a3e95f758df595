/* wordlist.c: see wordlist.h. */
#include "text/wordlist.h"
#include "base/mem.h"

#include <stdlib.h>

enum { BLOCK_TEXTS = 64 };

void wordlist_release(struct wordlist *l)
{
	buf_release(&l->bytes);
	mem_free(l->start);
	mem_free(l->count);
	trie_release(&l->index);
	*l = (struct wordlist){ 0 };
}

static uint32_t append(struct wordlist *l, struct str s)
{
	if (l->n + 2 > l->capacity) {
		size_t capacity = mem_grow(l->capacity, l->n + 2);
		l->start = mem_resize(l->start, l->n ? l->n + 1 : 0, capacity, sizeof *l->start);
		l->count = mem_resize(l->count, l->n, capacity, sizeof *l->count);
		l->capacity = capacity;
	}
	trie_put(&l->index, s, (uint32_t)l->n);
	l->start[l->n] = l->bytes.n;
	l->count[l->n] = 0;
	buf_addstr(&l->bytes, s);
	l->start[++l->n] = l->bytes.n;
	return (uint32_t)l->n - 1;
}

uint32_t wordlist_add(struct wordlist *l, struct str s, uint64_t by)
{
	uint32_t i = trie_get(&l->index, s);
	if (i == TRIE_NONE)
		i = append(l, s);
	l->count[i] += by;
	return i;
}

struct str wordlist_at(const struct wordlist *l, size_t i)
{
	return (struct str){ buf_text(&l->bytes) + l->start[i], l->start[i + 1] - l->start[i] };
}

static int compare(const void *a, const void *b, void *list)
{
	return str_cmp(wordlist_at(list, *(const uint32_t *)a), wordlist_at(list, *(const uint32_t *)b));
}

uint32_t *wordlist_order(const struct wordlist *l)
{
	uint32_t *order = MEM_NEW(l->n, uint32_t);
	for (size_t i = 0; i < l->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, l->n, sizeof *order, compare, (void *)(uintptr_t)l);
	return order;
}

/* ---- the words of a corpus ---- */

struct word_counter_part {
	struct wordlist list;
	struct bert_words words;
};

void word_counter_init(struct word_counter *c, size_t max_chars, struct pool *pool)
{
	*c = (struct word_counter){ .max_chars = max_chars, .pool = pool };
	bert_normalizer_init(&c->normalizer);
	c->part = MEM_ZNEW(pool_size(pool), struct word_counter_part);
}

struct counting {
	struct word_counter *counter;
	const struct str *text;
	size_t n;
};

static void count_block(void *context, size_t block, size_t worker)
{
	const struct counting *k = context;
	struct word_counter_part *p = &k->counter->part[worker];
	size_t from, to;
	block_range(k->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		bert_normalize(&k->counter->normalizer, k->text[i], &p->words);
		for (size_t w = 0; w < p->words.n; w++)
			if (p->words.n_chars[w] <= k->counter->max_chars)
				wordlist_add(&p->list, (struct str){ p->words.bytes.data + p->words.start[w],
								     p->words.start[w + 1] - p->words.start[w] }, 1);
	}
}

void word_counter_add(struct word_counter *c, const struct str *text, size_t n)
{
	struct counting k = { c, text, n };
	pool_run(c->pool, blocks_of(n, BLOCK_TEXTS), count_block, &k);
}

static void add_all(struct wordlist *to, const struct wordlist *from)
{
	uint32_t *order = wordlist_order(from);
	for (size_t i = 0; i < from->n; i++)
		wordlist_add(to, wordlist_at(from, order[i]), from->count[order[i]]);
	mem_free(order);
}

/* Which worker saw a word depends on chance, so the order is made anew. */
void word_counter_take(struct word_counter *c, struct wordlist *l)
{
	for (size_t k = 1; k < pool_size(c->pool); k++)
		add_all(&c->part[0].list, &c->part[k].list);
	add_all(l, &c->part[0].list);
	for (size_t k = 0; k < pool_size(c->pool); k++)
		wordlist_release(&c->part[k].list);
}

void word_counter_release(struct word_counter *c)
{
	for (size_t k = 0; c->part && k < pool_size(c->pool); k++) {
		wordlist_release(&c->part[k].list);
		bert_words_release(&c->part[k].words);
	}
	mem_free(c->part);
	bert_normalizer_release(&c->normalizer);
	*c = (struct word_counter){ 0 };
}

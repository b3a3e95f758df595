/* masking.c: see masking.h. */
#include "text/masking.h"
#include "base/mem.h"

enum { ORDINARY, INSIDE, SPECIAL };

/* The kinds that the text of a token tells: special in brackets, "##" inside of a word. */
static uint8_t kind_of(struct str token)
{
	static const char *const special[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (str_eq(token, str_of(special[i])))
			return SPECIAL;
	if (token.n == 0)
		return SPECIAL;
	return token.n > 2 && token.p[0] == '#' && token.p[1] == '#' ? INSIDE : ORDINARY;
}

int masking_init(struct masking *m, const struct tokenizer *t, double share, bool whole_words, struct err *e)
{
	size_t n = tokenizer_size(t);
	*m = (struct masking){ .share = share, .whole_words = whole_words, .mask = tokenizer_find(t, STR("[MASK]")) };
	if (m->mask == TRIE_NONE)
		return err_data(e, "the vocabulary has no token [MASK]");
	m->kind = MEM_NEW(n, uint8_t);
	m->ordinary = MEM_NEW(n, uint32_t);
	for (uint32_t id = 0; id < n; id++) {
		m->kind[id] = kind_of(tokenizer_token(t, id));
		if (m->kind[id] != SPECIAL)
			m->ordinary[m->n_ordinary++] = id;
	}
	return m->n_ordinary ? 0 : err_data(e, "the vocabulary has nothing but special tokens");
}

void masking_release(struct masking *m)
{
	mem_free(m->kind);
	mem_free(m->ordinary);
	*m = (struct masking){ 0 };
}

/* Whether token i goes with the one before it. */
static bool goes_on(const struct masking *m, const uint32_t *id, size_t i)
{
	return m->whole_words && i && m->kind[id[i]] == INSIDE && m->kind[id[i - 1]] != SPECIAL;
}

static uint32_t seen(const struct masking *m, struct rng *r, uint32_t id)
{
	uint64_t case_ = rng_below(r, 10);
	return case_ < 8 ? m->mask : case_ < 9 ? m->ordinary[rng_below(r, m->n_ordinary)] : id;
}

size_t masking_apply(const struct masking *m, struct rng *r, size_t n, uint32_t *id, uint32_t *row, uint32_t *word,
		     uint32_t *scratch)
{
	uint32_t *first = scratch; /* of each word */
	size_t n_units = 0, n_tokens = 0, k = 0;
	for (size_t i = 0; i < n; i++) {
		if (m->kind[id[i]] == SPECIAL)
			continue;
		n_tokens++;
		if (!goes_on(m, id, i))
			first[n_units++] = (uint32_t)i;
	}
	size_t goal = (size_t)(m->share * (double)n_tokens + 0.5);
	goal = goal ? goal : 1;
	rng_shuffle_u32(r, first, n_units);
	for (size_t u = 0; u < n_units && k < goal; u++) {
		size_t from = first[u], to = from + 1;
		while (to < n && goes_on(m, id, to))
			to++;
		if (k && k + to - from > goal)
			continue;
		for (size_t i = from; i < to; i++, k++) {
			row[k] = (uint32_t)i;
			word[k] = id[i];
		}
	}
	for (size_t i = 0; i < k; i++)
		id[row[i]] = seen(m, r, word[i]);
	return k;
}

/* vocabulary.c: see vocabulary.h. */
#include "text/vocabulary.h"
#include "base/mem.h"
#include "text/hashing.h"
#include "text/trie.h"

int vocabulary_put(struct vocabulary_draft *d, uint64_t id, struct str token, struct err *e)
{
	if (id >= MAX_VOCABULARY)
		return err_data(e, "token \"%.*s\" has id %llu; the limit is %d", (int)(token.n < 80 ? token.n : 80), token.p,
				(unsigned long long)id, MAX_VOCABULARY - 1);
	if (id >= d->capacity) {
		size_t capacity = mem_grow(d->capacity, id + 1);
		d->token = mem_resize(d->token, d->n, capacity, sizeof *d->token);
		d->capacity = capacity;
	}
	for (; d->n <= id; d->n++)
		d->token[d->n] = (struct str){ NULL, 0 };
	if (d->token[id].p && !str_eq(d->token[id], token))
		return err_data(e, "\"%.80s\" and \"%.80s\" have the same id, %llu", d->token[id].p, token.p, (unsigned long long)id);
	d->token[id] = token;
	return 0;
}

struct str vocabulary_token(const struct vocabulary *v, uint32_t id)
{
	if (id >= v->n)
		return STR("");
	return (struct str){ v->bytes.data + v->start[id], v->start[id + 1] - v->start[id] };
}

static uint32_t *slot_of(const struct vocabulary *v, struct str token)
{
	size_t i = hash_bytes(token, 0) & (v->n_slots - 1);
	while (v->slot[i] && !str_eq(vocabulary_token(v, v->slot[i] - 1), token))
		i = (i + 1) & (v->n_slots - 1);
	return &v->slot[i];
}

uint32_t vocabulary_find(const struct vocabulary *v, struct str token)
{
	uint32_t found = token.n ? *slot_of(v, token) : 0;
	return found ? found - 1 : TRIE_NONE;
}

void vocabulary_build(struct vocabulary *v, struct vocabulary_draft *d)
{
	v->start = MEM_NEW(d->n + 1, size_t);
	v->start[0] = 0;
	for (v->n_slots = 64; v->n_slots < 2 * d->n; v->n_slots *= 2)
		;
	v->slot = MEM_ZNEW(v->n_slots, uint32_t);
	for (size_t i = 0; i < d->n; i++) {
		struct str token = d->token[i];
		buf_add(&v->bytes, token.p, token.n);
		v->start[++v->n] = v->bytes.n;
		if (token.n)
			*slot_of(v, token) = (uint32_t)i + 1;
	}
	mem_free(d->token);
	*d = (struct vocabulary_draft){ 0 };
}

void vocabulary_release(struct vocabulary *v)
{
	buf_release(&v->bytes);
	mem_free(v->start);
	mem_free(v->slot);
	*v = (struct vocabulary){ 0 };
}

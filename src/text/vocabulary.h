/* vocabulary.h: tokens and their ids, both ways. */
#ifndef RECPIPE_TEXT_VOCABULARY_H
#define RECPIPE_TEXT_VOCABULARY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum { MAX_VOCABULARY = 1 << 24 };

/* The text of each id: token i is bytes [start[i], start[i + 1]), empty where there is no such id. */
struct vocabulary {
	struct buf bytes;
	size_t *start; /* n + 1 */
	size_t n;
	uint32_t *slot;  /* a hash table of texts: id + 1, 0 is free */
	size_t n_slots;  /* a power of two */
};
struct str vocabulary_token(const struct vocabulary *v, uint32_t id);
/* Or TRIE_NONE. */
uint32_t vocabulary_find(const struct vocabulary *v, struct str token);
void vocabulary_release(struct vocabulary *v);

/* A list of tokens by id, filled in any order and then laid out. */
struct vocabulary_draft {
	struct str *token; /* borrowed; p NULL: none */
	size_t n, capacity;
};
/* ERR_DATA for an id of MAX_VOCABULARY or more, and for another token of the same id. */
MUST_CHECK int vocabulary_put(struct vocabulary_draft *d, uint64_t id, struct str token, struct err *e);
/* Empties the draft. Of equal tokens the last id is found. Owner of v: caller, by vocabulary_release. */
void vocabulary_build(struct vocabulary *v, struct vocabulary_draft *d);

#endif

/* masking.h: which tokens of a text a masked-language model has to guess, and what it sees there (Devlin et al. 2019).
 *
 * Of the tokens that are not special a share is chosen at random, at least one: tokens or, with whole_words, all pieces of a
 * word together (a word that would take it beyond the share is passed over). What is seen in place of a chosen token is
 * [MASK] in 8 of 10 cases, a random token in 1, and the token itself in 1. */
#ifndef RECPIPE_TEXT_MASKING_H
#define RECPIPE_TEXT_MASKING_H

#include "base/rng.h"
#include "text/tokenizer.h"

#include <stdbool.h>

struct masking {
	double share;
	bool whole_words;
	uint32_t mask;           /* the id of [MASK] */
	uint8_t *kind;           /* of each id */
	uint32_t *ordinary;      /* ids that are not special: what random tokens are drawn from */
	size_t n_ordinary;
};

/* ERR_DATA where the tokenizer has no [MASK] or nothing but special tokens. Owner: caller. */
MUST_CHECK int masking_init(struct masking *m, const struct tokenizer *t, double share, bool whole_words, struct err *e);
void masking_release(struct masking *m);

/* Masks a text of n tokens in place. row[k] and word[k] are the place of chosen token k in the text and what stood there;
 * returns their number, 0 only where all tokens are special. row, word and scratch have room for n. */
size_t masking_apply(const struct masking *m, struct rng *r, size_t n, uint32_t *id, uint32_t *row, uint32_t *word,
		     uint32_t *scratch);

#endif

/* tokenise.h: a window of texts to token ids, in blocks side by side; whether a tokenizer belongs to a model. */
#ifndef RECPIPE_ENCODER_TOKENISE_H
#define RECPIPE_ENCODER_TOKENISE_H

#include "encoder/encoder.h"
#include "text/tokenizer.h"

/* The ids of all texts, special tokens included, one text behind the other: text i is ids[start[i] .. start[i + 1]). start
 * is the caller's, n + 1 long. Owner of the result: caller. */
uint32_t *tokenise(const struct tokenizer *tokenizer, const struct texts *t, size_t max_length, size_t *start,
		   struct pool *pool);
/* ERR_DATA where dir's tokenizer cannot be that of a word table of n_rows: it has more tokens, or many fewer. */
MUST_CHECK int tokenizer_fits(const struct tokenizer *tokenizer, size_t n_rows, const char *dir, struct err *e);

#endif

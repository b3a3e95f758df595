/* words.h: text folded for comparison, and its words.
 *
 * Folding is Unicode NFKC with case folding (Unicode Standard Annex 15 and chapter 3.13). A word is a longest run of
 * letters, marks and digits; a CJK ideograph is a word of its own, since its script writes no spaces. */
#ifndef RECPIPE_TEXT_WORDS_H
#define RECPIPE_TEXT_WORDS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* out is replaced. Text that is not UTF-8 is taken over byte by byte, with ASCII in lower case. */
void words_fold(struct str text, struct buf *out);
/* The next word behind *at, which moves on; false where there is none. Bytes that are not UTF-8 separate words. */
bool words_next(struct str folded, size_t *at, struct str *word);

#endif

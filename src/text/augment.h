/* augment.h: texts altered at random, so that a model learns what they say and not how they are put (Wei and Zou, "EDA: Easy
 * data augmentation techniques", EMNLP 2019).
 *
 * Words stand between white space. First each word that has synonyms becomes one of them with probability `synonym`, its
 * punctuation staying; then `swap` times their number, rounded, two words change places; then each word is dropped with
 * probability `drop`, but not all of them. */
#ifndef RECPIPE_TEXT_AUGMENT_H
#define RECPIPE_TEXT_AUGMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"

#include <stdbool.h>

/* From a CSV with the columns word and synonym, one pair a row; a word may have many, and is compared case-folded. */
struct synonyms;
MUST_CHECK int synonyms_open(struct synonyms **out, const char *path, struct err *e);
void synonyms_close(struct synonyms *s);

struct augment {
	double drop, swap, synonym;
	const struct synonyms *synonyms; /* or NULL */
};
static inline bool augment_alters(const struct augment *a)
{
	return a->drop > 0 || a->swap > 0 || (a->synonyms && a->synonym > 0);
}

/* Growing scratch memory for one thread; zeroed is valid. */
struct augment_words {
	struct str *word;
	size_t n, capacity;
	struct buf text, folded; /* with the synonyms in it; of one word */
};
void augment_words_release(struct augment_words *w);

/* The altered text replaces out; words are joined by a blank. A text without words stays as it is. */
void augment_text(const struct augment *a, struct rng *r, struct str text, struct augment_words *w, struct buf *out);

#endif

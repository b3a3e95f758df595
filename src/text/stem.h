/* stem.h: word stems by Snowball. The sole user of libstemmer. */
#ifndef RECPIPE_TEXT_STEM_H
#define RECPIPE_TEXT_STEM_H

#include "base/buf.h"
#include "base/err.h"

struct stemmer;
/* language: a Snowball name or its ISO 639 code ("english", "en"). An unknown one is ERR_USAGE that lists the names.
 * Owner of *out: caller. Not for use by two threads at once. */
MUST_CHECK int stemmer_new(struct stemmer **out, const char *language, struct err *e);
void stemmer_free(struct stemmer *s);
/* The stem of a word in lower case; borrowed until the next call. */
struct str stemmer_stem(struct stemmer *s, struct str word);

#endif

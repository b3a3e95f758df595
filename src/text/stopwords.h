/* stopwords.h: words that carry grammar, not meaning, per language: articles, pronouns, prepositions, auxiliaries. */
#ifndef RECPIPE_TEXT_STOPWORDS_H
#define RECPIPE_TEXT_STOPWORDS_H

#include "base/buf.h"
#include "base/err.h"

/* The words, lower case, separated by single blanks. language: an ISO 639 code ("en"); an unknown one is ERR_USAGE
 * that lists those there are. */
MUST_CHECK int stopwords_of(const char *language, const char **words, struct err *e);

#endif

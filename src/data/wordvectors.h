/* wordvectors.h: files of word vectors, as word2vec, GloVe and fastText publish them, told apart by their content.
 *
 *     word2vec text, fastText .vec   "N WIDTH", then a line a word: the word, WIDTH numbers
 *     word2vec binary                "N WIDTH", then a word, a space, WIDTH little-endian f32, a line feed or none
 *     GloVe                          lines only; the first tells the width
 *
 * Plain or gzip, a file or "-". A header that promises another number of words than there are, a line of another width,
 * a number that is not finite, and a file cut short are errors. Words that are not UTF-8 and words that stood before are
 * passed over and counted: published files have them. */
#ifndef RECPIPE_DATA_WORDVECTORS_H
#define RECPIPE_DATA_WORDVECTORS_H

#include "base/err.h"
#include "data/idmap.h"

#include <stddef.h>

struct wordvectors {
	struct idmap words;      /* in the order of the file, which is that of frequency in all that are published */
	float *vectors;          /* [words.n, width] */
	size_t width;
	size_t n_repeated, n_unreadable;
};

/* max_words 0: all; otherwise reading ends after so many. Owner: caller, also after an error. */
MUST_CHECK int wordvectors_open(struct wordvectors *v, const char *path, size_t max_words, struct err *e);
void wordvectors_close(struct wordvectors *v);

#endif

/* bert_normalize.h: BERT's own normalisation and word splitting, exactly as Hugging Face `tokenizers` does them
 * (BertNormalizer, then BertPreTokenizer; tokenizers 0.23.3).
 *
 * In order: control characters, NUL and U+FFFD go, white space becomes a blank; CJK ideographs stand alone; NFD with
 * nonspacing marks stripped; lower case. Then words are what stands between white space, each punctuation character
 * being a word of its own. The character classes are those of the reference, read off it code point by code point
 * (bert_classes.inc), since it uses an older Unicode than utf8proc. */
#ifndef RECPIPE_TEXT_BERT_NORMALIZE_H
#define RECPIPE_TEXT_BERT_NORMALIZE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct bert_normalizer {
	bool clean_text, split_ideographs, strip_accents, lower_case;
	uint8_t *classes; /* flags of each code point, 0x110000 of them */
};

/* Fills classes; the four options are the caller's to set. */
void bert_normalizer_init(struct bert_normalizer *n);
void bert_normalizer_release(struct bert_normalizer *n);

/* Growing scratch memory for one thread; zeroed is valid. */
struct bert_words {
	struct buf bytes;  /* the words as UTF-8, one behind the other */
	size_t *start;     /* n + 1 offsets into bytes */
	size_t *n_chars;   /* code points of each word */
	size_t n, capacity;
	uint32_t *code;    /* scratch: code points */
	size_t code_capacity;
};
void bert_words_release(struct bert_words *w);

/* The words of text. Each maximal invalid part of UTF-8 counts as one U+FFFD, as in Python's errors="replace". */
void bert_normalize(const struct bert_normalizer *n, struct str text, struct bert_words *out);

#endif

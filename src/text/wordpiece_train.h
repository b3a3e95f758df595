/* wordpiece_train.h: a WordPiece vocabulary from the words of a corpus.
 *
 * Each word begins as its characters, all but the first with "##" before them. The pair of neighbours that stands most
 * often becomes a piece wherever it stands, and so on until there are as many pieces as wanted or no pair is frequent
 * enough (byte pair encoding: Sennrich et al., "Neural machine translation of rare words with subword units", 2016).
 * That is what WordPieceTrainer of Hugging Face tokenizers 0.23.3 does, and the pieces are the same in the same order,
 * with one difference: there the ids of the "##" characters, which break ties, are those of a hash map with a random
 * seed and change from run to run; here they are in order of code points.
 *
 * Counts of pairs are kept up to date by the merges, and the next pair comes from a heap: 850,000 lines of 13 million
 * words give 28,000 pieces in 3 seconds on two cores, all but 0.2 of them for counting words (there: 10 seconds). */
#ifndef RECPIPE_TEXT_WORDPIECE_TRAIN_H
#define RECPIPE_TEXT_WORDPIECE_TRAIN_H

#include "base/err.h"
#include "text/wordlist.h"

enum { WORDPIECE_MAX_CHARS = 100 }; /* longer words are unknown to the tokenizer, and should not be counted */

struct wordpiece_plan {
	size_t size;          /* pieces wanted; all characters and the special tokens are there even if they are more */
	size_t min_frequency; /* of a pair that becomes a piece */
	size_t max_alphabet;  /* the most frequent so many characters; others are unknown. 0: all */
};

/* pieces (empty at first) becomes the vocabulary, an id being its place: [PAD] [UNK] [CLS] [SEP] [MASK], the
 * characters, the "##" characters, the merged pieces in order of their making. ERR_DATA where there is no word. */
MUST_CHECK int wordpiece_train(const struct wordlist *words, const struct wordpiece_plan *plan, struct wordlist *pieces,
			       struct err *e);
/* The vocabulary as vocab.txt; as tokenizer.json with BERT's normaliser, splitting and special tokens. Appended. */
void wordpiece_vocab_txt(const struct wordlist *pieces, struct buf *out);
void wordpiece_tokenizer_json(const struct wordlist *pieces, bool lower_case, struct buf *out);

#endif

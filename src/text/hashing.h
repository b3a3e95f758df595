/* hashing.h: 64-bit hashes of text, and the bag of hashed features of one text.
 *
 * A text becomes words, pairs of neighbouring words, and the character n-grams of each word between boundary marks
 * (Bojanowski et al., "Enriching word vectors with subword information", 2017); each feature is a hash and nothing else,
 * so no vocabulary is kept and no word is unknown (Weinberger et al., "Feature hashing for large scale multitask
 * learning", 2009). */
#ifndef RECPIPE_TEXT_HASHING_H
#define RECPIPE_TEXT_HASHING_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* A hash of bytes for content comparison: the same on every machine, not for adversaries. */
uint64_t hash_bytes(struct str s, uint64_t seed);
/* Another one, for data of many megabytes: at the speed of memory. */
uint64_t hash_large(struct str s, uint64_t seed);

enum feature_kind { FEATURE_WORD, FEATURE_PAIR, FEATURE_CHARS };
/* The kind is the low two bits of a feature's hash. */
static inline enum feature_kind feature_kind_of(uint64_t feature)
{
	return (enum feature_kind)(feature & 3);
}

/* Distinct features in order of first appearance, with their counts. A zeroed struct is an empty bag. */
struct bag {
	uint64_t *feature;
	uint32_t *count, *place; /* place: where the feature lies in slot */
	size_t n, capacity;
	uint32_t *slot;          /* index + 1 into feature, 0 is free; open addressing */
	size_t n_slots;
};
void bag_clear(struct bag *b);
void bag_release(struct bag *b);
void bag_add(struct bag *b, uint64_t feature);

struct ngrams {
	size_t min, max; /* characters, boundary marks included; max 0: none */
	int pairs;       /* neighbouring words too */
};
/* Add the features of a text already folded (words.h). */
void bag_add_text(struct bag *b, struct str folded, const struct ngrams *n);

#endif

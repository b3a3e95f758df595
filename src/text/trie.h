/* trie.h: longest prefix of a text that is in a set of byte strings.
 *
 * One hash table of (node, byte) -> node edges: a step is one probe, the longest match one pass over the text, whatever
 * the vocabulary's size. 30,522 word pieces take 3 MB. (A hash lookup a candidate length costs the square of the word's
 * length.) */
#ifndef RECPIPE_TEXT_TRIE_H
#define RECPIPE_TEXT_TRIE_H

#include "base/buf.h"

#include <stdint.h>

#define TRIE_NONE UINT32_MAX

struct trie {
	uint64_t *key;   /* (node << 8 | byte) + 1; 0 is free */
	uint32_t *child;
	size_t n_slots, n_edges;
	uint32_t *value; /* of each node; TRIE_NONE where no string ends */
	size_t n_nodes, node_capacity;
};
#define TRIE_INIT { NULL, NULL, 0, 0, NULL, 0, 0 }

/* Set the value (below TRIE_NONE) of a string; a later one replaces an earlier one. */
void trie_put(struct trie *t, struct str s, uint32_t value);
/* Value of the longest string of the set that s starts with, its length in *n; TRIE_NONE (and *n = 0) if there is none. */
uint32_t trie_longest(const struct trie *t, struct str s, size_t *n);
/* A step from a node (0 is the root): the node behind this byte, or TRIE_NONE; its string's value is value[node]. The trie
 * must not be empty. */
uint32_t trie_step(const struct trie *t, uint32_t node, unsigned char byte);
/* Value of exactly s, or TRIE_NONE. */
uint32_t trie_get(const struct trie *t, struct str s);
void trie_release(struct trie *t);

#endif

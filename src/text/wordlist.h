/* wordlist.h: distinct strings in order of first appearance, each with a count; and the words of a corpus. */
#ifndef RECPIPE_TEXT_WORDLIST_H
#define RECPIPE_TEXT_WORDLIST_H

#include "base/threads.h"
#include "text/bert_normalize.h"
#include "text/trie.h"

/* A zeroed struct is an empty list; up to 2^32 - 2 strings. */
struct wordlist {
	struct buf bytes; /* the strings, one behind the other */
	size_t *start;    /* n + 1 offsets into bytes, where n is not 0 */
	uint64_t *count;
	size_t n, capacity;
	struct trie index;
};
void wordlist_release(struct wordlist *l);
/* Add `by` to the count of a string, which joins the list where it is new; its index. */
uint32_t wordlist_add(struct wordlist *l, struct str s, uint64_t by);
/* Borrowed until the next add. */
struct str wordlist_at(const struct wordlist *l, size_t i);
/* The indices in byte order of the strings: for UTF-8 that of code points. Owner: caller, by mem_free. */
uint32_t *wordlist_order(const struct wordlist *l);

/* Counts words as bert_normalize cuts them. A word of more than max_chars code points is left out. */
struct word_counter {
	struct bert_normalizer normalizer; /* set by word_counter_init, the options are the caller's */
	size_t max_chars;
	struct pool *pool;
	struct word_counter_part *part; /* a worker's own */
};
void word_counter_init(struct word_counter *c, size_t max_chars, struct pool *pool);
void word_counter_add(struct word_counter *c, const struct str *text, size_t n);
/* All words so far, in byte order, are added to l. The counter is empty then. */
void word_counter_take(struct word_counter *c, struct wordlist *l);
void word_counter_release(struct word_counter *c);

#endif

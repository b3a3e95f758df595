/* wordpiece_train.c: see wordpiece_train.h. */
#include "text/wordpiece_train.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

static const char *const special[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
enum { N_SPECIAL = sizeof special / sizeof *special };

/* A pair of pieces that stood in some words when it was noted. A pair may come about again later, in other words, and
 * then has a second candidate; its count is that of the pair. */
struct candidate {
	int64_t count;   /* when it was noted: counts only change what is behind it until it comes to the top */
	uint64_t key;    /* left << 32 | right */
	uint32_t pair, n;
	size_t from;     /* its n words are position[from...] */
};

struct trainer {
	/* words as pieces: word w is symbol[start[w]] ... of length[w] */
	uint32_t *symbol, *length;
	size_t *start, n_words;
	const uint64_t *frequency;
	/* distinct pairs */
	uint32_t *slot;          /* index + 1, 0 is free; open addressing */
	size_t n_slots, n_pairs, pair_capacity;
	uint64_t *key;
	int64_t *count;
	uint32_t *last_word, *n_new;
	/* what a round of merges brought: (pair, word), and the pairs among them */
	struct place {
		uint32_t pair, word;
	} *place;
	size_t n_places, place_capacity;
	uint32_t *touched;
	size_t n_touched, touched_capacity;
	uint32_t *position;
	size_t n_positions, position_capacity;
	struct candidate *heap;
	size_t n_heap, heap_capacity;
};

#define ROOM_FOR(array, n, capacity, more)                                                             \
	do {                                                                                           \
		if ((n) + (more) > (capacity)) {                                                       \
			size_t grown_ = mem_grow((capacity), (n) + (more));                            \
			(array) = mem_resize((array), (n), grown_, sizeof *(array));                   \
			(capacity) = grown_;                                                           \
		}                                                                                      \
	} while (0)

/* ---- the heap: most frequent first, then the smallest pair, then the oldest ---- */

static bool before(const struct candidate *a, const struct candidate *b)
{
	if (a->count != b->count)
		return a->count > b->count;
	return a->key != b->key ? a->key < b->key : a->from < b->from;
}

static void sift_down(struct trainer *t, size_t i)
{
	struct candidate x = t->heap[i];
	for (size_t child; (child = 2 * i + 1) < t->n_heap; i = child) {
		child += child + 1 < t->n_heap && before(&t->heap[child + 1], &t->heap[child]);
		if (!before(&t->heap[child], &x))
			break;
		t->heap[i] = t->heap[child];
	}
	t->heap[i] = x;
}

static void push(struct trainer *t, struct candidate x)
{
	ROOM_FOR(t->heap, t->n_heap, t->heap_capacity, 1);
	size_t i = t->n_heap++;
	for (; i && before(&x, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
		t->heap[i] = t->heap[(i - 1) / 2];
	t->heap[i] = x;
}

static void pop(struct trainer *t)
{
	t->heap[0] = t->heap[--t->n_heap];
	if (t->n_heap)
		sift_down(t, 0);
}

/* ---- pairs ---- */

static size_t slot_of(const struct trainer *t, uint64_t key)
{
	size_t i = rng_mix(key) & (t->n_slots - 1);
	while (t->slot[i] && t->key[t->slot[i] - 1] != key)
		i = (i + 1) & (t->n_slots - 1);
	return i;
}

static void grow_pairs(struct trainer *t)
{
	size_t capacity = t->pair_capacity ? 2 * t->pair_capacity : 1024;
	t->key = mem_resize(t->key, t->n_pairs, capacity, sizeof *t->key);
	t->count = mem_resize(t->count, t->n_pairs, capacity, sizeof *t->count);
	t->last_word = mem_resize(t->last_word, t->n_pairs, capacity, sizeof *t->last_word);
	t->n_new = mem_resize(t->n_new, t->n_pairs, capacity, sizeof *t->n_new);
	t->pair_capacity = capacity;
	mem_free(t->slot);
	t->n_slots = 2 * capacity;
	t->slot = MEM_ZNEW(t->n_slots, uint32_t);
	for (size_t i = 0; i < t->n_pairs; i++)
		t->slot[slot_of(t, t->key[i])] = (uint32_t)i + 1;
}

static uint32_t pair_of(struct trainer *t, uint32_t left, uint32_t right)
{
	uint64_t key = (uint64_t)left << 32 | right;
	if (t->n_pairs == t->pair_capacity)
		grow_pairs(t);
	size_t s = slot_of(t, key);
	if (!t->slot[s]) {
		t->key[t->n_pairs] = key;
		t->count[t->n_pairs] = t->n_new[t->n_pairs] = 0;
		t->slot[s] = (uint32_t)++t->n_pairs;
	}
	return t->slot[s] - 1;
}

static void pair_goes(struct trainer *t, uint32_t left, uint32_t right, uint32_t word)
{
	uint32_t p = pair_of(t, left, right); /* which may move count */
	t->count[p] -= (int64_t)t->frequency[word];
}

static void pair_comes(struct trainer *t, uint32_t left, uint32_t right, uint32_t word)
{
	uint32_t p = pair_of(t, left, right);
	t->count[p] += (int64_t)t->frequency[word];
	if (t->n_new[p] && t->last_word[p] == word)
		return;
	t->last_word[p] = word;
	ROOM_FOR(t->place, t->n_places, t->place_capacity, 1);
	t->place[t->n_places++] = (struct place){ p, word };
	if (t->n_new[p]++)
		return;
	ROOM_FOR(t->touched, t->n_touched, t->touched_capacity, 1);
	t->touched[t->n_touched++] = p;
}

/* The pairs that came, each with its words, become candidates. */
static void take_new(struct trainer *t)
{
	ROOM_FOR(t->position, t->n_positions, t->position_capacity, t->n_places);
	size_t at = t->n_positions, *next = MEM_NEW(t->n_touched, size_t);
	for (size_t i = 0; i < t->n_touched; i++) {
		uint32_t p = t->touched[i];
		next[i] = at;
		if (t->count[p] > 0)
			push(t, (struct candidate){ t->count[p], t->key[p], p, t->n_new[p], at });
		at += t->n_new[p];
		t->n_new[p] = (uint32_t)i; /* where its words go */
	}
	for (size_t i = 0; i < t->n_places; i++)
		t->position[next[t->n_new[t->place[i].pair]]++] = t->place[i].word;
	for (size_t i = 0; i < t->n_touched; i++)
		t->n_new[t->touched[i]] = 0;
	t->n_positions = at;
	t->n_places = t->n_touched = 0;
	mem_free(next);
}

/* ---- merging ---- */

/* Left and right become one wherever they stand in a word, from its start on. */
static void merge_word(struct trainer *t, uint32_t word, uint32_t left, uint32_t right, uint32_t whole)
{
	uint32_t *s = t->symbol + t->start[word];
	size_t n = t->length[word], to = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] != left || i + 1 == n || s[i + 1] != right) {
			s[to++] = s[i];
			continue;
		}
		if (to) {
			pair_goes(t, s[to - 1], left, word);
			pair_comes(t, s[to - 1], whole, word);
		}
		s[to++] = whole;
		i++;
		if (i + 1 < n) {
			pair_goes(t, right, s[i + 1], word);
			pair_comes(t, whole, s[i + 1], word);
		}
	}
	t->length[word] = (uint32_t)to;
}

/* "ab" and "##c" give "abc". */
static uint32_t join(struct wordlist *pieces, uint32_t left, uint32_t right, struct buf *scratch)
{
	struct str r = wordlist_at(pieces, right);
	buf_clear(scratch);
	buf_addstr(scratch, wordlist_at(pieces, left));
	buf_add(scratch, r.p + 2, r.n - 2);
	return wordlist_add(pieces, buf_str(scratch), 0);
}

static void merge_all(struct trainer *t, const struct wordpiece_plan *plan, struct wordlist *pieces)
{
	int64_t least = plan->min_frequency ? (int64_t)plan->min_frequency : 1;
	struct buf scratch = BUF_INIT;
	while (pieces->n < plan->size && t->n_heap) {
		struct candidate top = t->heap[0];
		if (top.count != t->count[top.pair]) {
			t->heap[0].count = t->count[top.pair];
			sift_down(t, 0);
			continue;
		}
		if (top.count < least)
			break;
		pop(t);
		uint32_t left = (uint32_t)(top.key >> 32), right = (uint32_t)top.key;
		uint32_t whole = join(pieces, left, right, &scratch);
		for (size_t i = top.from; i < top.from + top.n; i++)
			merge_word(t, t->position[i], left, right, whole);
		take_new(t);
	}
	buf_release(&scratch);
}

/* ---- characters ---- */

/* The length of the character that begins with byte c of valid UTF-8. */
static size_t char_bytes(char c)
{
	unsigned char first = (unsigned char)c;
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static int compare_counts(const void *a, const void *b, void *list)
{
	const struct wordlist *l = list;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	if (l->count[i] != l->count[j])
		return l->count[i] > l->count[j] ? -1 : 1;
	return str_cmp(wordlist_at(l, i), wordlist_at(l, j));
}

/* The characters of the words, in order of code points, the most frequent `most` of them. */
static void add_alphabet(const struct wordlist *words, size_t most, struct wordlist *pieces)
{
	struct wordlist all = { 0 };
	for (size_t w = 0; w < words->n; w++) {
		struct str word = wordlist_at(words, w);
		for (size_t i = 0, n; i < word.n; i += n)
			wordlist_add(&all, (struct str){ word.p + i, n = char_bytes(word.p[i]) }, words->count[w]);
	}
	uint32_t *order = wordlist_order(&all), *by_count = mem_dup(order, all.n * sizeof *order);
	bool *stays = MEM_ZNEW(all.n, bool);
	qsort_r(by_count, all.n, sizeof *by_count, compare_counts, &all);
	for (size_t i = 0; i < all.n && (!most || i < most); i++)
		stays[by_count[i]] = true;
	for (size_t i = 0; i < all.n; i++)
		if (stays[order[i]])
			wordlist_add(pieces, wordlist_at(&all, order[i]), 0);
	mem_free(order);
	mem_free(by_count);
	mem_free(stays);
	wordlist_release(&all);
}

/* A "##" character for each that stands inside of a word. Returns its id by that of the character, 0 for none; owner:
 * caller, by mem_free. */
static uint32_t *add_inside(const struct wordlist *words, struct wordlist *pieces)
{
	size_t n_first = pieces->n;
	uint32_t *inside = MEM_ZNEW(n_first, uint32_t);
	for (size_t w = 0; w < words->n; w++) {
		struct str word = wordlist_at(words, w);
		for (size_t n, i = word.n ? char_bytes(word.p[0]) : 0; i < word.n; i += n) {
			n = char_bytes(word.p[i]);
			uint32_t id = trie_get(&pieces->index, (struct str){ word.p + i, n });
			if (id != TRIE_NONE)
				inside[id] = 1;
		}
	}
	struct buf scratch = BUF_INIT;
	for (size_t id = N_SPECIAL; id < n_first; id++) {
		if (!inside[id])
			continue;
		buf_clear(&scratch);
		buf_puts(&scratch, "##");
		buf_addstr(&scratch, wordlist_at(pieces, id));
		inside[id] = wordlist_add(pieces, buf_str(&scratch), 0);
	}
	buf_release(&scratch);
	return inside;
}

/* Word w as the ids of its characters; those outside of the alphabet are left out. */
static void spell(struct trainer *t, struct str word, uint32_t w, const struct trie *index, const uint32_t *inside)
{
	uint32_t *to = t->symbol + t->start[w];
	for (size_t i = 0, n; i < word.n; i += n) {
		n = char_bytes(word.p[i]);
		uint32_t id = trie_get(index, (struct str){ word.p + i, n });
		if (id != TRIE_NONE)
			*to++ = i ? inside[id] : id;
	}
	t->length[w] = (uint32_t)(to - t->symbol - t->start[w]);
	t->start[w + 1] = (size_t)(to - t->symbol);
	for (uint32_t *s = t->symbol + t->start[w]; s + 1 < to; s++)
		pair_comes(t, s[0], s[1], w);
}

static void trainer_release(struct trainer *t)
{
	void *each[] = { t->symbol, t->length, t->start, t->slot, t->key, t->count, t->last_word, t->n_new, t->place,
			 t->touched, t->position, t->heap };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
}

int wordpiece_train(const struct wordlist *words, const struct wordpiece_plan *plan, struct wordlist *pieces,
		    struct err *e)
{
	if (words->n == 0)
		return err_data(e, "there is no word to make a vocabulary of");
	for (size_t i = 0; i < N_SPECIAL; i++)
		wordlist_add(pieces, str_of(special[i]), 0);
	add_alphabet(words, plan->max_alphabet, pieces);
	uint32_t *inside = add_inside(words, pieces);
	struct trainer t = { .symbol = MEM_NEW(words->bytes.n, uint32_t), .length = MEM_NEW(words->n, uint32_t),
			     .start = MEM_ZNEW(words->n + 1, size_t), .frequency = words->count };
	for (size_t w = 0; w < words->n; w++)
		spell(&t, wordlist_at(words, w), (uint32_t)w, &pieces->index, inside);
	take_new(&t);
	merge_all(&t, plan, pieces);
	trainer_release(&t);
	mem_free(inside);
	return 0;
}

/* ---- files ---- */

void wordpiece_vocab_txt(const struct wordlist *pieces, struct buf *out)
{
	for (size_t i = 0; i < pieces->n; i++) {
		buf_addstr(out, wordlist_at(pieces, i));
		buf_putc(out, '\n');
	}
}

void wordpiece_tokenizer_json(const struct wordlist *pieces, bool lower_case, struct buf *out)
{
	buf_puts(out, "{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [");
	for (size_t i = 0; i < N_SPECIAL; i++)
		buf_printf(out, "%s\n  {\"id\": %zu, \"content\": \"%s\", \"single_word\": false, \"lstrip\": false, "
			   "\"rstrip\": false, \"normalized\": false, \"special\": true}", i ? "," : "", i, special[i]);
	buf_printf(out, "],\n\"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true, "
		   "\"handle_chinese_chars\": true, \"strip_accents\": null, \"lowercase\": %s},\n"
		   "\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"},\n"
		   "\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]},\n"
		   "\"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true},\n"
		   "\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"continuing_subword_prefix\": \"##\", "
		   "\"max_input_chars_per_word\": %d, \"vocab\": {", lower_case ? "true" : "false", WORDPIECE_MAX_CHARS);
	for (size_t i = 0; i < pieces->n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		buf_put_json(out, wordlist_at(pieces, i));
		buf_printf(out, ": %zu", i);
	}
	buf_puts(out, "}}}\n");
}

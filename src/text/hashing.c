/* hashing.c: see hashing.h.
 *
 * The features of a text are counted in a small open-addressing table rather than sorted: on movie titles and reviews
 * counting is most of the work of the hash encoder, and the table is twice as fast as a sort of the same hashes. */
#include "text/hashing.h"
#include "base/mem.h"
#include "base/rng.h"
#include "text/words.h"

#include <endian.h>
#include <string.h>

static uint64_t load64(const char *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return le64toh(x);
}

uint64_t hash_bytes(struct str s, uint64_t seed)
{
	uint64_t h = rng_mix(seed ^ s.n * 0x9e3779b97f4a7c15u);
	size_t i = 0;
	for (; i + 8 <= s.n; i += 8)
		h = rng_mix(h ^ load64(s.p + i));
	uint64_t tail = 0;
	for (size_t k = s.n; k > i; k--)
		tail = tail << 8 | (unsigned char)s.p[k - 1];
	return rng_mix(h ^ tail);
}

/* Both halves of a product. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Lanes, since one multiplication waits for the one before it. */
uint64_t hash_large(struct str s, uint64_t seed)
{
	enum { LANES = 4, STEP = 16 * LANES };
	uint64_t lane[LANES] = { seed, seed + 1, seed + 2, seed + 3 };
	size_t at = 0;
	for (; at + STEP <= s.n; at += STEP)
		for (size_t i = 0; i < LANES; i++) {
			const char *p = s.p + at + 16 * i;
			lane[i] = fold(lane[i] ^ load64(p) ^ 0x9e3779b97f4a7c15u, load64(p + 8) ^ 0xbf58476d1ce4e5b9u);
		}
	uint64_t h = hash_bytes((struct str){ s.p + at, s.n - at }, s.n);
	for (size_t i = 0; i < LANES; i++)
		h = rng_mix(h ^ lane[i]);
	return h;
}

void bag_clear(struct bag *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->slot[b->place[i]] = 0;
	b->n = 0;
}

void bag_release(struct bag *b)
{
	mem_free(b->feature);
	mem_free(b->count);
	mem_free(b->place);
	mem_free(b->slot);
	*b = (struct bag){ 0 };
}

/* The slot of a feature, or the free one where it belongs. */
static size_t slot_of(const struct bag *b, uint64_t feature)
{
	size_t mask = b->n_slots - 1, s = (size_t)(feature >> 2) & mask;
	while (b->slot[s] && b->feature[b->slot[s] - 1] != feature)
		s = (s + 1) & mask;
	return s;
}

static void bag_grow(struct bag *b)
{
	size_t capacity = b->capacity ? 2 * b->capacity : 512;
	b->feature = mem_resize(b->feature, b->n, capacity, sizeof *b->feature);
	b->count = mem_resize(b->count, b->n, capacity, sizeof *b->count);
	b->place = mem_resize(b->place, b->n, capacity, sizeof *b->place);
	b->capacity = capacity;
	mem_free(b->slot);
	b->n_slots = 2 * capacity;
	b->slot = MEM_ZNEW(b->n_slots, uint32_t);
	for (size_t i = 0; i < b->n; i++) {
		b->place[i] = (uint32_t)slot_of(b, b->feature[i]);
		b->slot[b->place[i]] = (uint32_t)i + 1;
	}
}

void bag_add(struct bag *b, uint64_t feature)
{
	if (b->n == b->capacity)
		bag_grow(b);
	size_t s = slot_of(b, feature);
	if (b->slot[s]) {
		b->count[b->slot[s] - 1]++;
		return;
	}
	b->feature[b->n] = feature;
	b->count[b->n] = 1;
	b->place[b->n] = (uint32_t)s;
	b->slot[s] = (uint32_t)++b->n;
}

/* FNV-1a over bytes, which can be continued; finished by a mix, since its high bits are weak. */
static const uint64_t fnv_start = 0xcbf29ce484222325u;
static uint64_t fnv(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	return h;
}

static uint64_t feature_of(uint64_t h, enum feature_kind kind)
{
	return (rng_mix(h + kind) & ~(uint64_t)3) | kind;
}

/* The bytes of "<word>" that begin a character, one after the other, and the end. */
static size_t next_character(const char *p, size_t at, size_t n)
{
	do
		at++;
	while (at < n && ((unsigned char)p[at] & 0xc0) == 0x80);
	return at;
}

/* The n-grams that begin at one character: the hash of each goes on from the one before. marked is "<word>". */
static void add_ngrams_at(struct bag *b, struct str marked, size_t at, const struct ngrams *o)
{
	uint64_t h = fnv_start;
	for (size_t length = 1; length <= o->max && at < marked.n; length++) {
		size_t to = next_character(marked.p, at, marked.n);
		h = fnv(h, marked.p + at, to - at);
		at = to;
		if (length >= o->min)
			bag_add(b, feature_of(h, FEATURE_CHARS));
	}
}

static void add_ngrams(struct bag *b, struct str word, const struct ngrams *o, struct buf *marked)
{
	buf_clear(marked);
	buf_putc(marked, '<');
	buf_addstr(marked, word);
	buf_putc(marked, '>');
	struct str m = buf_str(marked);
	for (size_t at = 0; at < m.n; at = next_character(m.p, at, m.n))
		add_ngrams_at(b, m, at, o);
}

void bag_add_text(struct bag *b, struct str folded, const struct ngrams *n)
{
	struct buf marked = BUF_INIT;
	struct str word;
	size_t at = 0;
	uint64_t last = 0;
	for (bool first = true; words_next(folded, &at, &word); first = false) {
		uint64_t h = fnv(fnv_start, word.p, word.n);
		bag_add(b, feature_of(h, FEATURE_WORD));
		if (n->pairs && !first)
			bag_add(b, feature_of(rng_mix(last) ^ h, FEATURE_PAIR));
		if (n->max)
			add_ngrams(b, word, n, &marked);
		last = h;
	}
	buf_release(&marked);
}

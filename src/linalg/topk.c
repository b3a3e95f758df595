/* topk.c: keys, heaps and the scan of stored scores; see topk.h. The product that is never stored is in topk_dots.c. */
#include "linalg/topk.h"
#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Floats as integers in the same order: positive ones get the top bit, negative ones are turned over. */
uint64_t topk_key(float score, uint32_t place)
{
	uint32_t bits;
	score += 0.0f; /* -0 is 0 */
	memcpy(&bits, &score, sizeof bits);
	bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
	return (uint64_t)bits << 32 | (UINT32_MAX - place);
}

float topk_key_score(uint64_t key)
{
	uint32_t bits = (uint32_t)(key >> 32);
	float score;
	bits = bits & 0x80000000u ? bits & 0x7fffffffu : ~bits;
	memcpy(&score, &bits, sizeof score);
	return score;
}

uint32_t topk_key_place(uint64_t key)
{
	return UINT32_MAX - (uint32_t)key;
}

void topk_init(struct topk *t, size_t k, float min_score)
{
	*t = (struct topk){ .k = k };
	t->heap = mem_alloc(k, TOPK_USERS * sizeof *t->heap);
	topk_reset(t, min_score);
}

void topk_reset(struct topk *t, float min_score)
{
	for (size_t u = 0; u < TOPK_USERS; u++) {
		t->n[u] = 0;
		t->least[u] = min_score;
	}
}

void topk_release(struct topk *t)
{
	mem_free(t->heap);
	t->heap = NULL;
}

/* Let key sink from the root of a heap of n whose smallest key is on top. */
static void sink(uint64_t *heap, size_t n, uint64_t key)
{
	size_t at = 0;
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		child += child + 1 < n && heap[child + 1] < heap[child];
		if (key <= heap[child])
			break;
		heap[at] = heap[child];
	}
	heap[at] = key;
}

static void rise(uint64_t *heap, size_t at, uint64_t key)
{
	for (size_t parent; at && key < heap[parent = (at - 1) / 2]; at = parent)
		heap[at] = heap[parent];
	heap[at] = key;
}

void topk_offer(struct topk *t, size_t u, uint64_t key)
{
	uint64_t *heap = t->heap + u * t->k;
	if (t->n[u] < t->k)
		rise(heap, t->n[u]++, key);
	else if (key > heap[0])
		sink(heap, t->k, key);
	else
		return;
	if (t->n[u] == t->k)
		t->least[u] = topk_key_score(heap[0]);
}

const uint64_t *topk_sorted(struct topk *t, size_t u)
{
	uint64_t *heap = t->heap + u * t->k;
	for (size_t n = t->n[u]; n > 1; n--) {
		uint64_t smallest = heap[0];
		sink(heap, n - 1, heap[n - 1]);
		heap[n - 1] = smallest;
	}
	return heap;
}

enum { STRIP = 64 };

/* Whether any score of a strip passes: a loop that compilers turn into vector compares. */
static bool any_passes(const float *score, size_t n, float least)
{
	int any = 0;
	for (size_t i = 0; i < n; i++)
		any |= score[i] >= least;
	return any;
}

static void scan_strip(struct topk *t, size_t u, const float *score, size_t n, const uint32_t *place,
		       const uint64_t *barred)
{
	for (size_t i = 0; i < n; i++)
		if (score[i] >= t->least[u] && !(barred && barred[i] >> u & 1))
			topk_offer(t, u, topk_key(score[i], place[i]));
}

void topk_scan(struct topk *t, size_t n_users, const float *score, size_t ld, size_t n, const uint32_t *place,
	       const uint64_t *barred)
{
	for (size_t u = 0; u < n_users; u++)
		for (size_t from = 0; from < n; from += STRIP) {
			size_t m = n - from < STRIP ? n - from : STRIP;
			const float *s = score + u * ld + from;
			if (any_passes(s, m, t->least[u]))
				scan_strip(t, u, s, m, place + from, barred ? barred + from : NULL);
		}
}

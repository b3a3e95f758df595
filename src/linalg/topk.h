/* topk.h: the k best items for each of a block of users, from a stream of scores.
 *
 * An entry is one 64-bit key: the score's bits in an order that integers share, then the complement of the item's place
 * in the tie order. So comparing keys is comparing (score descending, place ascending), no two keys are equal, and the
 * result depends neither on the order in which items come nor on how they are cut among threads. A heap of k keys a
 * user; the smallest kept score is the threshold that almost all items fail, which is one vector compare.
 *
 * topk_dots never stores the product of users and items: scores stay in registers, are compared there, and only those
 * that pass are looked at one by one. Every score is one sum over the factors in their order with fused multiply-adds,
 * so all instruction sets give the same bits. */
#ifndef RECPIPE_LINALG_TOPK_H
#define RECPIPE_LINALG_TOPK_H

#include "linalg/cpu.h"

#include <stddef.h>
#include <stdint.h>

enum { TOPK_USERS = 64 };

struct topk {
	size_t k;
	uint64_t *heap;           /* [TOPK_USERS, k] */
	size_t n[TOPK_USERS];     /* kept so far */
	float least[TOPK_USERS];  /* a score below this cannot enter */
};

/* Room for k >= 1 a user; lower scores than min_score (-INFINITY: none), and NaN, never enter. */
void topk_init(struct topk *t, size_t k, float min_score);
/* Empty it again. */
void topk_reset(struct topk *t, float min_score);
void topk_release(struct topk *t);

uint64_t topk_key(float score, uint32_t place);
float topk_key_score(uint64_t key);
uint32_t topk_key_place(uint64_t key);

/* Offer a key to user u. */
void topk_offer(struct topk *t, size_t u, uint64_t key);
/* The kept keys of user u, best first, in its part of the heap, which must be reset before the next offer. */
const uint64_t *topk_sorted(struct topk *t, size_t u);

/* Offer the scores [n_users, n] (row-major, rows ld apart) of n items; place[i] is item i's in the tie order. Bit u of
 * barred[i] keeps item i from user u; NULL bars nothing. */
void topk_scan(struct topk *t, size_t n_users, const float *score, size_t ld, size_t n, const uint32_t *place,
	       const uint64_t *barred);
/* The same for score = dot(user u, item i): users is [width, TOPK_USERS], that is transposed, 64-byte aligned, and
 * filled up with zeros; item vectors are rows of width floats. */
void topk_dots(enum cpu_level level, struct topk *t, const float *users, size_t n_users, const float *items,
	       size_t width, size_t n, const uint32_t *place, const uint64_t *barred);

#endif

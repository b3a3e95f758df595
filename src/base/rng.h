/* rng.h: randomness as an explicit state.
 *
 * xoshiro256++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", TOMS 2021), seeded
 * through splitmix64. A stream number gives independent sequences from one seed, so that a parallel loop draws from
 * (seed, block) and its result does not depend on which thread ran the block. The state is four words that can be
 * stored in a checkpoint. */
#ifndef RECPIPE_BASE_RNG_H
#define RECPIPE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_u64(struct rng *r);
/* Uniform in [0, n), n > 0, without bias (Lemire, "Fast random integer generation in an interval", 2019). */
uint64_t rng_below(struct rng *r, uint64_t n);
/* Uniform in [0, 1), 53 random bits. */
double rng_unit(struct rng *r);
/* Standard normal (Marsaglia's polar method; no second value is kept, so the state is all there is). */
double rng_normal(struct rng *r);
/* Fisher-Yates. */
void rng_shuffle_u32(struct rng *r, uint32_t *v, size_t n);
/* The finaliser of splitmix64: a good 64-bit mix of one word. */
uint64_t rng_mix(uint64_t x);

#endif

/* topk_dots.c: the fused product of topk.h.
 *
 * A tile is 64 users by GROUP items. Users are transposed, so a step over one factor is 64 / lanes loads of users, one
 * broadcast an item, and 64 / lanes x GROUP fused multiply-adds into registers: 24 accumulators of 512 bits, and no
 * packing of items. AVX2 has half the registers of half the width: it takes the 64 users in four parts of 16. */
#include "linalg/topk.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { GROUP = 6 };

/* What a kernel leaves: the scores of GROUP items, and bit u of hit[i] where item i may enter user u's list. */
struct tile {
	_Alignas(64) float score[GROUP][TOPK_USERS];
	uint64_t hit[GROUP];
};

/* item[j] are the GROUP rows. Returns 0 where no bit is set; the scores are then not filled. */
typedef uint64_t tile_fn(struct tile *t, const float *users, size_t n_users, const float *const item[GROUP],
			 size_t width, const float least[TOPK_USERS], const uint64_t barred[GROUP]);

static uint64_t tile_portable(struct tile *t, const float *users, size_t n_users, const float *const item[GROUP],
			      size_t width, const float least[TOPK_USERS], const uint64_t barred[GROUP])
{
	uint64_t any = 0;
	for (size_t j = 0; j < GROUP; j++) {
		float *score = t->score[j];
		memset(score, 0, sizeof t->score[j]);
		for (size_t k = 0; k < width; k++)
			for (size_t u = 0; u < n_users; u++)
				score[u] = fmaf(users[k * TOPK_USERS + u], item[j][k], score[u]);
		t->hit[j] = 0;
		for (size_t u = 0; u < n_users; u++)
			t->hit[j] |= (uint64_t)(score[u] >= least[u]) << u;
		any |= t->hit[j] &= ~barred[j];
	}
	return any;
}

#if defined(__x86_64__)
/* VECTORS (at most ROOM) of LANES users each, from user FIRST on, by GROUP items: the loop over factors. */
#define ACCUMULATE(TYPE, ZERO, LOAD, SET, FMA, LANES, ROOM, VECTORS, FIRST)                                        \
	TYPE sum[GROUP][ROOM];                                                                                     \
	_Pragma("GCC unroll 8") for (size_t j = 0; j < GROUP; j++)                                                 \
		_Pragma("GCC unroll 8") for (size_t v = 0; v < VECTORS; v++) sum[j][v] = ZERO();                   \
	for (size_t k = 0; k < width; k++) {                                                                       \
		TYPE p[ROOM];                                                                                      \
		_Pragma("GCC unroll 8") for (size_t v = 0; v < VECTORS; v++)                                       \
			p[v] = LOAD(users + k * TOPK_USERS + (FIRST) + v * LANES);                                 \
		_Pragma("GCC unroll 8") for (size_t j = 0; j < GROUP; j++) {                                       \
			TYPE q = SET(item[j][k]);                                                                  \
			_Pragma("GCC unroll 8") for (size_t v = 0; v < VECTORS; v++)                               \
				sum[j][v] = FMA(p[v], q, sum[j][v]);                                               \
		}                                                                                                  \
	}

/* 16 users a vector; a constant, so that the loops over vectors are unrolled and the sums stay in registers. */
TARGET_AVX512 static inline __attribute__((always_inline)) uint64_t
tile_of_vectors(struct tile *t, const float *users, const float *const item[GROUP], size_t width,
		const float least[TOPK_USERS], const uint64_t barred[GROUP], const size_t vectors)
{
	uint64_t any = 0;
	ACCUMULATE(__m512, _mm512_setzero_ps, _mm512_load_ps, _mm512_set1_ps, _mm512_fmadd_ps, 16, 4, vectors, 0)
	_Pragma("GCC unroll 8") for (size_t j = 0; j < GROUP; j++) {
		uint64_t hit = 0;
		_Pragma("GCC unroll 8") for (size_t v = 0; v < vectors; v++)
			hit |= (uint64_t)_mm512_cmp_ps_mask(sum[j][v], _mm512_loadu_ps(least + v * 16), _CMP_GE_OQ) << v * 16;
		any |= t->hit[j] = hit & ~barred[j];
	}
	if (!any)
		return 0;
	_Pragma("GCC unroll 8") for (size_t j = 0; j < GROUP; j++)
		_Pragma("GCC unroll 8") for (size_t v = 0; v < vectors; v++)
			_mm512_store_ps(t->score[j] + v * 16, sum[j][v]);
	return any;
}

TARGET_AVX512 static uint64_t tile_avx512(struct tile *t, const float *users, size_t n_users,
					  const float *const item[GROUP], size_t width,
					  const float least[TOPK_USERS], const uint64_t barred[GROUP])
{
	return n_users > 16 ? tile_of_vectors(t, users, item, width, least, barred, 4)
			    : tile_of_vectors(t, users, item, width, least, barred, 1);
}

TARGET_AVX2 static uint64_t tile_avx2(struct tile *t, const float *users, size_t n_users,
				      const float *const item[GROUP], size_t width,
				      const float least[TOPK_USERS], const uint64_t barred[GROUP])
{
	uint64_t any = 0;
	memset(t->hit, 0, sizeof t->hit);
	for (size_t first = 0; first < n_users; first += 16) {
		ACCUMULATE(__m256, _mm256_setzero_ps, _mm256_load_ps, _mm256_set1_ps, _mm256_fmadd_ps, 8, 2, 2, first)
		_Pragma("GCC unroll 8") for (size_t j = 0; j < GROUP; j++) {
			_Pragma("GCC unroll 8") for (size_t v = 0; v < 2; v++) {
				__m256 pass = _mm256_cmp_ps(sum[j][v], _mm256_loadu_ps(least + first + v * 8), _CMP_GE_OQ);
				t->hit[j] |= (uint64_t)_mm256_movemask_ps(pass) << (first + v * 8);
				_mm256_store_ps(t->score[j] + first + v * 8, sum[j][v]);
			}
		}
	}
	for (size_t j = 0; j < GROUP; j++)
		any |= t->hit[j] &= ~barred[j];
	return any;
}
#endif

static tile_fn *choose(enum cpu_level level)
{
#if defined(__x86_64__)
	if (level >= CPU_AVX512)
		return tile_avx512;
	if (level >= CPU_AVX2)
		return tile_avx2;
#endif
	(void)level;
	return tile_portable;
}

static void take(struct topk *t, const struct tile *tile, size_t j, uint32_t place)
{
	for (uint64_t hit = tile->hit[j]; hit; hit &= hit - 1) {
		size_t u = (size_t)__builtin_ctzll(hit);
		if (tile->score[j][u] >= t->least[u])
			topk_offer(t, u, topk_key(tile->score[j][u], place));
	}
}

void topk_dots(enum cpu_level level, struct topk *t, const float *users, size_t n_users, const float *items,
	       size_t width, size_t n, const uint32_t *place, const uint64_t *barred)
{
	uint64_t absent = n_users < TOPK_USERS ? UINT64_MAX << n_users : 0;
	tile_fn *tile_of = choose(level);
	struct tile tile;
	for (size_t i = 0; i < n; i += GROUP) {
		size_t m = n - i < GROUP ? n - i : GROUP;
		const float *item[GROUP];
		uint64_t bars[GROUP];
		for (size_t j = 0; j < GROUP; j++) {
			item[j] = items + (j < m ? i + j : i) * width; /* a short group repeats its first item, barred */
			bars[j] = j < m ? absent | (barred ? barred[i + j] : 0) : UINT64_MAX;
		}
		if (!tile_of(&tile, users, n_users, item, width, t->least, bars))
			continue;
		for (size_t j = 0; j < m; j++)
			take(t, &tile, j, place[i + j]);
	}
}

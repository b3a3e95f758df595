/* gemm_tiles.c: the microkernels of gemm.h, one a type and rung.
 *
 * Measured (Zen 5, 4.2 GHz, one thread, weights and activations in L2, k = 384 and 1536): 12 x 32 reaches 98 to 100 % of
 * the register-only rate of vfmadd, vdpbf16ps and vpdpbusd, and so did 8 x 48, 6 x 64 and 14 x 32: neither packing the
 * activations nor cutting k into blocks gains anything there. */
#include "linalg/gemm.h"

#define UNROLL _Pragma("GCC unroll 16")

/* One function a number of rows, each the inlined kernel with that number. */
#define TILE_FN(kernel, word, target, n)                                                                          \
	target static void V(kernel##_##n)(size_t groups, const void *a, size_t lda, const void *b, size_t ldb,   \
					   void *c, size_t ldc)                                                   \
	{                                                                                                         \
		V(kernel)(n, groups, a, lda, b, ldb, c, ldc);                                                     \
	}
#define TILE_FNS_4(k, w, t) TILE_FN(k, w, t, 1) TILE_FN(k, w, t, 2) TILE_FN(k, w, t, 3) TILE_FN(k, w, t, 4)
#define TILE_FNS_6(k, w, t) TILE_FNS_4(k, w, t) TILE_FN(k, w, t, 5) TILE_FN(k, w, t, 6)
#define TILE_FNS_12(k, w, t)                                                                                      \
	TILE_FNS_6(k, w, t) TILE_FN(k, w, t, 7) TILE_FN(k, w, t, 8) TILE_FN(k, w, t, 9) TILE_FN(k, w, t, 10)      \
	TILE_FN(k, w, t, 11) TILE_FN(k, w, t, 12)
#define TILE_NAMES_4(k) NULL, V(k##_1), V(k##_2), V(k##_3), V(k##_4)
#define TILE_NAMES_6(k) TILE_NAMES_4(k), V(k##_5), V(k##_6)
#define TILE_NAMES_12(k) \
	TILE_NAMES_6(k), V(k##_7), V(k##_8), V(k##_9), V(k##_10), V(k##_11), V(k##_12)
#define TILE_TABLE_4(k, w, t) TILE_FNS_4(k, w, t) static const struct gemm_tiles V(k##s) = { 4, { TILE_NAMES_4(k) } };
#define TILE_TABLE_6(k, w, t) TILE_FNS_6(k, w, t) static const struct gemm_tiles V(k##s) = { 6, { TILE_NAMES_6(k) } };
#define TILE_TABLE_12(k, w, t) \
	TILE_FNS_12(k, w, t) static const struct gemm_tiles V(k##s) = { 12, { TILE_NAMES_12(k) } };

#define VEC_BODY "linalg/gemm_tiles.inc"
#include "linalg/vec_each.h"

/* Bytes without a dot-product instruction: plain integers, left to the compiler. */
static inline __attribute__((always_inline)) void tile_int8_portable(size_t rows, size_t groups, const uint8_t *a,
								     size_t lda, const int8_t *b, size_t ldb,
								     int32_t *c, size_t ldc)
{
	int32_t sum[4][GEMM_PANEL];
	memset(sum, 0, sizeof(sum));
	for (size_t g = 0; g < groups; g++)
		for (size_t r = 0; r < rows; r++) {
			const uint8_t *x = a + 4 * (r * lda + g);
			const int8_t *y = b + 4 * g * ldb;
			for (size_t j = 0; j < GEMM_PANEL; j++)
				sum[r][j] += x[0] * y[4 * j] + x[1] * y[4 * j + 1] + x[2] * y[4 * j + 2] +
					     x[3] * y[4 * j + 3];
		}
	for (size_t r = 0; r < rows; r++)
		memcpy(c + r * ldc, sum[r], sizeof(sum[r]));
}
TILE_TABLE_4(tile_int8, uint8_t, )

#if defined(__x86_64__)
#undef V
#define V(name) name##_avx2
/* vpmaddubsw would saturate; even and odd bytes are widened to 16 bits instead, and vpmaddwd adds pairs exactly. */
TARGET_AVX2 static inline __attribute__((always_inline)) void
tile_int8_avx2(size_t rows, size_t groups, const int32_t *a, size_t lda, const int32_t *b, size_t ldb, int32_t *c,
	       size_t ldc)
{
	const __m256i low = _mm256_set1_epi16(0xff);
	for (size_t col = 0; col < GEMM_PANEL; col += 8) {
		__m256i sum[6];
		UNROLL for (size_t r = 0; r < rows; r++)
			sum[r] = _mm256_setzero_si256();
		for (size_t g = 0; g < groups; g++) {
			__m256i y = _mm256_loadu_si256((const __m256i *)(b + g * ldb + col));
			__m256i even = _mm256_srai_epi16(_mm256_slli_epi16(y, 8), 8), odd = _mm256_srai_epi16(y, 8);
			UNROLL for (size_t r = 0; r < rows; r++) {
				__m256i x = _mm256_set1_epi32(a[r * lda + g]);
				__m256i e = _mm256_madd_epi16(_mm256_and_si256(x, low), even);
				__m256i o = _mm256_madd_epi16(_mm256_srli_epi16(x, 8), odd);
				sum[r] = _mm256_add_epi32(sum[r], _mm256_add_epi32(e, o));
			}
		}
		UNROLL for (size_t r = 0; r < rows; r++)
			_mm256_storeu_si256((__m256i *)(c + r * ldc + col), sum[r]);
	}
}
TILE_TABLE_6(tile_int8, int32_t, TARGET_AVX2)

#undef V
#define V(name) name##_dot
TARGET_VNNI static inline __attribute__((always_inline)) void
tile_int8_dot(size_t rows, size_t groups, const int32_t *a, size_t lda, const int32_t *b, size_t ldb, int32_t *c,
	      size_t ldc)
{
	__m512i sum[12][2];
	UNROLL for (size_t r = 0; r < rows; r++)
		sum[r][0] = sum[r][1] = _mm512_setzero_si512();
	for (size_t g = 0; g < groups; g++) {
		__m512i b0 = _mm512_loadu_si512(b + g * ldb), b1 = _mm512_loadu_si512(b + g * ldb + 16);
		UNROLL for (size_t r = 0; r < rows; r++) {
			__m512i x = _mm512_set1_epi32(a[r * lda + g]);
			sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], x, b0);
			sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], x, b1);
		}
	}
	UNROLL for (size_t r = 0; r < rows; r++) {
		_mm512_storeu_si512(c + r * ldc, sum[r][0]);
		_mm512_storeu_si512(c + r * ldc + 16, sum[r][1]);
	}
}
TILE_TABLE_12(tile_int8, int32_t, TARGET_VNNI)

TARGET_BF16 static inline __attribute__((always_inline)) void
tile_bf16_dot(size_t rows, size_t groups, const int32_t *a, size_t lda, const int32_t *b, size_t ldb, float *c,
	      size_t ldc)
{
	__m512 sum[12][2];
	UNROLL for (size_t r = 0; r < rows; r++)
		sum[r][0] = sum[r][1] = _mm512_setzero_ps();
	for (size_t g = 0; g < groups; g++) {
		__m512bh b0 = (__m512bh)_mm512_loadu_si512(b + g * ldb);
		__m512bh b1 = (__m512bh)_mm512_loadu_si512(b + g * ldb + 16);
		UNROLL for (size_t r = 0; r < rows; r++) {
			__m512bh x = (__m512bh)_mm512_set1_epi32(a[r * lda + g]);
			sum[r][0] = _mm512_dpbf16_ps(sum[r][0], x, b0);
			sum[r][1] = _mm512_dpbf16_ps(sum[r][1], x, b1);
		}
	}
	UNROLL for (size_t r = 0; r < rows; r++) {
		_mm512_storeu_ps(c + r * ldc, sum[r][0]);
		_mm512_storeu_ps(c + r * ldc + 16, sum[r][1]);
	}
}
TILE_TABLE_12(tile_bf16, int32_t, TARGET_BF16)

static const struct gemm_tiles *const table[][CPU_N_LEVELS] = {
	[GEMM_F32] = { &tile_f32s_portable, &tile_f32s_avx2, &tile_f32s_avx512, &tile_f32s_avx512, &tile_f32s_avx512 },
	[GEMM_BF16] = { &tile_bf16s_portable, &tile_bf16s_avx2, &tile_bf16s_avx512, &tile_bf16s_avx512,
			&tile_bf16s_dot },
	[GEMM_INT8] = { &tile_int8s_portable, &tile_int8s_avx2, &tile_int8s_avx2, &tile_int8s_dot, &tile_int8s_dot },
};

const struct gemm_tiles *gemm_tiles(enum gemm_type type, enum cpu_level level)
{
	return table[type][level];
}
#else
const struct gemm_tiles *gemm_tiles(enum gemm_type type, enum cpu_level level)
{
	static const struct gemm_tiles *const table[] = { &tile_f32s_portable, &tile_bf16s_portable,
							  &tile_int8s_portable };
	(void)level;
	return table[type];
}
#endif

/* kernels.c: see kernels.h. kernels_body.h is the code, written over a vector type V of 16 floats; this file says what V
 * is at each level and includes it once a level. */
#include "linalg/kernels.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(x) JOIN(x, LEVEL)
#define INLINE static inline __attribute__((always_inline))

/* ---- portable: fmaf is exact everywhere, if slow where the processor has no such instruction ---- */

#define LEVEL portable
#define TARGET
#define V NAME(vec)
enum { TILE_portable = 1 };
struct vec_portable_s {
	float v[16];
};
typedef struct vec_portable_s vec_portable;
#define EACH_LANE for (size_t lane = 0; lane < 16; lane++)

INLINE V v_load_portable(const float *p)
{
	V r;
	memcpy(&r, p, sizeof r);
	return r;
}
INLINE void v_store_portable(float *p, V a)
{
	memcpy(p, &a, sizeof a);
}
INLINE V v_set_portable(float a)
{
	V r;
	EACH_LANE r.v[lane] = a;
	return r;
}
INLINE V v_fma_portable(V a, V b, V c)
{
	EACH_LANE c.v[lane] = fmaf(a.v[lane], b.v[lane], c.v[lane]);
	return c;
}
INLINE V v_add_portable(V a, V b)
{
	EACH_LANE a.v[lane] += b.v[lane];
	return a;
}
INLINE V v_mul_portable(V a, V b)
{
	EACH_LANE a.v[lane] *= b.v[lane];
	return a;
}
INLINE float v_sum_portable(V a)
{
	for (size_t half = 8; half; half /= 2)
		for (size_t lane = 0; lane < half; lane++)
			a.v[lane] += a.v[lane + half];
	return a.v[0];
}
#include "linalg/kernels_body.h"
#undef LEVEL
#undef TARGET

#if defined(__x86_64__)

/* The last 8 lanes, the same way at both x86 levels. */
TARGET_AVX2 INLINE float sum8(__m256 a)
{
	__m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
	b = _mm_add_ps(b, _mm_movehl_ps(b, b));
	return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

/* ---- AVX2: two registers a vector ---- */

#define LEVEL avx2
#define TARGET TARGET_AVX2
enum { TILE_avx2 = 1 };
typedef struct {
	__m256 a, b;
} vec_avx2;

TARGET INLINE V v_load_avx2(const float *p)
{
	return (V){ _mm256_loadu_ps(p), _mm256_loadu_ps(p + 8) };
}
TARGET INLINE void v_store_avx2(float *p, V x)
{
	_mm256_storeu_ps(p, x.a);
	_mm256_storeu_ps(p + 8, x.b);
}
TARGET INLINE V v_set_avx2(float x)
{
	return (V){ _mm256_set1_ps(x), _mm256_set1_ps(x) };
}
TARGET INLINE V v_fma_avx2(V x, V y, V z)
{
	return (V){ _mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b) };
}
TARGET INLINE V v_add_avx2(V x, V y)
{
	return (V){ _mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b) };
}
TARGET INLINE V v_mul_avx2(V x, V y)
{
	return (V){ _mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b) };
}
TARGET INLINE float v_sum_avx2(V x)
{
	return sum8(_mm256_add_ps(x.a, x.b));
}
#include "linalg/kernels_body.h"
#undef LEVEL
#undef TARGET

/* ---- AVX-512 ---- */

#define LEVEL avx512
#define TARGET TARGET_AVX512
enum { TILE_avx512 = 2 };
typedef __m512 vec_avx512;

TARGET INLINE V v_load_avx512(const float *p)
{
	return _mm512_loadu_ps(p);
}
TARGET INLINE void v_store_avx512(float *p, V x)
{
	_mm512_storeu_ps(p, x);
}
TARGET INLINE V v_set_avx512(float x)
{
	return _mm512_set1_ps(x);
}
TARGET INLINE V v_fma_avx512(V x, V y, V z)
{
	return _mm512_fmadd_ps(x, y, z);
}
TARGET INLINE V v_add_avx512(V x, V y)
{
	return _mm512_add_ps(x, y);
}
TARGET INLINE V v_mul_avx512(V x, V y)
{
	return _mm512_mul_ps(x, y);
}
TARGET INLINE float v_sum_avx512(V x)
{
	return sum8(_mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)));
}
#include "linalg/kernels_body.h"
#undef LEVEL
#undef TARGET
#endif

const struct kernels *kernels_at(enum cpu_level level)
{
#if defined(__x86_64__)
	if (level >= CPU_AVX512)
		return &kernels_avx512;
	if (level >= CPU_AVX2)
		return &kernels_avx2;
#endif
	(void)level;
	return &kernels_portable;
}

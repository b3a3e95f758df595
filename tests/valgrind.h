/* valgrind.h: included before every file of the valgrind build (see the Makefile). Valgrind 3.19 computes a fused
 * multiply-add by a call of its own for each number, about 30 times as slow as its other vector code. Here the product is
 * taken in double, where it is exact; the sum is rounded twice instead of once, which shows in about one of 2^29. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

__attribute__((target("avx2,fma,f16c"), always_inline)) static inline __m256 fma_in_double(__m256 a, __m256 b, __m256 c)
{
	__m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(a)), high = _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1));
	low = _mm256_mul_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(b)));
	high = _mm256_mul_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(b, 1)));
	low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(c)));
	high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(c, 1)));
	return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
}
#define _mm256_fmadd_ps fma_in_double
#define fmaf(a, b, c) ((float)((double)(a) * (double)(b) + (double)(c)))
#endif

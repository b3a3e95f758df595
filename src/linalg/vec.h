/* vec.h: a thin layer of vector operations, so that a kernel is written once and compiled for several rungs of cpu.h.
 *
 * Not an ordinary header: vec_each.h includes it with VEC_LEVEL set, once a rung, and the kernel behind it. It gives
 * VEC_W (floats a vector), the types vf and vi, V(name) (the name with the rung's suffix) and VEC_FN (the attributes of
 * every function, so that they inline into each other). Multiply-add is fused where the rung has it: within one rung a
 * result is always the same, between rungs it may differ in the last bit.
 *
 * The portable rung uses the compiler's generic vectors of 16 bytes: SSE2 on x86-64, NEON on ARM. */
#undef V
#undef VEC_W
#undef VEC_FN
#undef vf
#undef vi

#if VEC_LEVEL == 2 /* CPU_AVX512 */
#define V(name) name##_avx512
#define VEC_W 16
#define VEC_FN TARGET_AVX512 static inline
#define vf __m512
#define vi __m512i

VEC_FN vf V(v_load)(const float *p) { return _mm512_loadu_ps(p); }
VEC_FN void V(v_store)(float *p, vf a) { _mm512_storeu_ps(p, a); }
VEC_FN vf V(v_set)(float x) { return _mm512_set1_ps(x); }
VEC_FN vf V(v_add)(vf a, vf b) { return _mm512_add_ps(a, b); }
VEC_FN vf V(v_sub)(vf a, vf b) { return _mm512_sub_ps(a, b); }
VEC_FN vf V(v_mul)(vf a, vf b) { return _mm512_mul_ps(a, b); }
VEC_FN vf V(v_div)(vf a, vf b) { return _mm512_div_ps(a, b); }
VEC_FN vf V(v_fma)(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
VEC_FN vf V(v_max)(vf a, vf b) { return _mm512_max_ps(a, b); }
VEC_FN vf V(v_min)(vf a, vf b) { return _mm512_min_ps(a, b); }
VEC_FN vf V(v_round)(vf a) { return _mm512_roundscale_ps(a, 8); }
/* a * 2^n for a whole n in [-126, 127]. */
VEC_FN vf V(v_ldexp)(vf a, vf n) { return _mm512_scalef_ps(a, n); }
VEC_FN vi V(v_to_int)(vf a) { return _mm512_cvtps_epi32(a); }
VEC_FN vf V(v_from_int)(vi a) { return _mm512_cvtepi32_ps(a); }
VEC_FN vi V(vi_load)(const void *p) { return _mm512_loadu_si512(p); }
VEC_FN void V(vi_store)(void *p, vi a) { _mm512_storeu_si512(p, a); }
VEC_FN vi V(vi_set)(int32_t x) { return _mm512_set1_epi32(x); }
VEC_FN vi V(vi_add)(vi a, vi b) { return _mm512_add_epi32(a, b); }
VEC_FN vi V(vi_sub)(vi a, vi b) { return _mm512_sub_epi32(a, b); }
VEC_FN vi V(vi_mul)(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
VEC_FN vi V(vi_and)(vi a, vi b) { return _mm512_and_si512(a, b); }
VEC_FN vi V(vi_shl16)(vi a) { return _mm512_slli_epi32(a, 16); }
VEC_FN vi V(vi_shr16)(vi a) { return _mm512_srli_epi32(a, 16); }
/* The low byte (two bytes) of each lane. */
VEC_FN void V(vi_store_u8)(uint8_t *p, vi a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }
VEC_FN void V(vi_store_u16)(uint16_t *p, vi a) { _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(a)); }
VEC_FN vf V(v_bits)(vi a) { return _mm512_castsi512_ps(a); }
VEC_FN vi V(vi_bits)(vf a) { return _mm512_castps_si512(a); }

#elif VEC_LEVEL == 1 /* CPU_AVX2 */
#define V(name) name##_avx2
#define VEC_W 8
#define VEC_FN TARGET_AVX2 static inline
#define vf __m256
#define vi __m256i

VEC_FN vf V(v_load)(const float *p) { return _mm256_loadu_ps(p); }
VEC_FN void V(v_store)(float *p, vf a) { _mm256_storeu_ps(p, a); }
VEC_FN vf V(v_set)(float x) { return _mm256_set1_ps(x); }
VEC_FN vf V(v_add)(vf a, vf b) { return _mm256_add_ps(a, b); }
VEC_FN vf V(v_sub)(vf a, vf b) { return _mm256_sub_ps(a, b); }
VEC_FN vf V(v_mul)(vf a, vf b) { return _mm256_mul_ps(a, b); }
VEC_FN vf V(v_div)(vf a, vf b) { return _mm256_div_ps(a, b); }
VEC_FN vf V(v_fma)(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
VEC_FN vf V(v_max)(vf a, vf b) { return _mm256_max_ps(a, b); }
VEC_FN vf V(v_min)(vf a, vf b) { return _mm256_min_ps(a, b); }
VEC_FN vf V(v_round)(vf a) { return _mm256_round_ps(a, 8); }
VEC_FN vi V(v_to_int)(vf a) { return _mm256_cvtps_epi32(a); }
VEC_FN vf V(v_from_int)(vi a) { return _mm256_cvtepi32_ps(a); }
VEC_FN vi V(vi_load)(const void *p) { return _mm256_loadu_si256(p); }
VEC_FN void V(vi_store)(void *p, vi a) { _mm256_storeu_si256(p, a); }
VEC_FN vi V(vi_set)(int32_t x) { return _mm256_set1_epi32(x); }
VEC_FN vi V(vi_add)(vi a, vi b) { return _mm256_add_epi32(a, b); }
VEC_FN vi V(vi_sub)(vi a, vi b) { return _mm256_sub_epi32(a, b); }
VEC_FN vi V(vi_mul)(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
VEC_FN vi V(vi_and)(vi a, vi b) { return _mm256_and_si256(a, b); }
VEC_FN vi V(vi_shl16)(vi a) { return _mm256_slli_epi32(a, 16); }
VEC_FN vi V(vi_shr16)(vi a) { return _mm256_srli_epi32(a, 16); }
VEC_FN vf V(v_bits)(vi a) { return _mm256_castsi256_ps(a); }
VEC_FN vi V(vi_bits)(vf a) { return _mm256_castps_si256(a); }
VEC_FN vf V(v_ldexp)(vf a, vf n)
{
	vi e = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
	return _mm256_mul_ps(a, _mm256_castsi256_ps(e));
}

#else /* CPU_PORTABLE */
#define V(name) name##_portable
#define VEC_W 4
#define VEC_FN static inline
#define vf vec4f
#define vi vec4i

#ifndef VEC_PORTABLE_TYPES
#define VEC_PORTABLE_TYPES
typedef float vec4f __attribute__((vector_size(16)));
typedef int32_t vec4i __attribute__((vector_size(16)));
typedef uint32_t vec4u __attribute__((vector_size(16)));
#endif

VEC_FN vf V(v_load)(const float *p)
{
	vf a;
	memcpy(&a, p, sizeof(a));
	return a;
}
VEC_FN void V(v_store)(float *p, vf a) { memcpy(p, &a, sizeof(a)); }
VEC_FN vf V(v_set)(float x) { return (vf){ x, x, x, x }; }
VEC_FN vf V(v_add)(vf a, vf b) { return a + b; }
VEC_FN vf V(v_sub)(vf a, vf b) { return a - b; }
VEC_FN vf V(v_mul)(vf a, vf b) { return a * b; }
VEC_FN vf V(v_div)(vf a, vf b) { return a / b; }
VEC_FN vf V(v_fma)(vf a, vf b, vf c) { return a * b + c; }
VEC_FN vf V(v_pick)(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
VEC_FN vf V(v_max)(vf a, vf b) { return V(v_pick)(a > b, a, b); }
VEC_FN vf V(v_min)(vf a, vf b) { return V(v_pick)(a < b, a, b); }
/* To the nearest whole number for |a| < 2^22: adding 1.5 * 2^23 leaves no room for a fraction. */
VEC_FN vf V(v_round)(vf a)
{
	vf magic = V(v_set)(12582912.0f);
	return (a + magic) - magic;
}
VEC_FN vi V(v_to_int)(vf a) { return __builtin_convertvector(V(v_round)(a), vi); }
VEC_FN vf V(v_from_int)(vi a) { return __builtin_convertvector(a, vf); }
VEC_FN vi V(vi_load)(const void *p)
{
	vi a;
	memcpy(&a, p, sizeof(a));
	return a;
}
VEC_FN void V(vi_store)(void *p, vi a) { memcpy(p, &a, sizeof(a)); }
VEC_FN vi V(vi_set)(int32_t x) { return (vi){ x, x, x, x }; }
VEC_FN vi V(vi_add)(vi a, vi b) { return a + b; }
VEC_FN vi V(vi_sub)(vi a, vi b) { return a - b; }
VEC_FN vi V(vi_mul)(vi a, vi b) { return a * b; }
VEC_FN vi V(vi_and)(vi a, vi b) { return a & b; }
VEC_FN vi V(vi_shl16)(vi a) { return (vi)((vec4u)a << 16); }
VEC_FN vi V(vi_shr16)(vi a) { return (vi)((vec4u)a >> 16); }
VEC_FN vf V(v_bits)(vi a) { return (vf)a; }
VEC_FN vi V(vi_bits)(vf a) { return (vi)a; }
VEC_FN vf V(v_ldexp)(vf a, vf n) { return a * (vf)((vi)((vec4u)(V(v_to_int)(n) + 127) << 23)); }
#endif

#if VEC_LEVEL < 2
VEC_FN void V(vi_store_u8)(uint8_t *p, vi a)
{
	int32_t x[VEC_W];
	V(vi_store)(x, a);
	for (size_t i = 0; i < VEC_W; i++)
		p[i] = (uint8_t)x[i];
}
VEC_FN void V(vi_store_u16)(uint16_t *p, vi a)
{
	int32_t x[VEC_W];
	V(vi_store)(x, a);
	for (size_t i = 0; i < VEC_W; i++)
		p[i] = (uint16_t)x[i];
}
#endif

/* Sums and maxima over the lanes, in an order that depends on nothing: the upper half is joined to the lower. */
#if VEC_LEVEL == 2
VEC_FN float V(v_sum)(vf a) { return _mm512_reduce_add_ps(a); }
VEC_FN float V(v_top)(vf a) { return _mm512_reduce_max_ps(a); }
#else
VEC_FN float V(v_sum)(vf a)
{
	float x[VEC_W];
	V(v_store)(x, a);
	for (size_t step = VEC_W / 2; step; step /= 2)
		for (size_t i = 0; i < step; i++)
			x[i] += x[i + step];
	return x[0];
}
VEC_FN float V(v_top)(vf a)
{
	float x[VEC_W];
	V(v_store)(x, a);
	for (size_t i = 1; i < VEC_W; i++)
		x[0] = x[i] > x[0] ? x[i] : x[0];
	return x[0];
}
#endif

/* e^x for x in [-87, 88] (clamped to it), relative error below 1.2e-7: x = n ln 2 + r, |r| <= ln 2 / 2, then a polynomial
 * (minimax, degree 6). ln 2 is split in two so that n ln 2 is exact. */
VEC_FN vf V(v_exp)(vf x)
{
	x = V(v_min)(V(v_max)(x, V(v_set)(-87.0f)), V(v_set)(88.0f));
	vf n = V(v_round)(V(v_mul)(x, V(v_set)(0x1.715476p+0f)));
	vf r = V(v_fma)(n, V(v_set)(-0x1.62e400p-1f), x);
	r = V(v_fma)(n, V(v_set)(-0x1.7f7d1cp-20f), r);
	vf p = V(v_set)(0x1.6a242cp-10f);
	p = V(v_fma)(p, r, V(v_set)(0x1.1239e4p-7f));
	p = V(v_fma)(p, r, V(v_set)(0x1.5558f2p-5f));
	p = V(v_fma)(p, r, V(v_set)(0x1.555492p-3f));
	p = V(v_fma)(p, r, V(v_set)(0x1.fffffcp-2f));
	p = V(v_fma)(p, r, V(v_set)(1.0f));
	p = V(v_fma)(p, r, V(v_set)(1.0f));
	return V(v_ldexp)(p, n);
}

/* The same for x up to 0, relative error below 8e-5 (degree 3): a twentieth of bfloat16's. */
VEC_FN vf V(v_exp_coarse)(vf x)
{
	x = V(v_max)(x, V(v_set)(-87.0f));
	vf n = V(v_round)(V(v_mul)(x, V(v_set)(0x1.715476p+0f)));
	vf r = V(v_fma)(n, V(v_set)(-0x1.62e430p-1f), x);
	vf p = V(v_fma)(r, V(v_set)(0x1.53494ap-3f), V(v_set)(0x1.028a86p-1f));
	p = V(v_fma)(p, r, V(v_set)(0x1.000ac4p+0f));
	p = V(v_fma)(p, r, V(v_set)(0x1.fff692p-1f));
	return V(v_ldexp)(p, n);
}

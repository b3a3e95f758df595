/* vec_each.h: compile the file VEC_BODY once for each rung that vec.h knows.
 *
 * Not an ordinary header: define VEC_BODY as a file name and include this once in a source file. */
#include "linalg/cpu.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A function pointer table for vec_pick: name_portable, name_avx2, name_avx512. */
#if defined(__x86_64__)
#include <immintrin.h>
#define VEC_LEVELS(name) { name##_portable, name##_avx2, name##_avx512 }
#define VEC_LEVEL 2
#include "linalg/vec.h"
#include VEC_BODY
#undef VEC_LEVEL
#define VEC_LEVEL 1
#include "linalg/vec.h"
#include VEC_BODY
#undef VEC_LEVEL
#else
#define VEC_LEVELS(name) { name##_portable, name##_portable, name##_portable }
#endif
#define VEC_LEVEL 0
#include "linalg/vec.h"
#include VEC_BODY
#undef VEC_LEVEL

/* Index into VEC_LEVELS. */
static inline size_t vec_pick(enum cpu_level level)
{
	return level >= CPU_AVX512 ? 2 : level == CPU_AVX2 ? 1 : 0;
}

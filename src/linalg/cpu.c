/* cpu.c: see cpu.h. */
#include "linalg/cpu.h"

/* GCC 12 lays 64-byte locals at addresses that are not when the address sanitizer keeps a stack of its own (its bug
 * 110027), so its build goes no higher than AVX2; clang's goes all the way. */
#if defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
enum { WIDE = 0 };
#else
enum { WIDE = 1 };
#endif

enum cpu_level cpu_level(void)
{
#if defined(__x86_64__)
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
		return CPU_PORTABLE;
	if (!WIDE || !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
		return CPU_AVX2;
	if (!__builtin_cpu_supports("avx512vnni"))
		return CPU_AVX512;
	return __builtin_cpu_supports("avx512bf16") ? CPU_BF16 : CPU_VNNI;
#else
	return CPU_PORTABLE;
#endif
}

const char *cpu_level_name(enum cpu_level level)
{
	static const char *const names[CPU_N_LEVELS] = { "portable", "avx2", "avx512", "avx512-vnni", "avx512-bf16" };
	return level < CPU_N_LEVELS ? names[level] : "?";
}

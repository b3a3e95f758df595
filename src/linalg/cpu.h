/* cpu.h: what this processor can do, as one ladder.
 *
 * Kernels are written for the rungs they gain from and chosen once, where weights are packed or a loop begins: functions
 * take a level instead of asking, so a test can run every rung that the processor has. */
#ifndef RECPIPE_LINALG_CPU_H
#define RECPIPE_LINALG_CPU_H

/* Each rung includes those below it. */
enum cpu_level {
	CPU_PORTABLE,
	CPU_AVX2,     /* AVX2, FMA, F16C */
	CPU_AVX512,   /* AVX-512 F, BW, DQ, VL */
	CPU_VNNI,     /* AVX-512 VNNI: dot products of bytes */
	CPU_BF16,     /* AVX-512 BF16: dot products of bfloat16 */
	CPU_N_LEVELS,
};

/* The highest rung of this processor and its operating system. Cheap. */
enum cpu_level cpu_level(void);
/* "avx512-vnni" and the like; static text. */
const char *cpu_level_name(enum cpu_level level);

/* For functions that use the instructions of a rung; empty where the compiler's target has none. */
#if defined(__x86_64__)
#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define TARGET_AVX512 __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")))
#define TARGET_VNNI __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define TARGET_BF16 \
	__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")))
#endif

#endif

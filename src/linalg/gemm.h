/* gemm.h: matrix products with packed weights, the linear layers of an encoder.
 *
 *     out[m, n] = act(x[m, k] w[n, k]^T + bias[n]) + residual[m, n]
 *
 * Weights are packed once into panels of 32 outputs, so that the inner loop reads them as one stream; activations stay
 * row-major. Three types:
 *   f32   as it is.
 *   bf16  weights and activations rounded to bfloat16 (to nearest even), products summed in f32.
 *   int8  weights in signed bytes with a scale an output (largest |weight| = 127), activations in unsigned bytes with a
 *         scale and a zero point a row found on the fly, products summed exactly in int32, scaled in f32.
 * An element of out is summed over k in one order whatever m, the row, or the thread: the same bytes in any batch. Int8
 * sums are equal on every level; f32 and bf16 may differ between levels in the last bits (fused multiply-add, pairs).
 * Nothing here allocates but gemm_weights_init, and nothing starts threads: callers run blocks of rows in parallel. */
#ifndef RECPIPE_LINALG_GEMM_H
#define RECPIPE_LINALG_GEMM_H

#include "linalg/cpu.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

enum gemm_type { GEMM_F32, GEMM_BF16, GEMM_INT8 };
enum { GEMM_PANEL = 32, GEMM_MAX_ROWS = 12 };

/* The microkernel: c[r, 32] = sum over g < groups of a[r, g] b[g, 32] for a fixed number of rows r. All three count in
 * 32-bit words: one f32, two bf16, or four bytes along k; c is f32, for int8 int32. lda, ldb, ldc in words. */
typedef void gemm_tile_fn(size_t groups, const void *a, size_t lda, const void *b, size_t ldb, void *c, size_t ldc);
struct gemm_tiles {
	size_t max_rows;                         /* most rows a call may have */
	gemm_tile_fn *rows[GEMM_MAX_ROWS + 1];   /* by number of rows; [0] is NULL */
};
const struct gemm_tiles *gemm_tiles(enum gemm_type type, enum cpu_level level);
/* Any number of rows, f32, through the tiles: c[m, 32] = a[m, k] b[k, 32]. */
void gemm_panel_f32(const struct gemm_tiles *t, size_t m, size_t k, const float *a, size_t lda, const float *b,
		    size_t ldb, float *c, size_t ldc);

struct gemm_weights {
	enum gemm_type type;
	enum cpu_level level;
	const struct gemm_tiles *tiles;
	size_t n, k;
	size_t n_panels, groups; /* n / 32 rounded up; words along k, rounded up */
	uint32_t *panels;        /* [n_panels, groups, 32] */
	float *bias;             /* [n_panels * 32], zeros until the caller fills it */
	float *scales;           /* int8 only, [n_panels * 32] */
	float *sums;             /* int8 only, [n_panels * 32]: sum over k of the bytes of a row */
};
/* All memory is the arena's. n and k at least 1. */
void gemm_weights_init(struct gemm_weights *w, struct arena *a, enum gemm_type type, enum cpu_level level, size_t n, size_t k);
/* Pack panel p from its rows [32 p, min(32 p + 32, n)), f32, k apart. Panels may be packed by different threads. */
void gemm_pack(struct gemm_weights *w, size_t p, const float *rows);

/* Activations in the form that the weights' type wants. */
struct gemm_input {
	const void *words;
	size_t stride;       /* words a row */
	const float *scales, *zeros; /* int8 only, [m]: value = scale * (byte - zero) */
};
/* Bytes of scratch that gemm_input_set needs for m rows; a multiple of 64; 0 for f32. */
size_t gemm_input_bytes(const struct gemm_weights *w, size_t m);
/* x[m, k], rows ldx floats apart, must stay as it is until the product is done. scratch is 64-byte aligned. */
void gemm_input_set(struct gemm_input *in, const struct gemm_weights *w, size_t m, const float *x, size_t ldx,
		    void *scratch);

/* In place over n floats, such as nn/activation.h; n is a multiple of 32. */
typedef void gemm_act_fn(float *x, size_t n);
/* act and residual may be NULL. residual has out's row stride and may be out itself. */
void gemm_run(const struct gemm_weights *w, const struct gemm_input *in, size_t m, gemm_act_fn *act,
	      const float *residual, float *out, size_t ldo);

#endif

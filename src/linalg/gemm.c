/* gemm.c: see gemm.h. Packing, and the loop over panels and blocks of rows.
 *
 * Panels are the outer loop: a panel (48 KB in f32 for k = 384) stays in cache while the rows of a call stream past, and
 * the weights are read once a call. A tile's sums go through a 1.5 KB buffer in L1 to the epilogue, which adds the bias,
 * scales bytes back, and applies the activation while the values are hot. */
#include "linalg/gemm.h"
#include "base/mem.h"
#include "linalg/quant.h"

#include <stdbool.h>

static float *zeros(struct arena *a, size_t n)
{
	return memset(ARENA_NEW(a, n, float), 0, n * sizeof(float));
}

void gemm_weights_init(struct gemm_weights *w, struct arena *a, enum gemm_type type, enum cpu_level level, size_t n, size_t k)
{
	static const size_t a_word[] = { 1, 2, 4 };
	size_t n_panels = n / GEMM_PANEL + (n % GEMM_PANEL != 0), groups = k / a_word[type] + (k % a_word[type] != 0);
	*w = (struct gemm_weights){ type, level, gemm_tiles(type, level), n, k, n_panels, groups, NULL, NULL, NULL, NULL };
	w->panels = ARENA_NEW(a, n_panels * groups * GEMM_PANEL, uint32_t);
	w->bias = zeros(a, n_panels * GEMM_PANEL);
	w->scales = type == GEMM_INT8 ? zeros(a, n_panels * GEMM_PANEL) : NULL;
	w->sums = type == GEMM_INT8 ? zeros(a, n_panels * GEMM_PANEL) : NULL;
}

static void pack_f32(struct gemm_weights *w, uint32_t *panel, size_t n_rows, const float *rows)
{
	float *out = (float *)panel;
	for (size_t g0 = 0; g0 < w->k; g0 += 16)
		for (size_t j = 0; j < n_rows; j++)
			for (size_t g = g0; g < g0 + 16 && g < w->k; g++)
				out[g * GEMM_PANEL + j] = rows[j * w->k + g];
}

static void pack_bf16(struct gemm_weights *w, uint32_t *panel, size_t n_rows, const float *rows)
{
	for (size_t j = 0; j < n_rows; j++) {
		const float *row = rows + j * w->k;
		for (size_t g = 0; g < w->groups; g++) {
			uint32_t even = bf16_of(row[2 * g]), odd = 2 * g + 1 < w->k ? bf16_of(row[2 * g + 1]) : 0;
			panel[g * GEMM_PANEL + j] = even | odd << 16;
		}
	}
}

static void pack_int8(struct gemm_weights *w, uint32_t *panel, size_t p, size_t n_rows, const float *rows)
{
	for (size_t j = 0; j < n_rows; j++) {
		const float *row = rows + j * w->k;
		float top = 0;
		for (size_t i = 0; i < w->k; i++)
			top = row[i] > top ? row[i] : -row[i] > top ? -row[i] : top;
		float inverse = top > 0 ? 127.0f / top : 0;
		int8_t *bytes = (int8_t *)(panel + j);
		int32_t sum = 0;
		for (size_t i = 0; i < w->k; i++) {
			int8_t q = (int8_t)quant_round(row[i] * inverse);
			bytes[i / 4 * GEMM_PANEL * 4 + i % 4] = q;
			sum += q;
		}
		w->scales[p * GEMM_PANEL + j] = top / 127.0f;
		w->sums[p * GEMM_PANEL + j] = (float)sum;
	}
}

void gemm_pack(struct gemm_weights *w, size_t p, const float *rows)
{
	uint32_t *panel = w->panels + p * w->groups * GEMM_PANEL;
	size_t n_rows = w->n - p * GEMM_PANEL < GEMM_PANEL ? w->n - p * GEMM_PANEL : GEMM_PANEL;
	if (n_rows < GEMM_PANEL || w->type == GEMM_INT8)
		memset(panel, 0, w->groups * GEMM_PANEL * sizeof(uint32_t));
	if (w->type == GEMM_F32)
		pack_f32(w, panel, n_rows, rows);
	else if (w->type == GEMM_BF16)
		pack_bf16(w, panel, n_rows, rows);
	else
		pack_int8(w, panel, p, n_rows, rows);
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

size_t gemm_input_bytes(const struct gemm_weights *w, size_t m)
{
	if (w->type == GEMM_F32)
		return 0;
	size_t extra = w->type == GEMM_INT8 ? round_up(m * sizeof(float), 64) * 2 : 0;
	return round_up(m * w->groups * sizeof(uint32_t), 64) + extra;
}

void gemm_input_set(struct gemm_input *in, const struct gemm_weights *w, size_t m, const float *x, size_t ldx,
		    void *scratch)
{
	if (w->type == GEMM_F32) {
		*in = (struct gemm_input){ x, ldx, NULL, NULL };
		return;
	}
	size_t stride = w->groups;
	if (w->type == GEMM_BF16) {
		for (size_t i = 0; i < m; i++)
			quant_bf16(w->level, w->k, x + i * ldx, (uint16_t *)scratch + i * 2 * stride);
		*in = (struct gemm_input){ scratch, stride, NULL, NULL };
		return;
	}
	float *scales = (float *)((char *)scratch + round_up(m * stride * sizeof(uint32_t), 64));
	float *zeros = (float *)((char *)scales + round_up(m * sizeof(float), 64));
	for (size_t i = 0; i < m; i++)
		quant_u8(w->level, w->k, x + i * ldx, (uint8_t *)scratch + i * 4 * stride, &scales[i], &zeros[i]);
	*in = (struct gemm_input){ scratch, stride, scales, zeros };
}

#define VEC_BODY "linalg/gemm_epilogue.inc"
#include "linalg/vec_each.h"

typedef void epilogue_fn(const struct gemm_weights *w, const struct gemm_input *in, size_t row, size_t rows, size_t p,
			 float *tile, float *out, size_t ldo, const float *residual, gemm_act_fn *act);

/* A short panel is over before the processor has foreseen the next one: while its tiles run, each brings a share of that to
 * the second-level cache. Long ones (all of f32) lose by it. */
static void prefetch_share(const uint32_t *next, size_t n_words, size_t b, size_t n)
{
	enum { LINE = 64 / sizeof(uint32_t), SHORT = 16384 / sizeof(uint32_t) };
	if (n_words > SHORT)
		return;
	for (size_t i = n_words * b / n / LINE * LINE; i < n_words * (b + 1) / n; i += LINE)
		__builtin_prefetch(next + i, 0, 2);
}

void gemm_run(const struct gemm_weights *w, const struct gemm_input *in, size_t m, gemm_act_fn *act,
	      const float *residual, float *out, size_t ldo)
{
	static epilogue_fn *const epilogues[] = VEC_LEVELS(epilogue);
	epilogue_fn *epilogue = epilogues[vec_pick(w->level)];
	_Alignas(64) float tile[GEMM_MAX_ROWS * GEMM_PANEL];
	size_t n_blocks = m / w->tiles->max_rows + (m % w->tiles->max_rows != 0), n_words = w->groups * GEMM_PANEL;
	for (size_t p = 0; p < w->n_panels; p++) {
		const uint32_t *panel = w->panels + p * n_words;
		for (size_t b = 0; b < n_blocks; b++) { /* blocks of nearly equal height */
			size_t row = m * b / n_blocks, rows = m * (b + 1) / n_blocks - row;
			if (p + 1 < w->n_panels)
				prefetch_share(panel + n_words, n_words, b, n_blocks);
			w->tiles->rows[rows](w->groups, (const uint32_t *)in->words + row * in->stride, in->stride,
					     panel, GEMM_PANEL, tile, GEMM_PANEL);
			epilogue(w, in, row, rows, p, tile, out, ldo, residual, act);
		}
	}
}

void gemm_panel_f32(const struct gemm_tiles *t, size_t m, size_t k, const float *a, size_t lda, const float *b,
		    size_t ldb, float *c, size_t ldc)
{
	size_t n_blocks = m / t->max_rows + (m % t->max_rows != 0);
	for (size_t i = 0; i < n_blocks; i++) {
		size_t row = m * i / n_blocks, rows = m * (i + 1) / n_blocks - row;
		t->rows[rows](k, a + row * lda, lda, b, ldb, c + row * ldc, ldc);
	}
}

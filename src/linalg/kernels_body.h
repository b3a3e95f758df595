/* kernels_body.h: the code of kernels.c, included once a level with LEVEL, TARGET, V and the v_ operations defined. No
 * include guard, for that reason. */

TARGET static float NAME(dot)(const float *a, const float *b, size_t n16)
{
	V s0 = NAME(v_set)(0), s1 = s0;
	size_t k = 0;
	for (; k + 32 <= n16; k += 32) {
		s0 = NAME(v_fma)(NAME(v_load)(a + k), NAME(v_load)(b + k), s0);
		s1 = NAME(v_fma)(NAME(v_load)(a + k + 16), NAME(v_load)(b + k + 16), s1);
	}
	for (; k < n16; k += 16)
		s0 = NAME(v_fma)(NAME(v_load)(a + k), NAME(v_load)(b + k), s0);
	return NAME(v_sum)(NAME(v_add)(s0, s1));
}

TARGET INLINE void NAME(add_scaled)(float *y, float a, const float *x, size_t from, size_t n16)
{
	V s = NAME(v_set)(a);
	for (size_t k = from; k < n16; k += 16)
		NAME(v_store)(y + k, NAME(v_fma)(s, NAME(v_load)(x + k), NAME(v_load)(y + k)));
}

TARGET static void NAME(axpy)(float *y, float a, const float *x, size_t n16)
{
	NAME(add_scaled)(y, a, x, 0, n16);
}

/* ---- normal equations ---- */

enum { NAME(TILE_ROWS) = NAME(TILE) == 2 ? 8 : 4 };

/* TILE_ROWS rows of A by `wide` vectors from column j on: one sweep over the n_rows rows of x with all sums in
 * registers. */
TARGET INLINE void NAME(normal_tile)(size_t n16, size_t n_rows, const float *x, float *A, size_t i, size_t j,
				     const size_t wide)
{
	V sum[NAME(TILE_ROWS)][NAME(TILE)];
	_Pragma("GCC unroll 8") for (size_t a = 0; a < NAME(TILE_ROWS); a++)
		_Pragma("GCC unroll 2") for (size_t b = 0; b < wide; b++)
			sum[a][b] = NAME(v_load)(A + (i + a) * n16 + j + 16 * b);
	for (size_t r = 0; r < n_rows; r++) {
		const float *row = x + r * n16;
		V right[NAME(TILE)];
		_Pragma("GCC unroll 2") for (size_t b = 0; b < wide; b++) right[b] = NAME(v_load)(row + j + 16 * b);
		_Pragma("GCC unroll 8") for (size_t a = 0; a < NAME(TILE_ROWS); a++) {
			V left = NAME(v_set)(row[i + a]);
			_Pragma("GCC unroll 2") for (size_t b = 0; b < wide; b++)
				sum[a][b] = NAME(v_fma)(left, right[b], sum[a][b]);
		}
	}
	_Pragma("GCC unroll 8") for (size_t a = 0; a < NAME(TILE_ROWS); a++)
		_Pragma("GCC unroll 2") for (size_t b = 0; b < wide; b++)
			NAME(v_store)(A + (i + a) * n16 + j + 16 * b, sum[a][b]);
}

TARGET static void NAME(normal)(size_t n16, size_t n_rows, const float *x, const float *t, float *A, float *sum,
				float *b)
{
	for (size_t i = 0; i < n16; i += NAME(TILE_ROWS)) {
		size_t j = i / 16 * 16;
		for (; j + 16 * NAME(TILE) <= n16; j += 16 * NAME(TILE))
			NAME(normal_tile)(n16, n_rows, x, A, i, j, NAME(TILE));
		for (; j < n16; j += 16)
			NAME(normal_tile)(n16, n_rows, x, A, i, j, 1);
	}
	V one = NAME(v_set)(1);
	for (size_t k = 0; k < n16; k += 16) {
		V s = NAME(v_load)(sum + k), p = NAME(v_load)(b + k);
		for (size_t r = 0; r < n_rows; r++) {
			V row = NAME(v_load)(x + r * n16 + k);
			s = NAME(v_fma)(one, row, s);
			p = NAME(v_fma)(NAME(v_set)(t[r]), row, p);
		}
		NAME(v_store)(sum + k, s);
		NAME(v_store)(b + k, p);
	}
}

/* ---- Cholesky, right-looking, by panels of four rows ---- */

enum { NAME(PANEL) = 4 };

TARGET static bool NAME(cholesky)(float *A, size_t n16)
{
	for (size_t k0 = 0; k0 < n16; k0 += NAME(PANEL)) {
		float *panel = A + k0 * n16;
		for (size_t k = k0; k < k0 + NAME(PANEL); k++) {
			float *row = A + k * n16;
			for (size_t h = k0; h < k; h++)
				NAME(add_scaled)(row, -A[h * n16 + k], A + h * n16, k / 16 * 16, n16);
			if (!(row[k] > 0))
				return false;
			V scale = NAME(v_set)(1 / sqrtf(row[k]));
			for (size_t j = k / 16 * 16; j < n16; j += 16)
				NAME(v_store)(row + j, NAME(v_mul)(scale, NAME(v_load)(row + j)));
		}
		for (size_t i = k0 + NAME(PANEL); i < n16; i++) {
			V c0 = NAME(v_set)(-panel[i]), c1 = NAME(v_set)(-panel[n16 + i]);
			V c2 = NAME(v_set)(-panel[2 * n16 + i]), c3 = NAME(v_set)(-panel[3 * n16 + i]);
			float *row = A + i * n16;
			for (size_t j = i / 16 * 16; j < n16; j += 16) {
				V a = NAME(v_fma)(c0, NAME(v_load)(panel + j), NAME(v_load)(row + j));
				a = NAME(v_fma)(c1, NAME(v_load)(panel + n16 + j), a);
				a = NAME(v_fma)(c2, NAME(v_load)(panel + 2 * n16 + j), a);
				a = NAME(v_fma)(c3, NAME(v_load)(panel + 3 * n16 + j), a);
				NAME(v_store)(row + j, a);
			}
		}
	}
	return true;
}

/* Forward by rows of U (each a column of U'), backward by dot products with them. What lies below the diagonal in a
 * vector of a row meets zeros, or entries that are not read again. */
TARGET static void NAME(solve)(const float *U, size_t n16, float *b, float *y)
{
	for (size_t k = 0; k < n16; k++) {
		y[k] = b[k] / U[k * n16 + k];
		NAME(add_scaled)(b, -y[k], U + k * n16, k / 16 * 16, n16);
	}
	memset(b, 0, n16 * sizeof *b);
	for (size_t k = n16; k-- > 0;) {
		size_t from = k / 16 * 16;
		float known = NAME(dot)(U + k * n16 + from, b + from, n16 - from);
		b[k] = (y[k] - known) / U[k * n16 + k];
	}
}

/* W = U^-1 by back substitution of all columns at once: row k of W is (e_k - sum over j > k of U_kj W_j) / U_kk. */
TARGET static void NAME(inverse_diagonal)(const float *U, size_t n16, float *d, float *W)
{
	for (size_t k = n16; k-- > 0;) {
		float *w = W + k * n16;
		size_t from = k / 16 * 16;
		memset(w, 0, n16 * sizeof *w);
		w[k] = 1;
		for (size_t j = k + 1; j < n16; j++)
			NAME(add_scaled)(w, -U[k * n16 + j], W + j * n16, j / 16 * 16, n16);
		V scale = NAME(v_set)(1 / U[k * n16 + k]);
		for (size_t j = from; j < n16; j += 16)
			NAME(v_store)(w + j, NAME(v_mul)(scale, NAME(v_load)(w + j)));
		d[k] = NAME(dot)(w + from, w + from, n16 - from);
	}
}

/* ---- stochastic gradient descent ---- */

/* The user's row stays in `wide` registers over the whole run. */
TARGET INLINE double NAME(sgd_wide)(const struct sgd_task *s, uint32_t user, const struct sgd_event *event, size_t n,
				    const size_t wide)
{
	V p[8];
	float *user_row = s->user_factors + user * wide * 16, user_bias = s->user_bias[user];
	float keep_user_bias = 1 - s->rate_bias * s->user_reg_bias[user];
	V keep_p = NAME(v_set)(1 - s->rate * s->user_reg[user]);
	double loss = 0;
	_Pragma("GCC unroll 8") for (size_t k = 0; k < wide; k++) p[k] = NAME(v_load)(user_row + 16 * k);
	for (size_t e = 0; e < n; e++) {
		uint32_t item = event[e].item;
		float *row = s->item_factors + item * wide * 16;
		V q[8], s0 = NAME(v_set)(0), s1 = s0;
		_Pragma("GCC unroll 8") for (size_t k = 0; k < wide; k++) {
			q[k] = NAME(v_load)(row + 16 * k);
			if (k % 2)
				s1 = NAME(v_fma)(p[k], q[k], s1);
			else
				s0 = NAME(v_fma)(p[k], q[k], s0);
		}
		float item_bias = s->item_bias[item], error;
		float z = NAME(v_sum)(NAME(v_add)(s0, s1)) + (s->mean + user_bias + item_bias);
		loss += sgd_error(s, z, event[e].value, &error);
		V keep_q = NAME(v_set)(1 - s->rate * s->item_reg[item]), gain = NAME(v_set)(s->rate * error);
		_Pragma("GCC unroll 8") for (size_t k = 0; k < wide; k++) {
			V old = p[k];
			p[k] = NAME(v_fma)(gain, q[k], NAME(v_mul)(keep_p, p[k]));
			NAME(v_store)(row + 16 * k, NAME(v_fma)(gain, old, NAME(v_mul)(keep_q, q[k])));
		}
		user_bias = user_bias * keep_user_bias + s->rate_bias * error;
		s->item_bias[item] = item_bias * (1 - s->rate_bias * s->item_reg_bias[item]) + s->rate_bias * error;
	}
	_Pragma("GCC unroll 8") for (size_t k = 0; k < wide; k++) NAME(v_store)(user_row + 16 * k, p[k]);
	s->user_bias[user] = user_bias;
	return loss;
}

/* Any width: the user's row in memory. */
TARGET static double NAME(sgd_long)(const struct sgd_task *s, size_t n16, uint32_t user, const struct sgd_event *event,
				    size_t n)
{
	float *p = s->user_factors + user * n16, *user_bias = &s->user_bias[user];
	float keep_user_bias = 1 - s->rate_bias * s->user_reg_bias[user];
	V keep_p = NAME(v_set)(1 - s->rate * s->user_reg[user]);
	double loss = 0;
	for (size_t e = 0; e < n; e++) {
		uint32_t item = event[e].item;
		float *q = s->item_factors + item * n16, *item_bias = &s->item_bias[item], error;
		float z = NAME(dot)(p, q, n16) + (s->mean + *user_bias + *item_bias);
		loss += sgd_error(s, z, event[e].value, &error);
		V keep_q = NAME(v_set)(1 - s->rate * s->item_reg[item]), gain = NAME(v_set)(s->rate * error);
		for (size_t k = 0; k < n16; k += 16) {
			V old = NAME(v_load)(p + k), row = NAME(v_load)(q + k);
			NAME(v_store)(p + k, NAME(v_fma)(gain, row, NAME(v_mul)(keep_p, old)));
			NAME(v_store)(q + k, NAME(v_fma)(gain, old, NAME(v_mul)(keep_q, row)));
		}
		*user_bias = *user_bias * keep_user_bias + s->rate_bias * error;
		*item_bias = *item_bias * (1 - s->rate_bias * s->item_reg_bias[item]) + s->rate_bias * error;
	}
	return loss;
}

TARGET static double NAME(sgd)(const struct sgd_task *s, size_t n16, uint32_t user, const struct sgd_event *event,
			       size_t n)
{
	switch (n16 / 16) {
	case 1: return NAME(sgd_wide)(s, user, event, n, 1);
	case 2: return NAME(sgd_wide)(s, user, event, n, 2);
	case 3: return NAME(sgd_wide)(s, user, event, n, 3);
	case 4: return NAME(sgd_wide)(s, user, event, n, 4);
	case 6: return NAME(sgd_wide)(s, user, event, n, 6);
	case 8: return NAME(sgd_wide)(s, user, event, n, 8);
	default: return NAME(sgd_long)(s, n16, user, event, n);
	}
}

static const struct kernels NAME(kernels) = {
	NAME(dot), NAME(axpy), NAME(normal), NAME(cholesky), NAME(solve), NAME(inverse_diagonal), NAME(sgd),
};

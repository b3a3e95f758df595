/* dropout.c: see dropout.h. */
#include "nn/dropout.h"

void dropout_mask(struct rng *r, double p, size_t n, uint8_t *mask)
{
	uint64_t least = (uint64_t)(p * 65536 + 0.5);
	size_t i = 0;
	for (; i + 4 <= n; i += 4) {
		uint64_t x = rng_u64(r);
		for (size_t j = 0; j < 4; j++)
			mask[i + j] = (x >> (16 * j) & 0xffff) >= least;
	}
	for (uint64_t x = i < n ? rng_u64(r) : 0; i < n; i++, x >>= 16)
		mask[i] = (x & 0xffff) >= least;
}

NN_BODY add_masked_body(size_t n, const real *x, const uint8_t *mask, real scale, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i] * (scale * (real)mask[i]);
}

NN_BODY add_all_body(size_t n, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

NN_BODY dropout_add_body(size_t n, const real *x, const uint8_t *mask, double p, real *y)
{
	if (mask)
		add_masked_body(n, x, mask, (real)(1 / (1 - p)), y);
	else
		add_all_body(n, x, y);
}
NN_KERNEL(dropout_add, (size_t n, const real *x, const uint8_t *mask, double p, real *y), (n, x, mask, p, y))

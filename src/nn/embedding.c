/* embedding.c: see embedding.h. */
#include "nn/embedding.h"

void embedding_forward(size_t n, size_t width, const uint32_t *index, const real *table, real *y)
{
	for (size_t i = 0; i < n; i++)
		memcpy(y + i * width, table + index[i] * width, width * sizeof *y);
}

NN_BODY embedding_backward_body(size_t n, size_t width, const uint32_t *index, const real *dy, real *dtable)
{
	for (size_t i = 0; i < n; i++) {
		real *row = dtable + index[i] * width;
		for (size_t k = 0; k < width; k++)
			row[k] += dy[i * width + k];
	}
}
NN_KERNEL(embedding_backward, (size_t n, size_t width, const uint32_t *index, const real *dy, real *dtable),
	  (n, width, index, dy, dtable))

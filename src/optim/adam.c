/* adam.c: see adam.h. */
#include "optim/adam.h"

#include <math.h>

void adam_step(const struct adam *a, uint64_t t, size_t n, float *w, const float *g, float *m, float *v)
{
	double c1 = 1 - pow((double)a->beta1, (double)t), c2 = 1 - pow((double)a->beta2, (double)t);
	float step = (float)((double)a->rate / c1), root = (float)(1 / sqrt(c2)), keep = 1 - a->rate * a->decay;
	for (size_t i = 0; i < n; i++) {
		m[i] = a->beta1 * m[i] + (1 - a->beta1) * g[i];
		v[i] = a->beta2 * v[i] + (1 - a->beta2) * g[i] * g[i];
		w[i] = keep * w[i] - step * m[i] / (sqrtf(v[i]) * root + a->epsilon);
	}
}

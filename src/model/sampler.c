/* sampler.c: see sampler.h. */
#include "model/sampler.h"
#include "base/mem.h"

#include <math.h>

void sampler_init(struct sampler *s, const uint32_t *item, size_t n_events, size_t n_items, double power)
{
	double *count = MEM_ZNEW(n_items, double), sum = 0;
	*s = (struct sampler){ 0, MEM_NEW(n_items, uint32_t), MEM_NEW(n_items, double) };
	for (size_t i = 0; i < n_events; i++)
		count[item[i]]++;
	for (uint32_t i = 0; i < n_items; i++) {
		if (count[i] == 0)
			continue;
		sum += pow(count[i], power);
		s->item[s->n] = i;
		s->below[s->n++] = sum;
	}
	mem_free(count);
}

void sampler_release(struct sampler *s)
{
	mem_free(s->item);
	mem_free(s->below);
}

double sampler_share(const struct sampler *s, size_t j)
{
	return (s->below[j] - (j ? s->below[j - 1] : 0)) / s->below[s->n - 1];
}

uint32_t sampler_draw(const struct sampler *s, struct rng *r)
{
	double x = rng_unit(r) * s->below[s->n - 1];
	size_t low = 0, high = s->n - 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (s->below[middle] > x)
			high = middle;
		else
			low = middle + 1;
	}
	return s->item[low];
}

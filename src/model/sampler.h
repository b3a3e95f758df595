/* sampler.h: items drawn by popularity. */
#ifndef RECPIPE_MODEL_SAMPLER_H
#define RECPIPE_MODEL_SAMPLER_H

#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>

/* Those of the items that have events, each with n events in proportion to n^power. */
struct sampler {
	size_t n;
	uint32_t *item;   /* [n] ascending */
	double *below;    /* [n] running sum of weights */
};
/* item[n_events] are the events' items, all below n_items. */
void sampler_init(struct sampler *s, const uint32_t *item, size_t n_events, size_t n_items, double power);
void sampler_release(struct sampler *s);
/* The chance of item[j]. */
double sampler_share(const struct sampler *s, size_t j);
/* An item; there must be one. */
uint32_t sampler_draw(const struct sampler *s, struct rng *r);

#endif

/* metrics.c: the registry, from metrics.def. */
#include "metric/metric.h"

#define METRIC(name) extern const struct metric metric_##name;
#include "metric/metrics.def"
#undef METRIC

const struct part *const metrics[] = {
#define METRIC(name) &metric_##name.part,
#include "metric/metrics.def"
};
const size_t n_metrics = sizeof metrics / sizeof *metrics;

size_t ranked_hits(const struct ranked *r, size_t k)
{
	size_t hits = 0;
	for (size_t i = 0; i < ranked_depth(r, k); i++)
		hits += r->gain[i] > 0;
	return hits;
}

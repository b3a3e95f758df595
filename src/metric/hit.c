/* hit: its definition is the help text below. */
#include "metric/metric.h"

static double hit(const struct ranked *r, size_t k)
{
	return ranked_hits(r, k) > 0;
}

const struct metric metric_hit = {
	.part = {
		.name = "hit",
		.summary = "share of users with a relevant item among the k recommended",
		.help = "hit@k = 1 if one of the first k is relevant, else 0. Mean over the users who have a\n"
			"relevant item: the hit rate.\n"
			"The same as trec_eval's success_k.",
	},
	.ranked = hit,
};

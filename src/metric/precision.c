/* precision: its definition is the help text below. */
#include "metric/metric.h"

static double precision(const struct ranked *r, size_t k)
{
	return (double)ranked_hits(r, k) / (double)k;
}

const struct metric metric_precision = {
	.part = {
		.name = "precision",
		.summary = "share of the k recommended that are relevant",
		.help = "precision@k = 1/k #{relevant items among the first k}. It divides by k also where fewer\n"
			"than k items were recommended. Mean over the users who have a relevant item.\n"
			"The same as trec_eval's P_k. Manning, Raghavan, Schuetze, \"Introduction to Information\n"
			"Retrieval\", 2008, ch. 8.",
	},
	.ranked = precision,
};

/* mrr: its definition is the help text below. */
#include "metric/metric.h"

static double mrr(const struct ranked *r, size_t k)
{
	for (size_t i = 0; i < ranked_depth(r, k); i++)
		if (r->gain[i] > 0)
			return 1 / (double)(i + 1);
	return 0;
}

const struct metric metric_mrr = {
	.part = {
		.name = "mrr",
		.summary = "mean reciprocal rank of the first relevant item",
		.help = "RR@k = 1/i for the rank i of the first relevant item, 0 if it lies beyond rank k. MRR is\n"
			"the mean over the users who have a relevant item.\n"
			"The same as trec_eval's recip_rank where k reaches the end of the list. Voorhees, \"The\n"
			"TREC-8 question answering track report\", TREC 1999.",
	},
	.ranked = mrr,
};

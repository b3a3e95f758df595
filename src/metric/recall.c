/* recall: its definition is the help text below. */
#include "metric/metric.h"

static double recall(const struct ranked *r, size_t k)
{
	return (double)ranked_hits(r, k) / (double)r->n_relevant;
}

const struct metric metric_recall = {
	.part = {
		.name = "recall",
		.summary = "share of the relevant that are among the k recommended",
		.help = "recall@k = #{relevant items among the first k} / R, R being the number of the user's\n"
			"relevant items, also where R > k. Mean over the users who have a relevant item.\n"
			"The same as trec_eval's recall_k. Manning, Raghavan, Schuetze, \"Introduction to\n"
			"Information Retrieval\", 2008, ch. 8.",
	},
	.ranked = recall,
};

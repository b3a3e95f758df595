/* map: its definition is the help text below. */
#include "metric/metric.h"

static double map(const struct ranked *r, size_t k)
{
	double sum = 0;
	size_t hits = 0;
	for (size_t i = 0; i < ranked_depth(r, k); i++)
		if (r->gain[i] > 0)
			sum += (double)++hits / (double)(i + 1);
	return sum / (double)r->n_relevant;
}

const struct metric metric_map = {
	.part = {
		.name = "map",
		.summary = "mean average precision",
		.help = "AP@k = 1/R sum over the ranks i = 1..k that hold a relevant item of precision@i, R being\n"
			"the number of the user's relevant items, also where R > k (so AP@k can stay below 1;\n"
			"others divide by min(R, k)). MAP is the mean over the users who have a relevant item.\n"
			"The same as trec_eval's map_cut_k, and as its map where k reaches the end of the list.\n"
			"Manning, Raghavan, Schuetze, \"Introduction to Information Retrieval\", 2008, ch. 8.",
	},
	.ranked = map,
};

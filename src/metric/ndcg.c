/* ndcg: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

static double dcg(const double *gain, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += gain[i] / log2((double)i + 2);
	return sum;
}

static double ndcg(const struct ranked *r, size_t k)
{
	size_t ideal_depth = r->n_relevant < k ? r->n_relevant : k;
	return dcg(r->gain, ranked_depth(r, k)) / dcg(r->ideal, ideal_depth);
}

const struct metric metric_ndcg = {
	.part = {
		.name = "ndcg",
		.summary = "normalised discounted cumulative gain",
		.help = "NDCG@k = DCG@k / IDCG@k, DCG@k = sum over ranks i = 1..k of g_i / log2(i + 1), IDCG@k\n"
			"the same for the user's relevant items in the best order. The gain g of a relevant item\n"
			"is 1 (--gain binary), its rating r (linear), or 2^r - 1 (exp); any other item has gain\n"
			"0. Mean over the users who have a relevant item.\n"
			"The same as trec_eval's ndcg_cut_k for binary and linear gains. Jarvelin and Kekalainen,\n"
			"\"Cumulated gain-based evaluation of IR techniques\", TOIS 2002, with the discount log2(i\n"
			"+ 1) from rank 1 on as is usual since; Burges et al., \"Learning to rank using gradient\n"
			"descent\", ICML 2005, for 2^r - 1.",
	},
	.ranked = ndcg,
};

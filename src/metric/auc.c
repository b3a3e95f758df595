/* auc: its definition is the help text below. */
#include "metric/metric.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

struct scored {
	double score;
	bool like;
};

static int by_score(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
	return (x > y) - (x < y);
}

/* Sum of the midranks, from 1, of the likes among n pairs in ascending order. */
static double sum_of_midranks(const struct scored *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0, j; i < n; i = j) {
		size_t likes = 0;
		for (j = i; j < n && v[j].score == v[i].score; j++)
			likes += v[j].like;
		sum += (double)likes * ((double)(i + 1) + (double)j) / 2;
	}
	return sum;
}

static double auc(const struct rated *r)
{
	struct scored *v = MEM_NEW(r->n, struct scored);
	size_t likes = 0;
	for (size_t i = 0; i < r->n; i++) {
		v[i] = (struct scored){ r->predicted[i], r->truth[i] >= r->like };
		likes += v[i].like;
	}
	qsort(v, r->n, sizeof *v, by_score);
	double p = (double)likes, q = (double)(r->n - likes);
	double area = (sum_of_midranks(v, r->n) - p * (p + 1) / 2) / (p * q);
	mem_free(v);
	return p > 0 && q > 0 ? area : NAN;
}

const struct metric metric_auc = {
	.part = {
		.name = "auc",
		.summary = "probability that a liked pair is scored above a disliked one",
		.help = "AUC = (sum of the midranks of the likes - P(P + 1)/2) / (P N), where the n = P + N pairs\n"
			"are ranked by prediction, ascending, equal predictions share the mean of their ranks, a\n"
			"like is a pair with r >= t for the threshold t of --like, P is the number of likes and N\n"
			"of the others. One ranking over all pairs of all users. Not defined where P or N is 0.\n"
			"The same as scikit-learn's roc_auc_score. Hanley and McNeil, \"The meaning and use of the\n"
			"area under a receiver operating characteristic (ROC) curve\", Radiology 1982; Mann and\n"
			"Whitney 1947 for the midranks.",
	},
	.scale_free = true,
	.rated = auc,
};

/* accuracy: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

/* The level nearest to p: the first one whose upper border lies above p. */
static double nearest_level(const struct rated *r, double p)
{
	size_t below = 0, n = r->n_levels;
	while (n > 1) {
		size_t half = n / 2;
		double border = (r->levels[below + half - 1] + r->levels[below + half]) / 2;
		if (p >= border) {
			below += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return r->levels[below];
}

static double accuracy(const struct rated *r)
{
	size_t right = 0;
	if (!r->n || !r->n_levels)
		return NAN;
	for (size_t i = 0; i < r->n; i++)
		right += nearest_level(r, r->predicted[i]) == r->truth[i];
	return (double)right / (double)r->n;
}

const struct metric metric_accuracy = {
	.part = {
		.name = "accuracy",
		.summary = "share of predictions whose nearest rating level is the right one",
		.help = "accuracy = 1/n #{pairs: level(p) = r}, where level(p) is the rating level nearest to the\n"
			"prediction p; a prediction half-way between two levels counts as the upper one. The\n"
			"levels are the distinct ratings of the test events and, with a model, of its training\n"
			"events; more than 4,096 of them are no levels, and accuracy is then not defined.\n"
			"The same as scikit-learn's accuracy_score of the rounded predictions.",
	},
	.rated = accuracy,
};

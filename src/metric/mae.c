/* mae: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

static double mae(const struct rated *r)
{
	double sum = 0;
	for (size_t i = 0; i < r->n; i++)
		sum += fabs(r->predicted[i] - r->truth[i]);
	return r->n ? sum / (double)r->n : NAN;
}

const struct metric metric_mae = {
	.part = {
		.name = "mae",
		.summary = "mean absolute error",
		.help = "MAE = 1/n sum |p - r| over the n pairs of a test rating r and its prediction p, in the\n"
			"unit of the ratings.\n"
			"The same as scikit-learn's mean_absolute_error.",
	},
	.smaller_is_better = true,
	.rated = mae,
};

/* mse: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

static double squared(double x)
{
	return x * x;
}

static double mse(const struct rated *r)
{
	double sum = 0;
	for (size_t i = 0; i < r->n; i++)
		sum += squared(r->predicted[i] - r->truth[i]);
	return r->n ? sum / (double)r->n : NAN;
}

const struct metric metric_mse = {
	.part = {
		.name = "mse",
		.summary = "mean squared error",
		.help = "MSE = 1/n sum (p - r)^2 over the n pairs of a test rating r and its prediction p.\n"
			"The same as scikit-learn's mean_squared_error.",
	},
	.smaller_is_better = true,
	.rated = mse,
};

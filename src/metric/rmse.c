/* rmse: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

extern const struct metric metric_mse;

static double rmse(const struct rated *r)
{
	return sqrt(metric_mse.rated(r));
}

const struct metric metric_rmse = {
	.part = {
		.name = "rmse",
		.summary = "root of the mean squared error",
		.help = "RMSE = sqrt(1/n sum (p - r)^2) over the n pairs of a test rating r and its prediction p,\n"
			"in the unit of the ratings.\n"
			"The same as scikit-learn's root_mean_squared_error.",
	},
	.smaller_is_better = true,
	.rated = rmse,
};

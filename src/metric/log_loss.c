/* log-loss: its definition is the help text below. */
#include "metric/metric.h"

#include <float.h>
#include <math.h>

static double clip(double p)
{
	return p < DBL_EPSILON ? DBL_EPSILON : p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
}

static double log_loss(const struct rated *r)
{
	double sum = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (r->predicted[i] < 0 || r->predicted[i] > 1)
			return NAN;
		double p = clip(r->predicted[i]);
		sum -= log(r->truth[i] >= r->like ? p : 1 - p);
	}
	return r->n ? sum / (double)r->n : NAN;
}

const struct metric metric_log_loss = {
	.part = {
		.name = "log-loss",
		.summary = "mean negative log-likelihood of likes, for predictions that are probabilities",
		.help = "log-loss = -1/n sum [y log p + (1 - y) log(1 - p)], y = 1 where r >= t for the threshold\n"
			"t of --like and 0 elsewhere, p the predicted probability of y = 1, clipped to [eps, 1 -\n"
			"eps] with eps = 2^-52; natural logarithm. Not defined where a prediction lies outside\n"
			"[0, 1]: then it is no probability.\n"
			"The same as scikit-learn's log_loss.",
	},
	.smaller_is_better = true,
	.rated = log_loss,
};

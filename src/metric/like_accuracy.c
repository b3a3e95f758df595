/* like-accuracy: its definition is the help text below. */
#include "metric/metric.h"

#include <math.h>

static double like_accuracy(const struct rated *r)
{
	size_t right = 0;
	for (size_t i = 0; i < r->n; i++)
		right += (r->predicted[i] >= r->like) == (r->truth[i] >= r->like);
	return r->n ? (double)right / (double)r->n : NAN;
}

const struct metric metric_like_accuracy = {
	.part = {
		.name = "like-accuracy",
		.summary = "share of predictions on the right side of the like threshold",
		.help = "like-accuracy = 1/n #{pairs: (p >= t) = (r >= t)}, for the threshold t of --like, which\n"
			"the report states.\n"
			"The same as scikit-learn's accuracy_score of the two comparisons.",
	},
	.rated = like_accuracy,
};

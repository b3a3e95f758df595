/* columns.h: what a report computes: the metrics that the user names, a ranking metric at each cut-off. */
#ifndef RECPIPE_METRIC_COLUMNS_H
#define RECPIPE_METRIC_COLUMNS_H

#include "base/err.h"
#include "metric/metric.h"

struct column {
	const struct metric *metric;
	size_t k;       /* 0 for a rating metric */
	char label[48]; /* "rmse", "ndcg@10" */
};
struct columns {
	struct column *v;
	size_t n;
	size_t k_max;   /* the largest k, 0 where there is no ranking metric */
};

/* metrics is "rmse,ndcg@5,recall", where a ranking metric without @ stands for itself at each k of ks, "5,10,20"; NULL
 * stands for all metrics there are. ERR_USAGE for names that do not exist, a cut-off below 1, or a rating metric with
 * one. Owner: caller. */
MUST_CHECK int columns_parse(struct columns *c, const char *metrics, const char *ks, struct err *e);
void columns_release(struct columns *c);
/* Drop the columns for which keep is false. */
void columns_filter(struct columns *c, bool (*keep)(const struct column *column, const void *context),
		    const void *context);

#endif

/* judge.h: how good a model is on events that it has not learned from, by a metric of the registry. */
#ifndef RECPIPE_TRAIN_JUDGE_H
#define RECPIPE_TRAIN_JUDGE_H

#include "metric/columns.h"
#include "model/model.h"

/* "rmse", "ndcg@10": one metric, a ranking metric with its cut-off. ERR_USAGE for others. Owner: caller, by
 * columns_release. */
MUST_CHECK int judge_parse(struct columns *c, const char *text, struct err *e);
/* ERR_USAGE where models of m's class give nothing that the metric could judge. */
MUST_CHECK int judge_check(const struct model *m, const struct columns *c, struct err *e);
/* ERR_USAGE where m, which is configured, or the events, in->valid or those it is to be taken from, cannot have the metric. */
MUST_CHECK int judge_possible(const struct model *m, const struct train_input *in, const struct columns *c, struct err *e);
/* The metric on in->valid as a loss: as it is where smaller is better, else 1 - it. Rankings are of in->candidate, without
 * what m->history holds. ERR_USAGE as judge_possible; ERR_DATA where it is not defined. */
MUST_CHECK int judge(const struct model *m, const struct train_input *in, const struct columns *c, double *loss, struct err *e);

#endif

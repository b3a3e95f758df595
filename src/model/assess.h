/* assess.h: a model, or anybody's predictions, against held-out events: the rows of a report.
 *
 * Ids of the test have maps of their own; a model's indices are translated, so the model stays as it was loaded. */
#ifndef RECPIPE_MODEL_ASSESS_H
#define RECPIPE_MODEL_ASSESS_H

#include "data/predictions.h"
#include "metric/bootstrap.h"
#include "metric/columns.h"
#include "metric/report.h"
#include "model/model.h"

enum assess_gain { ASSESS_BINARY, ASSESS_LINEAR, ASSESS_EXP };

/* Everything is borrowed. */
struct assess_input {
	const struct model *model;             /* one of the two */
	const struct predictions *predictions;
	const char *name;                      /* of its file, for messages */
	const struct idmap *users, *items;     /* of test, seen and predictions */
	const struct events *test;
	const struct events *seen;             /* known before the test besides the model's history, or NULL */
	const bool *candidate;                 /* [items->n] what is ranked and may be relevant, or NULL for all */
	const struct columns *columns;         /* none with an obstacle */
	double like;                           /* NAN: the lowest level above the middle of the scale */
	double relevant_from;                  /* least rating of a relevant item; -INFINITY for all */
	enum assess_gain gain;
	bool keep_seen, allow_missing;
	struct bootstrap bootstrap;            /* its pool does all the work */
	struct log *log;
};

/* What models of m's class do not give, and the metric needs ("rankings"), or NULL. */
const char *assess_lack(const struct model *m, const struct metric *metric);
/* Why a metric cannot be had, or NULL. */
const char *assess_obstacle(const struct assess_input *in, const struct metric *m);
/* per_user[c * users->n + u], where it is not NULL, gets column c of user u alone, NAN where it is not defined.
 * ERR_DATA for a pair without a prediction, or one that is not a finite number. */
MUST_CHECK int assess(const struct assess_input *in, struct report *out, double *per_user, struct err *e);

#endif

/* loop.c: see loop.h. */
#include "train/loop.h"

#include <math.h>
#include <stdbool.h>

static bool astray(double loss, double first)
{
	return !isfinite(loss) || loss > 1000 * first + 1;
}

static void report(const struct loop *l, size_t epoch, double loss, double valid)
{
	if (l->validate)
		LOG_EVENT(l->log, "epoch", LOG_N("epoch", epoch + 1), LOG_R(l->loss_name, loss), LOG_R("valid", valid));
	else
		LOG_EVENT(l->log, "epoch", LOG_N("epoch", epoch + 1), LOG_R(l->loss_name, loss));
}

static int step(const struct loop *l, size_t epoch, double *loss, double *valid, struct err *e)
{
	int rc = l->epoch(l->context, epoch, loss, e);
	if (!rc && l->validate)
		rc = l->validate(l->context, valid, e);
	return rc;
}

int loop_run(const struct loop *l, struct loop_result *r, struct err *e)
{
	*r = (struct loop_result){ 0, 0, NAN, NAN };
	double first = 0;
	bool kept = false;
	int rc = 0;
	for (size_t epoch = 0; epoch < l->max_epochs; epoch++) {
		double loss = NAN, valid = NAN;
		rc = step(l, epoch, &loss, &valid, e);
		if (rc)
			break;
		first = epoch ? first : loss;
		if (astray(loss, first) || (l->validate && !isfinite(valid))) {
			rc = err_data(e, "training diverged in epoch %zu (%s %g); %s", epoch + 1, l->loss_name, fabs(loss), l->remedy);
			break;
		}
		report(l, epoch, loss, valid);
		r->n_epochs = epoch + 1;
		if (!l->validate || !kept || valid < r->valid) {
			*r = (struct loop_result){ epoch + 1, epoch + 1, loss, valid };
			if (l->validate)
				l->keep(l->context);
			kept = l->validate;
		} else if (l->patience && r->n_epochs - r->best_epochs >= l->patience) {
			break;
		}
	}
	if (kept && (rc || r->best_epochs < r->n_epochs))
		l->restore(l->context);
	return rc;
}

/* loop.c: see loop.h. */
#include "train/loop.h"

#include <math.h>
#include <stdbool.h>

static void report(const struct loop *l, size_t epoch, double loss, double valid)
{
	if (l->validate)
		LOG_EVENT(l->log, "epoch", LOG_N("epoch", epoch + 1), LOG_R(l->loss_name, loss), LOG_R("valid", valid));
	else
		LOG_EVENT(l->log, "epoch", LOG_N("epoch", epoch + 1), LOG_R(l->loss_name, loss));
}

static bool astray(double loss, double first)
{
	return !isfinite(loss) || loss > 1000 * first + 1;
}

static int step(const struct loop *l, struct loop_state *s, double *loss, double *valid, struct err *e)
{
	size_t epoch = s->n_epochs;
	int rc = l->epoch(l->context, epoch, loss, e);
	if (!rc && l->validate)
		rc = l->validate(l->context, valid, e);
	if (rc)
		return rc;
	s->first = epoch ? s->first : *loss;
	if (astray(*loss, s->first) || (l->validate && !isfinite(*valid)))
		return err_data(e, "training diverged in epoch %zu (%s %g); %s", epoch + 1, l->loss_name, fabs(*loss), l->remedy);
	report(l, epoch, *loss, *valid);
	return 0;
}

static void count(const struct loop *l, struct loop_state *s, double loss, double valid)
{
	bool better = !l->validate || s->best_epochs == 0 || valid < s->valid;
	s->n_epochs++;
	if (!better)
		return;
	s->best_epochs = s->n_epochs;
	s->loss = loss;
	s->valid = valid;
	if (l->validate)
		l->keep(l->context);
}

static bool out_of_patience(const struct loop *l, const struct loop_state *s)
{
	return l->patience && s->n_epochs - s->best_epochs >= l->patience;
}

int loop_run(const struct loop *l, struct loop_state *s, struct err *e)
{
	int rc = 0;
	while (!rc && s->n_epochs < l->max_epochs && !out_of_patience(l, s)) {
		double loss = NAN, valid = NAN;
		rc = step(l, s, &loss, &valid, e);
		if (rc)
			break;
		count(l, s, loss, valid);
		rc = l->save ? l->save(l->context, s, e) : 0;
	}
	if (l->validate && s->best_epochs && (rc || s->best_epochs < s->n_epochs))
		l->restore(l->context);
	return rc;
}

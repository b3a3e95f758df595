/* judge.c: see judge.h. */
#include "train/judge.h"
#include "model/assess.h"

#include <math.h>

int judge_parse(struct columns *c, const char *text, struct err *e)
{
	int rc = columns_parse(c, text, "10", e);
	if (!rc && c->n != 1) {
		columns_release(c);
		rc = err_usage(e, "one metric is needed, such as rmse or ndcg@10, not \"%s\"", text);
	}
	return rc;
}

int judge_check(const struct model *m, const struct columns *c, struct err *e)
{
	const char *lack = assess_lack(m, c->v[0].metric);
	return lack ? err_usage(e, "model %s gives no %s to judge by: --stop-on %s is not for it", m->class->part.name, lack,
				c->v[0].label) : 0;
}

static struct assess_input assess_input(const struct model *m, const struct train_input *input, const struct events *ev,
					const struct columns *c)
{
	return (struct assess_input){ .model = m, .name = "the model", .users = &m->users, .items = &m->items, .test = ev,
				      .candidate = input->candidate, .columns = c, .like = NAN, .relevant_from = -INFINITY,
				      .gain = ASSESS_BINARY, .bootstrap = { 0, 0, input->pool } };
}

int judge_possible(const struct model *m, const struct train_input *input, const struct columns *c, struct err *e)
{
	struct assess_input in = assess_input(m, input, input->valid ? input->valid : input->train, c);
	const char *why = assess_obstacle(&in, c->v[0].metric);
	return why ? err_usage(e, "%s cannot be had: %s", c->v[0].label, why) : 0;
}

int judge(const struct model *m, const struct train_input *input, const struct columns *c, double *loss, struct err *e)
{
	struct assess_input in = assess_input(m, input, input->valid, c);
	const struct column *column = &c->v[0];
	struct report r = REPORT_INIT;
	int rc = judge_possible(m, input, c, e);
	if (!rc)
		rc = assess(&in, &r, NULL, e);
	if (!rc) {
		double value = report_find(&r, column->label, "all")->value;
		*loss = column->metric->smaller_is_better ? value : 1 - value;
		if (isnan(value))
			rc = err_data(e, "%s is not defined on the validation events", column->label);
	}
	report_release(&r);
	return rc;
}

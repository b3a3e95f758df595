/* step_activity.c: users who do more than a person does. */
#include "data/stats.h"
#include "data/step.h"

#include <math.h>

struct options {
	int method;
	double limit;
	size_t max_rows, max_per_day;
};

enum { BY_NONE, BY_ZSCORE, BY_IQR };

static const struct opt options[] = {
	{ .name = "method", .type = OPT_CHOICE, .offset = offsetof(struct options, method), .choices = "none|zscore|iqr",
	  .preset = "iqr", .help = "fence above the logarithm of the rows a user has; none: only the two limits below" },
	{ .name = "limit", .type = OPT_REAL, .offset = offsetof(struct options, limit), .value = "X", .preset = "3",
	  .min = 0, .max = 1e300, .above_min = true, .help = "how far above counts as implausible, as in step outlier" },
	{ .name = "max", .type = OPT_SIZE, .offset = offsetof(struct options, max_rows), .value = "N", .preset = "0",
	  .help = "most rows a user may have; 0 for any" },
	{ .name = "max-per-day", .type = OPT_SIZE, .offset = offsetof(struct options, max_per_day), .value = "N",
	  .preset = "0", .help = "most rows a user may have within any 24 hours; 0 for any" },
};

struct state {
	size_t user, time;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	struct state *st = s->state;
	int rc = header_need(columns, STR("user"), &st->user, e);
	if (!rc && o->max_per_day)
		rc = header_need(columns, STR("time"), &st->time, e);
	return rc;
}

/* Why each user is implausible; NULL for those who are not. */
static void judge_counts(const struct options *o, const uint32_t *user, size_t n, const char **why, size_t n_users)
{
	double *count = MEM_ZNEW(n_users, double), *log_count = MEM_NEW(n_users, double);
	uint32_t *one_group = MEM_ZNEW(n_users, uint32_t);
	for (size_t i = 0; i < n; i++)
		count[user[i]]++;
	for (size_t u = 0; u < n_users; u++)
		log_count[u] = log(count[u]);
	struct fence *f = fences_new(log_count, one_group, n_users, 1, o->method == BY_IQR ? FENCE_IQR : FENCE_ZSCORE,
				     o->limit);
	for (size_t u = 0; u < n_users; u++) {
		if (o->max_rows && count[u] > (double)o->max_rows)
			why[u] = "user with more rows than max";
		else if (o->method != BY_NONE && log_count[u] > f->high)
			why[u] = "user with far more rows than others";
	}
	mem_free(f);
	mem_free(one_group);
	mem_free(log_count);
	mem_free(count);
}

/* A window of 24 hours slides over each user's rows in time order. */
static void judge_days(const struct options *o, const uint32_t *user, const double *time, size_t n, const char **why,
		       size_t n_users)
{
	size_t *start = MEM_ZNEW(n_users + 1, size_t);
	uint32_t *order = table_order(time, n);
	double *t = MEM_NEW(n, double);
	for (size_t i = 0; i < n; i++)
		start[user[i] + 1]++;
	for (size_t u = 0; u < n_users; u++)
		start[u + 1] += start[u];
	for (size_t k = 0; k < n; k++) /* start[u] goes from the start of user u to the end */
		t[start[user[order[k]]]++] = time[order[k]];
	for (size_t u = 0, from = 0; u < n_users; from = start[u++])
		for (size_t i = from + o->max_per_day; i < start[u]; i++)
			if (t[i] - t[i - o->max_per_day] < 86400)
				why[u] = why[u] ? why[u] : "user with more rows in 24 hours than max-per-day";
	mem_free(start);
	mem_free(order);
	mem_free(t);
}

static int table(struct step *s, struct table *t, bool *keep, struct err *e)
{
	const struct options *o = s->options;
	const struct state *st = s->state;
	double *time = NULL;
	if (o->max_per_day && !(time = table_numbers(t, st->time, "time", s->input_name, e)))
		return ERR_DATA;
	struct idmap users = IDMAP_INIT;
	uint32_t *user = table_ids(t, st->user, &users);
	const char **why = MEM_ZNEW(users.n, const char *);
	judge_counts(o, user, t->n, why, users.n);
	if (time)
		judge_days(o, user, time, t->n, why, users.n);
	for (size_t i = 0; i < t->n; i++)
		if (why[user[i]])
			step_drop_row(s, keep, i, why[user[i]]);
	mem_free(time);
	mem_free(user);
	mem_free(why);
	idmap_release(&users);
	return 0;
}

const struct step_class step_activity = {
	.part = { .name = "activity",
		  .summary = "drop users with implausible activity (robots, test accounts)",
		  .help = "A user's rows are dropped where log(rows) lies above the upper fence of all users' (the counts are\n"
			  "skewed, their logarithms much less so), above max, or above max-per-day within any 24 hours. Needs\n"
			  "the whole table.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.whole_table = true,
	.state_size = sizeof(struct state),
	.open = open,
	.table = table,
};

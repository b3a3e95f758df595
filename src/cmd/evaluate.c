/* evaluate.c: a model, or anybody's predictions, against held-out events: the files around model/assess.h. */
#include "base/mem.h"
#include "base/numbers.h"
#include "cmd/command.h"
#include "data/events.h"
#include "data/idlist.h"
#include "data/predictions.h"
#include "io/csv.h"
#include "io/stream.h"
#include "model/assess.h"

#include <math.h>
#include <string.h>

enum seen_items { SEEN_EXCLUDE, SEEN_KEEP };

struct options {
	const char *model, *predictions, *metrics, *k, *relevant, *like, *include, *seen, *per_user, *explain;
	int kind, gain, seen_items, format;
	bool allow_missing;
	struct strings fail_if;
	size_t bootstrap;
};

#define AT(member) offsetof(struct options, member)
static const struct opt options[] = {
	{ .name = "model", .letter = 'm', .type = OPT_STRING, .offset = AT(model), .value = "FILE",
	  .file = OPT_READS, .help = "the model to score" },
	{ .name = "predictions", .letter = 'p', .type = OPT_STRING, .offset = AT(predictions), .value = "FILE",
	  .file = OPT_READS, .help = "score this CSV instead: user,item and prediction, score or rank" },
	{ .name = "kind", .type = OPT_CHOICE, .offset = AT(kind), .choices = "auto|pairs|lists", .preset = "auto",
	  .help = "what the predictions are: ratings of pairs or ranked lists; auto takes them for lists where there is a "
		  "column rank, or score without prediction" },
	{ .name = "metrics", .type = OPT_STRING, .offset = AT(metrics), .value = "LIST",
	  .help = "rmse,ndcg@10,recall: only these, where @K overrides -k; without it, all that are defined" },
	{ .name = "k", .letter = 'k', .type = OPT_STRING, .offset = AT(k), .value = "LIST", .preset = "10",
	  .help = "cut-offs of ranking metrics, as 5,10,20" },
	{ .name = "relevant", .type = OPT_STRING, .offset = AT(relevant), .value = "RATING", .preset = "all",
	  .help = "an item is relevant to a user whose test rating is at least this; all: whatever the rating" },
	{ .name = "gain", .type = OPT_CHOICE, .offset = AT(gain), .choices = "binary|linear|exp", .preset = "binary",
	  .help = "gain of a relevant item in ndcg: 1, its rating r, or 2^r - 1; with linear and exp an item rated 0 "
		  "or less is not relevant" },
	{ .name = "like", .type = OPT_STRING, .offset = AT(like), .value = "RATING", .preset = "auto",
	  .help = "a rating (prediction) of at least this is a like; auto: the lowest level above the middle of the "
		  "scale" },
	{ .name = "include", .type = OPT_STRING, .offset = AT(include), .value = "FILE",
	  .file = OPT_READS, .help = "rank only the items of this CSV's column item; test events of others are not relevant" },
	{ .name = "seen", .type = OPT_STRING, .offset = AT(seen), .value = "FILE",
	  .file = OPT_READS,
	  .help = "events known before the test, besides the model's own: they make seen items and warm users and items" },
	{ .name = "seen-items", .type = OPT_CHOICE, .offset = AT(seen_items), .choices = "exclude|keep",
	  .preset = "exclude", .help = "whether items a user has seen are taken out of rankings and of what is relevant" },
	{ .name = "allow-missing", .type = OPT_FLAG, .offset = AT(allow_missing),
	  .help = "leave out test pairs without a prediction, and count them; otherwise they are an error" },
	{ .name = "format", .letter = 'f', .type = OPT_CHOICE, .offset = AT(format), .choices = REPORT_FORMATS,
	  .preset = "table", .help = "how the report is written" },
	{ .name = "fail-if", .type = OPT_STRINGS, .offset = AT(fail_if), .value = "GATE",
	  .help = "exit with status 1 if METRIC[/SCOPE] is < or > (<=, >=) a number, as 'rmse>0.93' or "
		  "'ndcg@10/cold-users<0.1'; may be repeated" },
	{ .name = "per-user", .type = OPT_STRING, .offset = AT(per_user), .value = "FILE",
	  .file = OPT_WRITES, .help = "write user,metric,value for each user as CSV too" },
	{ .name = "explain", .type = OPT_STRING, .offset = AT(explain), .value = "METRIC",
	  .help = "show the definition of a metric and where it comes from, or of all, and do nothing else" },
	{ .name = "bootstrap", .type = OPT_SIZE, .offset = AT(bootstrap), .value = "N", .preset = "0", .min = 0,
	  .max = 1000000, .help = "95 % intervals from N resamples of the users" },
};

struct job {
	const struct options *o;
	struct run *run;
	struct columns columns;
	struct gate *gate;
	struct idmap users, items;
	struct events test, seen;
	struct model *model;
	struct predictions predictions;
	bool *candidate;         /* [items.n] or NULL */
	struct assess_input in;
	double *per_user;        /* [columns.n, users.n] */
	struct report report;
};

/* ---- reading ---- */

static int parse_threshold(const char *name, const char *text, const char *word, double of_word, double *out,
			   struct err *e)
{
	*out = of_word;
	if (!strcmp(text, word) || num_parse_f64(str_of(text), out))
		return 0;
	return err_usage(e, "--%s takes a number or %s, not \"%s\"", name, word, text);
}

static int check_usage(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	if (j->run->operands.n != 1)
		return err_usage(e, "one file of test events is needed, not %zu", j->run->operands.n);
	if (!o->model == !o->predictions)
		return err_usage(e, "one of --model and --predictions is needed");
	j->gate = MEM_NEW(o->fail_if.n, struct gate);
	int rc = columns_parse(&j->columns, o->metrics, o->k, e);
	for (size_t i = 0; i < o->fail_if.n && !rc; i++)
		rc = gate_parse(&j->gate[i], o->fail_if.v[i], e);
	if (!rc)
		rc = parse_threshold("relevant", o->relevant, "all", -INFINITY, &j->in.relevant_from, e);
	if (!rc)
		rc = parse_threshold("like", o->like, "auto", NAN, &j->in.like, e);
	return rc;
}

static int read_candidates(struct job *j, struct err *e)
{
	struct idmap ids = IDMAP_INIT;
	int rc = idlist_read(&ids, j->o->include, "item", NULL, 0, NULL, e);
	for (size_t i = 0; i < ids.n && !rc; i++)
		idmap_add(&j->items, idmap_id(&ids, (uint32_t)i));
	j->candidate = MEM_ZNEW(j->items.n, bool);
	for (size_t i = 0; i < ids.n && !rc; i++)
		j->candidate[idmap_find(&j->items, idmap_id(&ids, (uint32_t)i))] = true;
	idmap_release(&ids);
	return rc;
}

static int read_inputs(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	int rc = 0;
	if (o->model)
		rc = model_load(&j->model, o->model, e);
	if (!rc)
		rc = model_read_events(j->model, &j->test, j->run->operands.v[0], &j->users, &j->items, j->run->pool, e);
	if (!rc && !j->test.n)
		rc = err_data(e, "%s: there are no events", j->run->operands.v[0]);
	if (!rc && o->seen)
		rc = events_read(&j->seen, o->seen, &j->users, &j->items, j->run->pool, e);
	if (!rc && o->predictions)
		rc = predictions_read(&j->predictions, o->predictions, (enum predictions_kind)o->kind, &j->users, &j->items, e);
	if (!rc && o->include)
		rc = read_candidates(j, e);
	return rc;
}

/* ---- which metrics ---- */

static void set_input(struct job *j)
{
	const struct options *o = j->o;
	j->in.model = j->model;
	j->in.predictions = o->predictions ? &j->predictions : NULL;
	j->in.name = o->model ? o->model : o->predictions;
	j->in.users = &j->users;
	j->in.items = &j->items;
	j->in.test = &j->test;
	j->in.seen = o->seen ? &j->seen : NULL;
	j->in.candidate = j->candidate;
	j->in.columns = &j->columns;
	j->in.gain = (enum assess_gain)o->gain;
	j->in.keep_seen = o->seen_items == SEEN_KEEP;
	j->in.allow_missing = o->allow_missing;
	j->in.bootstrap = (struct bootstrap){ o->bootstrap, j->run->seed, j->run->pool };
	j->in.log = j->run->log;
}

static bool possible(const struct column *c, const void *context)
{
	return !assess_obstacle(context, c->metric);
}

/* A metric that is named must be possible; without names, those that are. */
static int choose_columns(struct job *j, struct err *e)
{
	for (size_t i = 0; j->o->metrics && i < j->columns.n; i++) {
		const char *why = assess_obstacle(&j->in, j->columns.v[i].metric);
		if (why)
			return err_usage(e, "--metrics %s: %s", j->columns.v[i].label, why);
	}
	columns_filter(&j->columns, possible, &j->in);
	return 0;
}

/* ---- writing ---- */

static int write_text(const char *path, const struct buf *text, struct err *e)
{
	struct out *out;
	int rc = out_open(&out, path, e);
	if (rc)
		return rc;
	rc = out_write(out, text->data, text->n, e);
	if (!rc)
		return out_commit(out, e);
	out_abandon(out);
	return rc;
}

static int write_per_user(const struct job *j, struct err *e)
{
	struct buf text = BUF_INIT;
	buf_puts(&text, "user,metric,value\n");
	for (size_t u = 0; u < j->users.n; u++)
		for (size_t c = 0; c < j->columns.n; c++) {
			double value = j->per_user[c * j->users.n + u];
			if (isnan(value))
				continue;
			csv_put_field(&text, idmap_id(&j->users, (uint32_t)u), true);
			buf_printf(&text, ",%s,", j->columns.v[c].label);
			num_put_f64(&text, value);
			buf_putc(&text, '\n');
		}
	int rc = write_text(j->o->per_user, &text, e);
	buf_release(&text);
	return rc;
}

/* Without --metrics, what is not defined is not shown. */
static void drop_undefined(struct job *j)
{
	for (size_t c = 0; !j->o->metrics && c < j->columns.n; c++) {
		const struct report_row *row = report_find(&j->report, j->columns.v[c].label, "all");
		if (row && isnan(row->value))
			report_drop(&j->report, j->columns.v[c].label);
	}
}

static int write_report(const struct job *j, struct err *e)
{
	struct buf text = BUF_INIT;
	report_write(&j->report, (enum report_format)j->o->format, &text);
	int rc = write_text(j->run->output, &text, e);
	buf_release(&text);
	return rc;
}

static void release(struct job *j)
{
	columns_release(&j->columns);
	mem_free(j->gate);
	idmap_release(&j->users);
	idmap_release(&j->items);
	events_release(&j->test);
	events_release(&j->seen);
	predictions_release(&j->predictions);
	model_free(j->model);
	mem_free(j->candidate);
	mem_free(j->per_user);
	report_release(&j->report);
}

static int score(struct job *j, struct err *e)
{
	set_input(j);
	int rc = choose_columns(j, e);
	if (rc)
		return rc;
	if (j->o->per_user)
		j->per_user = mem_alloc(j->columns.n, j->users.n * sizeof *j->per_user);
	rc = assess(&j->in, &j->report, j->per_user, e);
	drop_undefined(j);
	return rc;
}

static int explain(const struct run *r, const char *name, struct err *e)
{
	struct buf text = BUF_INIT;
	bool all = !strcmp(name, "all");
	const struct part *p = all ? NULL : part_find(metrics, n_metrics, "metric", name, e);
	int rc = all || p ? 0 : ERR_USAGE;
	for (size_t i = 0; all && i < n_metrics; i++) {
		buf_puts(&text, i ? "\n" : "");
		part_help(metrics[i], &text);
	}
	if (p)
		part_help(p, &text);
	if (!rc)
		rc = write_text(r->output, &text, e);
	buf_release(&text);
	return rc;
}

static int run(struct run *r, struct err *e)
{
	struct job j = { .o = r->options, .run = r };
	if (j.o->explain)
		return explain(r, j.o->explain, e);
	int rc = check_usage(&j, e);
	if (!rc)
		rc = read_inputs(&j, e);
	if (!rc)
		rc = score(&j, e);
	if (!rc && j.o->per_user)
		rc = write_per_user(&j, e);
	int verdict = rc ? rc : gates_check(j.gate, j.o->fail_if.n, &j.report, e);
	if (verdict == ERR_GATE || !verdict) {
		struct err failed = { 0 };
		rc = write_report(&j, &failed);
		if (rc)
			*e = failed;
	}
	release(&j);
	return rc ? rc : verdict;
}

static const struct registry registries[] = { { "Metrics", metrics, &n_metrics, NULL }, { NULL, NULL, NULL, NULL } };

static const struct command command = {
	.name = "evaluate",
	.summary = "score a model, or anybody's predictions, against held-out events",
	.synopsis = "[options] --model MODEL | --predictions FILE  TEST",
	.description =
		"Reads the test events (CSV: user,item[,rating]) and reports how well they were foreseen.\n"
		"\n"
		"Rating metrics compare the predicted with the given rating of every test pair. Ranking metrics rank\n"
		"all items of the model for every test user, less those that the user has seen in training, and look\n"
		"where the user's relevant test items stand; users without a relevant item are not scored, and are\n"
		"counted. No item is sampled.\n"
		"\n"
		"Users and items that training has not seen are cold, the others warm; each scope is reported apart.\n"
		"--explain has the exact definition of every metric.\n",
	.examples = "  evaluate --model model.st test.csv\n"
		    "  evaluate --predictions theirs.csv --metrics rmse,mae --format tsv test.csv\n"
		    "  evaluate --explain ndcg\n"
		    "  evaluate --model model.st -k 5,10,20 --relevant 4 --fail-if 'ndcg@10<0.1' test.csv\n",
	.options = options,
	.n_options = sizeof options / sizeof *options,
	.options_size = sizeof(struct options),
	.registries = registries,
	.reads_operands = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return command_main(&command, argc, argv);
}

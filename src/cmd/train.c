/* train.c: events in, model out; or model and new events in, model out. */
#include "base/mem.h"
#include "cmd/command.h"
#include "io/outdir.h"
#include "data/features.h"
#include "data/idlist.h"
#include "model/model.h"
#include "model/params.h"
#include "train/judge.h"
#include "train/tune.h"

#include <string.h>

struct options {
	const char *model, *valid, *items, *users, *item_table, *user_table, *item_columns, *user_columns, *update, *export;
	const char *checkpoint;
	int holdout, off_scale;
	double fraction, average, checkpoint_every_s;
	size_t patience, tune;
	const char *stop_on, *include;
	bool no_refit;
};

static const struct opt options[] = {
	{ .name = "model", .letter = 'm', .type = OPT_STRING, .offset = offsetof(struct options, model), .value = "NAME",
	  .preset = "mf", .help = "what to train; --model NAME --help shows its options" },
	{ .name = "valid", .type = OPT_STRING, .offset = offsetof(struct options, valid), .value = "FILE",
	  .file = OPT_READS, .help = "events to validate on after each epoch; the best epoch's parameters are kept" },
	{ .name = "holdout", .type = OPT_CHOICE, .offset = offsetof(struct options, holdout), .preset = "none",
	  .choices = "none|time|random|last",
	  .help = "without --valid: hold out the newest, random, or each user's last events to validate on" },
	{ .name = "fraction", .type = OPT_REAL, .offset = offsetof(struct options, fraction), .value = "X",
	  .preset = "0.1", .min = 0, .max = 0.9, .above_min = true, .help = "part of the events that --holdout time and random take" },
	{ .name = "patience", .type = OPT_SIZE, .offset = offsetof(struct options, patience), .value = "N",
	  .preset = "3", .help = "stop after N epochs in a row without a better validation; 0: never" },
	{ .name = "average", .type = OPT_REAL, .offset = offsetof(struct options, average), .value = "X", .preset = "0",
	  .min = 0, .max = 0.999, .help = "validate and keep a running mean of the parameters after each epoch, in which those of an "
					  "epoch weigh X times those of the next; 0: no mean" },
	{ .name = "stop-on", .type = OPT_STRING, .offset = offsetof(struct options, stop_on), .value = "METRIC",
	  .help = "validate by this metric, such as rmse or ndcg@10, instead of the model's own loss; one of those of evaluate" },
	{ .name = "include", .type = OPT_STRING, .offset = offsetof(struct options, include), .value = "FILE",
	  .file = OPT_READS, .help = "where --stop-on is a ranking metric, rank only the items of this CSV's column item" },
	{ .name = "tune", .type = OPT_SIZE, .offset = offsetof(struct options, tune), .value = "N", .preset = "0", .max = 100000,
	  .help = "try N sets of the model's options that are not given, drawn from their ranges, on --valid or --holdout; tell "
		  "them as a table, the best first, and train with it" },
	{ .name = "no-refit", .type = OPT_FLAG, .offset = offsetof(struct options, no_refit),
	  .help = "keep the model that saw no held-out events, instead of learning again on all for as many epochs" },
	{ .name = "items", .type = OPT_STRING, .offset = offsetof(struct options, items), .value = "EMB",
	  .file = OPT_READS, .help = "embedding file of items, from encode" },
	{ .name = "users", .type = OPT_STRING, .offset = offsetof(struct options, users), .value = "EMB",
	  .file = OPT_READS, .help = "embedding file of users" },
	{ .name = "item-table", .type = OPT_STRING, .offset = offsetof(struct options, item_table), .value = "FILE",
	  .file = OPT_READS, .help = "CSV with a column item and what else is known of items" },
	{ .name = "user-table", .type = OPT_STRING, .offset = offsetof(struct options, user_table), .value = "FILE",
	  .file = OPT_READS, .help = "CSV with a column user and what else is known of users" },
	{ .name = "item-columns", .type = OPT_STRING, .offset = offsetof(struct options, item_columns), .value = "NAME[:TYPE],...",
	  .help = "columns of --item-table to learn from, each a number, category or tags; without TYPE its values tell; "
		  "all columns unless given" },
	{ .name = "user-columns", .type = OPT_STRING, .offset = offsetof(struct options, user_columns), .value = "NAME[:TYPE],...",
	  .help = "the same of --user-table" },
	{ .name = "export", .type = OPT_STRING, .offset = offsetof(struct options, export), .value = "DIR",
	  .file = OPT_WRITES, .help = "write the encoder that was learned as a model directory too, for encode and other programs; "
		  "one that is there is replaced" },
	{ .name = "update", .type = OPT_STRING, .offset = offsetof(struct options, update), .value = "MODEL",
	  .file = OPT_GOES_ON, .help = "go on from MODEL with the events as new feedback" },
	{ .name = "off-scale", .type = OPT_CHOICE, .offset = offsetof(struct options, off_scale), .preset = "refuse",
	  .choices = "refuse|clip|widen",
	  .help = "--update, ratings off the model's scale: refuse those further off than it is wide, and widen it by others; set "
		  "all to its ends; or widen it by all" },
	{ .name = "checkpoint", .type = OPT_STRING, .offset = offsetof(struct options, checkpoint), .value = "FILE",
	  .file = OPT_WRITES, .help = "keep in FILE, after each epoch, what it takes to go on; where FILE is there, go on from it" },
	{ .name = "checkpoint-every", .type = OPT_REAL, .offset = offsetof(struct options, checkpoint_every_s),
	  .value = "SECONDS", .preset = "0", .min = 0, .max = 1e9, .help = "write --checkpoint no more often than this" },
};

/* Everything a training reads, released together. */
struct inputs {
	struct events train, valid;
	struct embeddings items, users;
	struct feature_table item_table, user_table;
	bool *candidate; /* [items.n] or NULL */
};

static void inputs_release(struct inputs *in)
{
	events_release(&in->train);
	events_release(&in->valid);
	embeddings_close(&in->items);
	embeddings_close(&in->users);
	feature_table_close(&in->item_table);
	feature_table_close(&in->user_table);
	mem_free(in->candidate);
}

/* Vectors of another space than those the model learned from would be noise to it. */
static int open_embeddings(struct embeddings *emb, const char *path, struct model *m, bool users, struct err *e)
{
	const char *option = users ? "users" : "items";
	uint64_t *space = &m->space[users ? 0 : 1];
	if (!path)
		return 0;
	if (!(m->class->flags & (users ? MODEL_USES_USERS : MODEL_USES_ITEMS)))
		return err_usage(e, "model %s takes no --%s", m->class->part.name, option);
	int rc = embeddings_open(emb, path, e);
	if (rc)
		return rc;
	uint64_t now = embeddings_space(emb);
	if (*space && now != *space)
		return err_data(e, "--%s: %s holds vectors of another encoder or corpus than the model was trained with "
				   "(encode --append or --fit-from gives comparable ones)", option, path);
	if (!m->history.start)
		*space = now;
	return 0;
}

static int open_table(struct feature_table *t, const char *path, const struct model *m, const char *id, struct err *e)
{
	if (path && !(m->class->flags & MODEL_USES_TABLES))
		return err_usage(e, "model %s takes no --%s-table", m->class->part.name, id);
	return path ? feature_table_open(t, path, id, e) : 0;
}

/* Ids that have a vector or a row become part of the model, behind those that have events. */
static void add_ids(struct model *m, bool users, const struct idmap *from, const char *path, struct log *log)
{
	struct idmap *to = users ? &m->users : &m->items;
	size_t n = to->n;
	for (size_t i = 0; i < from->n; i++)
		(void)idmap_add(to, idmap_id(from, (uint32_t)i));
	if (from->n)
		model_warn_strangers(m, path, users, n + from->n - to->n, n, log);
}

static int read_candidates(struct inputs *in, const struct model *m, const char *path, struct err *e)
{
	size_t n, n_unknown;
	in->candidate = MEM_ZNEW(m->items.n, bool);
	int rc = idlist_mark(path, "item", &m->items, true, in->candidate, &n, &n_unknown, e);
	if (!rc && n == n_unknown)
		rc = err_data(e, "%s: none of the %zu items is known from the events, --items or --item-table", path, n);
	return rc;
}

static int read_inputs(struct inputs *in, struct model *m, const struct run *r, struct err *e)
{
	const struct options *o = r->options;
	int rc = open_embeddings(&in->items, o->items, m, false, e);
	if (!rc)
		rc = open_embeddings(&in->users, o->users, m, true, e);
	if (!rc)
		rc = open_table(&in->item_table, o->item_table, m, "item", e);
	if (!rc)
		rc = open_table(&in->user_table, o->user_table, m, "user", e);
	if (!rc)
		rc = model_read_events(m, &in->train, r->operands.v[0], &m->users, &m->items, r->pool, e);
	if (rc)
		return rc;
	add_ids(m, false, &in->items.ids, o->items, r->log);
	add_ids(m, true, &in->users.ids, o->users, r->log);
	add_ids(m, false, &in->item_table.ids, o->item_table, r->log);
	add_ids(m, true, &in->user_table.ids, o->user_table, r->log);
	rc = m->class->read_files ? m->class->read_files(m, &in->train, r->log, e) : 0;
	if (rc)
		return rc;
	rc = o->valid ? model_read_events(m, &in->valid, o->valid, &m->users, &m->items, r->pool, e) : 0;
	return !rc && o->include ? read_candidates(in, m, o->include, e) : rc;
}

/* For messages. */
static const char *events_name(const struct run *r)
{
	return strcmp(r->operands.v[0], "-") ? r->operands.v[0] : "stdin";
}

static struct train_input train_input(const struct inputs *in, const struct run *r)
{
	const struct options *o = r->options;
	return (struct train_input){ .train = &in->train, .valid = o->valid ? &in->valid : NULL, .candidate = in->candidate,
				     .items = o->items ? &in->items : NULL, .users = o->users ? &in->users : NULL,
				     .item_table = o->item_table ? &in->item_table : NULL,
				     .user_table = o->user_table ? &in->user_table : NULL,
				     .item_columns = o->item_columns, .user_columns = o->user_columns,
				     .pool = r->pool, .log = r->log, .seed = r->seed };
}

/* The file by which a model directory is known. */
static const char directory_mark[] = "config.json";

static int export(const struct model *m, const char *path, struct err *e)
{
	struct outdir *o;
	int rc = outdir_open(&o, path, directory_mark, e);
	if (rc)
		return rc;
	rc = m->class->export(m, outdir_path(o), e);
	if (!rc)
		return outdir_commit(o, e);
	outdir_abandon(o);
	return rc;
}

/* The model file comes last: where it is new, all is. */
static int write_model(const struct model *m, const struct run *r, struct err *e)
{
	const struct options *o = r->options;
	if (m->class->flags & MODEL_ENCODER)
		return export(m, r->output, e);
	int rc = o->export ? export(m, o->export, e) : 0;
	return rc ? rc : model_save(m, r->output, e);
}

/* Before the work: whether the directories can be written. */
static int check_export(const struct model *m, const struct run *r, struct err *e)
{
	const struct options *o = r->options;
	bool encoder = m->class->flags & MODEL_ENCODER;
	if (o->export && (encoder || !m->class->export))
		return err_usage(e, encoder ? "model %s is an encoder, which -o writes: --export is not for it" :
					      "model %s has no encoder: --export is not for it", m->class->part.name);
	const char *path = encoder ? r->output : o->export;
	int rc = encoder ? 0 : out_check_file(r->output, e);
	return rc || !path ? rc : outdir_check(path, directory_mark, e);
}

/* What the user set for nothing. */
static void warn_idle(const struct run *r, const struct model *m)
{
	const struct part *p = &m->class->part;
	struct opt_group g = { "", p->options, p->n_options, m->options, NULL };
	for (size_t i = 0; i < p->n_options && r->part == p; i++)
		if (r->part_given[i] && !options_acts(&g, i)) {
			struct buf when = BUF_INIT;
			options_put_when(&p->options[i], &when);
			log_warn(r->log, "--%s does nothing here: it acts %s", p->options[i].name, buf_text(&when));
			buf_release(&when);
		}
}

/* start: as checkpoint_new has it. */
static struct checkpoint *new_checkpoint(const struct run *r, const struct model *start)
{
	const struct options *o = r->options;
	return o->checkpoint ? checkpoint_new(o->checkpoint, o->checkpoint_every_s, start) : NULL;
}

/* What a checkpoint must be of, so that going on from it is the same training: not only the model and its inputs. */
static int open_checkpoint(struct checkpoint *c, const struct run *r, const struct model *m, const struct train_input *in,
			   struct err *e)
{
	static const char *const of[] = { "holdout", "fraction", "patience", "average", "stop-on", "no-refit", "item-columns",
					"user-columns" };
	struct options own = *(const struct options *)r->options;
	struct opt_group g = { "", options, sizeof options / sizeof *options, &own, NULL };
	if (!c)
		return 0;
	checkpoint_describe(c, m, in);
	for (size_t i = 0; i < g.n; i++)
		for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
			struct buf value = BUF_INIT;
			if (!strcmp(options[i].name, of[k]))
				checkpoint_option(c, of[k], options_text(&g, i, &value) ? buf_text(&value) : "");
			buf_release(&value);
		}
	return checkpoint_open(c, e);
}

/* The model takes its name, and the checkpoint is not needed any more. */
static int finish(const struct run *r, const struct model *m, const struct checkpoint *c, struct err *e)
{
	int rc = write_model(m, r, e);
	return !rc && c ? checkpoint_remove(c, e) : rc;
}

static int fit(const struct run *r, struct err *e)
{
	const struct options *o = r->options;
	struct model *m = model_new(model_class_of(r->part));
	if (r->part->options_size)
		memcpy(m->options, r->part_options, r->part->options_size);
	m->seed = r->seed;
	warn_idle(r, m);
	struct inputs in = { 0 };
	struct columns metric = { NULL, 0, 0 };
	struct fit_plan plan = { .holdout = (enum holdout)o->holdout, .fraction = o->fraction, .patience = o->patience,
				 .average = o->average, .metric = o->stop_on ? &metric : NULL, .tuned = o->tune > 0, .refit = !o->no_refit,
				 .checkpoint = new_checkpoint(r, NULL) };
	int rc = check_export(m, r, e);
	if (!rc && o->stop_on)
		rc = judge_parse(&metric, o->stop_on, e);
	if (!rc && o->stop_on)
		rc = judge_check(m, &metric, e);
	if (!rc && o->include && !metric.v[0].k)
		rc = err_usage(e, "--include is for a ranking metric to stop on, not %s", metric.v[0].label);
	if (!rc)
		rc = read_inputs(&in, m, r, e);
	if (!rc && !in.train.n)
		rc = err_data(e, "%s: there are no events to learn from", events_name(r));
	struct train_input input = train_input(&in, r);
	if (!rc)
		rc = open_checkpoint(plan.checkpoint, r, m, &input, e);
	if (!rc) {
		if (!m->class->read)
			model_observe(m, &in.train);
		bool by_time = plan.holdout == HOLDOUT_TIME || plan.holdout == HOLDOUT_LAST;
		if (by_time && !o->valid && !in.train.time_s && (o->tune || m->class->learner))
			log_warn(r->log, "there is no column time: --holdout %s goes by the order of the rows",
				 plan.holdout == HOLDOUT_TIME ? "time" : "last");
		log_detail(r->log, "%s: %zu events, %zu users, %zu items", r->part->name, in.train.n, m->users.n, m->items.n);
		rc = o->tune ? train_tune(m, &input, &plan, r->part_given, o->tune, e) : 0;
		rc = rc ? rc : train_fit(m, &input, &plan, e);
	}
	if (!rc)
		rc = finish(r, m, plan.checkpoint, e);
	checkpoint_free(plan.checkpoint);
	inputs_release(&in);
	columns_release(&metric);
	model_free(m);
	return rc;
}

/* Options of the model named on the command line go over the stored ones. */
static int override_options(struct model *m, const struct run *r, struct err *e)
{
	struct opt_group from = { "", r->part->options, r->part->n_options, r->part_options, NULL };
	struct opt_group to = from;
	to.base = m->options;
	bool other = r->part != &m->class->part;
	if (r->part_named && other)
		return err_usage(e, "the model to update is a %s, not a %s", m->class->part.name, r->part->name);
	uint64_t shape = params_shape(m);
	for (size_t i = 0; i < from.n; i++) {
		if (!r->part_given[i])
			continue;
		if (other)
			return err_usage(e, "--%s is an option of model %s, but the model to update is a %s (name it with --model)",
					 from.opts[i].name, r->part->name, m->class->part.name);
		struct buf value = BUF_INIT;
		int rc = options_text(&from, i, &value) ? options_set(&to, from.opts[i].name, buf_text(&value), e) : 0;
		buf_release(&value);
		if (rc)
			return rc;
		size_t at = from.opts[i].offset;
		if (from.opts[i].type == OPT_STRING) /* the text of argv lives on, value does not */
			*(const char **)(void *)((char *)to.base + at) = *(const char **)(void *)((char *)from.base + at);
	}
	int rc = m->class->configure ? m->class->configure(m, e) : 0;
	if (!rc && params_shape(m) != shape)
		rc = err_usage(e, "these options change the shape of the model, which an update cannot: train it again");
	return rc;
}

static int update(const struct run *r, struct err *e)
{
	const struct options *o = r->options;
	struct model *m = NULL;
	struct inputs in = { 0 };
	int rc = model_load(&m, o->update, e);
	if (rc)
		return rc;
	size_t n_old_users = m->users.n, n_old_items = m->items.n;
	struct checkpoint *checkpoint = new_checkpoint(r, m);
	rc = check_export(m, r, e);
	if (!rc)
		rc = override_options(m, r, e);
	if (!rc)
		warn_idle(r, m);
	if (!rc)
		rc = read_inputs(&in, m, r, e);
	if (!rc)
		rc = train_fit_scale(m, &in.train, (enum off_scale)o->off_scale,
				     events_name(r), r->log, e);
	struct train_input input = train_input(&in, r);
	input.n_old_users = n_old_users;
	input.n_old_items = n_old_items;
	if (!rc)
		rc = open_checkpoint(checkpoint, r, m, &input, e);
	if (!rc)
		rc = train_update(m, &input, checkpoint, e);
	if (!rc)
		rc = finish(r, m, checkpoint, e);
	checkpoint_free(checkpoint);
	inputs_release(&in);
	model_free(m);
	return rc;
}

static int run(struct run *r, struct err *e)
{
	const struct options *o = r->options;
	if (r->operands.n != 1)
		return err_usage(e, "one file of events is needed (- is stdin), not %zu", r->operands.n);
	if (!o->update && model_class_of(r->part)->flags & MODEL_ENCODER && !strcmp(r->output, "-"))
		return err_usage(e, "the result of model %s is a directory: -o DIR names it", r->part->name);
	if (o->update && o->valid)
		return err_usage(e, "--valid does not go with --update");
	if (o->update && (o->holdout || o->no_refit || o->stop_on || o->tune || o->average > 0))
		return err_usage(e, "--%s does not go with --update",
				 o->holdout ? "holdout" : o->no_refit ? "no-refit" : o->stop_on ? "stop-on" :
				 o->tune ? "tune" : "average");
	if (o->off_scale && !o->update)
		return err_usage(e, "--off-scale is for --update");
	if (o->include && !o->stop_on)
		return err_usage(e, "--include needs a ranking metric to --stop-on");
	if (o->update && (o->item_columns || o->user_columns))
		return err_usage(e, "--%s-columns does not go with --update: the columns are the model's",
				 o->item_columns ? "item" : "user");
	if ((o->item_columns && !o->item_table) || (o->user_columns && !o->user_table))
		return err_usage(e, "--%s-columns needs --%s-table", o->item_columns && !o->item_table ? "item" : "user",
				 o->item_columns && !o->item_table ? "item" : "user");
	if (o->checkpoint && !strcmp(o->checkpoint, "-"))
		return err_usage(e, "--checkpoint takes a file, not -");
	if (o->checkpoint && o->tune)
		return err_usage(e, "--checkpoint does not go with --tune: tune first, then train with what it found");
	return o->update ? update(r, e) : fit(r, e);
}

int main(int argc, char **argv)
{
	static const struct registry registries[] = { { "Models", models, &n_models, NULL }, { NULL, NULL, NULL, NULL } };
	static const struct command command = {
		.name = "train",
		.summary = "learn a model from events, or go on from one with new events",
		.synopsis = "[options] EVENTS",
		.description = "EVENTS is canonical CSV: user,item[,rating][,time][,text], header first; - is stdin. The result is a\n"
			       "model file (safetensors) for evaluate, recommend and train --update.\n"
			       "\n"
			       "With --update the events are new feedback: the model learns from them at a cost in proportion to\n"
			       "their number, takes in new users and items, and the error on them before and after is told. The\n"
			       "output may be the model itself: it is replaced whole or not at all.\n"
			       "\n"
			       "With --checkpoint FILE a training that was killed goes on when the same command is run again, and\n"
			       "ends with the same bytes. FILE is replaced whole after an epoch and removed when the model is\n"
			       "written; one of other options or inputs is refused. The number of threads may change.\n",
		.examples = "  train -o model events.csv\n"
			    "  train --model bias --reg-user 10 -o model events.csv\n"
			    "  train --holdout time -o model events.csv\n"
			    "  train --tune 9 --holdout random -o model events.csv\n"
			    "  train --update model -o model new.csv\n"
			    "  train --holdout time --checkpoint state -o model events.csv\n",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct options),
		.part_option = "model",
		.parts = models,
		.n_parts = &n_models,
		.registries = registries,
		.reads_operands = true,
		.makes_directory = true,
		.binary = true,
		.run = run,
	};
	return command_main(&command, argc, argv);
}

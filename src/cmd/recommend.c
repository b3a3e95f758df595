/* recommend.c: the best items for users, by a model.
 *
 * Users go through the ranker in waves, and the lines of a wave are made in parallel, a buffer a block, and written in
 * order: memory holds neither users x items nor all of the output. */
#include "base/mem.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "cmd/command.h"
#include "data/events.h"
#include "data/idlist.h"
#include "io/csv.h"
#include "io/stream.h"
#include "model/model.h"
#include "model/rank.h"

#include <math.h>
#include <string.h>

enum seen_items { SEEN_EXCLUDE, SEEN_KEEP };

struct options {
	const char *model, *users_from, *include, *exclude, *seen, *context, *items, *show, *min_score;
	bool all;
	int seen_items;
	size_t k, why;
};

#define AT(member) offsetof(struct options, member)
static const struct opt options[] = {
	{ .name = "model", .letter = 'm', .type = OPT_STRING, .offset = AT(model), .value = "FILE",
	  .file = OPT_READS, .help = "the model that recommends" },
	{ .name = "k", .letter = 'k', .type = OPT_SIZE, .offset = AT(k), .value = "N", .preset = "10", .min = 1, .max = 1e9,
	  .help = "items a user at most" },
	{ .name = "users-from", .type = OPT_STRING, .offset = AT(users_from), .value = "FILE",
	  .file = OPT_READS, .help = "the users are those of this CSV's column user, each once, in its order; - is stdin" },
	{ .name = "all", .letter = 'a', .type = OPT_FLAG, .offset = AT(all), .help = "all users of the model" },
	{ .name = "seen-items", .type = OPT_CHOICE, .offset = AT(seen_items), .choices = "exclude|keep",
	  .preset = "exclude", .help = "whether items are left out that the user has seen: in training or in --context" },
	{ .name = "seen", .type = OPT_STRING, .offset = AT(seen), .value = "FILE",
	  .file = OPT_READS, .help = "leave out each user's items in these events (CSV: user,item) too" },
	{ .name = "include", .type = OPT_STRING, .offset = AT(include), .value = "FILE",
	  .file = OPT_READS, .help = "recommend only items of this CSV's column item" },
	{ .name = "exclude", .type = OPT_STRING, .offset = AT(exclude), .value = "FILE",
	  .file = OPT_READS, .help = "recommend no item of this CSV's column item" },
	{ .name = "min-score", .type = OPT_STRING, .offset = AT(min_score), .value = "X",
	  .help = "leave out items with a lower score" },
	{ .name = "context", .type = OPT_STRING, .offset = AT(context), .value = "FILE",
	  .file = OPT_READS,
	  .help = "new events (CSV: user,item[,rating][,time]); a model may place users by them whom it has not seen" },
	{ .name = "why", .type = OPT_SIZE, .offset = AT(why), .value = "N", .preset = "0", .max = 1000,
	  .help = "a column why behind the score: at most N events of the user that speak for the item, with weights" },
	{ .name = "items", .type = OPT_STRING, .offset = AT(items), .value = "FILE",
	  .file = OPT_READS, .help = "a CSV with a column item and those that --show names" },
	{ .name = "show", .type = OPT_STRING, .offset = AT(show), .value = "LIST",
	  .help = "columns of --items that are put behind each score, as title,genres; default: title" },
};

struct job {
	const struct options *o;
	struct run *run;
	struct model *model;
	struct idmap users;            /* whom to recommend to */
	bool *candidate;               /* [model items] */
	float min_score;
	/* --show */
	struct strings show;
	char *show_text;               /* what show points into */
	struct idmap titled;
	struct id_texts *text;
	/* --context, --seen: by row of their own users, items as the model's indices */
	struct feedback {
		struct idmap users;
		struct csr by_user;
		bool has_rating;
	} context, seen;
	/* a wave */
	struct ranker *ranker;
	size_t first, n;
	struct rank_query *query;
	struct rank_entry *entry;
	size_t *n_entries;
	struct buf *line;              /* a block of users each */
	size_t n_fallback, n_folded, n_without; /* users: unknown, known by --context alone, for whom no item is left */
	double rank_s;                 /* time spent ranking */
};

/* ---- reading ---- */

static int check_usage(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	double x;
	if (!o->model)
		return err_usage(e, "--model is needed");
	if ((o->all != 0) + (o->users_from != NULL) + (j->run->operands.n > 0) != 1)
		return err_usage(e, "name users, or give --users-from FILE, or --all: one of the three");
	if (o->show && !o->items)
		return err_usage(e, "--show takes its columns from a file: name it by --items");
	j->min_score = -INFINITY;
	if (o->min_score && !num_parse_f64(str_of(o->min_score), &x))
		return err_usage(e, "--min-score takes a number, not \"%s\"", o->min_score);
	if (o->min_score)
		j->min_score = (float)x;
	return 0;
}

static int find_users(struct job *j, struct err *e)
{
	const struct strings *named = &j->run->operands;
	for (size_t i = 0; i < named->n; i++) {
		if (!named->v[i][0])
			return err_usage(e, "a user id is blank");
		if (!utf8_is_text(str_of(named->v[i])))
			return err_usage(e, "a user id is not valid UTF-8");
		idmap_add(&j->users, str_of(named->v[i]));
	}
	for (size_t u = 0; j->o->all && u < j->model->users.n; u++)
		idmap_add(&j->users, idmap_id(&j->model->users, (uint32_t)u));
	return j->o->users_from ? idlist_read(&j->users, j->o->users_from, "user", NULL, 0, NULL, e) : 0;
}

/* Events whose items the model knows, in its indices. */
static int read_feedback(struct job *j, const char *path, struct feedback *f, struct err *e)
{
	struct events ev = EVENTS_INIT;
	struct idmap items = IDMAP_INIT;
	size_t n = 0;
	int rc = events_read(&ev, path, &f->users, &items, j->run->pool, e);
	f->has_rating = ev.has_rating;
	if (rc) {
		idmap_release(&items);
		return rc;
	}
	uint32_t *known = MEM_NEW(items.n, uint32_t), *order = MEM_NEW(ev.n, uint32_t);
	for (size_t i = 0; i < items.n; i++)
		known[i] = idmap_find(&j->model->items, idmap_id(&items, (uint32_t)i));
	struct events kept = { .user = MEM_NEW(ev.n, uint32_t),
			       .item = MEM_NEW(ev.n, uint32_t),
			       .rating = MEM_NEW(ev.n, float) };
	events_time_order(&ev, order);
	for (size_t i = 0; i < ev.n; i++)
		if (known[ev.item[order[i]]] != IDMAP_NONE) {
			kept.user[n] = ev.user[order[i]];
			kept.item[n] = known[ev.item[order[i]]];
			kept.rating[n++] = ev.rating[order[i]];
		}
	if (n < ev.n)
		log_say(j->run->log, "%s: %zu of %zu events are of items that the model does not know", path, ev.n - n, ev.n);
	kept.n = n;
	csr_by_user(&f->by_user, &kept, f->users.n);
	events_release(&kept);
	events_release(&ev);
	idmap_release(&items);
	mem_free(known);
	mem_free(order);
	return 0;
}

/* An event without a rating would count as a rating of 1. */
static int check_context(const struct job *j, struct err *e)
{
	const struct model *m = j->model;
	if (!m->has_rating || j->context.has_rating || !j->context.by_user.n || !(m->class->flags & MODEL_FOLDS_IN))
		return 0;
	return err_data(e, "%s: the events have no rating column, but the model learned from ratings", j->o->context);
}

/* Set candidate[i] to `value` for the items of a list. */
static int apply_list(struct job *j, const char *path, bool value, struct err *e)
{
	size_t n, n_unknown;
	int rc = idlist_mark(path, "item", &j->model->items, value, j->candidate, &n, &n_unknown, e);
	if (!rc && n_unknown)
		log_say(j->run->log, "%s: the model does not know %zu of the %zu items", path, n_unknown, n);
	return rc;
}

static int find_candidates(struct job *j, struct err *e)
{
	int rc = 0;
	j->candidate = MEM_NEW(j->model->items.n, bool);
	memset(j->candidate, !j->o->include, j->model->items.n);
	if (j->o->include)
		rc = apply_list(j, j->o->include, true, e);
	if (!rc && j->o->exclude)
		rc = apply_list(j, j->o->exclude, false, e);
	return rc;
}

static int read_titles(struct job *j, struct err *e)
{
	j->show_text = mem_strdup(j->o->show ? j->o->show : "title");
	for (char *p = j->show_text, *next; p; p = next) {
		next = strchr(p, ',');
		if (next)
			*next++ = 0;
		j->show.v = mem_resize(j->show.v, j->show.n, j->show.n + 1, sizeof *j->show.v);
		j->show.v[j->show.n++] = p;
	}
	j->text = MEM_ZNEW(j->show.n, struct id_texts);
	return idlist_read(&j->titled, j->o->items, "item", j->show.v, j->show.n, j->text, e);
}

static int check_why(const struct job *j, struct err *e)
{
	if (!j->o->why || j->model->class->why)
		return 0;
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < n_models; i++)
		if (model_class_of(models[i])->why)
			buf_printf(&names, "%s%s", names.n ? ", " : "", models[i]->name);
	int rc = err_usage(e, "model %s cannot say why; those that can: %s", j->model->class->part.name, buf_text(&names));
	buf_release(&names);
	return rc;
}

static int read_inputs(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	int rc = model_load(&j->model, o->model, e);
	if (!rc)
		rc = check_why(j, e);
	if (!rc)
		rc = find_users(j, e);
	if (!rc)
		rc = find_candidates(j, e);
	if (!rc && o->context)
		rc = read_feedback(j, o->context, &j->context, e);
	if (!rc && o->context)
		rc = check_context(j, e);
	if (!rc && o->seen)
		rc = read_feedback(j, o->seen, &j->seen, e);
	if (!rc && o->items)
		rc = read_titles(j, e);
	return rc;
}

/* ---- one wave ---- */

/* A user's row of feedback: its place and length. */
static size_t row_of(const struct feedback *f, struct str user, size_t *from)
{
	uint32_t row = f->users.n ? idmap_find(&f->users, user) : IDMAP_NONE;
	if (row == IDMAP_NONE)
		return 0;
	*from = f->by_user.start[row];
	return f->by_user.start[row + 1] - *from;
}

static void make_query(struct job *j, uint32_t user, struct rank_query *q)
{
	struct str id = idmap_id(&j->users, user);
	size_t from = 0;
	*q = (struct rank_query){ .query = { .user = idmap_find(&j->model->users, id) } };
	q->query.n = row_of(&j->context, id, &from);
	if (q->query.n) {
		q->query.item = j->context.by_user.column + from;
		q->query.rating = j->context.by_user.value + from;
	}
	q->n_barred = row_of(&j->seen, id, &from);
	if (q->n_barred)
		q->barred = j->seen.by_user.column + from;
	if (q->query.user == IDMAP_NONE)
		++*(q->query.n ? &j->n_folded : &j->n_fallback);
}

/* An id in a list: what separates there has a backslash before it. */
static void put_escaped(struct buf *out, struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		if (strchr("|:\\", id.p[i]) && id.p[i])
			buf_putc(out, '\\');
		buf_putc(out, id.p[i]);
	}
}

/* ITEM:WEIGHT|ITEM:WEIGHT... */
static void put_reasons(const struct job *j, const struct reason *reason, size_t n, struct buf *out)
{
	struct buf list = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		buf_puts(&list, i ? "|" : "");
		put_escaped(&list, idmap_id(&j->model->items, reason[i].item));
		buf_printf(&list, ":%.3f", (double)reason[i].weight);
	}
	csv_put_field(out, buf_str(&list), false);
	buf_release(&list);
}

/* Reasons of a user's entries; owner: caller. */
static struct reason *find_reasons(const struct job *j, size_t u, size_t *n)
{
	size_t n_entries = j->n_entries[u];
	struct reason *reason = mem_alloc(n_entries, j->o->why * sizeof *reason);
	uint32_t *item = MEM_NEW(n_entries, uint32_t);
	for (size_t r = 0; r < n_entries; r++)
		item[r] = j->entry[u * ranker_k(j->ranker) + r].item;
	j->model->class->why(j->model, &j->query[u].query, item, n_entries, j->o->why, reason, n);
	mem_free(item);
	return reason;
}

static void put_lines(const struct job *j, size_t u, struct buf *out)
{
	size_t *n_reasons = j->o->why ? MEM_NEW(j->n_entries[u], size_t) : NULL;
	struct reason *reason = j->o->why ? find_reasons(j, u, n_reasons) : NULL;
	for (size_t r = 0; r < j->n_entries[u]; r++) {
		const struct rank_entry *entry = &j->entry[u * ranker_k(j->ranker) + r];
		struct str item = idmap_id(&j->model->items, entry->item);
		csv_put_field(out, idmap_id(&j->users, (uint32_t)(j->first + u)), true);
		buf_putc(out, ',');
		num_put_u64(out, r + 1);
		csv_put_field(out, item, false);
		buf_putc(out, ',');
		num_put_f32(out, entry->score);
		if (reason)
			put_reasons(j, reason + r * j->o->why, n_reasons[r], out);
		uint32_t titled = j->show.n ? idmap_find(&j->titled, item) : IDMAP_NONE;
		for (size_t c = 0; c < j->show.n; c++)
			csv_put_field(out, titled == IDMAP_NONE ? STR("") : id_text(&j->text[c], titled), false);
		buf_putc(out, '\n');
	}
	mem_free(reason);
	mem_free(n_reasons);
}

static void format_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct job *j = context;
	size_t from, to;
	block_range(j->n, RANK_BLOCK, block, &from, &to);
	buf_clear(&j->line[block]);
	for (size_t u = from; u < to; u++)
		put_lines(j, u, &j->line[block]);
}

static int run_wave(struct job *j, struct out *out, struct err *e)
{
	int rc = 0;
	for (size_t u = 0; u < j->n; u++)
		make_query(j, (uint32_t)(j->first + u), &j->query[u]);
	double start_s = clock_s();
	ranker_run(j->ranker, j->query, j->n, j->entry, j->n_entries);
	j->rank_s += clock_s() - start_s;
	for (size_t u = 0; u < j->n; u++)
		j->n_without += !j->n_entries[u];
	pool_run(j->run->pool, blocks_of(j->n, RANK_BLOCK), format_block, j);
	for (size_t b = 0; b < blocks_of(j->n, RANK_BLOCK) && !rc; b++)
		rc = out_write(out, j->line[b].data, j->line[b].n, e);
	return rc;
}

static int put_header(const struct job *j, struct out *out, struct err *e)
{
	struct buf line = BUF_INIT;
	buf_puts(&line, j->o->why ? "user,rank,item,score,why" : "user,rank,item,score");
	for (size_t c = 0; c < j->show.n; c++)
		csv_put_field(&line, str_of(j->show.v[c]), false);
	buf_putc(&line, '\n');
	int rc = out_write(out, line.data, line.n, e);
	buf_release(&line);
	return rc;
}

static int run_waves(struct job *j, struct out *out, struct err *e)
{
	size_t wave = ranker_wave(j->ranker), k = ranker_k(j->ranker);
	wave = wave < j->users.n ? wave : j->users.n;
	j->query = MEM_NEW(wave, struct rank_query);
	j->entry = mem_alloc(wave, k * sizeof *j->entry);
	j->n_entries = MEM_NEW(wave, size_t);
	j->line = MEM_ZNEW(blocks_of(wave, RANK_BLOCK), struct buf);
	int rc = put_header(j, out, e);
	progress_start(j->run->log, "users", j->users.n);
	for (j->first = 0; j->first < j->users.n && !rc; j->first += j->n) {
		j->n = j->users.n - j->first < wave ? j->users.n - j->first : wave;
		rc = run_wave(j, out, e);
		progress_to(j->run->log, j->first + j->n);
	}
	progress_end(j->run->log);
	for (size_t b = 0; b < blocks_of(wave, RANK_BLOCK); b++)
		buf_release(&j->line[b]);
	mem_free(j->line);
	mem_free(j->query);
	mem_free(j->entry);
	mem_free(j->n_entries);
	return rc;
}

static void tell_users(const struct job *j)
{
	struct log *l = j->run->log;
	size_t n = j->users.n;
	if (!n)
		log_warn(l, "there are no users to recommend to");
	if (j->n_without)
		log_warn(l, "%zu of %zu users got nothing: no item is left for them", j->n_without, n);
	if (j->n_fallback)
		log_say(l, "%zu of %zu users are unknown to the model and got what it gives unknown users", j->n_fallback, n);
	if (j->n_folded)
		log_say(l, "%zu of %zu users are known only by their events in --context", j->n_folded, n);
}

static int recommend(struct job *j, struct err *e)
{
	struct out *out;
	struct rank_options o = { j->o->k, j->min_score, j->o->seen_items == SEEN_KEEP, j->candidate };
	int rc = out_open(&out, j->run->output, e);
	if (rc)
		return rc;
	double start_s = clock_s();
	j->ranker = ranker_new(j->model, &o, j->run->pool);
	j->rank_s = clock_s() - start_s;
	rc = run_waves(j, out, e);
	log_detail(j->run->log, "ranking %zu users took %.1f ms", j->users.n, j->rank_s * 1e3);
	ranker_free(j->ranker);
	if (rc)
		out_abandon(out);
	else
		rc = out_commit(out, e);
	if (!rc)
		tell_users(j);
	return rc;
}

static void release_feedback(struct feedback *f)
{
	idmap_release(&f->users);
	csr_release(&f->by_user);
}

static void release(struct job *j)
{
	for (size_t c = 0; j->text && c < j->show.n; c++)
		id_texts_release(&j->text[c]);
	mem_free(j->text);
	mem_free(j->show.v);
	mem_free(j->show_text);
	mem_free(j->candidate);
	idmap_release(&j->titled);
	idmap_release(&j->users);
	release_feedback(&j->context);
	release_feedback(&j->seen);
	model_free(j->model);
}

static int run(struct run *r, struct err *e)
{
	struct job j = { .o = r->options, .run = r };
	int rc = check_usage(&j, e);
	if (!rc)
		rc = read_inputs(&j, e);
	if (!rc)
		rc = recommend(&j, e);
	release(&j);
	return rc;
}

static const struct command command = {
	.name = "recommend",
	.summary = "the best items for users, by a model",
	.synopsis = "[options] --model MODEL  USER... | --users-from FILE | --all",
	.description =
		"Writes CSV: user,rank,item,score and the columns that --show names; a user's best item has rank 1.\n"
		"Every item of the model is scored, none is sampled. Items that the user has seen are left out; equal\n"
		"scores are ordered by item id, in byte order. A user whom the model does not know gets what the\n"
		"model gives unknown users (its help says what that is); how many these were is told on stderr.\n",
	.examples = "  recommend --model model.st u17\n"
		    "  recommend --model model.st --all -k 20 -o top20.csv\n"
		    "  cut -d, -f1 today.csv | recommend --model model.st --users-from - --items items.csv --show title\n",
	.options = options,
	.n_options = sizeof options / sizeof *options,
	.options_size = sizeof(struct options),
	.run = run,
};

int main(int argc, char **argv)
{
	return command_main(&command, argc, argv);
}

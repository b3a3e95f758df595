/* preprocess.c: raw files to canonical CSV.
 *
 * Rows are pushed along one line of stages: joined columns, pseudonyms, the cleaning steps, the end. Each stage knows
 * only the next, so a line of streaming stages holds one row whatever the size of the input. */
#include "base/mem.h"
#include "cmd/command.h"
#include "data/account.h"
#include "data/join.h"
#include "data/parts.h"
#include "data/pseudonym.h"
#include "data/rejects.h"
#include "data/source.h"
#include "data/step.h"
#include "io/csv.h"
#include "io/stream.h"

#include <string.h>

struct options {
	int kind, input_format;
	struct strings map, step, join;
	const char *separator, *encoding, *keep, *drop, *time_format, *array_separator, *split, *out_dir, *key, *key_columns,
		*rejects, *report;
	bool no_header, no_quotes, ones;
	size_t skip_bad;
};

#define AT(member) offsetof(struct options, member)
static const struct opt options[] = {
	{ .name = "kind", .type = OPT_CHOICE, .offset = AT(kind), .choices = "events|items|users", .preset = "events",
	  .help = "what a row is: events need user and item, items need item, users need user" },
	{ .name = "map", .letter = 'm', .type = OPT_STRINGS, .offset = AT(map), .value = "NAME=COLUMN,...",
	  .help = "canonical names for columns, given by name or by number from 1; COLUMN may be A+B, joined by ':'" },
	{ .name = "input-format", .type = OPT_CHOICE, .offset = AT(input_format), .choices = "auto|csv|jsonl",
	  .preset = "auto", .help = "CSV or JSON lines; auto: JSON lines where the first byte is '{'" },
	{ .name = "separator", .letter = 's', .type = OPT_STRING, .offset = AT(separator), .value = "C",
	  .help = "between fields: , | ; tab :: or another character; otherwise guessed from the first line" },
	{ .name = "no-header", .type = OPT_FLAG, .offset = AT(no_header),
	  .help = "the first line is data; columns are called 1, 2, ..." },
	{ .name = "no-quotes", .type = OPT_FLAG, .offset = AT(no_quotes), .help = "a double quote is a character as any other" },
	{ .name = "encoding", .type = OPT_STRING, .offset = AT(encoding), .value = "NAME", .preset = "utf-8",
	  .help = "of the input, by any name of iconv(1): latin1, euc-kr, ..." },
	{ .name = "time-format", .type = OPT_STRING, .offset = AT(time_format), .value = "FORMAT", .preset = "auto",
	  .help = "auto (seconds, or ISO 8601), unix, unix-ms, iso, or a pattern of strptime(3)" },
	{ .name = "array-separator", .type = OPT_STRING, .offset = AT(array_separator), .value = "C", .preset = "|",
	  .help = "between the elements of a JSON array" },
	{ .name = "ones", .type = OPT_FLAG, .offset = AT(ones), .help = "JSON true and false as 1 and 0, not yes and no" },
	{ .name = "keep", .type = OPT_STRING, .offset = AT(keep), .value = "A,B",
	  .help = "of the columns that are not mapped, keep only these; otherwise all" },
	{ .name = "drop", .type = OPT_STRING, .offset = AT(drop), .value = "A,B", .help = "columns to leave out" },
	{ .name = "join", .type = OPT_STRINGS, .offset = AT(join), .value = "FILE:on=item[,columns=A+B]", .file = OPT_READS,
	  .help = "put columns of an item or user table (canonical CSV) beside each row" },
	{ .name = "pseudonymise", .type = OPT_STRING, .offset = AT(key), .value = "KEYFILE",
	  .file = OPT_READS, .help = "replace ids by keyed pseudonyms that cannot be undone without the key (16 bytes or more)" },
	{ .name = "pseudonym-columns", .type = OPT_STRING, .offset = AT(key_columns), .value = "A,B", .preset = "user",
	  .help = "the columns that --pseudonymise replaces" },
	{ .name = "step", .type = OPT_STRINGS, .offset = AT(step), .value = "NAME[:KEY=VALUE,...]",
	  .help = "a cleaning step; steps are applied in the order given; --step NAME --help tells its formula and options" },
	{ .name = "split", .type = OPT_STRING, .offset = AT(split), .value = "NAME[:KEY=VALUE,...]",
	  .help = "write train, valid and test parts into --out-dir, and report what leaks between them; --split NAME --help shows its "
		  "options" },
	{ .name = "out-dir", .type = OPT_STRING, .offset = AT(out_dir), .value = "DIR",
	  .file = OPT_WRITES, .help = "where --split writes train.csv, valid.csv, test.csv" },
	{ .name = "skip-bad", .type = OPT_SIZE, .offset = AT(skip_bad), .value = "N", .preset = "0",
	  .help = "leave out at most N bad rows instead of stopping at the first" },
	{ .name = "rejects", .type = OPT_STRING, .offset = AT(rejects), .value = "FILE",
	  .file = OPT_WRITES, .help = "keep the bad rows, with line and reason, in FILE" },
	{ .name = "report", .type = OPT_STRING, .offset = AT(report), .value = "FILE",
	  .file = OPT_WRITES, .help = "write a JSON account of what came in, was dropped and why, and came out" },
};

struct job {
	const struct options *o;
	struct run *run;
	struct source *source;
	struct header columns, out_columns;
	size_t *order;      /* of columns: which of them stands where in the output */
	struct str *field;  /* a row in that order */
	struct join *join;
	struct pseudonym pseudonym;
	struct chain chain;
	struct rejects rejects;
	struct account account;
	struct parts parts;
	struct out *out;
	struct buf text;
	size_t n_in;
	row_fn *first; /* the first stage */
	void *first_context;
};

/* ---- the end of the line ---- */

static int write_text(struct job *j, struct err *e)
{
	int rc = out_write(j->out, j->text.data, j->text.n, e);
	buf_clear(&j->text);
	return rc;
}

static int finish_row(void *context, struct row *row, struct err *e)
{
	struct job *j = context;
	struct row out = *row;
	out.field = j->field;
	for (size_t c = 0; c < out.n; c++)
		out.field[c] = row->field[j->order[c]];
	account_row(&j->account, &out);
	if (j->o->split)
		return table_add(&j->parts.table, &out, e);
	csv_put_row(&j->text, out.field, out.n);
	return j->text.n < 1 << 16 ? 0 : write_text(j, e);
}

/* --join and steps append columns; canonical ones among them belong in front. */
static int put_in_order(struct job *j, struct err *e)
{
	size_t n = 0, *order = j->order = MEM_NEW(j->columns.n, size_t);
	bool *taken = MEM_ZNEW(j->columns.n, bool);
	j->field = MEM_NEW(j->columns.n, struct str);
	for (size_t i = 0; i < n_canonical_columns; i++) {
		ptrdiff_t c = header_find(&j->columns, str_of(canonical_columns[i]));
		if (c >= 0) {
			order[n++] = (size_t)c;
			taken[c] = true;
		}
	}
	for (size_t c = 0; c < j->columns.n; c++)
		if (!taken[c])
			order[n++] = c;
	mem_free(taken);
	int rc = 0;
	for (size_t c = 0; !rc && c < n; c++)
		rc = header_add(&j->out_columns, str_of(j->columns.name[order[c]]), e);
	return rc;
}

static int open_end(struct job *j, struct err *e)
{
	int rc = put_in_order(j, e);
	if (rc)
		return rc;
	account_open(&j->account, &j->out_columns);
	if (j->o->split)
		return parts_open(&j->parts, j->o->split, &j->out_columns, e);
	for (size_t c = 0; c < j->out_columns.n; c++)
		csv_put_field(&j->text, str_of(j->out_columns.name[c]), c == 0);
	buf_putc(&j->text, '\n');
	return out_open(&j->out, j->run->output, e);
}

/* ---- the line ---- */

static int push_chain(void *context, struct row *row, struct err *e)
{
	return chain_push(context, row, e);
}

static int open_source(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	static const char *standard_input[] = { "-" };
	struct strings paths = j->run->operands;
	if (!paths.n)
		paths = (struct strings){ standard_input, 1 };
	const char *separator = o->separator && !strcmp(o->separator, "tab") ? "\t" : o->separator;
	struct source_options s = {
		.kind = (enum source_kind)o->kind,
		.input_format = (enum input_format)o->input_format,
		.csv = { separator, o->no_quotes, o->no_header, o->encoding, 0 },
		.map = &o->map,
		.keep = o->keep,
		.drop = o->drop,
		.time_format = o->time_format,
		.array_separator = o->array_separator,
		.ones = o->ones,
	};
	/* the list of paths is borrowed for as long as the source lives */
	j->run->operands = paths;
	return source_open(&j->source, &j->run->operands, &s, &j->columns, e);
}

/* Stages are opened first to last, since each may add columns for the next, and then tied together. */
static int open_line(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	int rc = 0;
	j->join = MEM_ZNEW(o->join.n, struct join);
	for (size_t i = 0; !rc && i < o->join.n; i++)
		rc = join_open(&j->join[i], o->join.v[i], &j->columns, e);
	if (!rc && o->key)
		rc = pseudonym_open(&j->pseudonym, o->key, o->key_columns, &j->columns, e);
	if (!rc)
		rc = chain_open(&j->chain, &o->step, &j->columns, source_names(j->source), j->run->log, e);
	if (!rc)
		rc = open_end(j, e);
	if (rc)
		return rc;
	chain_to(&j->chain, finish_row, j);
	j->first = push_chain;
	j->first_context = &j->chain;
	if (o->key) {
		j->pseudonym.to = j->first;
		j->pseudonym.to_context = j->first_context;
		j->first = pseudonym_row;
		j->first_context = &j->pseudonym;
	}
	for (size_t i = o->join.n; i--;) {
		j->join[i].to = j->first;
		j->join[i].to_context = j->first_context;
		j->first = join_row;
		j->first_context = &j->join[i];
	}
	return 0;
}

static int push_rows(struct job *j, struct err *e)
{
	struct row row;
	const char *reason;
	int rc;
	progress_start(j->run->log, "rows", 0);
	for (;;) {
		rc = source_next(j->source, &row, &reason, e);
		if (rc == 0)
			break;
		j->n_in++;
		if (rc < 0 && reason)
			rc = rejects_take(&j->rejects, j->source, reason, e);
		else if (rc > 0)
			rc = j->first(j->first_context, &row, e);
		if (rc < 0)
			break;
		if (j->n_in % 4096 == 0)
			progress_to(j->run->log, j->n_in);
	}
	progress_end(j->run->log);
	return rc;
}

/* ---- what is told ---- */

static void say_step(struct log *log, const struct step *s)
{
	struct buf why = BUF_INIT;
	for (size_t i = 0; i < STEP_REASONS && s->reason[i].n; i++)
		buf_printf(&why, "%s%s %zu", i ? ", " : ": ", s->reason[i].text, s->reason[i].n);
	log_say(log, "step %s: %zu rows in, %zu out, %zu changed%s", s->text, s->n_in, s->n_out, s->n_changed, buf_text(&why));
	buf_release(&why);
}

static void say_leak(struct log *log, const struct part_leak *p)
{
	const struct leakage *l = &p->leak;
	log_say(log,
		"%s: %zu rows against %zu to train; leakage: %zu pairs in both, %zu rows older than the newest of train, %zu "
		"older than the same user's newest; new: rows of %zu new users, %zu new items",
		p->name, l->n_other, l->n_train, l->n_pairs, l->n_before, l->n_user_before, l->n_new_users, l->n_new_items);
}

static void say(const struct job *j)
{
	struct log *log = j->run->log;
	for (size_t i = 0; i < j->o->join.n; i++)
		log_say(log, "join %s: %zu rows found, %zu missing", j->o->join.v[i], j->join[i].n_found, j->join[i].n_missing);
	for (size_t i = 0; i < j->chain.n; i++)
		say_step(log, &j->chain.step[i]);
	if (source_left_out(j->source))
		log_warn(log, "%zu JSON values left out, whose keys appear only behind the first rows", source_left_out(j->source));
	LOG_EVENT(log, "preprocessed", LOG_N("rows in", j->n_in), LOG_N("bad", j->rejects.n), LOG_N("rows out", j->account.n),
		  LOG_N("users", j->account.users.n), LOG_N("items", j->account.items.n));
	for (size_t i = 0; i < j->parts.n_leaks; i++)
		say_leak(log, &j->parts.leak[i]);
}

static void put_counts(struct buf *b, const struct step *s)
{
	buf_printf(b, ", \"rows_in\": %zu, \"rows_out\": %zu, \"changed\": %zu, \"dropped\": {", s->n_in, s->n_out, s->n_changed);
	for (size_t i = 0; i < STEP_REASONS && s->reason[i].n; i++) {
		buf_puts(b, i ? ", " : "");
		buf_put_json(b, str_of(s->reason[i].text));
		buf_printf(b, ": %zu", s->reason[i].n);
	}
	buf_puts(b, "}}");
}

static void put_rejects(struct buf *b, const struct rejects *r)
{
	buf_printf(b, "  \"rows_bad\": %zu,\n  \"bad\": {", r->n);
	for (size_t i = 0; i < REJECT_REASONS && r->reason[i].n; i++) {
		buf_puts(b, i ? ", " : "");
		buf_put_json(b, str_of(r->reason[i].text));
		buf_printf(b, ": %zu", r->reason[i].n);
	}
	buf_puts(b, "},\n");
}

static void put_leaks(struct buf *b, const struct parts *p)
{
	buf_puts(b, ",\n  \"parts\": [");
	for (size_t i = 0; i < p->n_leaks; i++) {
		const struct leakage *l = &p->leak[i].leak;
		buf_printf(b, "%s\n    {\"part\": \"%s\", \"rows\": %zu, \"train_rows\": %zu, \"pairs_in_both\": %zu, ", i ? "," : "",
			   p->leak[i].name, l->n_other, l->n_train, l->n_pairs);
		buf_printf(b, "\"older_than_newest_train\": %zu, \"older_than_users_newest_train\": %zu, ", l->n_before,
			   l->n_user_before);
		buf_printf(b, "\"rows_of_new_users\": %zu, \"rows_of_new_items\": %zu}", l->n_new_users, l->n_new_items);
	}
	buf_puts(b, "]");
}

static int write_report(const struct job *j, struct err *e)
{
	struct buf b = BUF_INIT;
	struct out *out;
	buf_printf(&b, "{\n  \"rows_in\": %zu,\n", j->n_in);
	put_rejects(&b, &j->rejects);
	buf_puts(&b, "  \"steps\": [");
	for (size_t i = 0; i < j->chain.n; i++) {
		buf_printf(&b, "%s\n    {\"step\": ", i ? "," : "");
		buf_put_json(&b, str_of(j->chain.step[i].text));
		put_counts(&b, &j->chain.step[i]);
	}
	buf_puts(&b, "],\n");
	account_put(&j->account, &b);
	if (j->o->split)
		put_leaks(&b, &j->parts);
	buf_puts(&b, "\n}\n");
	int rc = out_open(&out, j->o->report, e);
	if (!rc) {
		rc = out_write(out, b.data, b.n, e);
		if (rc)
			out_abandon(out);
		else
			rc = out_commit(out, e);
	}
	buf_release(&b);
	return rc;
}

/* ---- the whole ---- */

static int write_end(struct job *j, struct err *e)
{
	if (j->o->split)
		return parts_write(&j->parts, j->o->out_dir, j->run->operands.n, source_names(j->source), j->run->seed, j->run->log,
				   e);
	int rc = write_text(j, e);
	if (rc)
		return rc;
	struct out *out = j->out;
	j->out = NULL; /* committing frees it in any case */
	return out_commit(out, e);
}

static int check_options(const struct options *o, const struct run *r, struct err *e)
{
	if (!o->split != !o->out_dir)
		return err_usage(e, "--split and --out-dir go together");
	if (o->split && strcmp(r->output, "-"))
		return err_usage(e, "--split writes into --out-dir: leave out -o");
	return 0;
}

static bool no_output(const void *of)
{
	return ((const struct options *)of)->split != NULL;
}

static int work(struct job *j, struct err *e)
{
	const struct options *o = j->o;
	int rc = check_options(o, j->run, e);
	if (!rc)
		rc = open_source(j, e);
	if (!rc)
		rc = rejects_open(&j->rejects, o->skip_bad, o->rejects, o->key != NULL, e);
	if (!rc)
		rc = open_line(j, e);
	if (!rc)
		rc = push_rows(j, e);
	if (!rc)
		rc = chain_finish(&j->chain, e);
	if (!rc)
		rc = write_end(j, e);
	if (rc)
		return rc;
	say(j);
	return o->report ? write_report(j, e) : 0;
}

static int run(struct run *r, struct err *e)
{
	struct job j = { .o = r->options, .run = r, .columns = HEADER_INIT, .out_columns = HEADER_INIT };
	int rc = work(&j, e);
	struct err late;
	int end = rejects_close(&j.rejects, rc ? &late : e);
	out_abandon(j.out);
	chain_release(&j.chain);
	for (size_t i = 0; j.join && i < j.o->join.n; i++)
		join_release(&j.join[i]);
	mem_free(j.join);
	pseudonym_release(&j.pseudonym);
	parts_release(&j.parts);
	account_release(&j.account);
	buf_release(&j.text);
	header_release(&j.columns);
	header_release(&j.out_columns);
	mem_free(j.order);
	mem_free(j.field);
	source_close(j.source);
	return rc ? rc : end;
}

static const struct registry registries[] = { { "Cleaning steps", steps, &n_steps, "step" },
					      { "Splits", splits, &n_splits, "split" },
					      { NULL, NULL, NULL, NULL } };

static const struct command preprocess = {
	.name = "preprocess",
	.summary = "raw CSV or JSON lines to clean canonical CSV, and to train and test parts",
	.synopsis = "[options] [FILE...]",
	.description =
		"Reads files of events, items or users (- or no file: stdin), plain or gzipped, gives their columns canonical\n"
		"names, cleans the rows step by step, and writes canonical CSV (RFC 4180, UTF-8, header first). Columns that\n"
		"are not mapped are kept. Several files are read one behind the other. Times become seconds since 1970 UTC.\n"
		"\n"
		"Rows go through --join, --pseudonymise, the steps in the order given, and --split. Steps that need one row at\n"
		"a time run in constant memory; the others say so. A bad row (blank id, rating or time that is none, wrong\n"
		"number of fields) stops the command with file and line, unless --skip-bad allows for it.\n",
	.examples =
		"  preprocess ratings.csv --map user=userId,item=movieId,time=timestamp -o events.csv\n"
		"  preprocess u.data.gz --no-header --map user=1,item=2,rating=3,time=4 --step kcore --split time --out-dir parts\n"
		"  preprocess --kind items u.item.gz --no-header --encoding latin1 --map item=1,title=2 -o items.csv\n",
	.options = options,
	.n_options = sizeof options / sizeof *options,
	.options_size = sizeof(struct options),
	.registries = registries,
	.reads_operands = true,
	.no_output = no_output,
	.run = run,
};

int main(int argc, char **argv)
{
	return command_main(&preprocess, argc, argv);
}

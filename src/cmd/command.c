/* command.c: see command.h. */
#include "cmd/command.h"
#include "base/mem.h"
#include "io/path.h"
#include "io/stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct common {
	const char *output, *log;
	size_t threads, seed;
	bool quiet, verbose, help, version, man;
};

static const struct opt common_options[] = {
	{ .name = "output", .letter = 'o', .type = OPT_STRING, .offset = offsetof(struct common, output), .value = "FILE",
	  .file = OPT_WRITES, .preset = "-", .help = "write to FILE, which appears whole or not at all; - is stdout" },
	{ .name = "threads", .letter = 'j', .type = OPT_SIZE, .offset = offsetof(struct common, threads), .value = "N",
	  .preset = "0", .min = 0, .max = 1024, .help = "threads; 0: one a processor; the output is the same for any" },
	{ .name = "seed", .type = OPT_SIZE, .offset = offsetof(struct common, seed), .value = "N", .preset = "1",
	  .help = "seed of everything random" },
	{ .name = "quiet", .letter = 'q', .type = OPT_FLAG, .offset = offsetof(struct common, quiet),
	  .help = "say nothing but warnings and errors" },
	{ .name = "verbose", .letter = 'v', .type = OPT_FLAG, .offset = offsetof(struct common, verbose),
	  .help = "say more" },
	{ .name = "log", .type = OPT_STRING, .offset = offsetof(struct common, log), .value = "FILE",
	  .file = OPT_WRITES, .help = "write what is reported to FILE as JSON lines too" },
	{ .name = "help", .letter = 'h', .type = OPT_FLAG, .offset = offsetof(struct common, help),
	  .help = "show this help" },
	{ .name = "version", .type = OPT_FLAG, .offset = offsetof(struct common, version), .help = "show the version" },
	{ .name = "man", .type = OPT_FLAG, .offset = offsetof(struct common, man),
	  .help = "write the man page, in mdoc(7), to stdout" },
};

enum { GROUP_OWN, GROUP_PART, GROUP_COMMON, N_GROUPS };

static const struct opt *option_of_letter(const struct command *c, char letter)
{
	for (size_t i = 0; i < c->n_options; i++)
		if (c->options[i].letter == letter)
			return &c->options[i];
	for (size_t i = 0; i < sizeof common_options / sizeof *common_options; i++)
		if (common_options[i].letter == letter)
			return &common_options[i];
	return NULL;
}

/* The value of --part_option where argument a gives it: -m NAME, -qmNAME, --model=NAME, --mod NAME; else NULL. */
static const char *part_value(const struct command *c, const char *a, const char *next)
{
	if (a[0] != '-')
		return NULL;
	if (a[1] == '-') {
		size_t n = strcspn(a + 2, "=");
		if (!n || strncmp(a + 2, c->part_option, n))
			return NULL;
		return a[2 + n] ? a + 2 + n + 1 : next;
	}
	for (const char *p = a + 1; *p; p++) {
		const struct opt *o = option_of_letter(c, *p);
		if (o && !strcmp(o->name, c->part_option))
			return p[1] ? p + 1 : next;
		if (!o || o->type != OPT_FLAG)
			return NULL;
	}
	return NULL;
}

/* Which part the command line names, found before the options are parsed: it decides what options there are. The last
 * one counts, as for any option. NULL where none is named. */
static const char *named_part(const struct command *c, int argc, char **argv)
{
	const char *found = NULL;
	for (int i = 1; c->part_option && i < argc && strcmp(argv[i], "--"); i++) {
		const char *value = part_value(c, argv[i], argv[i + 1]);
		found = value ? value : found;
	}
	return found;
}

/* What looked like the part's name may have been the value of another option (-o -m): never run another part. */
static int check_part(const struct command *c, const void *options, const char *name, struct err *e)
{
	for (size_t i = 0; c->part_option && i < c->n_options; i++) {
		const struct opt *o = &c->options[i];
		const char *parsed = NULL;
		if (strcmp(o->name, c->part_option))
			continue;
		memcpy(&parsed, (const char *)options + o->offset, sizeof parsed);
		if (!parsed || strcmp(parsed, name))
			return err_usage(e, "--%s \"%s\" or \"%s\"? name it as --%s=NAME, once", o->name, name,
					 parsed ? parsed : "", o->name);
	}
	return 0;
}

static const char *part_default(const struct command *c)
{
	for (size_t i = 0; c->part_option && i < c->n_options; i++)
		if (!strcmp(c->options[i].name, c->part_option))
			return c->options[i].preset;
	return NULL;
}

/* Paragraphs for mdoc: a leading dot or quote must not start a request, a sentence begins on a line of its own. */
static void put_mdoc_text(const char *text, struct buf *out)
{
	bool line_start = true;
	for (const char *p = text; *p; p++) {
		if (line_start && *p == ' ')
			continue;
		if (line_start && *p == '\n')
			buf_puts(out, ".Pp");
		else if (line_start && (*p == '.' || *p == '\''))
			buf_puts(out, "\\&");
		line_start = *p == '\n' || (*p == ' ' && p > text && p[-1] == '.');
		buf_printf(out, *p == '\\' ? "\\e" : "%c", line_start ? '\n' : *p);
	}
}

static void put_mdoc_literal(const char *text, struct buf *out)
{
	buf_puts(out, ".Bd -literal\n");
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			buf_puts(out, "\\&");
		buf_printf(out, *p == '\\' ? "\\e" : "%c", *p);
	}
	buf_puts(out, ".Ed\n");
}

static void man_page(const struct command *c, const struct opt_group *groups, struct buf *out)
{
	buf_printf(out, ".Dd November 1, 2026\n.Dt RECPIPE-");
	for (const char *p = c->name; *p; p++)
		buf_putc(out, (char)(*p - 'a' + 'A'));
	buf_printf(out, " 1\n.Os\n.Sh NAME\n.Nm recpipe-%s\n.Nd %s\n.Sh SYNOPSIS\n.Nm recpipe %s\n.Ar %s\n"
			".Sh DESCRIPTION\n", c->name, c->summary, c->name, c->synopsis);
	put_mdoc_text(c->description, out);
	buf_puts(out, ".Sh OPTIONS\n");
	options_mdoc(groups, N_GROUPS, out);
	for (const struct registry *r = c->registries; r && r->kind; r++) {
		buf_printf(out, ".Sh %s\n", r->kind);
		for (size_t i = 0; i < *r->n; i++) {
			struct buf help = BUF_INIT;
			part_help(r->parts[i], &help);
			buf_printf(out, ".Ss %s\n", r->parts[i]->name);
			put_mdoc_literal(buf_text(&help), out);
			buf_release(&help);
		}
	}
	buf_puts(out, ".Sh EXIT STATUS\n0 done; 1 a gate the user set was not met; 2 wrong usage; 3 bad data; 4 the system "
		      "failed (disk, memory, missing file).\n.Sh EXAMPLES\n");
	put_mdoc_literal(c->examples, out);
}

static void help_of_value(const struct registry *r, const char *value, struct buf *out)
{
	size_t n = strcspn(value, ":");
	for (size_t i = 0; i < *r->n; i++)
		if (strlen(r->parts[i]->name) == n && !strncmp(r->parts[i]->name, value, n)) {
			buf_printf(out, "\n%s ", r->option);
			part_help(r->parts[i], out);
		}
}

/* Of the parts that options of the command line name, as --step NAME. */
static void help_of_named(const struct command *c, const void *options, struct buf *out)
{
	for (const struct registry *r = c->registries; r && r->kind; r++)
		for (size_t i = 0; r->option && i < c->n_options; i++) {
			const void *value = (const char *)options + c->options[i].offset;
			if (strcmp(c->options[i].name, r->option))
				continue;
			if (c->options[i].type == OPT_STRING && *(const char *const *)value)
				help_of_value(r, *(const char *const *)value, out);
			for (size_t k = 0; c->options[i].type == OPT_STRINGS && k < ((const struct strings *)value)->n; k++)
				help_of_value(r, ((const struct strings *)value)->v[k], out);
		}
}

static void help(const struct command *c, const struct opt_group *groups, const struct part *part, struct buf *out)
{
	buf_printf(out, "recpipe %s: %s\n\nUsage: %s %s\n\n%s", c->name, c->summary, c->name, c->synopsis, c->description);
	for (const struct registry *r = c->registries; r && r->kind; r++) {
		buf_printf(out, "\n%s:\n", r->kind);
		parts_list(r->parts, *r->n, out);
	}
	if (part)
		buf_printf(out, "\n%s %s: %s\n\n%s\n", c->part_option, part->name, part->summary, part->help);
	help_of_named(c, groups[GROUP_OWN].base, out);
	options_help(groups, N_GROUPS, out);
	buf_printf(out, "\nExamples:\n%s", c->examples);
}

/* What was asked for instead of the work: whether there was such. */
static bool tell(const struct command *c, const struct opt_group *groups, const struct common *common, const struct run *r)
{
	struct buf text = BUF_INIT;
	if (common->help)
		help(c, groups, r->part_named ? r->part : NULL, &text);
	else if (common->version)
		buf_printf(&text, "recpipe %s %s\n", c->name, RECPIPE_VERSION);
	else if (common->man)
		man_page(c, groups, &text);
	bool asked = text.n > 0;
	if (asked)
		fwrite(text.data, 1, text.n, stdout);
	buf_release(&text);
	return asked;
}

/* The end of stdout: a full disk shows here at the latest. */
static int close_stdout(struct err *e)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
		return 0;
	return errno == EPIPE ? err_set(e, ERR_CLOSED, "stdout was closed") : err_system(e, "cannot write to stdout");
}

static int close_log(struct log *log, const char *path, struct err *e)
{
	if (!log->json)
		return 0;
	bool failed = ferror(log->json);
	errno = EIO;
	failed |= fclose(log->json) != 0;
	errno = log->json_errno ? log->json_errno : errno;
	log->json = NULL;
	return failed ? err_system(e, "cannot write %s", path) : 0;
}

/* ---- files, before any work ---- */

static void add_path(struct strings *to, const char *path)
{
	to->v = mem_resize(to->v, to->n, to->n + 1, sizeof *to->v);
	to->v[to->n++] = path;
}

static void add_files_named(const struct opt_group *groups, enum opt_file file, struct strings *found)
{
	for (size_t g = 0; g < N_GROUPS; g++)
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct opt *o = &groups[g].opts[i];
			const char *at = (const char *)groups[g].base + o->offset, *path = NULL;
			struct strings many = { NULL, 0 };
			if (o->file == file && o->type == OPT_STRINGS)
				memcpy(&many, at, sizeof many);
			else if (o->file == file)
				memcpy(&path, at, sizeof path);
			if (path)
				add_path(found, path);
			for (size_t k = 0; k < many.n; k++)
				add_path(found, many.v[k]);
		}
}

/* What may not be replaced, then what -o may replace, from *n_kept on. */
static struct strings inputs_named(const struct command *c, const struct opt_group *groups, const struct strings *operands,
				   size_t *n_kept)
{
	struct strings in = { NULL, 0 };
	add_files_named(groups, OPT_READS, &in);
	for (size_t i = 0; c->reads_operands && i < operands->n; i++)
		add_path(&in, operands->v[i]);
	if (c->reads_operands && !operands->n)
		add_path(&in, "-");
	*n_kept = in.n;
	add_files_named(groups, OPT_GOES_ON, &in);
	return in;
}

/* A name may be followed by ':' and what is wanted of the file. */
static bool is_stdin(const char *path)
{
	return path[0] == '-' && (!path[1] || path[1] == ':');
}

/* Two readers of stdin would each get a part. */
static int check_inputs(const struct command *c, const struct opt_group *groups, const struct strings *operands,
			struct err *e)
{
	size_t from_stdin = 0, n_kept;
	struct strings in = inputs_named(c, groups, operands, &n_kept);
	for (size_t i = 0; i < in.n; i++)
		from_stdin += is_stdin(in.v[i]);
	mem_free(in.v);
	return from_stdin > 1 ? err_usage(e, "two inputs are to come from stdin") : 0;
}

static bool same_output(const char *a, const char *b)
{
	bool is_stdout = !strcmp(a, "-") || !strcmp(b, "-");
	return is_stdout ? !strcmp(a, b) : path_same_entry(a, b);
}

/* Of two outputs in one place, one would replace the other, or both mix on stdout. */
static int check_names(const struct strings *out, struct err *e)
{
	for (size_t i = 0; i < out->n; i++)
		for (size_t k = i + 1; k < out->n; k++)
			if (same_output(out->v[i], out->v[k]))
				return err_usage(e, "two outputs are to go to %s", strcmp(out->v[i], "-") ? out->v[i] : "stdout");
	return 0;
}

/* Whether path lies in a folder that is an output itself (--report DIR/report.json beside --out-dir DIR). */
static bool in_output(const char *path, const struct strings *out)
{
	char *directory = path_directory(path);
	bool in = false;
	for (size_t i = 0; i < out->n; i++)
		in |= out->v[i] != path && same_output(directory, out->v[i]);
	mem_free(directory);
	return in;
}

/* Of an input's name what is the file's. Owner: caller. */
static char *file_name(const char *given)
{
	const char *end = strrchr(given, ':');
	bool whole = !end || access(given, F_OK) == 0;
	return mem_printf("%.*s", (int)(whole ? strlen(given) : (size_t)(end - given)), given);
}

/* An output in the place of an input takes away what was read. */
static int check_overwrites(const struct strings *in, size_t n_kept, const struct strings *out, const char *output, struct err *e)
{
	for (size_t i = 0; i < in->n; i++) {
		char *name = file_name(in->v[i]);
		int rc = 0;
		for (size_t k = 0; !rc && k < out->n; k++)
			if ((i < n_kept || out->v[k] != output) && path_same_file(name, out->v[k]))
				rc = err_usage(e, "%s is to be read and to be written: name another output",
					       strcmp(name, "-") ? name : "stdin");
		mem_free(name);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_outputs(const struct command *c, const struct opt_group *groups, const struct strings *operands,
			 const char *output, struct err *e)
{
	size_t n_kept;
	struct strings out = { NULL, 0 }, in = inputs_named(c, groups, operands, &n_kept);
	add_files_named(groups, OPT_WRITES, &out);
	bool writes = !c->no_output || !c->no_output(groups[GROUP_OWN].base);
	for (size_t i = 0; !writes && i < out.n; i++)
		if (out.v[i] == output)
			out.v[i] = out.v[--out.n];
	int rc = check_names(&out, e);
	if (!rc)
		rc = check_overwrites(&in, n_kept, &out, output, e);
	for (size_t i = 0; !rc && i < out.n; i++)
		rc = in_output(out.v[i], &out) ? 0 : out_check(out.v[i], e);
	if (!rc && writes && !c->makes_directory)
		rc = out_check_file(output, e);
	if (!rc && c->binary && writes && !strcmp(output, "-") && isatty(STDOUT_FILENO))
		rc = err_usage(e, "the output is binary and stdout is a terminal: name a file by -o");
	mem_free(in.v);
	mem_free(out.v);
	return rc;
}

static int run_command(const struct command *c, struct run *r, const struct common *common, struct err *e)
{
	struct log log = { .program = c->name, .verbosity = common->quiet ? 0 : common->verbose ? 2 : 1 };
	if (common->log && !(log.json = fopen(common->log, "w")))
		return err_system(e, "cannot write %s", common->log);
	r->log = &log;
	r->output = common->output;
	r->seed = common->seed;
	r->pool = pool_new(common->threads);
	int rc = c->run(r, e);
	progress_end(&log);
	pool_free(r->pool);
	struct err late = { 0 };
	int log_rc = close_log(&log, common->log, rc ? &late : e);
	return rc ? rc : log_rc;
}

static const struct part *find_part(const struct command *c, const char *text, struct err *e)
{
	return c->find_part ? c->find_part(text, e) : part_find(c->parts, *c->n_parts, c->part_option, text, e);
}

int command_main(const struct command *c, int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is then an error that we can end quietly on */
	struct err e = { 0 };
	struct common common;
	struct run r = { 0 };
	const char *wanted = named_part(c, argc, argv);
	const char *part_name = wanted ? wanted : part_default(c);
	void *options = mem_zalloc(1, c->options_size);
	bool *part_given = NULL;
	struct opt_group groups[N_GROUPS] = {
		[GROUP_OWN] = { "Options", c->options, c->n_options, options, NULL },
		[GROUP_PART] = { "", NULL, 0, NULL, NULL },
		[GROUP_COMMON] = { "Common options", common_options, sizeof common_options / sizeof *common_options, &common,
				   NULL },
	};
	options_defaults(&groups[GROUP_OWN]);
	options_defaults(&groups[GROUP_COMMON]);
	char *title = NULL;
	int rc = 0;
	if (part_name && !(r.part = find_part(c, part_name, &e))) {
		rc = e.code;
		goto out;
	}
	if (r.part) {
		title = mem_printf("Options of %s %s", c->part_option, r.part->name);
		r.part_options = mem_zalloc(1, r.part->options_size);
		r.part_given = part_given = MEM_ZNEW(r.part->n_options, bool);
		groups[GROUP_PART] = (struct opt_group){ title, r.part->options, r.part->n_options,
							r.part_options, part_given };
		options_defaults(&groups[GROUP_PART]);
	}
	rc = options_parse(groups, N_GROUPS, argc, argv, &r.operands, &e);
	if (!rc)
		rc = check_part(c, options, part_name, &e);
	if (rc)
		goto out;
	r.options = options;
	r.part_named = wanted != NULL;
	if (tell(c, groups, &common, &r))
		goto out;
	rc = check_inputs(c, groups, &r.operands, &e);
	rc = rc ? rc : check_outputs(c, groups, &r.operands, common.output, &e);
	rc = rc ? rc : run_command(c, &r, &common, &e);
out:
	if (!rc)
		rc = close_stdout(&e);
	if (rc && rc != ERR_CLOSED)
		fprintf(stderr, "%s: %s\n", c->name, e.message);
	for (int g = 0; g < N_GROUPS; g++)
		options_release(&groups[g]);
	mem_free(options);
	mem_free(r.part_options);
	mem_free(part_given);
	mem_free(title);
	return err_exit_status(rc);
}

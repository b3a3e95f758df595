/* options.c: see options.h. getopt_long splits the command line; values are checked here. */
#include "base/options.h"
#include "base/mem.h"
#include "base/numbers.h"

#include <getopt.h>
#include <string.h>

static void *member(const struct opt_group *g, const struct opt *o)
{
	return (char *)g->base + o->offset;
}

static bool has_range(const struct opt *o)
{
	return o->min != 0 || o->max != 0;
}

static void put_range(const struct opt *o, struct buf *out)
{
	buf_puts(out, o->above_min ? "above " : "");
	num_put_f64(out, o->min);
	if (o->max > o->min && o->max < 1e300) {
		buf_puts(out, o->above_min ? ", at most " : " to ");
		num_put_f64(out, o->max);
	} else if (!o->above_min) {
		buf_puts(out, " or more");
	}
}

static int range_error(const struct opt *o, const char *text, struct err *e)
{
	struct buf range = BUF_INIT;
	put_range(o, &range);
	err_usage(e, "--%s takes a number %s%s, not \"%s\"", o->name, o->above_min ? "" : "from ", buf_text(&range), text);
	buf_release(&range);
	return ERR_USAGE;
}

static bool in_range(const struct opt *o, double x)
{
	if (!has_range(o))
		return true;
	return (o->above_min ? x > o->min : x >= o->min) && (o->max <= o->min || x <= o->max);
}

static int choice_index(const char *choices, const char *text)
{
	size_t n = strlen(text);
	const char *p = choices;
	for (int i = 0;; i++) {
		size_t len = strcspn(p, "|");
		if (len == n && memcmp(p, text, n) == 0)
			return i;
		if (!p[len])
			return -1;
		p += len + 1;
	}
}

static void append_string(struct strings *s, const char *text)
{
	s->v = mem_resize(s->v, s->n, s->n + 1, sizeof *s->v);
	s->v[s->n++] = text;
}

static int set_flag(bool *to, const char *text, const struct opt *o, struct err *e)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return err_usage(e, "--%s takes yes or no, not \"%s\"", o->name, text);
	*to = text[0] == 'y';
	return 0;
}

static int set_choice(int *to, const char *text, const struct opt *o, struct err *e)
{
	int i = choice_index(o->choices, text);
	if (i < 0)
		return err_usage(e, "--%s takes %s, not \"%s\"", o->name, o->choices, text);
	*to = i;
	return 0;
}

static int set_number(void *to, const char *text, const struct opt *o, struct err *e)
{
	struct str s = str_of(text);
	uint64_t size = 0;
	int64_t whole = 0;
	double real = 0;
	bool ok = o->type == OPT_SIZE  ? num_parse_u64(s, &size)
		: o->type == OPT_INT ? num_parse_i64(s, &whole)
				     : num_parse_f64(s, &real);
	if (!ok)
		return err_usage(e, "--%s takes a %s, not \"%s\"", o->name,
				 o->type == OPT_REAL ? "number" : "whole number", text);
	if (!in_range(o, o->type == OPT_SIZE ? (double)size : o->type == OPT_INT ? (double)whole : real))
		return range_error(o, text, e);
	if (o->type == OPT_SIZE)
		*(size_t *)to = size;
	else if (o->type == OPT_INT)
		*(int64_t *)to = whole;
	else
		*(double *)to = real;
	return 0;
}

static int set_value(const struct opt_group *g, const struct opt *o, const char *text, struct err *e)
{
	void *to = member(g, o);
	if (g->given)
		g->given[o - g->opts] = true;
	switch (o->type) {
	case OPT_FLAG: return set_flag(to, text, o, e);
	case OPT_CHOICE: return set_choice(to, text, o, e);
	case OPT_STRING: *(const char **)to = text; return 0;
	case OPT_STRINGS: append_string(to, text); return 0;
	default: return set_number(to, text, o, e);
	}
}

static void set_default(const struct opt_group *g, const struct opt *o)
{
	void *to = member(g, o);
	switch (o->type) {
	case OPT_FLAG: *(bool *)to = false; break;
	case OPT_CHOICE: *(int *)to = 0; break;
	case OPT_STRING: *(const char **)to = NULL; break;
	case OPT_STRINGS: *(struct strings *)to = (struct strings){ NULL, 0 }; break;
	case OPT_SIZE: *(size_t *)to = 0; break;
	case OPT_INT: *(int64_t *)to = 0; break;
	case OPT_REAL: *(double *)to = 0; break;
	}
	if (o->preset && set_value(g, o, o->preset, NULL) != 0)
		__builtin_trap(); /* a table whose default does not fit its own range: the unit test walks all tables */
}

void options_defaults(const struct opt_group *g)
{
	for (size_t i = 0; i < g->n; i++)
		set_default(g, &g->opts[i]);
	if (g->given)
		memset(g->given, 0, g->n * sizeof *g->given);
}

void options_release(const struct opt_group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->opts[i].type == OPT_STRINGS) {
			struct strings *s = member(g, &g->opts[i]);
			mem_free(s->v);
			*s = (struct strings){ NULL, 0 };
		}
}

int options_set(const struct opt_group *g, const char *name, const char *text, struct err *e)
{
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(g->opts[i].name, name))
			return set_value(g, &g->opts[i], text, e);
	return err_usage(e, "there is no option \"%s\"", name);
}

/* ---- the command line ---- */

struct flat {
	const struct opt_group *group;
	const struct opt *opt;
};

enum { FIRST_LONG = 1000 }; /* getopt's value for table entry i is FIRST_LONG + i */

static size_t flatten(const struct opt_group *groups, size_t n_groups, struct flat *flat)
{
	size_t n = 0;
	for (size_t g = 0; g < n_groups; g++)
		for (size_t i = 0; i < groups[g].n; i++, n++)
			if (flat)
				flat[n] = (struct flat){ &groups[g], &groups[g].opts[i] };
	return n;
}

static int take(const struct flat *flat, size_t n, int c, const char *arg, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (c == FIRST_LONG + (int)i || (c < FIRST_LONG && c == flat[i].opt->letter))
			return set_value(flat[i].group, flat[i].opt, flat[i].opt->type == OPT_FLAG ? "yes" : arg, e);
	return err_usage(e, "unknown option"); /* not reached: getopt gives only what the table holds */
}

static int unknown(int c, char **argv, struct err *e)
{
	if (c == ':')
		return err_usage(e, "option \"%s\" needs a value", argv[optind - 1]);
	if (optopt && optopt < FIRST_LONG)
		return err_usage(e, "unknown option \"-%c\"; --help lists them", optopt);
	if (optopt >= FIRST_LONG)
		return err_usage(e, "option \"%s\" takes no value", argv[optind - 1]);
	return err_usage(e, "unknown or ambiguous option \"%s\"; --help lists them", argv[optind - 1]);
}

int options_parse(const struct opt_group *groups, size_t n_groups, int argc, char **argv, struct strings *operands,
		  struct err *e)
{
	struct arena memory = ARENA_INIT;
	size_t n = flatten(groups, n_groups, NULL);
	struct flat *flat = ARENA_NEW(&memory, n, struct flat);
	struct option *longs = ARENA_NEW(&memory, n + 1, struct option);
	char *shorts = ARENA_NEW(&memory, 2 * n + 3, char), *s = shorts;
	flatten(groups, n_groups, flat);
	*s++ = ':'; /* a missing value is told apart from an unknown option */
	for (size_t i = 0; i < n; i++) {
		const struct opt *o = flat[i].opt;
		int has_arg = o->type == OPT_FLAG ? no_argument : required_argument;
		longs[i] = (struct option){ o->name, has_arg, NULL, FIRST_LONG + (int)i };
		if (o->letter) {
			*s++ = o->letter;
			if (has_arg)
				*s++ = ':';
		}
	}
	*s = 0;
	memset(&longs[n], 0, sizeof longs[n]);
	int rc = 0, c;
	opterr = 0;
	optind = 0; /* GNU: start afresh */
	while (!rc && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
		rc = c == '?' || c == ':' ? unknown(c, argv, e) : take(flat, n, c, optarg, e);
	*operands = (struct strings){ (const char **)argv + optind, (size_t)(argc - optind) };
	arena_release(&memory);
	return rc;
}

/* ---- text ---- */

bool options_text(const struct opt_group *g, size_t i, struct buf *out)
{
	const struct opt *o = &g->opts[i];
	const void *from = member(g, o);
	switch (o->type) {
	case OPT_FLAG: buf_puts(out, *(const bool *)from ? "yes" : "no"); return true;
	case OPT_STRING:
		if (!*(const char *const *)from)
			return false;
		buf_puts(out, *(const char *const *)from);
		return true;
	case OPT_STRINGS: return false;
	case OPT_SIZE: num_put_u64(out, *(const size_t *)from); return true;
	case OPT_INT: num_put_i64(out, *(const int64_t *)from); return true;
	case OPT_REAL: num_put_f64(out, *(const double *)from); return true;
	case OPT_CHOICE: {
		const char *p = o->choices;
		for (int k = *(const int *)from; k > 0; k--)
			p += strcspn(p, "|") + 1;
		buf_add(out, p, strcspn(p, "|"));
		return true;
	}
	}
	return false;
}

/* ---- options that act only beside others ---- */

struct condition {
	struct str name;
	bool unless;
	const char *values; /* "a|b" */
};

static struct condition condition_of(const struct opt *o)
{
	const char *equals = strchr(o->when, '=');
	bool unless = equals > o->when && equals[-1] == '!';
	return (struct condition){ { o->when, (size_t)(equals - o->when) - unless }, unless, equals + 1 };
}

bool options_acts(const struct opt_group *g, size_t i)
{
	if (!g->opts[i].when)
		return true;
	struct condition c = condition_of(&g->opts[i]);
	bool holds = false;
	struct buf value = BUF_INIT;
	for (size_t k = 0; k < g->n; k++)
		if (str_eq(str_of(g->opts[k].name), c.name)) {
			options_text(g, k, &value);
			holds = choice_index(c.values, buf_text(&value)) >= 0;
		}
	buf_release(&value);
	return holds != c.unless;
}

void options_put_when(const struct opt *o, struct buf *out)
{
	struct condition c = condition_of(o);
	bool with = c.unless == !*c.values; /* unless it is unset: with it */
	buf_printf(out, "%s --%.*s", with ? "with" : "without", (int)c.name.n, c.name.p);
	for (const char *p = c.values; *p; p += *p == '|') {
		size_t n = strcspn(p, "|");
		buf_printf(out, "%s%.*s", p == c.values ? " " : " or ", (int)n, p);
		p += n;
	}
}

static const char *value_name(const struct opt *o)
{
	return o->type == OPT_CHOICE ? o->choices : o->value ? o->value : "VALUE";
}

static bool searched(const struct opt *o)
{
	return o->search.hi > o->search.lo;
}

/* "sentence (default 20; 1 to 100; tuned from 10 to 50)" */
static void put_help_text(const struct opt *o, struct buf *out)
{
	buf_puts(out, o->help);
	if (!o->preset && !has_range(o) && !o->when)
		return;
	buf_puts(out, " (");
	if (o->when) {
		options_put_when(o, out);
		buf_puts(out, o->preset || has_range(o) ? "; " : "");
	}
	if (o->preset)
		buf_printf(out, "default %s%s", o->preset, has_range(o) ? "; " : "");
	if (has_range(o))
		put_range(o, out);
	if (searched(o) && o->type == OPT_CHOICE)
		buf_puts(out, "; tuned");
	else if (searched(o))
		buf_printf(out, "; tuned from %g to %g", o->search.lo, o->search.hi);
	buf_putc(out, ')');
}

enum { HELP_COLUMN = 30, HELP_WIDTH = 100 };

/* Put text from HELP_COLUMN on, wrapped at blanks; the line so far is `used` wide. */
static void put_wrapped(const char *text, size_t used, struct buf *out)
{
	size_t column = used;
	if (column + 1 > HELP_COLUMN) {
		buf_putc(out, '\n');
		column = 0;
	}
	while (*text) {
		for (; column < HELP_COLUMN; column++)
			buf_putc(out, ' ');
		size_t room = HELP_WIDTH - HELP_COLUMN, n = strlen(text);
		if (n > room) {
			n = room;
			while (n && text[n] != ' ')
				n--;
			if (!n)
				n = strcspn(text, " ");
		}
		buf_add(out, text, n);
		buf_putc(out, '\n');
		column = 0;
		text += n;
		text += *text == ' ';
	}
}

void options_help(const struct opt_group *groups, size_t n_groups, struct buf *out)
{
	struct buf line = BUF_INIT, text = BUF_INIT;
	for (size_t g = 0; g < n_groups; g++) {
		if (!groups[g].n)
			continue;
		buf_printf(out, "\n%s:\n", groups[g].title);
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct opt *o = &groups[g].opts[i];
			buf_clear(&line);
			buf_clear(&text);
			if (o->letter)
				buf_printf(&line, "  -%c, --%s", o->letter, o->name);
			else
				buf_printf(&line, "      --%s", o->name);
			if (o->type != OPT_FLAG)
				buf_printf(&line, " %s", value_name(o));
			put_help_text(o, &text);
			buf_addstr(out, buf_str(&line));
			put_wrapped(buf_text(&text), line.n, out);
		}
	}
	buf_release(&line);
	buf_release(&text);
}

void options_mdoc(const struct opt_group *groups, size_t n_groups, struct buf *out)
{
	for (size_t g = 0; g < n_groups; g++) {
		if (!groups[g].n)
			continue;
		buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", groups[g].title);
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct opt *o = &groups[g].opts[i];
			buf_puts(out, ".It ");
			if (o->letter)
				buf_printf(out, "Fl %c , ", o->letter);
			buf_printf(out, "Fl Fl %s", o->name);
			if (o->type != OPT_FLAG)
				buf_printf(out, " Ar %s", value_name(o));
			buf_putc(out, '\n');
			put_help_text(o, out);
			buf_putc(out, '\n');
		}
		buf_puts(out, ".El\n");
	}
}

/* ---- registries ---- */

const struct part *part_find(const struct part *const *registry, size_t n, const char *kind, const char *name,
			     struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(registry[i]->name, name))
			return registry[i];
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < n; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", registry[i]->name);
	err_usage(e, "unknown %s \"%s\"; there are: %s", kind, name, buf_text(&names));
	buf_release(&names);
	return NULL;
}

static int set_pair(const struct opt_group *g, char *pair, struct err *e)
{
	char *equals = strchr(pair, '=');
	if (equals)
		*equals = 0;
	for (size_t i = 0; !equals && i < g->n; i++)
		if (g->opts[i].type == OPT_FLAG && !strcmp(g->opts[i].name, pair))
			return options_set(g, pair, "yes", e);
	if (!equals)
		return err_usage(e, "\"%s\" is not of the form key=value", pair);
	return options_set(g, pair, equals + 1, e);
}

int part_spec_parse(const struct part *const *registry, size_t n, const char *kind, const char *text,
		    struct part_spec *out, struct err *e)
{
	*out = (struct part_spec){ NULL, NULL, mem_strdup(text) };
	char *rest = strchr(out->text, ':');
	if (rest)
		*rest++ = 0;
	int rc = ERR_USAGE;
	out->part = part_find(registry, n, kind, out->text, e);
	if (!out->part)
		goto out;
	out->options = out->part->options_size ? mem_zalloc(1, out->part->options_size) : NULL;
	struct opt_group g = { "", out->part->options, out->part->n_options, out->options, NULL };
	options_defaults(&g);
	rc = 0;
	for (char *pair = rest; !rc && pair && *pair; pair = rest) {
		rest = strchr(pair, ',');
		if (rest)
			*rest++ = 0;
		rc = set_pair(&g, pair, e);
	}
	if (rc)
		err_prefix(e, "%s \"%s\"", kind, text);
out:
	if (rc)
		part_spec_release(out);
	return rc;
}

void part_spec_release(struct part_spec *s)
{
	if (s->part) {
		struct opt_group g = { "", s->part->options, s->part->n_options, s->options, NULL };
		options_release(&g);
	}
	mem_free(s->options);
	mem_free(s->text);
	*s = (struct part_spec){ NULL, NULL, NULL };
}

void parts_list(const struct part *const *registry, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "  %-14s %s\n", registry[i]->name, registry[i]->summary);
}

void part_help(const struct part *p, struct buf *out)
{
	buf_printf(out, "%s: %s\n\n%s\n", p->name, p->summary, p->help);
	struct opt_group g = { "Options", p->options, p->n_options, NULL, NULL };
	options_help(&g, 1, out);
}

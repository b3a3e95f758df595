/* options.h: one typed table gives parsing, range checks, defaults, --help, the man page and what a model file keeps.
 *
 * A table describes the members of a plain struct. Defaults are text in the table and go through the same parser as
 * what the user types, so help and code cannot disagree. */
#ifndef RECPIPE_BASE_OPTIONS_H
#define RECPIPE_BASE_OPTIONS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_type {
	OPT_FLAG,    /* bool member; takes no value on the command line, yes|no in key=value form */
	OPT_STRING,  /* const char * member; borrowed from argv or the table; NULL without a default */
	OPT_STRINGS, /* struct strings member; the option may be repeated, values in the order given */
	OPT_SIZE,    /* size_t member */
	OPT_INT,     /* int64_t member */
	OPT_REAL,    /* double member */
	OPT_CHOICE,  /* int member: index into the choices, which are written "als|sgd" */
};

struct strings {
	const char **v;
	size_t n;
};

/* Where a good value may lie: what train --tune draws from, evenly or, with log, evenly in magnitude; for choices their
 * indices. lo == hi: not drawn. */
struct opt_search {
	double lo, hi;
	bool log;
};

/* What the value of an option is to the command line: commands check all their files before they work. What OPT_GOES_ON names is
 * read, and may be where -o goes; what OPT_READS names may not. */
enum opt_file { OPT_NO_FILE, OPT_READS, OPT_GOES_ON, OPT_WRITES };

struct opt {
	const char *name;    /* long name without the dashes */
	char letter;         /* short form, or 0 */
	enum opt_type type;
	size_t offset;       /* offsetof the member */
	const char *value;   /* what help calls the value: FILE, N; NULL for flags and choices */
	const char *preset;  /* the default as text; NULL for none (NULL, 0, false) */
	double min, max;     /* inclusive range of a number; min == max == 0 for none */
	bool above_min;      /* the value must be greater than min, not equal to it */
	const char *choices; /* OPT_CHOICE only */
	enum opt_file file;  /* names a file to read or to write (-: the standard streams) */
	bool local;          /* names a file of this machine: not kept in a model file */
	struct opt_search search;
	const char *when;    /* "solver=sgd", "loss!=mse|bce", "encoder=": acts only where another option of the table has, or has
	                      * not, one of these values ("": it is unset); NULL: always */
	const char *help;    /* one sentence, no full stop needed; units included */
};

/* A table with the struct it fills. title heads its lines in --help. given, if not NULL, has one bool an option:
 * set when the user named it. */
struct opt_group {
	const char *title;
	const struct opt *opts;
	size_t n;
	void *base;
	bool *given;
};

/* Set every member of a group to its default. */
void options_defaults(const struct opt_group *g);
/* Parse argv by getopt_long. Operands (what is no option) come to the front of *operands, borrowed from argv; argv may
 * be permuted. Errors: ERR_USAGE, naming the option and the text that is wrong. Groups must hold their defaults.
 * Memory of OPT_STRINGS lists is the group's until options_release. */
MUST_CHECK int options_parse(const struct opt_group *groups, size_t n_groups, int argc, char **argv,
			     struct strings *operands, struct err *e);
/* Set one option by name from text, as model files and NAME:key=value specifications do. ERR_USAGE if there is no such
 * option or the text does not fit. The text is borrowed. */
MUST_CHECK int options_set(const struct opt_group *g, const char *name, const char *text, struct err *e);
/* The value of option i as text that options_set takes back; false where it is unset. */
bool options_text(const struct opt_group *g, size_t i, struct buf *out);
/* Whether option i does anything beside what the others are set to (when). */
bool options_acts(const struct opt_group *g, size_t i);
/* o->when, which is not NULL, in words: "with --solver sgd". */
void options_put_when(const struct opt *o, struct buf *out);
void options_release(const struct opt_group *g);
/* Aligned help lines, with default and range. */
void options_help(const struct opt_group *groups, size_t n_groups, struct buf *out);
/* The same as an mdoc(7) list. */
void options_mdoc(const struct opt_group *groups, size_t n_groups, struct buf *out);

/* The common head of every registry entry (model, metric, encoder, cleaning step, split, optimizer): what help prints,
 * and its own options. A registry is an array of pointers to such heads, built from its .def file. */
struct part {
	const char *name;
	const char *summary; /* one line */
	const char *help;    /* several lines: formula, citation, when to use it */
	const struct opt *options;
	size_t n_options;
	size_t options_size; /* of the struct that the options fill; 0 where there are none */
};

/* The entry called name, or NULL with ERR_USAGE that lists the names ("unknown KIND \"x\"; there are: ..."). */
const struct part *part_find(const struct part *const *registry, size_t n, const char *kind, const char *name,
			     struct err *e);
/* Split "NAME" or "NAME:key=value,key=value", find NAME, and fill a fresh options struct (NULL where the entry has no
 * options). Values may hold anything but a comma; text is copied. Owner: caller, by part_spec_release. */
struct part_spec {
	const struct part *part;
	void *options;
	char *text; /* the copy that option strings point into */
};
MUST_CHECK int part_spec_parse(const struct part *const *registry, size_t n, const char *kind, const char *text,
			       struct part_spec *out, struct err *e);
void part_spec_release(struct part_spec *s);
/* "name  summary" lines; and the whole help of one entry. */
void parts_list(const struct part *const *registry, size_t n, struct buf *out);
void part_help(const struct part *p, struct buf *out);

#endif

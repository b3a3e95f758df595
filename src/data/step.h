/* step.h: what a cleaning step is, the registry, and the chain that rows go through.
 *
 * A step is one const struct step_class in its own file and one line in steps.def. A step either streams, deciding row
 * by row in constant memory, or needs the whole table, which the chain gathers for it. Rows are pushed: each step
 * passes on what it keeps, so a chain of streaming steps never holds more than one row. */
#ifndef RECPIPE_DATA_STEP_H
#define RECPIPE_DATA_STEP_H

#include "base/log.h"
#include "base/options.h"
#include "base/threads.h"
#include "data/rows.h"
#include "data/table.h"

#include <stdbool.h>

struct step;

struct step_class {
	struct part part;  /* first: name, summary, help, options */
	size_t state_size;
	/* Needs all rows at once: table() is called, in place of row(). open() may clear s->whole_table. */
	bool whole_table;
	/* Resolve columns, append new ones, load files. s->state is zeroed. May be NULL. */
	int (*open)(struct step *s, struct header *columns, struct err *e);
	/* Pass the row on by step_emit (once, never, or several times), or drop it by step_drop. */
	int (*row)(struct step *s, struct row *row, struct err *e);
	/* keep[i] is true at first; table_set changes rows; step_drop_row clears keep[i]. */
	int (*table)(struct step *s, struct table *t, bool *keep, struct err *e);
	/* In place of row(), for a step that turns the text of its columns into other text, appended to out. The options
	 * struct then begins with a struct text_options. */
	int (*text)(struct step *s, struct str in, struct buf *out, struct err *e);
	void (*release)(struct step *s);
};

struct text_options {
	const char *columns; /* "a+b" */
};
#define TEXT_COLUMNS_OPTION                                                                                            \
	{ .name = "columns", .type = OPT_STRING, .offset = offsetof(struct text_options, columns), .value = "A+B",     \
	  .preset = "text", .help = "the columns to work on" }

extern const struct part *const steps[];
extern const size_t n_steps;

enum { STEP_REASONS = 4 };
struct step_reason {
	const char *text;
	size_t n;
};

struct step {
	const struct step_class *class;
	struct part_spec spec;
	const char *text;       /* as the user wrote it */
	const void *options;
	void *state;
	const char *const *input_name;
	struct log *log;
	bool whole_table;
	size_t n_columns;       /* of the rows that come in */
	struct header *columns;
	struct table table;
	size_t n_in, n_out, n_changed; /* rows; n_changed: rows with a changed field */
	struct step_reason reason[STEP_REASONS];
	size_t *text_column, n_text_columns;
	struct buf scratch;
	row_fn *to;
	void *to_context;
};

MUST_CHECK int step_emit(struct step *s, struct row *row, struct err *e);
/* Count a row that is not passed on. */
void step_drop(struct step *s, const char *reason);
/* The same for row i of a table. */
void step_drop_row(struct step *s, bool *keep, size_t i, const char *reason);

/* Field c of a row as a number (ERR_DATA with input and line where it is none), and back (counts a change). */
MUST_CHECK int step_number(struct step *s, const struct row *row, size_t c, double *x, struct err *e);
void step_set_number(struct step *s, struct row *row, size_t c, double x);

/* The chain. spec is one text a step, "NAME:key=value,...". columns grows by what steps add. */
struct chain {
	struct step *step;
	size_t n;
	row_fn *to;
	void *to_context;
};
MUST_CHECK int chain_open(struct chain *c, const struct strings *specs, struct header *columns,
			  const char *const *input_name, struct log *log, struct err *e);
/* Where the rows go in the end; before the first push. */
void chain_to(struct chain *c, row_fn *to, void *context);
MUST_CHECK int chain_push(struct chain *c, struct row *row, struct err *e);
/* No more rows come: whole-table steps do their work. */
MUST_CHECK int chain_finish(struct chain *c, struct err *e);
void chain_release(struct chain *c);

#endif

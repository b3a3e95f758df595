/* report.h: the rows of a report, how they are written, and the gates that a user sets on them.
 *
 * A row is (metric, scope, value); the same rows in four formats, which docs/report-format.md describes. A value that
 * is not defined is NAN here, "nan" in tsv and csv, null in JSON and "-" in the table for people. */
#ifndef RECPIPE_METRIC_REPORT_H
#define RECPIPE_METRIC_REPORT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct report_row {
	char name[48];
	const char *scope; /* a string of the program's own */
	double value;
	bool whole;        /* a count */
	double low, high;  /* a confidence interval, where the report has any */
};

struct report {
	struct report_row *row;
	size_t n, capacity;
	bool intervals;
};
#define REPORT_INIT { NULL, 0, 0, false }

enum report_format { REPORT_TABLE, REPORT_TSV, REPORT_JSON, REPORT_CSV };
#define REPORT_FORMATS "table|tsv|json|csv"

void report_release(struct report *r);
/* The row, for its interval to be filled in; valid until the next add. */
struct report_row *report_add(struct report *r, const char *name, const char *scope, double value);
void report_count(struct report *r, const char *name, const char *scope, size_t n);
/* Take out all rows of a name. */
void report_drop(struct report *r, const char *name);
/* NULL if there is none. */
const struct report_row *report_find(const struct report *r, const char *name, const char *scope);
void report_write(const struct report *r, enum report_format format, struct buf *out);

/* "rmse>0.93", "ndcg@10/cold-users<=0.1": the value of a row (scope "all" unless named) for which the report fails. */
struct gate {
	const char *text; /* borrowed */
	char name[48], scope[32];
	enum { GATE_ABOVE, GATE_BELOW, GATE_AT_LEAST, GATE_AT_MOST } op;
	double limit;
};
MUST_CHECK int gate_parse(struct gate *g, const char *text, struct err *e);
/* ERR_GATE, with one line that names every value at fault, where a gate fails or its value is not defined; ERR_USAGE
 * where the report has no such row. */
MUST_CHECK int gates_check(const struct gate *g, size_t n, const struct report *r, struct err *e);

#endif

/* report.c: see report.h. Names and scopes are the program's own plain words, so no format needs quoting. */
#include "metric/report.h"
#include "base/mem.h"
#include "base/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void report_release(struct report *r)
{
	mem_free(r->row);
	*r = (struct report)REPORT_INIT;
}

struct report_row *report_add(struct report *r, const char *name, const char *scope, double value)
{
	if (r->n == r->capacity) {
		size_t capacity = mem_grow(r->capacity, r->n + 1);
		r->row = mem_resize(r->row, r->n, capacity, sizeof *r->row);
		r->capacity = capacity;
	}
	struct report_row *row = &r->row[r->n++];
	*row = (struct report_row){ .scope = scope, .value = value, .low = NAN, .high = NAN };
	snprintf(row->name, sizeof row->name, "%s", name);
	return row;
}

void report_count(struct report *r, const char *name, const char *scope, size_t n)
{
	report_add(r, name, scope, (double)n)->whole = true;
}

void report_drop(struct report *r, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->row[i].name, name))
			r->row[n++] = r->row[i];
	r->n = n;
}

const struct report_row *report_find(const struct report *r, const char *name, const char *scope)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->row[i].name, name) && !strcmp(r->row[i].scope, scope))
			return &r->row[i];
	return NULL;
}

/* Rows of one name lie together: the end of the run that begins at `from`. */
static size_t name_end(const struct report *r, size_t from)
{
	size_t to = from + 1;
	while (to < r->n && !strcmp(r->row[to].name, r->row[from].name))
		to++;
	return to;
}

static void put_lines(const struct report *r, char separator, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct report_row *row = &r->row[i];
		buf_printf(out, "%s%c%s%c", row->name, separator, row->scope, separator);
		num_put_f64(out, row->value);
		if (r->intervals) {
			buf_putc(out, separator);
			num_put_f64(out, row->low);
			buf_putc(out, separator);
			num_put_f64(out, row->high);
		}
		buf_putc(out, '\n');
	}
}

static void put_json_number(double x, struct buf *out)
{
	if (isfinite(x))
		num_put_f64(out, x);
	else
		buf_puts(out, "null");
}

static void put_json_value(const struct report_row *row, bool intervals, struct buf *out)
{
	if (!intervals || isnan(row->low)) {
		put_json_number(row->value, out);
		return;
	}
	buf_puts(out, "{\"value\": ");
	put_json_number(row->value, out);
	buf_puts(out, ", \"low\": ");
	put_json_number(row->low, out);
	buf_puts(out, ", \"high\": ");
	put_json_number(row->high, out);
	buf_putc(out, '}');
}

static void put_json(const struct report *r, struct buf *out)
{
	buf_puts(out, "{\"format\": \"recpipe.report\", \"format_version\": \"1.0\", \"metrics\": {");
	for (size_t i = 0, to; i < r->n; i = to) {
		to = name_end(r, i);
		buf_printf(out, "%s\n  \"%s\": {", i ? "," : "", r->row[i].name);
		for (size_t j = i; j < to; j++) {
			buf_printf(out, "%s\"%s\": ", j > i ? ", " : "", r->row[j].scope);
			put_json_value(&r->row[j], r->intervals, out);
		}
		buf_putc(out, '}');
	}
	buf_puts(out, "\n}}\n");
}

enum { CELL_MAX = 96 };

/* Counts as they are, other values with four digits. */
static void cell_text(char out[CELL_MAX], const struct report_row *row, bool interval)
{
	if (isnan(row->value))
		snprintf(out, CELL_MAX, "-");
	else if (interval && !isnan(row->low))
		snprintf(out, CELL_MAX, "%.4f [%.4f, %.4f]", row->value, row->low, row->high);
	else if (row->whole)
		snprintf(out, CELL_MAX, "%.0f", row->value);
	else
		snprintf(out, CELL_MAX, "%.4f", row->value);
}

/* The scopes there are, in order of appearance: the columns of the table. */
static size_t table_scopes(const struct report *r, const char **scope, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++) {
		size_t j = 0;
		while (j < n && strcmp(scope[j], r->row[i].scope))
			j++;
		if (j == n && n < max)
			scope[n++] = r->row[i].scope;
	}
	return n;
}

static size_t column_width(const struct report *r, const char *scope)
{
	size_t width = strlen(scope);
	char cell[CELL_MAX];
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->row[i].scope, scope)) {
			cell_text(cell, &r->row[i], r->intervals);
			size_t n = strlen(cell);
			width = n > width ? n : width;
		}
	return width;
}

static void put_table(const struct report *r, struct buf *out)
{
	enum { MAX_SCOPES = 16 };
	const char *scope[MAX_SCOPES];
	size_t width[MAX_SCOPES], n_scopes = table_scopes(r, scope, MAX_SCOPES), first = 0;
	for (size_t s = 0; s < n_scopes; s++)
		width[s] = column_width(r, scope[s]);
	for (size_t i = 0; i < r->n; i++) {
		size_t n = strlen(r->row[i].name);
		first = n > first ? n : first;
	}
	buf_printf(out, "%-*s", (int)first, "");
	for (size_t s = 0; s < n_scopes; s++)
		buf_printf(out, "  %*s", (int)width[s], scope[s]);
	buf_putc(out, '\n');
	for (size_t i = 0, to; i < r->n; i = to) {
		to = name_end(r, i);
		buf_printf(out, "%-*s", (int)first, r->row[i].name);
		for (size_t s = 0, found = 0; s < n_scopes && found < to - i; s++) {
			char cell[CELL_MAX] = "";
			const struct report_row *row = report_find(r, r->row[i].name, scope[s]);
			if (row)
				cell_text(cell, row, r->intervals);
			found += row != NULL;
			buf_printf(out, "  %*s", (int)width[s], cell);
		}
		buf_putc(out, '\n');
	}
}

void report_write(const struct report *r, enum report_format format, struct buf *out)
{
	switch (format) {
	case REPORT_TABLE: put_table(r, out); break;
	case REPORT_TSV: put_lines(r, '\t', out); break;
	case REPORT_JSON: put_json(r, out); break;
	case REPORT_CSV:
		buf_puts(out, r->intervals ? "metric,scope,value,low,high\n" : "metric,scope,value\n");
		put_lines(r, ',', out);
		break;
	}
}

/* ---- gates ---- */

static bool copy_word(char *to, size_t room, const char *from, size_t n)
{
	if (n == 0 || n >= room)
		return false;
	memcpy(to, from, n);
	to[n] = 0;
	return true;
}

int gate_parse(struct gate *g, const char *text, struct err *e)
{
	*g = (struct gate){ .text = text };
	size_t n = strcspn(text, "<>"), n_name = strcspn(text, "/<>");
	const char *limit = text + n;
	bool ok = copy_word(g->name, sizeof g->name, text, n_name);
	ok = ok && (n_name < n ? copy_word(g->scope, sizeof g->scope, text + n_name + 1, n - n_name - 1)
			       : copy_word(g->scope, sizeof g->scope, "all", 3));
	bool above = *limit == '>', equal = *limit && limit[1] == '=';
	g->op = above ? (equal ? GATE_AT_LEAST : GATE_ABOVE) : equal ? GATE_AT_MOST : GATE_BELOW;
	if (*limit)
		limit += 1 + equal;
	if (ok && num_parse_f64(str_of(limit), &g->limit))
		return 0;
	return err_usage(e, "--fail-if takes METRIC[/SCOPE] < or > (<=, >=) NUMBER, as rmse>0.93, not \"%s\"", text);
}

static bool gate_fails(const struct gate *g, double x)
{
	switch (g->op) {
	case GATE_ABOVE: return !(x <= g->limit);
	case GATE_BELOW: return !(x >= g->limit);
	case GATE_AT_LEAST: return !(x < g->limit);
	default: return !(x > g->limit);
	}
}

int gates_check(const struct gate *g, size_t n, const struct report *r, struct err *e)
{
	int rc = 0;
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < n && rc != ERR_USAGE; i++) {
		const struct report_row *row = report_find(r, g[i].name, g[i].scope);
		if (!row) {
			rc = err_usage(e, "--fail-if \"%s\": the report has no %s/%s", g[i].text, g[i].name, g[i].scope);
		} else if (gate_fails(&g[i], row->value)) {
			rc = ERR_GATE;
			buf_printf(&line, "%s%s/%s is ", line.n ? "; " : "", g[i].name, g[i].scope);
			num_put_f64(&line, row->value);
			buf_printf(&line, ", which fails %s", g[i].text);
		}
	}
	if (rc == ERR_GATE)
		err_set(e, ERR_GATE, "%s", buf_text(&line));
	buf_release(&line);
	return rc;
}

/* rejects.c: see rejects.h. The file is kept also when there was one bad row too many: it tells what to mend. */
#include "data/rejects.h"
#include "base/numbers.h"

#include <string.h>

int rejects_open(struct rejects *r, size_t allowed, const char *path, bool hide, struct err *e)
{
	*r = (struct rejects){ .allowed = allowed, .hide = hide };
	if (!path)
		return 0;
	int rc = out_open(&r->out, path, e);
	return rc ? rc : out_write(r->out, "input,line,reason,fields\n", 25, e);
}

static void count(struct rejects *r, const char *reason)
{
	size_t i = 0;
	while (i + 1 < REJECT_REASONS && r->reason[i].text && strcmp(r->reason[i].text, reason))
		i++;
	if (!r->reason[i].text)
		r->reason[i].text = mem_strdup(reason);
	r->reason[i].n++;
}

static int write_row(struct rejects *r, const struct source *s, const char *reason, struct err *e)
{
	size_t input;
	const struct csv_row *raw = source_raw(s, &input);
	buf_clear(&r->line);
	num_put_u64(&r->line, input + 1);
	buf_putc(&r->line, ',');
	num_put_u64(&r->line, raw->line);
	csv_put_field(&r->line, str_of(reason), false);
	for (size_t i = 0; !r->hide && i < raw->n; i++)
		csv_put_field(&r->line, raw->field[i], false);
	buf_putc(&r->line, '\n');
	return out_write(r->out, r->line.data, r->line.n, e);
}

int rejects_take(struct rejects *r, const struct source *s, const char *reason, struct err *e)
{
	r->n++;
	count(r, reason);
	struct err late = { 0 };
	int rc = r->out ? write_row(r, s, reason, &late) : 0;
	if (rc) {
		*e = late;
		return rc;
	}
	if (r->n <= r->allowed)
		return 0;
	return r->allowed ? err_prefix(e, "more than %zu bad rows; the last", r->allowed) : e->code;
}

int rejects_close(struct rejects *r, struct err *e)
{
	int rc = r->out ? out_commit(r->out, e) : 0;
	for (size_t i = 0; i < REJECT_REASONS; i++)
		mem_free(r->reason[i].text);
	buf_release(&r->line);
	*r = (struct rejects){ 0 };
	return rc;
}

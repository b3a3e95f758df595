/* columns.c: see columns.h. */
#include "metric/columns.h"
#include "base/mem.h"
#include "base/numbers.h"

#include <stdio.h>
#include <string.h>

/* The next of a list with commas: false at its end. */
static bool next_word(const char **p, struct str *word)
{
	if (!**p)
		return false;
	size_t n = strcspn(*p, ",");
	*word = (struct str){ *p, n };
	*p += n + ((*p)[n] == ',');
	return true;
}

static int parse_k(struct str word, size_t *k, struct err *e)
{
	uint64_t x;
	if (!num_parse_u64(word, &x) || x < 1)
		return err_usage(e, "a cut-off is a whole number from 1, not \"%.*s\"", (int)word.n, word.p);
	*k = (size_t)x;
	return 0;
}

static void add(struct columns *c, const struct metric *m, size_t k)
{
	struct column column = { m, k, "" };
	if (k)
		snprintf(column.label, sizeof column.label, "%s@%zu", m->part.name, k);
	else
		snprintf(column.label, sizeof column.label, "%s", m->part.name);
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].label, column.label))
			return;
	c->v = mem_resize(c->v, c->n, c->n + 1, sizeof *c->v);
	c->v[c->n++] = column;
	c->k_max = k > c->k_max ? k : c->k_max;
}

static int add_at_each(struct columns *c, const struct metric *m, const char *ks, struct err *e)
{
	struct str word;
	size_t k = 0;
	int rc = 0;
	if (m->rated)
		add(c, m, 0);
	while (m->ranked && !rc && next_word(&ks, &word)) {
		rc = parse_k(word, &k, e);
		if (!rc)
			add(c, m, k);
	}
	return rc;
}

static int add_word(struct columns *c, struct str word, const char *ks, struct err *e)
{
	const char *at = memchr(word.p, '@', word.n);
	char *name = mem_printf("%.*s", (int)(at ? at - word.p : (ptrdiff_t)word.n), word.p);
	const struct part *part = part_find(metrics, n_metrics, "metric", name, e);
	int rc = part ? 0 : ERR_USAGE;
	size_t k = 0;
	if (!rc && at && metric_of(part)->rated)
		rc = err_usage(e, "metric \"%.*s\": %s has no cut-off", (int)word.n, word.p, name);
	else if (!rc && at)
		rc = parse_k((struct str){ at + 1, word.n - (size_t)(at + 1 - word.p) }, &k, e);
	if (!rc && at)
		add(c, metric_of(part), k);
	else if (!rc)
		rc = add_at_each(c, metric_of(part), ks, e);
	mem_free(name);
	return rc;
}

int columns_parse(struct columns *c, const char *names, const char *ks, struct err *e)
{
	int rc = 0;
	struct str word;
	*c = (struct columns){ NULL, 0, 0 };
	for (size_t i = 0; !names && !rc && i < n_metrics; i++)
		rc = add_at_each(c, metric_of(metrics[i]), ks, e);
	while (names && !rc && next_word(&names, &word))
		rc = add_word(c, word, ks, e);
	if (!rc && !c->n)
		rc = err_usage(e, "no metric is named");
	if (rc)
		columns_release(c);
	return rc;
}

void columns_release(struct columns *c)
{
	mem_free(c->v);
	*c = (struct columns){ NULL, 0, 0 };
}

void columns_filter(struct columns *c, bool (*keep)(const struct column *column, const void *context),
		    const void *context)
{
	size_t n = 0;
	c->k_max = 0;
	for (size_t i = 0; i < c->n; i++)
		if (keep(&c->v[i], context)) {
			c->v[n++] = c->v[i];
			c->k_max = c->v[i].k > c->k_max ? c->v[i].k : c->k_max;
		}
	c->n = n;
}

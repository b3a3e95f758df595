/* scores.c: see scores.h. */
#include "metric/scores.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RELEVANT_ALL, RELEVANT_WARM, RELEVANT_COLD, N_VARIANTS };
enum side { EVERY, WARM, COLD };

static const struct scope {
	const char *name;
	enum side users, items;
} scopes[N_SCOPES] = {
	{ "all", EVERY, EVERY },         { "warm-users", WARM, EVERY }, { "cold-users", COLD, EVERY },
	{ "warm-items", EVERY, WARM }, { "cold-items", EVERY, COLD },
};

static size_t n_scopes(struct warmth w)
{
	return w.user ? N_SCOPES : 1;
}

static bool on_side(enum side side, const bool *warm, size_t i)
{
	return side == EVERY || warm[i] == (side == WARM);
}

static struct report_row *add_value(struct report *out, const char *name, size_t scope, double value,
				    const struct bootstrap *b)
{
	out->intervals |= b->n > 0;
	return report_add(out, name, scopes[scope].name, value);
}

/* ---- ratings ---- */

/* The pairs of one scope, by user. */
struct part_of {
	const struct rated_pairs *all;
	double *truth, *predicted;
	size_t n;
	size_t *start;      /* [n_users + 1] */
	uint32_t *who;      /* the users that have pairs here */
	size_t n_who;
	const struct metric *metric;
};

static void part_init(struct part_of *s, const struct rated_pairs *p, struct warmth w, const struct scope *scope)
{
	*s = (struct part_of){ .all = p, .truth = MEM_NEW(p->n, double), .predicted = MEM_NEW(p->n, double),
			       .start = MEM_ZNEW(p->n_users + 1, size_t), .who = MEM_NEW(p->n_users, uint32_t) };
	bool *in = MEM_NEW(p->n, bool);
	for (size_t i = 0; i < p->n; i++) {
		in[i] = on_side(scope->users, w.user, p->user[i]) && on_side(scope->items, w.item, p->item[i]);
		s->start[p->user[i]] += in[i];
	}
	for (size_t u = 0; u < p->n_users; u++) {
		if (s->start[u])
			s->who[s->n_who++] = (uint32_t)u;
		s->n = s->start[u] += s->n; /* the end of u's pairs; filling from the back makes it their beginning */
	}
	s->start[p->n_users] = s->n;
	for (size_t i = p->n; i-- > 0;)
		if (in[i]) {
			size_t at = --s->start[p->user[i]];
			s->truth[at] = p->truth[i];
			s->predicted[at] = p->predicted[i];
		}
	mem_free(in);
}

static void part_release(struct part_of *s)
{
	mem_free(s->truth);
	mem_free(s->predicted);
	mem_free(s->start);
	mem_free(s->who);
}

static double figure_of(const struct part_of *s, const double *truth, const double *predicted, size_t n)
{
	struct rated r = { truth, predicted, n, s->all->levels, s->all->n_levels, s->all->like };
	return s->metric->rated(&r);
}

static double figure_of_drawn(const void *context, const uint32_t *unit, size_t n_units)
{
	const struct part_of *s = context;
	size_t n = 0, at = 0;
	for (size_t i = 0; i < n_units; i++)
		n += s->start[s->who[unit[i]] + 1] - s->start[s->who[unit[i]]];
	double *truth = MEM_NEW(n, double), *predicted = MEM_NEW(n, double);
	for (size_t i = 0; i < n_units; i++) {
		size_t from = s->start[s->who[unit[i]]], m = s->start[s->who[unit[i]] + 1] - from;
		memcpy(truth + at, s->truth + from, m * sizeof *truth);
		memcpy(predicted + at, s->predicted + from, m * sizeof *predicted);
		at += m;
	}
	double x = figure_of(s, truth, predicted, n);
	mem_free(truth);
	mem_free(predicted);
	return x;
}

static void users_own(const struct part_of *s, double *out)
{
	for (size_t u = 0; u < s->all->n_users; u++)
		out[u] = figure_of(s, s->truth + s->start[u], s->predicted + s->start[u], s->start[u + 1] - s->start[u]);
}

void rated_report(const struct columns *c, const struct rated_pairs *p, struct warmth w, const struct bootstrap *b,
		  struct report *out, double *per_user)
{
	struct part_of part[N_SCOPES];
	for (size_t s = 0; s < n_scopes(w); s++) {
		part_init(&part[s], p, w, &scopes[s]);
		report_count(out, "pairs", scopes[s].name, part[s].n);
	}
	for (size_t i = 0; i < c->n; i++)
		for (size_t s = 0; c->v[i].metric->rated && s < n_scopes(w); s++) {
			part[s].metric = c->v[i].metric;
			struct report_row *row = add_value(out, c->v[i].label, s,
							   figure_of(&part[s], part[s].truth, part[s].predicted, part[s].n), b);
			bootstrap_interval(b, part[s].n_who, figure_of_drawn, &part[s], &row->low, &row->high);
			if (per_user && s == 0)
				users_own(&part[s], per_user + i * p->n_users);
		}
	for (size_t s = 0; s < n_scopes(w); s++)
		part_release(&part[s]);
}

/* ---- rankings ---- */

static enum side variant_side(size_t variant)
{
	return variant == RELEVANT_ALL ? EVERY : variant == RELEVANT_WARM ? WARM : COLD;
}

static size_t n_variants(struct warmth w)
{
	return w.user ? N_VARIANTS : 1;
}

void rankings_init(struct rankings *r, const struct columns *c, const struct relevant *relevant, struct warmth w)
{
	*r = (struct rankings){ .columns = c, .relevant = relevant, .warmth = w };
	size_t n_users = relevant->n_users;
	for (size_t v = 0; v < n_variants(w); v++) {
		r->value[v] = mem_alloc(c->n, n_users * sizeof(double));
		r->n_relevant[v] = MEM_ZNEW(n_users, size_t);
	}
	for (size_t u = 0; u < n_users; u++)
		rankings_put(r, (uint32_t)u, NULL, 0);
}

void rankings_release(struct rankings *r)
{
	for (size_t v = 0; v < N_VARIANTS; v++) {
		mem_free(r->value[v]);
		mem_free(r->n_relevant[v]);
	}
}

static double gain_of(const struct relevant *rel, size_t from, size_t to, uint32_t item)
{
	size_t end = to;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (rel->item[middle] < item)
			from = middle + 1;
		else
			to = middle;
	}
	return from < end && rel->item[from] == item ? rel->gain[from] : 0;
}

static int descending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x < y) - (x > y);
}

/* Gains of the user's relevant items on one side, descending; returns their number. */
static size_t ideal_gains(const struct rankings *r, uint32_t user, enum side side, double *out)
{
	const struct relevant *rel = r->relevant;
	size_t n = 0;
	for (size_t i = rel->start[user]; i < rel->start[user + 1]; i++)
		if (on_side(side, r->warmth.item, rel->item[i]))
			out[n++] = rel->gain[i];
	qsort(out, n, sizeof *out, descending);
	return n;
}

static void put_variant(struct rankings *r, size_t variant, uint32_t user, const uint32_t *item, size_t n, double *gain,
			double *ideal)
{
	const struct relevant *rel = r->relevant;
	enum side side = variant_side(variant);
	for (size_t i = 0; i < n; i++) {
		gain[i] = gain_of(rel, rel->start[user], rel->start[user + 1], item[i]);
		if (gain[i] > 0 && !on_side(side, r->warmth.item, item[i]))
			gain[i] = 0;
	}
	struct ranked list = { gain, n, ideal, ideal_gains(r, user, side, ideal) };
	r->n_relevant[variant][user] = list.n_relevant;
	for (size_t c = 0; c < r->columns->n; c++) {
		const struct column *column = &r->columns->v[c];
		r->value[variant][c * rel->n_users + user] =
			column->metric->ranked && list.n_relevant ? column->metric->ranked(&list, column->k) : NAN;
	}
}

void rankings_put(struct rankings *r, uint32_t user, const uint32_t *item, size_t n)
{
	const struct relevant *rel = r->relevant;
	size_t depth = n < r->columns->k_max ? n : r->columns->k_max;
	double *gain = MEM_NEW(depth, double), *ideal = MEM_NEW(rel->start[user + 1] - rel->start[user], double);
	for (size_t v = 0; v < n_variants(r->warmth); v++)
		put_variant(r, v, user, item, depth, gain, ideal);
	mem_free(gain);
	mem_free(ideal);
}

/* The values of the users who are in a scope, side by side. */
static size_t scope_values(const struct rankings *r, size_t scope, size_t column, double *out)
{
	const struct scope *s = &scopes[scope];
	size_t n = 0, n_users = r->relevant->n_users, variant = s->items == EVERY ? RELEVANT_ALL
							: s->items == WARM  ? RELEVANT_WARM
									      : RELEVANT_COLD;
	for (size_t u = 0; u < n_users; u++)
		if (r->n_relevant[variant][u] && on_side(s->users, r->warmth.user, u))
			out[n++] = column == SIZE_MAX ? (double)r->n_relevant[variant][u]
						      : r->value[variant][column * n_users + u];
	return n;
}

static double sum(const double *x, size_t n)
{
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += x[i];
	return total;
}

static double mean_of_drawn(const void *context, const uint32_t *unit, size_t n)
{
	const double *value = context;
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += value[unit[i]];
	return total / (double)n;
}

static void report_counts(const struct rankings *r, double *value, struct report *out)
{
	for (size_t s = 0; s < n_scopes(r->warmth); s++)
		report_count(out, "users", scopes[s].name, scope_values(r, s, SIZE_MAX, value));
	for (size_t s = 0; s < n_scopes(r->warmth); s++)
		report_count(out, "relevant", scopes[s].name, (size_t)sum(value, scope_values(r, s, SIZE_MAX, value)));
}

void rankings_report(const struct rankings *r, const struct bootstrap *b, struct report *out)
{
	double *value = MEM_NEW(r->relevant->n_users, double);
	report_counts(r, value, out);
	for (size_t c = 0; c < r->columns->n; c++)
		for (size_t s = 0; r->columns->v[c].metric->ranked && s < n_scopes(r->warmth); s++) {
			size_t n = scope_values(r, s, c, value);
			struct report_row *row = add_value(out, r->columns->v[c].label, s, n ? sum(value, n) / (double)n : NAN, b);
			bootstrap_interval(b, n, mean_of_drawn, value, &row->low, &row->high);
		}
	mem_free(value);
}

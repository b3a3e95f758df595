/* tune.c: see tune.h. */
#include "train/tune.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_TUNE = 0x707e, KEPT = 3 }; /* one in KEPT goes on to the next round */

struct trial {
	size_t number;       /* from 1 */
	void *options;
	struct buf text;     /* what was drawn: "rate=0.002 dropout=0.1" */
	size_t round;        /* the last that it took part in */
	double part, valid;  /* of that round; valid is INFINITY where it failed */
};

struct tuning {
	const struct fit_plan *plan;
	const bool *fixed;
	size_t n;
	struct trial *trial;
	struct err failure;  /* why the first trial that failed did */
};

/* ---- drawing ---- */

static void draw(const struct opt *o, struct rng *r, struct buf *out)
{
	double lo = o->search.lo, hi = o->search.hi, unit = rng_unit(r);
	double x = o->search.log ? exp(log(lo) + unit * (log(hi) - log(lo))) : lo + unit * (hi - lo);
	if (o->type == OPT_REAL) {
		buf_printf(out, "%.3g", x);
	} else if (o->type != OPT_CHOICE) {
		buf_printf(out, "%.0f", x);
	} else {
		struct str rest = str_of(o->choices), piece = str_cut(&rest, '|');
		for (double k = floor(lo + unit * (hi - lo + 1)); k > 0 && rest.p; k--)
			piece = str_cut(&rest, '|');
		buf_addstr(out, piece);
	}
}

static int draw_trial(struct tuning *t, const struct model *m, struct trial *x, uint64_t seed, struct err *e)
{
	const struct part *p = &m->class->part;
	struct opt_group g = { "", p->options, p->n_options, x->options, NULL };
	struct rng r;
	int rc = 0;
	rng_init(&r, seed, STREAM_TUNE + x->number);
	for (size_t i = 0; !rc && i < p->n_options; i++) {
		const struct opt *o = &p->options[i];
		if (!(o->search.hi > o->search.lo) || t->fixed[i] || !options_acts(&g, i))
			continue;
		struct buf value = BUF_INIT;
		if (x->number == 1)
			options_text(&g, i, &value);
		else
			draw(o, &r, &value);
		rc = options_set(&g, o->name, buf_text(&value), e);
		buf_printf(&x->text, "%s%s=%s", x->text.n ? " " : "", o->name, buf_text(&value));
		buf_release(&value);
	}
	return rc;
}

static int draw_all(struct tuning *t, const struct model *m, uint64_t seed, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; i < t->n; i++) {
		t->trial[i] = (struct trial){ i + 1, mem_dup(m->options, m->class->part.options_size), .text = BUF_INIT,
					      .valid = INFINITY };
		rc = rc ? rc : draw_trial(t, m, &t->trial[i], seed, e);
	}
	return rc ? rc : t->trial[0].text.n ? 0 : err_usage(e, "model %s has no option left to tune", m->class->part.name);
}

/* ---- trying ---- */

/* A trial that fails is out; a system that fails ends the search. */
static int try_one(struct tuning *t, struct model *m, const struct train_input *in, struct trial *x, size_t round,
		   double part, struct err *e)
{
	struct log hushed = { .program = in->log ? in->log->program : "" };
	struct train_input trial = *in;
	trial.log = in->log && in->log->verbosity > 1 ? in->log : &hushed;
	memcpy(m->options, x->options, m->class->part.options_size);
	x->round = round;
	x->part = part;
	int rc = train_try(m, &trial, t->plan, part, &x->valid, e);
	if (rc == ERR_SYSTEM)
		return rc;
	if (rc) {
		x->valid = INFINITY;
		t->failure = t->failure.code ? t->failure : *e;
		LOG_EVENT(in->log, "trial", LOG_N("trial", x->number), LOG_N("round", round), LOG_T("failed", e->message),
			  LOG_T("options", buf_text(&x->text)));
	} else {
		LOG_EVENT(in->log, "trial", LOG_N("trial", x->number), LOG_N("round", round), LOG_R("part", part),
			  LOG_R("valid", x->valid), LOG_T("options", buf_text(&x->text)));
	}
	return 0;
}

static int better_first(const void *pa, const void *pb)
{
	const struct trial *a = pa, *b = pb;
	if (a->valid != b->valid)
		return a->valid < b->valid ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* Rounds of successive halving; the best trial comes to the front. */
static int halve(struct model *m, const struct train_input *in, void *context, struct err *e)
{
	struct tuning *t = context;
	size_t n = t->n, round = 1;
	double part = 1;
	for (size_t k = n; k >= KEPT; k /= KEPT)
		part /= KEPT;
	for (; part < 1.5; part *= KEPT, round++) {
		part = part > 0.9 ? 1 : part;
		for (size_t i = 0; i < n; i++) {
			int rc = try_one(t, m, in, &t->trial[i], round, part, e);
			if (rc)
				return rc;
		}
		qsort(t->trial, n, sizeof *t->trial, better_first);
		n = (n + KEPT - 1) / KEPT;
		while (n && !isfinite(t->trial[n - 1].valid))
			n--;
	}
	if (isfinite(t->trial[0].valid))
		return 0;
	*e = t->failure;
	return e->code;
}

/* ---- the table ---- */

/* Who came further is better, then who did better there; trials that failed come last. */
static int further_first(const void *pa, const void *pb)
{
	const struct trial *a = pa, *b = pb;
	if (isfinite(a->valid) != isfinite(b->valid))
		return isfinite(a->valid) ? -1 : 1;
	if (a->round != b->round)
		return a->round > b->round ? -1 : 1;
	return better_first(pa, pb);
}

/* For a person as a table, and the same as an event a row. */
static void tell(struct tuning *t, struct log *log)
{
	struct log hushed = log ? *log : (struct log){ .program = "" };
	hushed.verbosity = 0;
	qsort(t->trial, t->n, sizeof *t->trial, further_first);
	log_say(log, "%5s  %5s  %6s  %8s  %s", "trial", "round", "part", "valid", "options");
	for (size_t i = 0; i < t->n; i++) {
		const struct trial *x = &t->trial[i];
		char valid[32] = "failed";
		if (isfinite(x->valid))
			snprintf(valid, sizeof valid, "%.4f", x->valid);
		log_say(log, "%5zu  %5zu  %6.4f  %8s  %s", x->number, x->round, x->part, valid, buf_text(&x->text));
		LOG_EVENT(&hushed, "ranked", LOG_N("place", i + 1), LOG_N("trial", x->number), LOG_N("round", x->round),
			  LOG_R("part", x->part), LOG_R("valid", x->valid), LOG_T("options", buf_text(&x->text)));
	}
	LOG_EVENT(log, "tuned", LOG_N("best trial", t->trial[0].number), LOG_R("valid", t->trial[0].valid),
		  LOG_T("options", buf_text(&t->trial[0].text)));
}

int train_tune(struct model *m, const struct train_input *in, const struct fit_plan *plan, const bool *fixed, size_t n_trials,
	       struct err *e)
{
	struct tuning t = { plan, fixed, n_trials, MEM_ZNEW(n_trials, struct trial), { 0, "" } };
	void *given = mem_dup(m->options, m->class->part.options_size);
	int rc = in->valid || plan->holdout != HOLDOUT_NONE ? train_check_validation(m, in, plan, e)
							     : err_usage(e, "--tune needs --valid or --holdout");
	rc = rc ? rc : draw_all(&t, m, in->seed, e);
	if (!rc)
		rc = in->valid ? halve(m, in, &t, e) : train_hold_out(m, in, plan, halve, &t, e);
	if (!rc)
		tell(&t, in->log);
	memcpy(m->options, rc ? given : t.trial[0].options, m->class->part.options_size);
	for (size_t i = 0; i < n_trials; i++) {
		mem_free(t.trial[i].options);
		buf_release(&t.trial[i].text);
	}
	mem_free(t.trial);
	mem_free(given);
	return rc;
}

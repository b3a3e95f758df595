/* assess.c: see assess.h. */
#include "model/assess.h"
#include "base/mem.h"
#include "metric/levels.h"
#include "metric/scores.h"
#include "model/rank.h"

#include <math.h>
#include <string.h>

struct job {
	const struct assess_input *in;
	const struct model *model;
	size_t n_users, n_items;      /* of the test's maps */
	struct csr by_user, seen_by_user;
	double *truth, like;          /* a rating of at least like is one */
	double likely;                /* so is a prediction of at least this */
	struct levels levels;
	uint32_t *model_user, *model_item, *test_item; /* test -> model, test -> model, model -> test; or NULL */
	bool *warm_user, *warm_item;
	struct warmth warmth;
	struct relevant relevant;
	double *per_user;
	struct report *report;
};

/* ---- what is known of the test ---- */

/* Translate between the test's indices and the model's. */
static void map_ids(struct job *j)
{
	const struct model *m = j->model;
	j->model_user = MEM_NEW(j->n_users, uint32_t);
	j->model_item = MEM_NEW(j->n_items, uint32_t);
	j->test_item = MEM_NEW(m->items.n, uint32_t);
	for (size_t u = 0; u < j->n_users; u++)
		j->model_user[u] = idmap_find(&m->users, idmap_id(j->in->users, (uint32_t)u));
	for (size_t i = 0; i < m->items.n; i++)
		j->test_item[i] = IDMAP_NONE;
	for (size_t i = 0; i < j->n_items; i++) {
		j->model_item[i] = idmap_find(&m->items, idmap_id(j->in->items, (uint32_t)i));
		if (j->model_item[i] != IDMAP_NONE)
			j->test_item[j->model_item[i]] = (uint32_t)i;
	}
}

/* The items that the model knows a test user to have seen, in the model's indices. */
static const uint32_t *history_of(const struct job *j, size_t user, size_t *n)
{
	*n = 0;
	if (!j->model || j->model_user[user] == IDMAP_NONE || j->model_user[user] >= j->model->history.n_rows)
		return NULL;
	const struct csr *h = &j->model->history;
	size_t row = j->model_user[user];
	*n = h->start[row + 1] - h->start[row];
	return h->column + h->start[row];
}

static void find_warm(struct job *j)
{
	size_t n;
	if (!j->model && !j->in->seen)
		return;
	j->warm_user = MEM_ZNEW(j->n_users, bool);
	j->warm_item = MEM_ZNEW(j->n_items, bool);
	for (size_t i = 0; j->in->seen && i < j->in->seen->n; i++)
		j->warm_user[j->in->seen->user[i]] = j->warm_item[j->in->seen->item[i]] = true;
	for (size_t u = 0; u < j->n_users; u++) {
		history_of(j, u, &n);
		j->warm_user[u] |= n > 0;
	}
	for (size_t i = 0; j->model && i < j->model->history.n; i++) {
		uint32_t item = j->test_item[j->model->history.column[i]];
		if (item != IDMAP_NONE)
			j->warm_item[item] = true;
	}
	j->warmth = (struct warmth){ j->warm_user, j->warm_item };
}

static bool judges_likes(const struct model *m)
{
	return m && m->flags & MODEL_LIKES;
}

/* Predictions are probabilities of a like, so the truth is 1 or 0. */
static void turn_to_likes(struct job *j)
{
	levels_init(&j->levels);
	levels_add(&j->levels, 0);
	levels_add(&j->levels, 1);
	for (size_t i = 0; i < j->in->test->n; i++)
		j->truth[i] = j->truth[i] >= j->like;
	j->likely = 0.5;
}

static void find_scale(struct job *j)
{
	levels_init(&j->levels);
	j->truth = MEM_NEW(j->in->test->n, double);
	for (size_t i = 0; i < j->in->test->n; i++) {
		j->truth[i] = (double)j->in->test->rating[i];
		levels_add(&j->levels, j->truth[i]);
	}
	for (size_t i = 0; j->model && i < j->model->history.n; i++)
		levels_add(&j->levels, (double)j->model->history.value[i]);
	j->like = j->likely = isnan(j->in->like) ? levels_like(&j->levels) : j->in->like;
	if (judges_likes(j->model))
		turn_to_likes(j);
}

/* ---- ratings ---- */

static int predict_by_model(struct job *j, double *out, struct err *e)
{
	size_t n = j->in->test->n;
	struct events pairs = *j->in->test; /* in the model's indices; the rest is borrowed */
	float *value = MEM_NEW(n, float);
	pairs.user = MEM_NEW(n, uint32_t);
	pairs.item = MEM_NEW(n, uint32_t);
	for (size_t i = 0; i < n; i++) {
		pairs.user[i] = j->model_user[j->in->test->user[i]];
		pairs.item[i] = j->model_item[j->in->test->item[i]];
	}
	int rc = model_predict(j->model, &pairs, value, j->in->bootstrap.pool, e);
	for (size_t i = 0; i < n && !rc; i++) {
		out[i] = (double)value[i];
		if (!isfinite(value[i]))
			rc = err_data(e, "%s: the prediction for row %zu of the test is not a finite number", j->in->name, i + 1);
	}
	mem_free(pairs.user);
	mem_free(pairs.item);
	mem_free(value);
	return rc;
}

/* NAN where there is none. */
static int look_up(struct job *j, double *out, size_t *n_missing, struct err *e)
{
	*n_missing = 0;
	for (size_t i = 0; i < j->in->test->n; i++)
		if (!predictions_find(j->in->predictions, j->in->test->user[i], j->in->test->item[i], &out[i])) {
			struct str user = idmap_id(j->in->users, j->in->test->user[i]);
			struct str item = idmap_id(j->in->items, j->in->test->item[i]);
			out[i] = NAN;
			if (!j->in->allow_missing)
				return err_data(e, "%s: no prediction for user \"%.*s\", item \"%.*s\" "
						"(--allow-missing leaves such pairs out)",
						j->in->name, (int)user.n, user.p, (int)item.n, item.p);
			++*n_missing;
		}
	return 0;
}

/* The pairs that have a prediction, side by side. */
static void score_pairs(struct job *j, double *predicted)
{
	size_t n = 0;
	uint32_t *user = MEM_NEW(j->in->test->n, uint32_t), *item = MEM_NEW(j->in->test->n, uint32_t);
	double *truth = MEM_NEW(j->in->test->n, double);
	for (size_t i = 0; i < j->in->test->n; i++)
		if (!isnan(predicted[i])) {
			user[n] = j->in->test->user[i];
			item[n] = j->in->test->item[i];
			truth[n] = j->truth[i];
			predicted[n++] = predicted[i];
		}
	struct rated_pairs p = { n, j->n_users, user, item, truth, predicted, j->levels.v, j->levels.n, j->likely };
	rated_report(j->in->columns, &p, j->warmth, &j->in->bootstrap, j->report, j->per_user);
	mem_free(user);
	mem_free(item);
	mem_free(truth);
}

static int evaluate_ratings(struct job *j, struct err *e)
{
	size_t n_missing = 0;
	double *predicted = MEM_NEW(j->in->test->n, double);
	int rc = j->model ? predict_by_model(j, predicted, e) : look_up(j, predicted, &n_missing, e);
	if (!rc) {
		if (j->in->predictions)
			report_count(j->report, "pairs-missing", "all", n_missing);
		report_add(j->report, "like", "all", j->like);
		score_pairs(j, predicted);
	}
	mem_free(predicted);
	return rc;
}

/* ---- rankings ---- */

static double gain_of_rating(const struct job *j, double rating)
{
	if (rating < j->in->relevant_from)
		return 0;
	return j->in->gain == ASSESS_BINARY ? 1 : j->in->gain == ASSESS_LINEAR ? rating : exp2(rating) - 1;
}

/* mark[i] = user + 1 for the items that a user has seen. */
static void mark_seen(const struct job *j, uint32_t user, uint32_t *mark)
{
	size_t n;
	if (j->in->keep_seen)
		return;
	const uint32_t *item = history_of(j, user, &n);
	for (size_t i = 0; i < n; i++)
		if (j->test_item[item[i]] != IDMAP_NONE)
			mark[j->test_item[item[i]]] = user + 1;
	if (!j->in->seen)
		return;
	for (size_t i = j->seen_by_user.start[user]; i < j->seen_by_user.start[user + 1]; i++)
		mark[j->seen_by_user.column[i]] = user + 1;
}

/* Add an item to the end of the user's, which are ascending: an item that is there keeps the larger gain. */
static void add_relevant(struct relevant *r, size_t begin, size_t *n, uint32_t item, double gain)
{
	size_t at = *n;
	while (at > begin && r->item[at - 1] > item)
		at--;
	if (at > begin && r->item[at - 1] == item) {
		r->gain[at - 1] = gain > r->gain[at - 1] ? gain : r->gain[at - 1];
		return;
	}
	memmove(r->item + at + 1, r->item + at, (*n - at) * sizeof *r->item);
	memmove(r->gain + at + 1, r->gain + at, (*n - at) * sizeof *r->gain);
	r->item[at] = item;
	r->gain[at] = gain;
	++*n;
}

/* The relevant items of every user; returns how many were left out because the user has seen them. */
static size_t find_relevant(struct job *j, uint32_t *mark)
{
	struct relevant *r = &j->relevant;
	size_t n = 0, n_seen = 0;
	*r = (struct relevant){ j->n_users, MEM_NEW(j->n_users + 1, size_t), MEM_NEW(j->in->test->n, uint32_t),
				MEM_NEW(j->in->test->n, double) };
	for (uint32_t u = 0; u < j->n_users; u++) {
		r->start[u] = n;
		mark_seen(j, u, mark);
		for (size_t i = j->by_user.start[u]; i < j->by_user.start[u + 1]; i++) {
			uint32_t item = j->by_user.column[i];
			double gain = gain_of_rating(j, (double)j->by_user.value[i]);
			bool wanted = gain > 0 && (!j->in->candidate || j->in->candidate[item]);
			n_seen += wanted && mark[item] == u + 1;
			if (wanted && mark[item] != u + 1)
				add_relevant(r, r->start[u], &n, item, gain);
		}
	}
	r->start[j->n_users] = n;
	return n_seen;
}

/* Lists of the predictions, less what is seen or no candidate; returns how many scored users have none. */
static size_t put_lists(struct job *j, struct rankings *r, uint32_t *mark)
{
	size_t n_without = 0;
	uint32_t *place = MEM_NEW(j->n_items, uint32_t), *item = MEM_NEW(j->n_items, uint32_t);
	idmap_rank(j->in->items, place);
	memset(mark, 0, j->n_items * sizeof *mark);
	for (uint32_t u = 0; u < j->n_users; u++) {
		if (j->relevant.start[u] == j->relevant.start[u + 1])
			continue;
		size_t n = 0, n_all = predictions_list(j->in->predictions, u, place, item);
		mark_seen(j, u, mark);
		for (size_t i = 0; i < n_all; i++)
			if (mark[item[i]] != u + 1 && (!j->in->candidate || j->in->candidate[item[i]]))
				item[n++] = item[i];
		n_without += !n_all;
		rankings_put(r, u, item, n);
	}
	mem_free(place);
	mem_free(item);
	return n_without;
}

/* One wave of users through the ranker. */
static void put_wave(struct job *j, struct rankings *r, struct ranker *ranker, const uint32_t *user,
		     const struct rank_query *q, size_t n)
{
	size_t k = ranker_k(ranker);
	struct rank_entry *entry = mem_alloc(n, k * sizeof *entry);
	size_t *n_entries = MEM_NEW(n, size_t);
	uint32_t *item = MEM_NEW(k, uint32_t);
	ranker_run(ranker, q, n, entry, n_entries);
	for (size_t i = 0; i < n; i++) {
		for (size_t e = 0; e < n_entries[i]; e++)
			item[e] = j->test_item[entry[i * k + e].item];
		rankings_put(r, user[i], item, n_entries[i]);
	}
	mem_free(entry);
	mem_free(n_entries);
	mem_free(item);
}

/* Seen items of --seen, in the model's indices, in the order of seen_by_user. */
static uint32_t *seen_in_model(const struct job *j)
{
	uint32_t *out = MEM_NEW(j->in->seen->n, uint32_t);
	for (size_t i = 0; i < j->in->seen->n; i++)
		out[i] = j->model_item[j->seen_by_user.column[i]];
	return out;
}

static void rank_users(struct job *j, struct rankings *r, struct ranker *ranker)
{
	size_t n = 0, wave = ranker_wave(ranker);
	struct rank_query *q = MEM_NEW(wave, struct rank_query);
	uint32_t *user = MEM_NEW(wave, uint32_t), *seen = j->in->seen ? seen_in_model(j) : NULL;
	bool bar = seen && !j->in->keep_seen;
	progress_start(j->in->log, "users", j->n_users);
	for (uint32_t u = 0; u < j->n_users; u++) {
		if (j->relevant.start[u] < j->relevant.start[u + 1]) {
			user[n] = u;
			q[n++] = (struct rank_query){ .query = { .user = j->model_user[u] },
						      .barred = bar ? seen + j->seen_by_user.start[u] : NULL,
						      .n_barred = bar ? j->seen_by_user.start[u + 1] - j->seen_by_user.start[u] : 0 };
		}
		if (n == wave || (n && u + 1 == j->n_users)) {
			put_wave(j, r, ranker, user, q, n);
			progress_to(j->in->log, u + 1);
			n = 0;
		}
	}
	progress_end(j->in->log);
	mem_free(q);
	mem_free(user);
	mem_free(seen);
}

/* Which of the model's items are ranked; returns their number. */
static size_t model_candidates(const struct job *j, bool *candidate)
{
	size_t n = 0;
	for (size_t i = 0; i < j->model->items.n; i++) {
		candidate[i] = !j->in->candidate || (j->test_item[i] != IDMAP_NONE && j->in->candidate[j->test_item[i]]);
		n += candidate[i];
	}
	return n;
}

static void rank_by_model(struct job *j, struct rankings *r)
{
	bool *candidate = MEM_NEW(j->model->items.n, bool);
	report_count(j->report, "items", "all", model_candidates(j, candidate));
	struct rank_options o = { j->in->columns->k_max, -INFINITY, j->in->keep_seen, candidate };
	struct ranker *ranker = ranker_new(j->model, &o, j->in->bootstrap.pool);
	rank_users(j, r, ranker);
	ranker_free(ranker);
	mem_free(candidate);
}

static size_t count_without_relevant(const struct job *j)
{
	size_t n = 0;
	for (size_t u = 0; u < j->n_users; u++)
		n += j->by_user.start[u] < j->by_user.start[u + 1] && j->relevant.start[u] == j->relevant.start[u + 1];
	return n;
}

static void evaluate_rankings(struct job *j)
{
	struct rankings r;
	uint32_t *mark = MEM_ZNEW(j->n_items, uint32_t);
	csr_by_user(&j->by_user, j->in->test, j->n_users);
	if (j->in->seen)
		csr_by_user(&j->seen_by_user, j->in->seen, j->n_users);
	size_t n_seen = find_relevant(j, mark);
	rankings_init(&r, j->in->columns, &j->relevant, j->warmth);
	if (j->in->relevant_from > -INFINITY)
		report_add(j->report, "relevant-from", "all", j->in->relevant_from);
	if (j->model)
		rank_by_model(j, &r);
	else
		report_count(j->report, "users-without-list", "all", put_lists(j, &r, mark));
	report_count(j->report, "users-without-relevant", "all", count_without_relevant(j));
	report_count(j->report, "relevant-seen", "all", n_seen);
	rankings_report(&r, &j->in->bootstrap, j->report);
	for (size_t c = 0; j->per_user && c < j->in->columns->n; c++)
		if (j->in->columns->v[c].metric->ranked)
			memcpy(j->per_user + c * j->n_users, r.value[0] + c * j->n_users, j->n_users * sizeof *j->per_user);
	rankings_release(&r);
	mem_free(mark);
}

/* ---- all of it ---- */

const char *assess_lack(const struct model *m, const struct metric *metric)
{
	if (metric->ranked)
		return m->class->score || m->class->dot_width ? NULL : "rankings";
	return m->class->predict || m->class->predict_events ? NULL : "predictions";
}

const char *assess_obstacle(const struct assess_input *in, const struct metric *m)
{
	bool pairs = in->model || in->predictions->kind == PREDICTIONS_PAIRS;
	bool lists = in->model || in->predictions->kind == PREDICTIONS_LISTS;
	if (m->ranked)
		return lists ? NULL : "the predictions are no lists";
	if (!pairs)
		return "the predictions are lists";
	if (!in->test->has_rating)
		return "the events have no column rating";
	if (m->scale_free || !in->model || model_rates(in->model) || judges_likes(in->model))
		return NULL;
	return "the model does not predict ratings";
}

static bool any_rated(const struct columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].metric->rated)
			return true;
	return false;
}

static void release(struct job *j)
{
	csr_release(&j->by_user);
	csr_release(&j->seen_by_user);
	mem_free(j->truth);
	mem_free(j->model_user);
	mem_free(j->model_item);
	mem_free(j->test_item);
	mem_free(j->warm_user);
	mem_free(j->warm_item);
	mem_free(j->relevant.start);
	mem_free(j->relevant.item);
	mem_free(j->relevant.gain);
	mem_free(j);
}

int assess(const struct assess_input *in, struct report *out, double *per_user, struct err *e)
{
	int rc = 0;
	struct job *j = MEM_ZNEW(1, struct job);
	j->in = in;
	j->model = in->model;
	j->n_users = in->users->n;
	j->n_items = in->items->n;
	j->per_user = per_user;
	j->report = out;
	if (j->model)
		map_ids(j);
	find_warm(j);
	find_scale(j);
	report_count(out, "events", "all", in->test->n);
	if (any_rated(in->columns))
		rc = evaluate_ratings(j, e);
	if (!rc && in->columns->k_max)
		evaluate_rankings(j);
	release(j);
	return rc;
}

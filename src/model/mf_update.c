/* mf_update.c: going on from a trained model with new events.
 *
 * The rows that the new events touch are solved exactly on their whole history, the old events and the new, with all
 * other rows as they are: users first, so that a new user finds the items, then items, in a few rounds. Nothing else
 * moves. Items and users that come with text vectors start from what the stored map says. */
#include "base/mem.h"
#include "model/mf.h"
#include "model/rows.h"

/* Prior and start values of new rows from the stored map, where the update brings vectors of the same width. */
static int map_new(struct model *m, bool users, const struct embeddings *emb, size_t n_old, const char *option,
		   struct err *e)
{
	struct mf_state *s = m->state;
	struct mf_half *h = users ? &s->user : &s->item;
	const struct idmap *ids = users ? &m->users : &m->items;
	size_t K = ((const struct mf_options *)m->options)->factors, M = K + 1;
	if (emb && !h->width)
		return err_usage(e, "the model was trained without --%s, so an update cannot use them", option);
	if (emb && emb->width != h->width)
		return err_data(e, "--%s: vectors of width %zu, but the model was trained with width %zu", option, emb->width,
				h->width);
	for (size_t i = n_old; i < ids->n; i++) {
		const float *x = emb ? embeddings_find(emb, idmap_id(ids, (uint32_t)i)) : NULL;
		for (size_t k = 0; k < M; k++) {
			float value = x ? h->map[h->width * M + k] : 0;
			for (size_t d = 0; x && d < h->width; d++)
				value += x[d] * h->map[d * M + k];
			if (h->prior)
				h->prior[i * M + k] = value;
			*(k < K ? &h->factors[i * K + k] : &h->bias[i]) = value;
		}
	}
	return 0;
}

static void solve(const struct model *m, bool users, const struct csr *c, const uint32_t *row, size_t n, struct pool *pool)
{
	struct mf_rows side = mf_rows_of(m, users);
	if (((const struct mf_options *)m->options)->loss == MF_LOGISTIC)
		mf_logistic_rows(m, users, c, row, n, pool);
	else
		mf_solve_rows(&side, c, row, n, mf_half_of(m, users), pool);
}

int mf_update(struct model *m, const struct train_input *in, struct err *e)
{
	const struct mf_options *o = m->options;
	int rc = map_new(m, true, in->users, in->n_old_users, "users", e);
	if (!rc)
		rc = map_new(m, false, in->items, in->n_old_items, "items", e);
	if (rc)
		return rc;
	size_t n_users, n_items;
	uint32_t *users = distinct_rows(in->train->user, in->train->n, m->users.n, &n_users);
	uint32_t *items = distinct_rows(in->train->item, in->train->n, m->items.n, &n_items);
	struct csr by_item;
	double before = 0, after = 0;
	bool logistic = o->loss == MF_LOGISTIC && in->train->n;
	history_by_item(m, &by_item);
	rc = logistic ? mf_sgd_logistic.validate(m, in->train, in->pool, &before, e) : 0;
	for (size_t round = 0; round < o->update_rounds; round++) {
		solve(m, true, &m->history, users, n_users, in->pool);
		solve(m, false, &by_item, items, n_items, in->pool);
	}
	if (!rc && logistic)
		rc = mf_sgd_logistic.validate(m, in->train, in->pool, &after, e);
	if (!rc && logistic)
		LOG_EVENT(in->log, "update", LOG_R("logistic loss before", before), LOG_R("after", after));
	mf_doubt(m, &by_item);
	csr_release(&by_item);
	mem_free(users);
	mem_free(items);
	return rc;
}

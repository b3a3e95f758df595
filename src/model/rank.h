/* rank.h: the best items of a model for many users, exactly.
 *
 * Users go in blocks of RANK_BLOCK, items in tiles that stay in the cache, scores straight into the k best of each user
 * (linalg/topk.h): memory never holds users x items. Equal scores are ordered by item id, in byte order. */
#ifndef RECPIPE_MODEL_RANK_H
#define RECPIPE_MODEL_RANK_H

#include "model/model.h"

struct rank_query {
	struct query query;
	const uint32_t *barred;  /* items this user must not get besides those the ranker bars; borrowed,
	                          * and IDMAP_NONE is ignored */
	size_t n_barred;
};

struct rank_entry {
	uint32_t item;
	float score;
};

struct rank_options {
	size_t k;                /* entries a user at most; at least 1 */
	float min_score;         /* lower scores are left out; -INFINITY for none */
	bool keep_seen;          /* do not bar the user's history and the events of the query */
	const bool *candidate;   /* [items.n] which items may be ranked, or NULL for all; ranker_new copies it */
};

struct ranker;
/* m is borrowed and must not change. Owner: caller. */
struct ranker *ranker_new(const struct model *m, const struct rank_options *o, struct pool *pool);
void ranker_free(struct ranker *r);
/* Entries a user at most: o->k, or the number of candidates where that is smaller (but at least 1). */
size_t ranker_k(const struct ranker *r);
/* How many queries to hand over at once so that memory stays small and all workers are busy. */
size_t ranker_wave(const struct ranker *r);
/* Query q's entries go to out[q * ranker_k(r)], best first, their number to n_out[q]. Item indices of queries must lie
 * below items.n. */
void ranker_run(struct ranker *r, const struct rank_query *q, size_t n, struct rank_entry *out, size_t *n_out);

#endif

/* split.h: train, validation and test parts, and what leaks between them.
 *
 * A way to split is one const struct split_class in its own file and one line in splits.def. It only says which part
 * each row belongs to; writing the parts and looking for leakage are the same for all. */
#ifndef RECPIPE_DATA_SPLIT_H
#define RECPIPE_DATA_SPLIT_H

#include "base/log.h"
#include "base/options.h"
#include "data/table.h"

#include <stdbool.h>

enum split_part { PART_TRAIN, PART_VALID, PART_TEST };

/* The rows to split, as numbers. Everything is borrowed. */
struct split_rows {
	size_t n, n_users, n_items;
	const uint32_t *user, *item;
	const double *time_s;   /* seconds, or the row number where there is no time column */
	bool timed;
	struct table *table;
	const struct header *columns;
	size_t n_inputs;
	uint64_t seed;
};

struct split_class {
	struct part part; /* first */
	bool uses_time;
	bool sized;       /* the options begin with struct split_sizes, which are checked when they are read */
	/* part[i] for each row: an enum split_part, or, for folds (set *n_folds), the fold 0..*n_folds - 1. */
	int (*assign)(const void *options, const struct split_rows *rows, uint32_t *part, size_t *n_folds, struct err *e);
};

extern const struct part *const splits[];
extern const size_t n_splits;

/* Sizes of parts, shared by several ways. */
struct split_sizes {
	double valid, test;
};
#define SPLIT_SIZES(WHAT)                                                                                              \
	{ .name = "test", .type = OPT_REAL, .offset = offsetof(struct split_sizes, test), .value = "F", .preset = "0.1", \
	  .min = 0, .max = 1, .help = "fraction of the " WHAT " for the test part" },                                   \
	{ .name = "valid", .type = OPT_REAL, .offset = offsetof(struct split_sizes, valid), .value = "F", .preset = "0", \
	  .min = 0, .max = 1, .help = "fraction of the " WHAT " for the validation part" }
MUST_CHECK int split_sizes_check(const struct split_sizes *s, struct err *e);
/* The part of a thing that `left` of n things begin with, itself included, in an order of train, validation, test. */
uint32_t split_part_at(const struct split_sizes *s, size_t left, size_t n);
/* Parts for n things in this order: train first, then validation, then test. */
void split_in_order(const struct split_sizes *s, const uint32_t *order, size_t n, uint32_t *part);
/* A random order of n things. Owner: caller. */
uint32_t *split_random_order(size_t n, uint64_t seed);
/* Each of n_groups groups goes to one part as a whole, at random. */
void split_groups(const struct split_sizes *s, const uint32_t *group, size_t n, size_t n_groups, uint64_t seed,
		  uint32_t *part);

/* What a later part shares with, or lies before, the part it is to be predicted from. */
struct leakage {
	size_t n_train, n_other;
	size_t n_pairs;        /* rows of the other part whose (user, item) is in train too */
	size_t n_before;       /* rows older than the newest row of train */
	size_t n_user_before;  /* rows older than the newest row of the same user in train */
	size_t n_new_users, n_new_items; /* rows of users (items) that train does not have */
};
/* train[i], other[i] tell the rows of each part. */
struct leakage leakage_between(const struct split_rows *rows, const bool *train, const bool *other);

#endif

/* split_folds.c: k-fold cross-validation. */
#include "data/split.h"

struct options {
	size_t k;
};

static const struct opt options[] = {
	{ .name = "k", .type = OPT_SIZE, .offset = offsetof(struct options, k), .value = "N", .preset = "5", .min = 2,
	  .max = 1000, .help = "folds" },
};

static int assign(const void *options_, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)e;
	const struct options *o = options_;
	uint32_t *order = split_random_order(r->n, r->seed);
	for (size_t i = 0; i < r->n; i++)
		part[order[i]] = (uint32_t)(i % o->k);
	mem_free(order);
	*n_folds = o->k;
	return 0;
}

const struct split_class split_folds = {
	.part = { .name = "folds",
		  .summary = "k random folds, each the test part of one pair of files",
		  .help = "Writes fold1.train.csv, fold1.test.csv, ... Fold sizes differ by one row at most.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.assign = assign,
};

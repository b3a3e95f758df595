/* split_time.c: the oldest rows to train on, the newest to test. */
#include "data/split.h"

struct options {
	struct split_sizes sizes;
};

static const struct opt options[] = { SPLIT_SIZES(struct options, sizes, "rows") };

static int assign(const void *options_, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	const struct options *o = options_;
	if (split_sizes_check(&o->sizes, e))
		return ERR_USAGE;
	uint32_t *order = table_order(r->time_s, r->n);
	split_in_order(&o->sizes, order, r->n, part);
	mem_free(order);
	return 0;
}

const struct split_class split_time = {
	.part = { .name = "time",
		  .summary = "the newest rows to test, the oldest to train, by one time for all users",
		  .help = "The honest split for a system that predicts the future. Rows of one second stay in file order.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.uses_time = true,
	.assign = assign,
};

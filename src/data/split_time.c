/* split_time.c: the oldest rows to train on, the newest to test. */
#include "data/split.h"

static const struct opt options[] = { SPLIT_SIZES("rows") };

static int assign(const void *sizes, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	(void)e;
	uint32_t *order = table_order(r->time_s, r->n);
	split_in_order(sizes, order, r->n, part);
	mem_free(order);
	return 0;
}

const struct split_class split_time = {
	.part = { .name = "time",
		  .summary = "the newest rows to test, the oldest to train, by one time for all users",
		  .help = "The honest split for a system that predicts the future. Rows of one second stay in file order.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct split_sizes) },
	.uses_time = true,
	.sized = true,
	.assign = assign,
};

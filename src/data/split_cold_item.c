/* split_cold_item.c: items that training never sees. */
#include "data/split.h"

static const struct opt options[] = { SPLIT_SIZES("items") };

static int assign(const void *sizes, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	(void)e;
	split_groups(sizes, r->item, r->n, r->n_items, r->seed, part);
	return 0;
}

const struct split_class split_cold_item = {
	.part = { .name = "cold-item",
		  .summary = "all rows of some items to test: cold start",
		  .help = "A fraction of the items, at random by --seed; train has no row of them.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct split_sizes) },
	.sized = true,
	.assign = assign,
};

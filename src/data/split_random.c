/* split_random.c: rows at random. */
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
	uint32_t *order = split_random_order(r->n, r->seed);
	split_in_order(&o->sizes, order, r->n, part);
	mem_free(order);
	return 0;
}

const struct split_class split_random = {
	.part = { .name = "random",
		  .summary = "rows at random",
		  .help = "Exactly the fractions asked for, by --seed. Says nothing about the future: see time.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.assign = assign,
};

/* split_cold_user.c: users that training never sees. */
#include "data/split.h"

static const struct opt options[] = { SPLIT_SIZES("users") };

static int assign(const void *sizes, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	(void)e;
	split_groups(sizes, r->user, r->n, r->n_users, r->seed, part);
	return 0;
}

const struct split_class split_cold_user = {
	.part = { .name = "cold-user",
		  .summary = "all rows of some users to test: cold start",
		  .help = "A fraction of the users, at random by --seed; train has no row of them.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct split_sizes) },
	.sized = true,
	.assign = assign,
};

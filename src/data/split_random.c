/* split_random.c: rows at random, of all or of each user. */
#include "data/split.h"

#include <string.h>

enum { OF_ALL, OF_USER };

struct options {
	struct split_sizes sizes;
	int by;
};

static const struct opt options[] = {
	SPLIT_SIZES("rows"),
	{ .name = "by", .type = OPT_CHOICE, .offset = offsetof(struct options, by), .choices = "all|user", .preset = "all",
	  .help = "fractions of all rows, or of each user's" },
};

/* The rows of each user in the random order of all: the same fractions of everybody's, as far as whole rows allow. */
static void of_each_user(const struct split_sizes *sizes, const uint32_t *order, const struct split_rows *r, uint32_t *part)
{
	size_t *n = MEM_ZNEW(r->n_users, size_t), *left = MEM_NEW(r->n_users, size_t);
	for (size_t i = 0; i < r->n; i++)
		n[r->user[i]]++;
	memcpy(left, n, r->n_users * sizeof *left);
	for (size_t k = 0; k < r->n; k++) {
		uint32_t u = r->user[order[k]];
		part[order[k]] = split_part_at(sizes, left[u]--, n[u]);
	}
	mem_free(n);
	mem_free(left);
}

static int assign(const void *options_, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	(void)e;
	const struct options *o = options_;
	uint32_t *order = split_random_order(r->n, r->seed);
	if (o->by == OF_USER)
		of_each_user(&o->sizes, order, r, part);
	else
		split_in_order(&o->sizes, order, r->n, part);
	mem_free(order);
	return 0;
}

const struct split_class split_random = {
	.part = { .name = "random",
		  .summary = "rows at random",
		  .help = "Exactly the fractions asked for, by --seed. With by=user they are of each user's rows, rounded (halves\n"
			  "up): the stratified split of many papers. Says nothing about the future: see time.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.sized = true,
	.assign = assign,
};

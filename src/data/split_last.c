/* split_last.c: the last rows of each user. */
#include "data/split.h"

struct options {
	size_t test, valid;
};

static const struct opt options[] = {
	{ .name = "test", .type = OPT_SIZE, .offset = offsetof(struct options, test), .value = "N", .preset = "1",
	  .help = "rows of each user for the test part" },
	{ .name = "valid", .type = OPT_SIZE, .offset = offsetof(struct options, valid), .value = "N", .preset = "0",
	  .help = "rows of each user, before those, for the validation part" },
};

static int assign(const void *options_, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	(void)n_folds;
	(void)e;
	const struct options *o = options_;
	uint32_t *order = table_order(r->time_s, r->n);
	size_t *left = MEM_ZNEW(r->n_users, size_t);
	bool *short_user = MEM_NEW(r->n_users, bool);
	for (size_t i = 0; i < r->n; i++)
		left[r->user[i]]++;
	for (size_t u = 0; u < r->n_users; u++)
		short_user[u] = left[u] <= o->test + o->valid;
	for (size_t k = 0; k < r->n; k++) {
		uint32_t i = order[k], u = r->user[i];
		part[i] = short_user[u]		      ? PART_TRAIN
			  : left[u] <= o->test		      ? PART_TEST
			  : left[u] <= o->test + o->valid ? PART_VALID
							  : PART_TRAIN;
		left[u]--;
	}
	mem_free(order);
	mem_free(left);
	mem_free(short_user);
	return 0;
}

const struct split_class split_last = {
	.part = { .name = "last",
		  .summary = "the last rows of each user to test (leave-last-n-out)",
		  .help = "By time; rows of one second by file order. A user with no more rows than would be taken stays in\n"
			  "train as a whole. Other users' later rows are in train: the report counts them.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.uses_time = true,
	.assign = assign,
};

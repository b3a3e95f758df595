/* step_kcore.c: the densest part of the data.
 *
 * Rounds of counting and dropping until nothing is dropped. The k-core is unique, whatever the order of dropping
 * (Batagelj and Zaversnik, "An O(m) algorithm for cores decomposition of networks", 2003); rounds over flat arrays are
 * few (5 to 20 on real data) and need no adjacency lists. */
#include "data/step.h"

#include <string.h>

struct options {
	size_t user, item;
};

static const struct opt options[] = {
	{ .name = "user", .type = OPT_SIZE, .offset = offsetof(struct options, user), .value = "N", .preset = "5",
	  .help = "rows that each user must have in the end" },
	{ .name = "item", .type = OPT_SIZE, .offset = offsetof(struct options, item), .value = "N", .preset = "5",
	  .help = "rows that each item must have in the end" },
};

struct state {
	size_t user, item;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	struct state *st = s->state;
	int rc = header_need(columns, STR("user"), &st->user, e);
	return rc ? rc : header_need(columns, STR("item"), &st->item, e);
}

static void count(const uint32_t *id, const bool *keep, size_t n, uint32_t *degree, size_t n_ids)
{
	memset(degree, 0, n_ids * sizeof *degree);
	for (size_t i = 0; i < n; i++)
		degree[id[i]] += keep[i];
}

static int table(struct step *s, struct table *t, bool *keep, struct err *e)
{
	(void)e;
	const struct state *st = s->state;
	const struct options *o = s->options;
	struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
	uint32_t *user = table_ids(t, st->user, &users), *item = table_ids(t, st->item, &items);
	uint32_t *of_user = MEM_NEW(users.n, uint32_t), *of_item = MEM_NEW(items.n, uint32_t);
	for (size_t n_dropped = 1; n_dropped;) {
		n_dropped = 0;
		count(user, keep, t->n, of_user, users.n);
		count(item, keep, t->n, of_item, items.n);
		for (size_t i = 0; i < t->n; i++) {
			bool few_user = of_user[user[i]] < o->user, few_item = of_item[item[i]] < o->item;
			if (!keep[i] || !(few_user || few_item))
				continue;
			n_dropped++;
			step_drop_row(s, keep, i, few_user ? "user with too few rows" : "item with too few rows");
		}
	}
	mem_free(user);
	mem_free(item);
	mem_free(of_user);
	mem_free(of_item);
	idmap_release(&users);
	idmap_release(&items);
	return 0;
}

const struct step_class step_kcore = {
	.part = { .name = "kcore",
		  .summary = "drop users and items with too few rows, until all that are left have enough",
		  .help = "Iterated: dropping a user may leave an item with too few rows, and so on. Rows are counted, so drop\n"
			  "duplicates before. Needs the whole table.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.whole_table = true,
	.state_size = sizeof(struct state),
	.open = open,
	.table = table,
};

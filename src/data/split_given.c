/* split_given.c: parts that somebody else has chosen. */
#include "base/numbers.h"
#include "data/split.h"

struct options {
	const char *column;
};

static const struct opt options[] = {
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .help = "the column that says train, valid or test, or the number of a fold; without it, the first input is "
		  "train, the last test, and one between them valid" },
};

static int part_of(struct str text, uint32_t *part, uint64_t *fold)
{
	static const char *const name[] = { "train", "valid", "test" };
	for (uint32_t p = 0; p < 3; p++)
		if (str_eq(text, str_of(name[p]))) {
			*part = p;
			return 1;
		}
	return num_parse_u64(text, fold) && *fold < 100000 ? 2 : 0;
}

/* Folds are numbered from the smallest that occurs. */
static int by_column(const struct split_rows *r, size_t column, uint32_t *part, size_t *n_folds, struct err *e)
{
	uint64_t low = UINT64_MAX, high = 0, fold = 0;
	int kinds = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct str text = table_field(r->table, i, column);
		int kind = part_of(text, &part[i], &fold);
		kinds |= kind;
		if (!kind || kinds == 3)
			return err_data(e, "column %s: \"%.*s\" is not train, valid or test%s", r->columns->name[column], (int)text.n,
					text.p, kind ? " as other rows are" : ", nor the number of a fold");
		if (kind == 2) {
			part[i] = (uint32_t)fold;
			low = fold < low ? fold : low;
			high = fold > high ? fold : high;
		}
	}
	if (kinds != 2)
		return 0;
	for (size_t i = 0; i < r->n; i++)
		part[i] -= (uint32_t)low;
	*n_folds = (size_t)(high - low + 1);
	return 0;
}

static int assign(const void *options_, const struct split_rows *r, uint32_t *part, size_t *n_folds, struct err *e)
{
	const struct options *o = options_;
	if (o->column) {
		size_t column;
		int rc = header_need(r->columns, str_of(o->column), &column, e);
		return rc ? rc : by_column(r, column, part, n_folds, e);
	}
	if (r->n_inputs != 2 && r->n_inputs != 3)
		return err_usage(e, "split given takes two inputs (train, test), three (train, valid, test), or a column");
	struct row row = { .field = MEM_NEW(r->columns->n, struct str) };
	for (size_t i = 0; i < r->n; i++) {
		table_row(r->table, i, &row);
		part[i] = row.input == 0 ? PART_TRAIN : row.input + 1 == r->n_inputs ? PART_TEST : PART_VALID;
	}
	mem_free(row.field);
	return 0;
}

const struct split_class split_given = {
	.part = { .name = "given",
		  .summary = "published parts, by column or by input file; checked for leakage",
		  .help = "Cleans the parts of a published split alike, and reports what leaks between them.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.assign = assign,
};

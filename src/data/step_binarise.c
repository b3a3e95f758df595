/* step_binarise.c: ratings to likes. */
#include "data/step.h"

struct options {
	double threshold;
	bool positive;
};

static const struct opt options[] = {
	{ .name = "threshold", .type = OPT_REAL, .offset = offsetof(struct options, threshold), .value = "X", .preset = "4",
	  .help = "a rating of at least X becomes 1, any other 0" },
	{ .name = "positive", .type = OPT_FLAG, .offset = offsetof(struct options, positive),
	  .help = "drop the rows that become 0" },
};

struct state {
	size_t rating;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	return header_need(columns, STR("rating"), &((struct state *)s->state)->rating, e);
}

static int row(struct step *s, struct row *r, struct err *e)
{
	const struct options *o = s->options;
	size_t c = ((struct state *)s->state)->rating;
	double x = 0;
	int rc = step_number(s, r, c, &x, e);
	if (rc)
		return rc;
	if (o->positive && x < o->threshold) {
		step_drop(s, "below threshold");
		return 0;
	}
	step_set_number(s, r, c, x >= o->threshold);
	return step_emit(s, r, e);
}

const struct step_class step_binarise = {
	.part = { .name = "binarise",
		  .summary = "ratings to 1 (at least the threshold) and 0",
		  .help = "Streams. With positive only the likes stay: implicit feedback.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.row = row,
};

/* step_lower.c: case. */
#include "data/step.h"
#include "text/normalize.h"

struct options {
	struct text_options text;
	bool fold;
};

static const struct opt options[] = {
	TEXT_COLUMNS_OPTION,
	{ .name = "fold", .type = OPT_FLAG, .offset = offsetof(struct options, fold),
	  .help = "full case folding (ß becomes ss), for comparison rather than for reading" },
};

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	const struct options *o = s->options;
	return text_form(in, o->fold ? TEXT_FOLD : TEXT_LOWER, out) ? 0 : err_data(e, "step lower: the text is not UTF-8");
}

const struct step_class step_lower = {
	.part = { .name = "lower",
		  .summary = "lower case, in every script that has case",
		  .help = "Streams. Letter by letter, the same in every locale.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.text = text,
};

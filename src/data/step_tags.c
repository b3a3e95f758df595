/* step_tags.c: HTML tags. */
#include "data/step.h"
#include "text/html.h"

static const struct opt options[] = { TEXT_COLUMNS_OPTION };

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	(void)s;
	(void)e;
	html_strip(in, out);
	return 0;
}

const struct step_class step_tags = {
	.part = { .name = "tags",
		  .summary = "take out HTML tags, comments, scripts and styles",
		  .help = "Streams. A tag between two words leaves one blank; a \"<\" that starts no tag stays.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct text_options) },
	.text = text,
};

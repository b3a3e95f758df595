/* step_entities.c: HTML character references. */
#include "data/step.h"
#include "text/html.h"

static const struct opt options[] = { TEXT_COLUMNS_OPTION };

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	(void)s;
	(void)e;
	html_decode(in, out);
	return 0;
}

const struct step_class step_entities = {
	.part = { .name = "entities",
		  .summary = "HTML character references (&quot; &#34; &#x22;) to the characters",
		  .help = "Streams. The names of HTML 4.01 and &apos;, and all numbers. Put tags before it, so that an escaped \"<\"\n"
			  "is not taken for a tag.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct text_options) },
	.text = text,
};

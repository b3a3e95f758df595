/* step_nfkc.c: one way to write a character. */
#include "data/step.h"
#include "text/normalize.h"

static const struct opt options[] = { TEXT_COLUMNS_OPTION };

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	(void)s;
	return text_form(in, TEXT_NFKC, out) ? 0 : err_data(e, "step nfkc: the text is not UTF-8");
}

const struct step_class step_nfkc = {
	.part = { .name = "nfkc",
		  .summary = "Unicode normal form NFKC: one way to write a character",
		  .help = "Streams. Full-width letters, ligatures and the like become ordinary ones, accents join their letters\n"
			  "(Unicode Standard Annex 15).",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct text_options) },
	.text = text,
};

/* step_tokens.c: what a text encoder will see of a text. */
#include "data/step.h"
#include "text/words.h"

#include <string.h>

static const struct opt options[] = { TEXT_COLUMNS_OPTION };

struct state {
	size_t *from, n;
	struct str *field; /* room for a row with the new columns */
	struct buf folded, tokens;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	struct state *st = s->state;
	const struct text_options *o = s->options;
	int rc = header_need_list(columns, o->columns, &st->from, &st->n, e);
	for (size_t k = 0; !rc && k < st->n; k++) {
		char *name = mem_printf("%s_tokens", columns->name[st->from[k]]);
		rc = header_add(columns, str_of(name), e);
		mem_free(name);
	}
	st->field = MEM_NEW(columns->n, struct str);
	return rc;
}

static int row(struct step *s, struct row *r, struct err *e)
{
	struct state *st = s->state;
	struct row out = *r;
	out.field = st->field;
	memcpy(out.field, r->field, r->n * sizeof *r->field);
	for (size_t k = 0; k < st->n; k++) {
		struct str word;
		words_fold(r->field[st->from[k]], &st->folded);
		buf_clear(&st->tokens);
		for (size_t at = 0; words_next(buf_str(&st->folded), &at, &word);) {
			if (st->tokens.n)
				buf_putc(&st->tokens, ' ');
			buf_addstr(&st->tokens, word);
		}
		row_set(&out, out.n++, buf_str(&st->tokens));
	}
	return step_emit(s, &out, e);
}

static void release(struct step *s)
{
	struct state *st = s->state;
	mem_free(st->from);
	mem_free(st->field);
	buf_release(&st->folded);
	buf_release(&st->tokens);
}

const struct step_class step_tokens = {
	.part = { .name = "tokens",
		  .summary = "a preview of tokenisation: adds a column COLUMN_tokens",
		  .help = "Streams. The words that encoder hash works on, separated by blanks: NFKC, case folded, cut into runs of\n"
			  "letters and digits.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct text_options) },
	.state_size = sizeof(struct state),
	.open = open,
	.row = row,
	.release = release,
};

/* step_stem.c: words to their stems. */
#include "data/step.h"
#include "text/normalize.h"
#include "text/stem.h"
#include "text/words.h"

struct options {
	struct text_options text;
	const char *lang;
};

static const struct opt options[] = {
	TEXT_COLUMNS_OPTION,
	{ .name = "lang", .type = OPT_STRING, .offset = offsetof(struct options, lang), .value = "LANGUAGE",
	  .preset = "english", .help = "a Snowball stemmer: english, german, french, ..., or en, de, fr" },
};

struct state {
	struct stemmer *stemmer;
	struct buf lower;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	(void)columns;
	const struct options *o = s->options;
	return stemmer_new(&((struct state *)s->state)->stemmer, o->lang, e);
}

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	struct state *st = s->state;
	buf_clear(&st->lower);
	if (!text_form(in, TEXT_LOWER, &st->lower))
		return err_data(e, "step stem: the text is not UTF-8");
	struct str lower = buf_str(&st->lower), word;
	const char *done = lower.p;
	for (size_t at = 0; words_next(lower, &at, &word);) {
		buf_add(out, done, (size_t)(word.p - done));
		buf_addstr(out, stemmer_stem(st->stemmer, word));
		done = word.p + word.n;
	}
	buf_add(out, done, (size_t)(lower.p + lower.n - done));
	return 0;
}

static void release(struct step *s)
{
	struct state *st = s->state;
	stemmer_free(st->stemmer);
	buf_release(&st->lower);
}

const struct step_class step_stem = {
	.part = { .name = "stem",
		  .summary = "words to their stems, by Snowball, in lower case",
		  .help = "Streams. What is between the words stays. https://snowballstem.org/",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.text = text,
	.release = release,
};

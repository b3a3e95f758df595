/* step_stopwords.c: words without meaning of their own. */
#include "data/step.h"
#include "io/stream.h"
#include "text/normalize.h"
#include "text/stopwords.h"
#include "text/words.h"

struct options {
	struct text_options text;
	const char *lang, *file;
};

static const struct opt options[] = {
	TEXT_COLUMNS_OPTION,
	{ .name = "lang", .type = OPT_STRING, .offset = offsetof(struct options, lang), .value = "LANGUAGE", .preset = "en",
	  .help = "de, en, es, fr, it, nl, pt or sv" },
	{ .name = "file", .type = OPT_STRING, .offset = offsetof(struct options, file), .value = "FILE",
	  .help = "a list of your own, words separated by blanks or line ends, in place of the language's" },
};

struct state {
	struct idmap words;
	struct buf lower;
};

enum { MAX_LIST = 1 << 24 };

static int open(struct step *s, struct header *columns, struct err *e)
{
	(void)columns;
	const struct options *o = s->options;
	struct state *st = s->state;
	struct buf own = BUF_INIT, folded = BUF_INIT;
	const char *text = NULL;
	int rc = o->file ? in_read_all(o->file, MAX_LIST, &own, e) : stopwords_of(o->lang, &text, e);
	struct str word, list = o->file ? buf_str(&own) : str_of(text ? text : "");
	if (!rc && !text_form(list, TEXT_LOWER, &folded))
		rc = err_data(e, "%s: not UTF-8", o->file);
	for (size_t at = 0; !rc && words_next(buf_str(&folded), &at, &word);)
		idmap_add(&st->words, word);
	buf_release(&own);
	buf_release(&folded);
	return rc;
}

static bool is_stopword(struct state *st, struct str word)
{
	buf_clear(&st->lower);
	return text_form(word, TEXT_LOWER, &st->lower) && idmap_find(&st->words, buf_str(&st->lower)) != IDMAP_NONE;
}

/* What stands before a word that goes: without its blanks at the end, and nothing at the start of the text. */
static void put_gap(struct str gap, bool word_stays, struct buf *out)
{
	while (gap.n && !word_stays && char_is_blank(gap.p[gap.n - 1]))
		gap.n--;
	while (gap.n && !out->n && char_is_blank(gap.p[0]))
		gap = (struct str){ gap.p + 1, gap.n - 1 };
	buf_addstr(out, gap);
}

static int text(struct step *s, struct str in, struct buf *out, struct err *e)
{
	(void)e;
	struct state *st = s->state;
	struct str word;
	const char *done = in.p;
	for (size_t at = 0; words_next(in, &at, &word);) {
		bool stays = !is_stopword(st, word);
		put_gap((struct str){ done, (size_t)(word.p - done) }, stays, out);
		if (stays)
			buf_addstr(out, word);
		done = word.p + word.n;
	}
	put_gap((struct str){ done, (size_t)(in.p + in.n - done) }, true, out);
	return 0;
}

static void release(struct step *s)
{
	struct state *st = s->state;
	idmap_release(&st->words);
	buf_release(&st->lower);
}

const struct step_class step_stopwords = {
	.part = { .name = "stopwords",
		  .summary = "take out words that carry grammar, not meaning",
		  .help = "Streams. Words are compared in lower case; the rest of the text stays as it is.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.text = text,
	.release = release,
};

/* augment.c: see augment.h. */
#include "text/augment.h"
#include "base/mem.h"
#include "io/csv.h"
#include "text/wordlist.h"
#include "text/words.h"

#include <string.h>

/* ---- synonyms ---- */

struct synonyms {
	struct wordlist words, others; /* folded; as written */
	struct pair {
		uint32_t word, other;
	} *pair;
	size_t n, capacity;
	uint32_t *other;               /* those of word w: start[w] to start[w + 1] */
	size_t *start;
};

static void add_pair(struct synonyms *s, struct str word, struct str other, struct buf *folded)
{
	if (s->n == s->capacity) {
		size_t capacity = mem_grow(s->capacity, s->n + 1);
		s->pair = mem_resize(s->pair, s->n, capacity, sizeof *s->pair);
		s->capacity = capacity;
	}
	words_fold(word, folded);
	s->pair[s->n++] = (struct pair){ wordlist_add(&s->words, buf_str(folded), 1), wordlist_add(&s->others, other, 1) };
}

static int read_pairs(struct synonyms *s, struct csv *c, struct err *e)
{
	static const char *const name[2] = { "word", "synonym" };
	ptrdiff_t at[2];
	struct csv_row row;
	struct buf folded = BUF_INIT;
	int rc = 0;
	for (size_t i = 0; i < 2; i++) {
		at[i] = csv_column(c, name[i]);
		if (at[i] < 0)
			return err_at_line(e, csv_name(c), 1, "there is no column \"%s\"", name[i]);
	}
	while ((rc = csv_next(c, &row, e)) > 0) {
		struct str word = row.field[at[0]], other = row.field[at[1]];
		if (!word.n || !other.n) {
			rc = err_at_line(e, csv_name(c), row.line, "the %s is blank", name[word.n ? 1 : 0]);
			break;
		}
		add_pair(s, word, other, &folded);
	}
	buf_release(&folded);
	return rc;
}

/* Pairs in order of words, within a word in order of the file: wordlist counted them. */
static void sort_pairs(struct synonyms *s)
{
	s->start = MEM_ZNEW(s->words.n + 2, size_t);
	s->other = MEM_NEW(s->n, uint32_t);
	for (size_t w = 0; w < s->words.n; w++)
		s->start[w + 2] = s->start[w + 1] + s->words.count[w];
	for (size_t i = 0; i < s->n; i++)
		s->other[s->start[s->pair[i].word + 1]++] = s->pair[i].other;
}

int synonyms_open(struct synonyms **out, const char *path, struct err *e)
{
	struct synonyms *s = MEM_ZNEW(1, struct synonyms);
	struct csv *c = NULL;
	int rc = csv_open(&c, path, &(struct csv_format)CSV_FORMAT_DEFAULT, e);
	if (!rc)
		rc = read_pairs(s, c, e);
	csv_close(c);
	if (rc) {
		synonyms_close(s);
		return rc;
	}
	sort_pairs(s);
	*out = s;
	return 0;
}

void synonyms_close(struct synonyms *s)
{
	if (!s)
		return;
	wordlist_release(&s->words);
	wordlist_release(&s->others);
	mem_free(s->pair);
	mem_free(s->other);
	mem_free(s->start);
	mem_free(s);
}

/* ---- words ---- */

void augment_words_release(struct augment_words *w)
{
	mem_free(w->word);
	buf_release(&w->text);
	buf_release(&w->folded);
	*w = (struct augment_words){ 0 };
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_mark(char c)
{
	return c > ' ' && c < 0x7f && !strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c);
}

static bool next_word(struct str text, size_t *at, struct str *word)
{
	while (*at < text.n && is_blank(text.p[*at]))
		++*at;
	size_t from = *at;
	while (*at < text.n && !is_blank(text.p[*at]))
		++*at;
	*word = (struct str){ text.p + from, *at - from };
	return word->n > 0;
}

static void collect(struct augment_words *w, struct str text)
{
	struct str word;
	w->n = 0;
	for (size_t at = 0; next_word(text, &at, &word);) {
		if (w->n == w->capacity) {
			size_t capacity = mem_grow(w->capacity, w->n + 1);
			w->word = mem_resize(w->word, w->n, capacity, sizeof *w->word);
			w->capacity = capacity;
		}
		w->word[w->n++] = word;
	}
}

/* ---- what is done to them ---- */

/* A synonym of a folded word, if it has one and chance will have it. */
static bool draw_synonym(const struct augment *a, struct rng *r, struct str folded, struct str *out)
{
	const struct synonyms *s = a->synonyms;
	uint32_t w = trie_get(&s->words.index, folded);
	if (w == TRIE_NONE || rng_unit(r) >= a->synonym)
		return false;
	*out = wordlist_at(&s->others, s->other[s->start[w] + rng_below(r, s->start[w + 1] - s->start[w])]);
	return true;
}

/* The text with synonyms in it, as words in w->text. */
static struct str with_synonyms(const struct augment *a, struct rng *r, struct str text, struct augment_words *w)
{
	struct str word, other;
	buf_clear(&w->text);
	for (size_t at = 0; next_word(text, &at, &word);) {
		struct str core = word;
		while (core.n && is_mark(core.p[0]))
			core.p++, core.n--;
		while (core.n && is_mark(core.p[core.n - 1]))
			core.n--;
		words_fold(core, &w->folded);
		if (!core.n || !draw_synonym(a, r, buf_str(&w->folded), &other))
			other = core;
		buf_add(&w->text, word.p, (size_t)(core.p - word.p));
		buf_addstr(&w->text, other);
		buf_add(&w->text, core.p + core.n, (size_t)(word.p + word.n - core.p - core.n));
		buf_putc(&w->text, ' ');
	}
	return buf_str(&w->text);
}

static void swap_words(const struct augment *a, struct rng *r, struct augment_words *w)
{
	for (size_t k = (size_t)(a->swap * (double)w->n + 0.5); k; k--) {
		size_t i = (size_t)rng_below(r, w->n), j = (size_t)rng_below(r, w->n);
		struct str word = w->word[i];
		w->word[i] = w->word[j];
		w->word[j] = word;
	}
}

static void drop_words(const struct augment *a, struct rng *r, struct augment_words *w)
{
	struct str spared = w->word[rng_below(r, w->n)];
	size_t kept = 0;
	for (size_t i = 0; i < w->n; i++)
		if (rng_unit(r) >= a->drop)
			w->word[kept++] = w->word[i];
	if (!kept)
		w->word[kept++] = spared;
	w->n = kept;
}

void augment_text(const struct augment *a, struct rng *r, struct str text, struct augment_words *w, struct buf *out)
{
	buf_clear(out);
	collect(w, a->synonyms && a->synonym > 0 ? with_synonyms(a, r, text, w) : text);
	if (w->n == 0) {
		buf_addstr(out, text);
		return;
	}
	swap_words(a, r, w);
	if (a->drop > 0)
		drop_words(a, r, w);
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			buf_putc(out, ' ');
		buf_addstr(out, w->word[i]);
	}
}

/* bert_normalize.c: see bert_normalize.h. Code points go through one scratch array, pass by pass, in place where a pass
 * cannot grow it; ASCII takes the same way but needs no table of utf8proc. */
#include "text/bert_normalize.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

#include "text/bert_classes.inc"

enum { REMOVED = 1, BLANK = 2, IDEOGRAPH = 4, PUNCTUATION = 8, SEPARATOR = 16, MARK = 32, WHOLE = 64, STARTER = 128 };
enum { N_CODES = 0x110000, MAX_DECOMPOSED = 4 };

#define FLAG(n, flag, ranges) set_flag((n)->classes, (flag), (ranges), sizeof(ranges) / sizeof *(ranges))

static void set_flag(uint8_t *classes, uint8_t flag, const uint32_t (*range)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (uint32_t c = range[i][0]; c <= range[i][1]; c++)
			classes[c] |= flag;
}

void bert_normalizer_init(struct bert_normalizer *n)
{
	n->classes = MEM_ZNEW(N_CODES, uint8_t);
	FLAG(n, REMOVED, removed);
	FLAG(n, BLANK, blank);
	FLAG(n, IDEOGRAPH, ideograph);
	FLAG(n, PUNCTUATION, punctuation);
	FLAG(n, SEPARATOR, separator);
	FLAG(n, MARK, mark);
	FLAG(n, WHOLE, whole);
	FLAG(n, STARTER, starter);
}

void bert_normalizer_release(struct bert_normalizer *n)
{
	mem_free(n->classes);
	n->classes = NULL;
}

void bert_words_release(struct bert_words *w)
{
	buf_release(&w->bytes);
	mem_free(w->start);
	mem_free(w->n_chars);
	mem_free(w->code);
	*w = (struct bert_words){ 0 };
}

static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

static void reserve_codes(struct bert_words *w, size_t n)
{
	if (w->code_capacity >= n)
		return;
	w->code = mem_resize(w->code, w->code_capacity, n, sizeof *w->code);
	w->code_capacity = n;
}

/* Text to code points, cleaned, with blanks around ideographs. No more code points come out than bytes went in. */
static size_t clean(const struct bert_normalizer *o, struct str text, uint32_t *out)
{
	size_t n = 0, step;
	for (size_t i = 0; i < text.n; i += step) {
		uint32_t c = utf8_next((const unsigned char *)text.p + i, text.n - i, &step);
		uint8_t class = o->classes[c];
		if (o->clean_text && (class & REMOVED))
			continue;
		if (o->clean_text && (class & BLANK))
			c = ' ';
		if (o->split_ideographs && (class & IDEOGRAPH)) {
			out[n++] = ' ';
			out[n++] = c;
			out[n++] = ' ';
		} else {
			out[n++] = c;
		}
	}
	return n;
}

static size_t decompose(const struct bert_normalizer *o, uint32_t c, uint32_t out[MAX_DECOMPOSED])
{
	int last;
	utf8proc_int32_t d[MAX_DECOMPOSED];
	if (c < 0xc0 || (o->classes[c] & WHOLE)) {
		out[0] = c;
		return 1;
	}
	utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, d, MAX_DECOMPOSED, UTF8PROC_DECOMPOSE, &last);
	for (utf8proc_ssize_t i = 0; i < n; i++)
		out[i] = (uint32_t)d[i];
	return (size_t)n;
}

static int combining_class(const struct bert_normalizer *o, uint32_t c)
{
	if (c < 0x300 || (o->classes[c] & STARTER))
		return 0;
	return utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}

/* Canonical ordering: marks of one run sort by combining class, stably. A run may be as long as the text, so this is an
 * insertion only for short ones and a counting pass a class (there are under 256) for long ones. */
static void order_run(const struct bert_normalizer *o, uint32_t *c, size_t n, uint32_t *scratch)
{
	enum { SHORT = 32 };
	for (size_t i = 1; n <= SHORT && i < n; i++) {
		uint32_t x = c[i];
		size_t j = i;
		for (; j && combining_class(o, c[j - 1]) > combining_class(o, x); j--)
			c[j] = c[j - 1];
		c[j] = x;
	}
	if (n <= SHORT)
		return;
	size_t start[257] = { 0 };
	for (size_t i = 0; i < n; i++)
		start[combining_class(o, c[i]) + 1]++;
	for (size_t k = 1; k < 257; k++)
		start[k] += start[k - 1];
	for (size_t i = 0; i < n; i++)
		scratch[start[combining_class(o, c[i])]++] = c[i];
	memcpy(c, scratch, n * sizeof *c);
}

/* NFD and the end of nonspacing marks. from: n code points; to: room for MAX_DECOMPOSED * n, and as much scratch. */
static size_t strip_accents(const struct bert_normalizer *o, const uint32_t *from, size_t n, uint32_t *to,
			    uint32_t *scratch)
{
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		m += decompose(o, from[i], to + m);
	for (size_t i = 0; i < m;) {
		size_t j = i;
		while (j < m && combining_class(o, to[j]))
			j++;
		if (j - i > 1)
			order_run(o, to + i, j - i, scratch);
		i = j + (j == i);
	}
	size_t kept = 0;
	for (size_t i = 0; i < m; i++)
		if (!(o->classes[to[i]] & MARK))
			to[kept++] = to[i];
	return kept;
}

static uint32_t lower(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	for (size_t i = 0; c >= lower_case[0][0] && i < sizeof lower_case / sizeof *lower_case; i++)
		if (lower_case[i][0] == c)
			return lower_case[i][1];
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

static void end_word(struct bert_words *w, size_t n_chars)
{
	if (!n_chars)
		return;
	if (w->n + 1 >= w->capacity) {
		size_t capacity = mem_grow(w->capacity, w->n + 2);
		w->start = mem_resize(w->start, w->n + 1, capacity, sizeof *w->start);
		w->n_chars = mem_resize(w->n_chars, w->n, capacity, sizeof *w->n_chars);
		w->capacity = capacity;
	}
	w->n_chars[w->n++] = n_chars;
	w->start[w->n] = w->bytes.n;
}

static void put_code(struct bert_words *w, uint32_t c)
{
	char utf8[4];
	buf_add(&w->bytes, utf8, encode(c, utf8));
}

/* Capital I with a dot is the one code point whose lower case is two. */
static size_t put_lower(const struct bert_normalizer *o, struct bert_words *w, uint32_t c)
{
	if (o->lower_case && c == 0x130) {
		buf_puts(&w->bytes, "i\xcc\x87");
		return 2;
	}
	put_code(w, o->lower_case ? lower(c) : c);
	return 1;
}

void bert_normalize(const struct bert_normalizer *o, struct str text, struct bert_words *w)
{
	/* Cleaned code points, their decompositions, scratch. Cleaning never gives more code points than there are
	 * bytes: an ideograph, the one thing that becomes three, takes three bytes or more. */
	size_t room = text.n + 2;
	reserve_codes(w, room * (1 + 2 * MAX_DECOMPOSED));
	buf_clear(&w->bytes);
	w->n = 0;
	if (!w->capacity)
		w->start = mem_resize(NULL, 0, w->capacity = 1, sizeof *w->start);
	w->start[0] = 0;
	uint32_t *code = w->code;
	size_t n = clean(o, text, code);
	if (o->strip_accents) {
		n = strip_accents(o, code, n, w->code + room, w->code + room * (1 + MAX_DECOMPOSED));
		code = w->code + room;
	}
	size_t n_chars = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t class = o->classes[code[i]];
		if (class & (SEPARATOR | PUNCTUATION)) {
			end_word(w, n_chars);
			n_chars = 0;
			if (class & PUNCTUATION) {
				put_code(w, code[i]);
				end_word(w, 1);
			}
		} else {
			n_chars += put_lower(o, w, code[i]);
		}
	}
	end_word(w, n_chars);
}

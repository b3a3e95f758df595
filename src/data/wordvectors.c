/* wordvectors.c: see wordvectors.h. */
#include "data/wordvectors.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "io/stream.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { CHUNK = 1 << 18, MAX_WIDTH = 65536, MAX_WORD = 1 << 16, MAX_LINE = 1 << 22 };

struct reader {
	struct in *in;
	struct buf bytes;   /* read and not yet taken: from `at` on */
	size_t at, line;
	bool has_header;
	uint64_t promised;  /* words, by the header */
	size_t n_read, capacity;
	float *row;
	struct wordvectors *to;
};

/* ---- bytes ---- */

/* Read on; *more is false at the end. What was taken goes. */
static int read_on(struct reader *r, bool *more, struct err *e)
{
	size_t left = r->bytes.n - r->at, got;
	memmove(r->bytes.data, r->bytes.data + r->at, left);
	r->bytes.n = left;
	r->at = 0;
	int rc = in_read(r->in, buf_reserve(&r->bytes, CHUNK), CHUNK, &got, e);
	r->bytes.n += rc ? 0 : got;
	*more = !rc && got > 0;
	return rc;
}

/* What lies before the next `end`, without it, at most `most` bytes; *found is false where the content ends before. Then,
 * or where it is longer, *out is all that is left. */
static int look_to(struct reader *r, char end, size_t most, struct str *out, bool *found, struct err *e)
{
	bool more = true;
	int rc = 0;
	for (size_t looked = 0;;) {
		const char *from = buf_text(&r->bytes) + r->at;
		size_t n = r->bytes.n - r->at;
		const char *to = memchr(from + looked, end, n - looked);
		*found = to;
		*out = (struct str){ from, to ? (size_t)(to - from) : n };
		if (rc || to || !more || n > most)
			return rc;
		looked = n;
		rc = read_on(r, &more, e);
	}
}

/* The next line without its end; *found is false at the end of the content. */
static int next_line(struct reader *r, struct str *line, bool *found, struct err *e)
{
	int rc = look_to(r, '\n', MAX_LINE, line, found, e);
	if (rc)
		return rc;
	if (line->n > MAX_LINE)
		return err_at_line(e, in_name(r->in), r->line + 1, "a line of more than %d bytes", MAX_LINE);
	r->at += line->n + *found;
	*found = *found || line->n;
	r->line += *found;
	return 0;
}

/* ---- lines ---- */

/* Take the last word off a line; empty where there is none. */
static struct str take_last(struct str *line)
{
	while (line->n && char_is_blank(line->p[line->n - 1]))
		line->n--;
	size_t end = line->n;
	while (line->n && !char_is_blank(line->p[line->n - 1]))
		line->n--;
	return (struct str){ line->p + line->n, end - line->n };
}

static size_t count_fields(struct str line)
{
	size_t n = 0;
	while (take_last(&line).n)
		n++;
	return n;
}

/* "N WIDTH" and nothing else. */
static bool is_header(struct str line, uint64_t *n, uint64_t *width)
{
	return count_fields(line) == 2 && num_parse_u64(take_last(&line), width) && num_parse_u64(take_last(&line), n);
}

/* ---- words ---- */

static void add_word(struct reader *r, struct str word)
{
	struct wordvectors *v = r->to;
	size_t n = v->words.n;
	r->n_read++;
	if (!utf8_is_text(word)) {
		v->n_unreadable++;
		return;
	}
	if (idmap_add(&v->words, word) != n) {
		v->n_repeated++;
		return;
	}
	if (n == r->capacity) {
		r->capacity = mem_grow(r->capacity, n + 1);
		v->vectors = mem_resize(v->vectors, n * v->width, r->capacity * v->width, sizeof *v->vectors);
	}
	memcpy(v->vectors + n * v->width, r->row, v->width * sizeof *r->row);
}

/* The numbers stand last, so a word may hold spaces, as some of GloVe's do; a number too many is no part of a word. */
static int add_line(struct reader *r, struct str line, struct err *e)
{
	const char *name = in_name(r->in);
	for (size_t c = r->to->width; c-- > 0;) {
		struct str text = take_last(&line);
		double x;
		if (!text.n || !line.n)
			return err_at_line(e, name, r->line, "%zu numbers behind the word, not %zu", r->to->width - 1 - c,
					   r->to->width);
		if (!num_parse_f64(text, &x) || !(fabs(x) <= 3e38))
			return err_at_line(e, name, r->line, "\"%.*s\" is not a number that a vector can hold",
					   (int)(text.n < 40 ? text.n : 40), text.p);
		r->row[c] = (float)x;
	}
	while (line.n && char_is_blank(line.p[line.n - 1]))
		line.n--;
	struct str rest = line, last = take_last(&rest);
	double number;
	if (!last.n)
		return err_at_line(e, name, r->line, "a blank where the word should be");
	if (rest.n && num_parse_f64(last, &number))
		return err_at_line(e, name, r->line, "more than %zu numbers behind the word", r->to->width);
	add_word(r, line);
	return 0;
}

static int read_lines(struct reader *r, size_t max_words, struct err *e)
{
	while (r->n_read < max_words) {
		struct str line;
		bool found;
		int rc = next_line(r, &line, &found, e);
		if (!rc && found)
			rc = add_line(r, line, e);
		if (rc || !found)
			return rc;
	}
	return 0;
}

/* ---- word2vec's binary form ---- */

/* At least n bytes behind `at`; *enough is false where the content ends before. */
static int have(struct reader *r, size_t n, bool *enough, struct err *e)
{
	bool more = true;
	int rc = 0;
	while (!rc && more && r->bytes.n - r->at < n)
		rc = read_on(r, &more, e);
	*enough = r->bytes.n - r->at >= n;
	return rc;
}

static int read_record(struct reader *r, bool *found, struct err *e)
{
	size_t n = r->to->width * sizeof(float);
	struct str word;
	bool enough;
	int rc = have(r, 1, found, e);
	if (!rc && *found && r->bytes.data[r->at] == '\n')
		r->at++;
	if (!rc)
		rc = have(r, 1, found, e);
	if (rc || !*found)
		return rc;
	bool spaced;
	rc = look_to(r, ' ', MAX_WORD, &word, &spaced, e);
	size_t word_n = word.n;
	if (!rc)
		rc = word.n <= MAX_WORD ? have(r, word_n + 1 + n, &enough, e) : 0;
	if (rc)
		return rc;
	if (!spaced || !word_n || word_n > MAX_WORD || !enough)
		return err_data(e, "%s: word %zu is %s", in_name(r->in), r->n_read + 1,
				!word_n ? "blank" : word_n > MAX_WORD ? "longer than 65536 bytes" : "cut short");
	memcpy(r->row, r->bytes.data + r->at + word_n + 1, n);
	for (size_t c = 0; c < r->to->width; c++)
		if (!isfinite(r->row[c]))
			return err_data(e, "%s: the vector of word %zu holds a value that is not finite", in_name(r->in), r->n_read + 1);
	add_word(r, (struct str){ r->bytes.data + r->at, word_n });
	r->at += word_n + 1 + n;
	return 0;
}

static int read_records(struct reader *r, size_t max_words, struct err *e)
{
	bool found = true;
	int rc = 0;
	while (!rc && found && r->n_read < max_words)
		rc = read_record(r, &found, e);
	return rc;
}

/* Text has only what numbers are made of between its first space and the end of its line. */
static int is_text(struct reader *r, bool *text, struct err *e)
{
	struct str start;
	bool found;
	int rc = look_to(r, '\n', CHUNK / 2, &start, &found, e);
	const char *space = rc ? NULL : memchr(start.p, ' ', start.n);
	*text = space;
	for (const char *p = space; p && p < start.p + start.n && *text; p++)
		*text = *p && strchr(" \t\r+-.0123456789eEnaifNAIFty", *p);
	return rc;
}

/* ---- the file ---- */

static int refuse_others(struct reader *r, struct err *e)
{
	static const struct { const char *magic; size_t n; const char *what; } others[] = {
		{ "\x93NUMPY", 6, "a NumPy array: use --encoder npy" },
		{ "\xba\x16\x4f\x2f", 4, "a fastText model: use the vectors that are published with it as .vec" },
		{ "PK\x03\x04", 4, "a zip archive: unpack it first" },
	};
	bool enough;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		int rc = have(r, others[i].n, &enough, e);
		if (rc)
			return rc;
		if (enough && !memcmp(r->bytes.data + r->at, others[i].magic, others[i].n))
			return err_data(e, "%s is %s", in_name(r->in), others[i].what);
	}
	return 0;
}

/* Settles width and promised from the first line, which is taken only where it is a header. */
static int read_header(struct reader *r, struct err *e)
{
	struct str line;
	bool found;
	uint64_t n, width;
	int rc = refuse_others(r, e);
	if (!rc)
		rc = look_to(r, '\n', MAX_LINE, &line, &found, e);
	if (rc)
		return rc;
	if (is_header(line, &n, &width)) {
		r->has_header = true;
		r->promised = n;
		r->at += line.n + found;
		r->line = 1;
	} else {
		size_t fields = count_fields(line);
		width = fields ? fields - 1 : 0;
	}
	if (width == 0 || width > MAX_WIDTH)
		return err_data(e, "%s: no word vectors: a first line of neither \"WORDS WIDTH\" nor a word and 1 to %d numbers",
				in_name(r->in), MAX_WIDTH);
	r->to->width = width;
	r->row = MEM_NEW(width, float);
	return 0;
}

/* One word more than promised is looked for, so that a header which promises too few is found out. */
static int read_words(struct reader *r, size_t max_words, struct err *e)
{
	size_t most = max_words ? max_words : SIZE_MAX;
	bool text = true, all = r->has_header && r->promised <= most;
	int rc = r->has_header ? is_text(r, &text, e) : 0;
	if (all && r->promised < SIZE_MAX)
		most = r->promised + 1;
	if (!rc)
		rc = text ? read_lines(r, most, e) : read_records(r, most, e);
	if (rc)
		return rc;
	if (r->has_header && (r->n_read < most ? r->n_read != r->promised : all))
		return err_data(e, "%s promises %llu words, but has %s", in_name(r->in), (unsigned long long)r->promised,
				r->n_read > r->promised ? "more" : "fewer");
	return r->to->words.n ? 0 : err_data(e, "%s holds no words", in_name(r->in));
}

int wordvectors_open(struct wordvectors *v, const char *path, size_t max_words, struct err *e)
{
	struct reader r = { .to = v };
	*v = (struct wordvectors){ .words = IDMAP_INIT };
	int rc = in_open(&r.in, path, e);
	if (rc)
		return rc;
	buf_reserve(&r.bytes, CHUNK);
	rc = read_header(&r, e);
	if (!rc)
		rc = read_words(&r, max_words, e);
	in_close(r.in);
	buf_release(&r.bytes);
	mem_free(r.row);
	return rc;
}

void wordvectors_close(struct wordvectors *v)
{
	idmap_release(&v->words);
	mem_free(v->vectors);
	*v = (struct wordvectors){ .words = IDMAP_INIT };
}

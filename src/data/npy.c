/* npy.c: see npy.h. */
#include "data/npy.h"
#include "base/numbers.h"
#include "linalg/quant.h"

#include <math.h>
#include <string.h>

/* ---- the header: a dict literal, read by a scanner of the few forms that NumPy writes ---- */

struct scan {
	const char *p, *end;
};

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && strchr(" \t\n\r", *s->p) && *s->p)
		s->p++;
}

/* Take character c, blanks before it. */
static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool take_text(struct scan *s, struct str *out)
{
	skip_blanks(s);
	char quote = s->p < s->end ? *s->p : 0;
	if (quote != '\'' && quote != '"')
		return false;
	const char *from = s->p + 1, *to = memchr(from, quote, (size_t)(s->end - from));
	if (!to)
		return false;
	*out = (struct str){ from, (size_t)(to - from) };
	s->p = to + 1;
	return true;
}

/* A run of letters and digits. */
static struct str take_word(struct scan *s)
{
	skip_blanks(s);
	const char *from = s->p;
	while (s->p < s->end && ((*s->p >= '0' && *s->p <= '9') || (*s->p >= 'A' && *s->p <= 'z')))
		s->p++;
	return (struct str){ from, (size_t)(s->p - from) };
}

enum { MAX_DIMS = 32 };
struct header {
	struct str type;    /* "<f4"; NULL: it is no text, so a structure */
	struct str order;   /* "True" or "False" */
	uint64_t dim[MAX_DIMS];
	size_t n_dims;
	unsigned seen;      /* a bit a key */
};

static bool take_shape(struct scan *s, struct header *h)
{
	if (!take(s, '('))
		return false;
	while (!take(s, ')')) {
		if (h->n_dims == MAX_DIMS || !num_parse_u64(take_word(s), &h->dim[h->n_dims]))
			return false;
		h->n_dims++;
		if (!take(s, ',') && !(s->p < s->end && *s->p == ')'))
			return false;
	}
	return true;
}

/* A structure is a list of fields: only that it is one matters. */
static bool take_type(struct scan *s, struct header *h)
{
	if (take_text(s, &h->type))
		return true;
	const char *close = take(s, '[') ? memchr(s->p, ']', (size_t)(s->end - s->p)) : NULL;
	s->p = close ? close + 1 : s->p;
	return close;
}

static bool take_entry(struct scan *s, struct header *h)
{
	struct str key;
	if (!take_text(s, &key) || !take(s, ':'))
		return false;
	unsigned bit = str_eq(key, STR("descr")) ? 1 : str_eq(key, STR("fortran_order")) ? 2 : str_eq(key, STR("shape")) ? 4 : 0;
	bool again = h->seen & bit;
	h->seen |= bit;
	switch (again ? 0 : bit) {
	case 1: return take_type(s, h);
	case 2: h->order = take_word(s); return true;
	case 4: return take_shape(s, h);
	default: return false;
	}
}

static bool parse_header(struct str text, struct header *h)
{
	struct scan s = { text.p, text.p + text.n };
	*h = (struct header){ .n_dims = 0 };
	if (!take(&s, '{'))
		return false;
	while (!take(&s, '}'))
		if (!take_entry(&s, h) || (!take(&s, ',') && !(s.p < s.end && *s.p == '}')))
			return false;
	skip_blanks(&s);
	return s.p == s.end && h->seen == 7;
}

/* ---- what is supported ---- */

static int check_type(struct npy *a, const struct header *h, const char *path, struct err *e)
{
	static const struct { struct str type; size_t size; } known[] = { { STR("<f2"), 2 }, { STR("<f4"), 4 }, { STR("<f8"), 8 } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq(h->type, known[i].type))
			a->size = known[i].size;
	if (a->size)
		return 0;
	if (!h->type.p)
		return err_data(e, "%s: an array of structures; <f2, <f4 and <f8 are supported", path);
	return err_data(e, "%s: %s \"%.*s\"; <f2, <f4 and <f8 are supported", path,
			h->type.n && h->type.p[0] == '>' ? "big-endian numbers" : "elements of type", (int)h->type.n, h->type.p);
}

static int check_shape(struct npy *a, const struct header *h, size_t n_bytes, const char *path, struct err *e)
{
	if (h->n_dims != 2)
		return err_data(e, "%s: an array of %zu dimension%s, not of 2: a row a vector", path, h->n_dims,
				h->n_dims == 1 ? "" : "s");
	if (!str_eq(h->order, STR("False")))
		return err_data(e, "%s: in Fortran order; save it by np.ascontiguousarray", path);
	size_t need;
	if (h->dim[1] == 0 || h->dim[1] > 65536)
		return err_data(e, "%s: vectors of %llu numbers; 1 to 65536 are supported", path, (unsigned long long)h->dim[1]);
	if (__builtin_mul_overflow(h->dim[0], h->dim[1] * a->size, &need) || need != n_bytes)
		return err_data(e, "%s: a shape of %llu x %llu, but %zu bytes of numbers", path, (unsigned long long)h->dim[0],
				(unsigned long long)h->dim[1], n_bytes);
	a->n = h->dim[0];
	a->width = h->dim[1];
	return 0;
}

/* The header's text and what lies behind it; false where the bytes are not the start of such a file. */
static bool split(const struct blob *b, struct str *header, struct str *numbers)
{
	if (b->n < 10 || memcmp(b->data, "\x93NUMPY", 6) || b->data[6] < 1 || b->data[6] > 3)
		return false;
	size_t n_length = b->data[6] == 1 ? 2 : 4, n = 0, from = 8 + n_length;
	for (size_t i = 0; i < n_length && from <= b->n; i++)
		n |= (size_t)b->data[8 + i] << 8 * i;
	if (from > b->n || n > b->n - from)
		return false;
	*header = (struct str){ (const char *)b->data + from, n };
	*numbers = (struct str){ header->p + n, b->n - from - n };
	return true;
}

int npy_open(struct npy *a, const char *path, struct err *e)
{
	struct str text, numbers;
	struct header h;
	*a = (struct npy){ .n = 0 };
	int rc = blob_open(&a->blob, path, e);
	if (rc)
		return rc;
	if (!split(&a->blob, &text, &numbers) || !parse_header(text, &h))
		return err_data(e, "%s is not a NumPy array file (.npy) of version 1 to 3, or its header is broken", path);
	a->data = (const unsigned char *)numbers.p;
	rc = check_type(a, &h, path, e);
	return rc ? rc : check_shape(a, &h, numbers.n, path, e);
}

void npy_close(struct npy *a)
{
	blob_close(&a->blob);
	*a = (struct npy){ .n = 0 };
}

struct str npy_bytes(const struct npy *a, size_t row)
{
	size_t n = a->width * a->size;
	return (struct str){ (const char *)a->data + row * n, n };
}

static float number_at(const char *p, size_t size)
{
	uint16_t half;
	float single;
	double wide;
	switch (size) {
	case 2: memcpy(&half, p, size); return f32_of_f16(half);
	case 4: memcpy(&single, p, size); return single;
	default: memcpy(&wide, p, size); return fabs(wide) <= (double)3.402823466e38f ? (float)wide : INFINITY;
	}
}

bool npy_widen(const struct npy *a, struct str bytes, float *out)
{
	bool finite = true;
	for (size_t i = 0; i < a->width; i++) {
		out[i] = number_at(bytes.p + i * a->size, a->size);
		finite &= isfinite(out[i]) != 0;
	}
	return finite;
}

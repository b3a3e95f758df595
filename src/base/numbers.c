/* numbers.c: see numbers.h.
 *
 * Most numbers in rating files have under 16 digits and a small exponent; for those the product of two exactly
 * representable doubles is correctly rounded (Clinger, "How to read floating point numbers accurately", 1990), and
 * strtod is not called. */
#include "base/numbers.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double powers_of_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
					1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The slow, exact way for long mantissas and large exponents; s is known to be a decimal number. */
static bool parse_by_strtod(struct str s, double *out)
{
	char small[128], *copy = small;
	if (s.n >= sizeof small)
		copy = mem_alloc(s.n + 1, 1);
	memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	double x = strtod(copy, NULL); /* the C locale: no command calls setlocale for LC_NUMERIC */
	if (copy != small)
		mem_free(copy);
	if (!isfinite(x))
		return false;
	*out = x;
	return true;
}

/* Up to 15 digits and nothing else: most ids, times and ratings. */
static bool parse_digits(struct str s, double *out)
{
	uint64_t x = 0;
	size_t i = 0;
	for (; i < s.n && is_digit(s.p[i]); i++)
		x = x * 10 + (uint64_t)(s.p[i] - '0');
	if (i < s.n || !i)
		return false;
	*out = (double)x;
	return true;
}

bool num_parse_f64(struct str s, double *out)
{
	if (s.n <= 15 && parse_digits(s, out))
		return true;
	const char *p = s.p, *end = s.p + s.n;
	bool negative = false;
	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	uint64_t mantissa = 0;
	size_t n_digits = 0, n_significant = 0;
	int64_t exponent = 0;
	for (; p < end && is_digit(*p); p++, n_digits++) {
		n_significant += n_significant || *p != '0';
		if (n_significant <= 18)
			mantissa = mantissa * 10 + (uint64_t)(*p - '0');
	}
	if (p < end && *p == '.') {
		for (p++; p < end && is_digit(*p); p++, n_digits++) {
			n_significant += n_significant || *p != '0';
			if (n_significant <= 18)
				mantissa = mantissa * 10 + (uint64_t)(*p - '0');
			exponent--;
		}
	}
	if (n_digits == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		bool down = false;
		if (p < end && (*p == '-' || *p == '+'))
			down = *p++ == '-';
		if (p == end)
			return false;
		int64_t e = 0;
		for (; p < end && is_digit(*p); p++)
			if (e < 100000)
				e = e * 10 + (*p - '0');
		exponent += down ? -e : e;
	}
	if (p != end)
		return false;
	if (n_significant > 15 || exponent < -22 || exponent > 22)
		return parse_by_strtod(s, out);
	double x = (double)mantissa;
	x = exponent < 0 ? x / powers_of_ten[-exponent] : x * powers_of_ten[exponent];
	*out = negative ? -x : x;
	return true;
}

bool num_parse_u64(struct str s, uint64_t *out)
{
	uint64_t x = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		if (__builtin_mul_overflow(x, 10u, &x) || __builtin_add_overflow(x, (uint64_t)(s.p[i] - '0'), &x))
			return false;
	}
	*out = x;
	return true;
}

bool num_parse_i64(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	size_t skip = s.n && (s.p[0] == '-' || s.p[0] == '+');
	uint64_t x;
	if (!num_parse_u64((struct str){ s.p + skip, s.n - skip }, &x))
		return false;
	if (x > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - x) : (int64_t)x;
	return true;
}

/* Tries ever more digits until the text reads back as x. */
static size_t format_shortest(char out[NUM_MAX], double x, int from, int to, bool single)
{
	if (isnan(x))
		return (size_t)snprintf(out, NUM_MAX, "nan");
	int n = 0;
	for (int digits = from; digits <= to; digits++) {
		n = snprintf(out, NUM_MAX, "%.*g", digits, x);
		if (single ? strtof(out, NULL) == (float)x : strtod(out, NULL) == x)
			break;
	}
	return (size_t)n;
}

/* m / 10^k in decimal, without zeros at its end. */
static size_t put_decimal(char *out, uint64_t m, int k, bool negative)
{
	char text[NUM_MAX], *p = text + sizeof text;
	for (; k > 0 && m % 10 == 0; k--)
		m /= 10;
	for (int digit = 0; m || digit <= k; digit++, m /= 10) {
		if (digit == k && digit)
			*--p = '.';
		*--p = (char)('0' + m % 10);
	}
	if (negative)
		*--p = '-';
	size_t n = (size_t)(text + sizeof text - p);
	memcpy(out, p, n);
	out[n] = 0;
	return n;
}

/* What format_shortest gives for a float of ordinary size, ten times as fast: decimals of 6 to 9 digits by arithmetic
 * on doubles, which holds them exactly. 0 where a rounding is too close to call. */
static size_t format_ordinary(char out[NUM_MAX], float x)
{
	double a = fabs((double)x);
	int exponent = -4;
	if (!(a >= 1e-4 && a < 1e6))
		return 0;
	while (exponent < 5 && a >= (exponent < -1 ? 1 / powers_of_ten[-exponent - 1] : powers_of_ten[exponent + 1]))
		exponent++;
	for (int digits = 6; digits <= 9; digits++) {
		int k = digits - 1 - exponent;
		double scaled = a * powers_of_ten[k], whole = floor(scaled);
		if (fabs(scaled - whole - 0.5) < 1e-3)
			return 0;
		uint64_t m = (uint64_t)whole + (scaled - whole > 0.5), bits;
		double back = (double)m / powers_of_ten[k];
		memcpy(&bits, &back, sizeof bits);
		if ((bits & 0x1fffffff) == 0x10000000) /* half-way between two floats */
			return 0;
		if ((float)back == (float)a)
			return put_decimal(out, m, k, x < 0);
	}
	return 0;
}

size_t num_format_f32(char out[NUM_MAX], float x)
{
	size_t n = format_ordinary(out, x);
	return n ? n : format_shortest(out, (double)x, 6, 9, true);
}

size_t num_format_f64(char out[NUM_MAX], double x)
{
	return format_shortest(out, x, 15, 17, false);
}

void num_put_f32(struct buf *b, float x)
{
	char text[NUM_MAX];
	buf_add(b, text, num_format_f32(text, x));
}

void num_put_f64(struct buf *b, double x)
{
	char text[NUM_MAX];
	buf_add(b, text, num_format_f64(text, x));
}

void num_put_u64(struct buf *b, uint64_t x)
{
	char text[NUM_MAX], *p = text + sizeof text;
	do
		*--p = (char)('0' + x % 10);
	while (x /= 10);
	buf_add(b, p, (size_t)(text + sizeof text - p));
}

void num_put_i64(struct buf *b, int64_t x)
{
	if (x < 0)
		buf_putc(b, '-');
	num_put_u64(b, x < 0 ? 0 - (uint64_t)x : (uint64_t)x);
}

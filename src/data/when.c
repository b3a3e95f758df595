/* when.c: see when.h. */
#include "data/when.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>
#include <time.h>

int when_format_parse(const char *text, struct when_format *f, struct err *e)
{
	static const char *const names[] = { "auto", "unix", "unix-ms", "iso" };
	for (int i = 0; i < 4; i++)
		if (!strcmp(text, names[i])) {
			*f = (struct when_format){ (enum when_kind)i, NULL };
			return 0;
		}
	*f = (struct when_format){ WHEN_PATTERN, text };
	return strchr(text, '%') ? 0 : err_usage(e, "a time format is auto, unix, unix-ms, iso or a pattern like %%Y-%%m-%%d, "
						    "not \"%s\"", text);
}

/* Days since 1970-01-01 of a date in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool is_date(int64_t y, int m, int d)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m >= 1 && m <= 12 && d >= 1 && d <= length[m - 1] + (m == 2 && leap);
}

/* Exactly n digits at *p, which moves on. */
static bool digits(const char **p, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool take(const char **p, char c)
{
	bool there = **p == c;
	*p += there;
	return there;
}

/* ".979311" */
static double fraction(const char **p)
{
	double value = 0, unit = 1;
	if (**p != '.' && **p != ',')
		return 0;
	for (++*p; **p >= '0' && **p <= '9'; ++*p) {
		value = value * 10 + (**p - '0');
		unit *= 10;
	}
	return value / unit;
}

/* Z, +hh, +hhmm, +hh:mm or nothing, in seconds east. */
static bool zone(const char **p, int *east)
{
	int sign = **p == '-' ? -1 : 1, h, m = 0;
	*east = 0;
	if (!**p)
		return true;
	if (**p == 'Z' || **p == 'z')
		return ++*p, true;
	if (**p != '+' && **p != '-')
		return false;
	++*p;
	if (!digits(p, 2, &h))
		return false;
	*p += **p == ':';
	if (**p && !digits(p, 2, &m))
		return false;
	*east = sign * (h * 3600 + m * 60);
	return h < 24 && m < 60;
}

static bool parse_iso(struct str text, double *seconds)
{
	const char *p = text.p;
	int y, mon, d, h = 0, min = 0, s = 0, east = 0;
	double part = 0;
	if (!digits(&p, 4, &y) || !take(&p, '-') || !digits(&p, 2, &mon) || !take(&p, '-') || !digits(&p, 2, &d))
		return false;
	if (*p == 'T' || *p == 't' || *p == ' ') {
		p++;
		if (!digits(&p, 2, &h) || !take(&p, ':') || !digits(&p, 2, &min))
			return false;
		if (*p == ':') {
			p++;
			if (!digits(&p, 2, &s))
				return false;
			part = fraction(&p);
		}
		if (!zone(&p, &east))
			return false;
	}
	if (p != text.p + text.n || !is_date(y, mon, d) || h > 23 || min > 59 || s > 60)
		return false;
	*seconds = (double)(days_of(y, mon, d) * 86400 + h * 3600 + min * 60 + s - east) + part;
	return true;
}

static bool parse_pattern(const char *pattern, struct str text, double *seconds)
{
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };
	const char *end = strptime(text.p, pattern, &tm);
	if (!end || end != text.p + text.n || !is_date(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday))
		return false;
	*seconds = (double)(days_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
			    tm.tm_min * 60 + tm.tm_sec - tm.tm_gmtoff);
	return true;
}

bool when_parse(const struct when_format *f, struct str text, double *seconds)
{
	switch (f->kind) {
	case WHEN_AUTO: return num_parse_f64(text, seconds) || parse_iso(text, seconds);
	case WHEN_UNIX: return num_parse_f64(text, seconds);
	case WHEN_UNIX_MS:
		if (!num_parse_f64(text, seconds))
			return false;
		*seconds /= 1000;
		return true;
	case WHEN_ISO: return parse_iso(text, seconds);
	default: return parse_pattern(f->pattern, text, seconds);
	}
}

void when_put(double seconds, struct buf *out)
{
	struct tm tm;
	time_t t = (time_t)floor(seconds);
	char text[64];
	if (!(fabs(seconds) < 1e15) || !gmtime_r(&t, &tm))
		return;
	buf_add(out, text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm));
}

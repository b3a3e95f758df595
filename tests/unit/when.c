/* Times as people and machines write them: to seconds since 1970 UTC, and back. */
#include "data/when.h"
#include "unit.h"

static double parse(const char *format, const char *text, bool *ok)
{
	struct when_format f;
	struct err e;
	double s = -1;
	assert_code(when_format_parse(format, &f, &e), 0, &e);
	*ok = when_parse(&f, str_of(text), &s);
	return s;
}

static void test_good_times(void **state)
{
	(void)state;
	static const struct { const char *format, *text; double seconds; } good[] = {
		{ "auto", "881250949", 881250949 }, { "auto", "881250949.5", 881250949.5 },
		{ "auto", "2019-11-24 00:01:03.979311+00:00", 1574553663.979311 }, { "iso", "1970-01-01", 0 },
		{ "iso", "1969-12-31T23:59:59Z", -1 }, { "iso", "2000-02-29T12:00", 951825600 },
		{ "iso", "2024-01-01T00:00:00+09:00", 1704034800 }, { "iso", "2024-01-01T00:00:00-0330", 1704079800 },
		{ "iso", "2024-01-01 00:00:00,25", 1704067200.25 }, { "iso", "2016-12-31T23:59:60Z", 1483228800 },
		{ "unix-ms", "1500", 1.5 }, { "unix", "-1", -1 },
		{ "%m/%d/%Y %I:%M:%S %p", "11/12/2019 2:14:46 PM", 1573568086 }, { "%m %d, %Y", "09 13, 2009", 1252800000 },
		{ "%Y-%m-%dT%H:%M:%S%z", "2024-01-01T00:00:00+0900", 1704034800 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		bool ok;
		double s = parse(good[i].format, good[i].text, &ok);
		if (!ok || s != good[i].seconds)
			fail_msg("%s \"%s\" gave %d %.9f", good[i].format, good[i].text, ok, s);
	}
}

static void test_what_is_no_time(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{ "auto", "" }, { "auto", "yesterday" }, { "iso", "2023-02-29" }, { "iso", "2024-13-01" }, { "iso", "2024-01-01T" },
		{ "iso", "2024-01-01T24:00" }, { "iso", "2024-01-01T00:00:00+1" }, { "iso", "2024-01-01T00:00Zulu" },
		{ "iso", "24-01-01" }, { "iso", "881250949" }, { "unix", "2024-01-01" }, { "unix-ms", "x" },
		{ "%Y-%m-%d", "2024-02-31" }, { "%Y-%m-%d", "2024-02-01 " }, { "%Y", "later" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		bool ok;
		parse(bad[i][0], bad[i][1], &ok);
		if (ok)
			fail_msg("%s \"%s\" was taken", bad[i][0], bad[i][1]);
	}
}

static void test_a_format_must_be_one(void **state)
{
	(void)state;
	struct when_format f;
	struct err e;
	assert_code(when_format_parse("seconds", &f, &e), ERR_USAGE, &e);
	assert_says(&e, "seconds");
}

static void test_times_are_written_in_utc(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	when_put(874724710.9, &b);
	assert_string_equal(buf_text(&b), "1997-09-20T03:05:10Z");
	buf_clear(&b);
	when_put(-0.5, &b);
	assert_string_equal(buf_text(&b), "1969-12-31T23:59:59Z");
	buf_clear(&b);
	when_put(1e300, &b);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_times),
		cmocka_unit_test(test_what_is_no_time),
		cmocka_unit_test(test_a_format_must_be_one),
		cmocka_unit_test(test_times_are_written_in_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Numbers: strict text to number, and the shortest text back. */
#include "base/numbers.h"
#include "unit.h"

#include <math.h>

static void test_f64_takes_plain_decimals_only(void **state)
{
	(void)state;
	static const struct { const char *text; double value; } good[] = {
		{ "0", 0 }, { "-0.5", -0.5 }, { "+3", 3 }, { "1e3", 1000 }, { ".5", 0.5 }, { "5.", 5 },
		{ "1.7976931348623157e308", 1.7976931348623157e308 }, { "4.9e-324", 4.9e-324 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		double x = 99;
		if (!num_parse_f64(str_of(good[i].text), &x) || x != good[i].value)
			fail_msg("\"%s\" gave %g", good[i].text, x);
	}
	static const char *const bad[] = { "", " 1", "1 ", "nan", "inf", "-inf", "0x10", "1e", "1e999", "--1", "1,5", "." };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		double x = 99;
		if (num_parse_f64(str_of(bad[i]), &x) || x != 99)
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void test_parsing_reads_exactly_n_bytes(void **state)
{
	(void)state;
	double x;
	assert_true(num_parse_f64((struct str){ "1234", 2 }, &x));
	assert_true(x == 12);
	assert_false(num_parse_f64((struct str){ "1\0002", 3 }, &x));
}

static void test_whole_numbers_at_their_limits(void **state)
{
	(void)state;
	int64_t i = 0;
	uint64_t u = 0;
	assert_true(num_parse_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
	assert_true(num_parse_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
	assert_false(num_parse_i64(STR("9223372036854775808"), &i));
	assert_true(num_parse_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_false(num_parse_u64(STR("18446744073709551616"), &u));
	assert_false(num_parse_u64(STR("-1"), &u));
	assert_false(num_parse_u64(STR(""), &u));
	assert_false(num_parse_u64(STR("1.0"), &u));
}

static void test_shortest_text_reads_back(void **state)
{
	(void)state;
	static const struct { float value; const char *text; } f32[] = {
		{ 0.1f, "0.1" }, { 3.5f, "3.5" }, { 1, "1" }, { -0.25f, "-0.25" },
	};
	char text[NUM_MAX];
	for (size_t i = 0; i < sizeof f32 / sizeof *f32; i++) {
		assert_int_equal(num_format_f32(text, f32[i].value), strlen(f32[i].text));
		assert_string_equal(text, f32[i].text);
	}
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
		double x, y = 0;
		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			continue;
		size_t n = num_format_f64(text, x);
		assert_true(num_parse_f64((struct str){ text, n }, &y));
		assert_memory_equal(&x, &y, sizeof x);
	}
	num_format_f64(text, NAN);
	assert_string_equal(text, "nan");
	num_format_f64(text, -INFINITY);
	assert_string_equal(text, "-inf");
}

/* The fast way for ordinary floats against the plain one. */
static void test_floats_as_printf_has_them(void **state)
{
	(void)state;
	uint64_t bits = 42;
	for (int i = 0; i < 300000; i++) {
		bits = bits * 6364136223846793005u + 1442695040888963407u;
		float x = (float)((double)(int64_t)bits / 9.3e18) * (i % 3 == 0 ? 6.0f : i % 3 == 1 ? 2e6f : 1e-3f);
		if (i % 7 == 0)
			x = (float)(int64_t)(x * 64) / 64;
		if (i % 11 == 0)
			x = (float)((double)(int64_t)(x * 1000) / 1000);
		char text[NUM_MAX], plain[NUM_MAX];
		int n = 0;
		for (int digits = 6; digits <= 9; digits++) {
			n = snprintf(plain, sizeof plain, "%.*g", digits, (double)x);
			if (strtof(plain, NULL) == x)
				break;
		}
		if (num_format_f32(text, x) != (size_t)n || strcmp(text, plain))
			fail_msg("%.9g: \"%s\" where printf has \"%s\"", (double)x, text, plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_f64_takes_plain_decimals_only),
		cmocka_unit_test(test_parsing_reads_exactly_n_bytes),
		cmocka_unit_test(test_whole_numbers_at_their_limits),
		cmocka_unit_test(test_shortest_text_reads_back),
		cmocka_unit_test(test_floats_as_printf_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

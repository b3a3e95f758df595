/* The report: four formats of the same rows, and the gates on them. */
#include "metric/report.h"
#include "unit.h"

#include <math.h>

static struct report example(void)
{
	struct report r = REPORT_INIT;
	report_count(&r, "pairs", "all", 120);
	report_count(&r, "pairs", "cold-users", 0);
	report_add(&r, "rmse", "all", 0.9312499999999999);
	report_add(&r, "rmse", "cold-users", NAN);
	report_add(&r, "hit@10", "all", 1);
	return r;
}

static void assert_written(const struct report *r, enum report_format format, const char *expected)
{
	struct buf b = BUF_INIT;
	report_write(r, format, &b);
	assert_string_equal(buf_text(&b), expected);
	buf_release(&b);
}

static void test_formats(void **state)
{
	(void)state;
	struct report r = example();
	assert_written(&r, REPORT_TSV, "pairs\tall\t120\npairs\tcold-users\t0\nrmse\tall\t0.9312499999999999\n"
				       "rmse\tcold-users\tnan\nhit@10\tall\t1\n");
	assert_written(&r, REPORT_CSV, "metric,scope,value\npairs,all,120\npairs,cold-users,0\n"
				       "rmse,all,0.9312499999999999\nrmse,cold-users,nan\nhit@10,all,1\n");
	assert_written(&r, REPORT_JSON, "{\"format\": \"recpipe.report\", \"format_version\": \"1.0\", \"metrics\": {\n"
					"  \"pairs\": {\"all\": 120, \"cold-users\": 0},\n"
					"  \"rmse\": {\"all\": 0.9312499999999999, \"cold-users\": null},\n"
					"  \"hit@10\": {\"all\": 1}\n}}\n");
	assert_written(&r, REPORT_TABLE, "           all  cold-users\n"
					 "pairs      120           0\n"
					 "rmse    0.9312           -\n"
					 "hit@10  1.0000\n");
	report_release(&r);
}

static void test_intervals(void **state)
{
	(void)state;
	struct report r = REPORT_INIT;
	struct report_row *row = report_add(&r, "rmse", "all", 0.5);
	row->low = 0.25;
	row->high = 0.75;
	report_count(&r, "users", "all", 3);
	r.intervals = true;
	assert_written(&r, REPORT_TSV, "rmse\tall\t0.5\t0.25\t0.75\nusers\tall\t3\tnan\tnan\n");
	assert_written(&r, REPORT_CSV, "metric,scope,value,low,high\nrmse,all,0.5,0.25,0.75\nusers,all,3,nan,nan\n");
	assert_written(&r, REPORT_JSON, "{\"format\": \"recpipe.report\", \"format_version\": \"1.0\", \"metrics\": {\n"
					"  \"rmse\": {\"all\": {\"value\": 0.5, \"low\": 0.25, \"high\": 0.75}},\n"
					"  \"users\": {\"all\": 3}\n}}\n");
	assert_written(&r, REPORT_TABLE, "                           all\n"
					 "rmse   0.5000 [0.2500, 0.7500]\n"
					 "users                        3\n");
	report_release(&r);
}

static int check(const struct report *r, const char *text, struct err *e)
{
	struct gate g;
	int rc = gate_parse(&g, text, e);
	return rc ? rc : gates_check(&g, 1, r, e);
}

static void test_gates(void **state)
{
	(void)state;
	struct report r = example();
	struct err e = { 0 };
	static const char *const passes[] = { "rmse>0.94", "rmse<0.9", "rmse/all>=0.94", "pairs<=119",
					      "pairs/cold-users>0" };
	for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
		assert_code(check(&r, passes[i], &e), 0, &e);
	static const char *const fails[] = { "rmse>0.93", "rmse<0.94", "hit@10>=1", "pairs<=120", "rmse/cold-users>9" };
	for (size_t i = 0; i < sizeof fails / sizeof *fails; i++)
		assert_code(check(&r, fails[i], &e), ERR_GATE, &e);
	assert_string_equal(e.message, "rmse/cold-users is nan, which fails rmse/cold-users>9");
	struct gate two[2];
	assert_code(gate_parse(&two[0], "rmse>0.93", &e), 0, &e);
	assert_code(gate_parse(&two[1], "pairs<1e3", &e), 0, &e);
	assert_code(gates_check(two, 2, &r, &e), ERR_GATE, &e);
	assert_string_equal(e.message, "rmse/all is 0.9312499999999999, which fails rmse>0.93; "
				       "pairs/all is 120, which fails pairs<1e3");
	report_release(&r);
}

static void test_gates_that_mean_nothing(void **state)
{
	(void)state;
	struct report r = example();
	struct err e = { 0 };
	static const char *const bad[] = { "", "rmse", "rmse>", ">1", "rmse>x", "rmse=1", "rmse/>1", "rmse>1>2" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(check(&r, bad[i], &e), ERR_USAGE, &e);
	assert_code(check(&r, "mae>1", &e), ERR_USAGE, &e);
	assert_says(&e, "no mae/all");
	report_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_gates_that_mean_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* JSON lines as rows: columns, values, bad lines. */
#include "base/mem.h"
#include "io/jsonl.h"
#include "unit.h"

static struct jsonl *open_text(const char *text, struct strings *want, int code, struct err *e)
{
	const struct jsonl_format format = { want, "|", false };
	struct jsonl *j = NULL;
	struct in *in;
	put_text("in.json", text);
	assert_code(in_open(&in, "in.json", e), 0, e);
	assert_code(jsonl_open_stream(&j, in, &format, e), code, e);
	return j;
}

static void assert_row(struct jsonl *j, const char *expected)
{
	struct csv_row row;
	struct err e;
	struct buf b = BUF_INIT;
	assert_code(jsonl_next(j, &row, &e), 1, &e);
	for (size_t i = 0; i < row.n; i++)
		buf_printf(&b, "%s%s", i ? ";" : "", row.field[i].p);
	assert_string_equal(buf_text(&b), expected);
	buf_release(&b);
}

static void test_values_become_text(void **state)
{
	(void)state;
	struct err e;
	struct csv_row row;
	const char *names[] = { "o.k", "o.deep.x", "s" };
	struct strings want = { names, 3 };
	struct jsonl *j = open_text("\xef\xbb\xbf{\"s\":\"a\\nb\",\"n\":5.0,\"b\":true,\"a\":[1,\"x\",[2,{}]],\"z\":null}\r\n\r\n"
				    "{\"o\":{\"k\":-0.25,\"deep\":{\"x\":12345678901}},\"b\":false,\"a.b\":1}", &want, 0, &e);
	size_t n;
	const struct str *header = jsonl_header(j, &n);
	assert_int_equal(n, 9);
	assert_string_equal(header[0].p, "s");
	assert_string_equal(header[8].p, "o.deep.x");
	assert_row(j, "a\nb;5;yes;1|x|[2,{}];;;;;");
	assert_row(j, ";;no;;;{\"k\":-0.25,\"deep\":{\"x\":12345678901}};1;-0.25;12345678901");
	assert_code(jsonl_next(j, &row, &e), 0, &e);
	assert_int_equal(jsonl_left_out(j), 0);
	jsonl_close(j);
}

static void test_a_bad_line_can_be_left_out(void **state)
{
	(void)state;
	struct err e;
	struct csv_row row;
	struct jsonl *j = open_text("{\"a\":1}\n{\"a\":\n[1]\n{\"a\":1,\"a\":2}\n{\"a\":2}\n", NULL, 0, &e);
	assert_row(j, "1");
	for (size_t line = 2; line <= 4; line++) {
		char at[32];
		snprintf(at, sizeof at, "in.json:%zu: ", line);
		assert_code(jsonl_next(j, &row, &e), ERR_DATA, &e);
		assert_says(&e, at);
		assert_int_equal(row.n, 1);
		assert_int_equal(row.line, line);
	}
	assert_row(j, "2");
	jsonl_close(j);
}

static void test_keys_that_come_late_are_counted(void **state)
{
	(void)state;
	struct err e;
	struct buf text = BUF_INIT;
	struct csv_row row;
	for (int i = 0; i < JSONL_LOOK; i++)
		buf_puts(&text, "{\"a\":1}\n");
	buf_puts(&text, "{\"a\":2,\"late\":3}\n");
	struct jsonl *j = open_text(buf_text(&text), NULL, 0, &e);
	int n = 0, got;
	while ((got = jsonl_next(j, &row, &e)) > 0)
		n += row.n == 1;
	assert_int_equal(got, 0);
	assert_int_equal(n, JSONL_LOOK + 1);
	assert_int_equal(jsonl_left_out(j), 1);
	jsonl_close(j);
	buf_release(&text);
}

static void test_an_empty_file_is_bad_data(void **state)
{
	(void)state;
	struct err e;
	assert_null(open_text("\n \n", NULL, ERR_DATA, &e));
	assert_says(&e, "in.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_become_text),
		cmocka_unit_test(test_a_bad_line_can_be_left_out),
		cmocka_unit_test(test_keys_that_come_late_are_counted),
		cmocka_unit_test(test_an_empty_file_is_bad_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

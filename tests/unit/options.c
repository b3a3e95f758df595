/* Option tables: strict values, ranges, defaults, help, and parts named by a specification. */
#include "base/options.h"
#include "base/mem.h"
#include "model/model.h"
#include "unit.h"

struct settings {
	bool fast;
	const char *name;
	struct strings tags;
	size_t k;
	int64_t shift;
	double rate;
	int solver;
};

static const struct opt table[] = {
	{ .name = "fast", .letter = 'f', .type = OPT_FLAG, .offset = offsetof(struct settings, fast), .help = "be fast" },
	{ .name = "name", .type = OPT_STRING, .offset = offsetof(struct settings, name), .value = "TEXT",
	  .help = "a name" },
	{ .name = "tag", .type = OPT_STRINGS, .offset = offsetof(struct settings, tags), .value = "TEXT", .help = "a tag" },
	{ .name = "k", .letter = 'k', .type = OPT_SIZE, .offset = offsetof(struct settings, k), .value = "N",
	  .preset = "10", .min = 1, .max = 100, .help = "how many" },
	{ .name = "shift", .type = OPT_INT, .offset = offsetof(struct settings, shift), .value = "N", .preset = "-3",
	  .help = "a whole number" },
	{ .name = "rate", .type = OPT_REAL, .offset = offsetof(struct settings, rate), .value = "X", .preset = "0.1",
	  .min = 0, .max = 1, .above_min = true, .when = "solver!=als", .help = "a rate" },
	{ .name = "solver", .type = OPT_CHOICE, .offset = offsetof(struct settings, solver), .choices = "als|sgd",
	  .preset = "als", .help = "how" },
};
enum { N_TABLE = sizeof table / sizeof *table };

static int parse(struct settings *s, bool *given, const char *const *args, struct strings *operands, struct err *e)
{
	static char *argv[20]; /* operands point into it */
	argv[0] = (char *)"test";
	int argc = 1;
	for (memset(argv + 1, 0, sizeof argv - sizeof *argv); args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	struct opt_group g = { "Options", table, N_TABLE, s, given };
	options_defaults(&g);
	return options_parse(&g, 1, argc, argv, operands, e);
}

static void release(struct settings *s)
{
	options_release(&(struct opt_group){ "", table, N_TABLE, s, NULL });
}

static void test_defaults_and_values(void **state)
{
	(void)state;
	struct settings s;
	struct strings operands;
	struct err e = { 0 };
	bool given[N_TABLE];
	assert_code(parse(&s, given, (const char *const[]){ "a.csv", NULL }, &operands, &e), 0, &e);
	assert_true(!s.fast && !s.name && !s.tags.n && s.k == 10 && s.shift == -3 && s.rate == 0.1 && s.solver == 0);
	assert_int_equal(operands.n, 1);
	for (int i = 0; i < N_TABLE; i++)
		assert_false(given[i]);
	const char *const args[] = { "-fk7", "x", "--rate=1", "--tag", "p", "--solver", "sgd", "--tag=q", "--", "-y", NULL };
	assert_code(parse(&s, given, args, &operands, &e), 0, &e);
	assert_true(s.fast && s.k == 7 && s.rate == 1 && s.solver == 1 && given[3] && !given[4]);
	assert_int_equal(s.tags.n, 2);
	assert_string_equal(s.tags.v[1], "q");
	assert_int_equal(operands.n, 2);
	assert_string_equal(operands.v[1], "-y");
	release(&s);
}

static void test_wrong_usage_is_named(void **state)
{
	(void)state;
	static const struct { const char *args[4]; const char *says; } bad[] = {
		{ { "-k", "0" }, "--k takes a number from 1 to 100, not \"0\"" },
		{ { "-k101" }, "not \"101\"" },
		{ { "-k", "1x" }, "--k takes a whole number, not \"1x\"" },
		{ { "-k", "-1" }, "--k takes a whole number, not \"-1\"" },
		{ { "--rate", "0" }, "above 0" },
		{ { "--rate", "nan" }, "--rate takes a number, not \"nan\"" },
		{ { "--shift", "9223372036854775808" }, "whole number" },
		{ { "--solver", "al" }, "--solver takes als|sgd, not \"al\"" },
		{ { "--fast=yes" }, "takes no value" },
		{ { "--k" }, "needs a value" },
		{ { "--nothing" }, "--nothing" },
		{ { "-z" }, "\"-z\"" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct settings s;
		struct strings operands;
		struct err e = { 0 };
		assert_code(parse(&s, NULL, bad[i].args, &operands, &e), ERR_USAGE, &e);
		assert_says(&e, bad[i].says);
		release(&s);
	}
}

static void test_text_goes_out_and_back(void **state)
{
	(void)state;
	struct settings s, t;
	struct strings operands;
	struct err e = { 0 };
	const char *const args[] = { "-f", "--name", "n", "--rate", "0.3", "--shift", "8", "--solver", "sgd", NULL };
	assert_code(parse(&s, NULL, args, &operands, &e), 0, &e);
	struct opt_group from = { "", table, N_TABLE, &s, NULL }, to = { "", table, N_TABLE, &t, NULL };
	options_defaults(&to);
	struct buf text[N_TABLE] = { 0 };
	for (size_t i = 0; i < N_TABLE; i++)
		if (options_text(&from, i, &text[i]))
			assert_code(options_set(&to, table[i].name, buf_text(&text[i]), &e), 0, &e);
	assert_true(t.fast && t.k == 10 && t.shift == 8 && t.rate == 0.3 && t.solver == 1 && !strcmp(t.name, "n"));
	assert_code(options_set(&to, "nothing", "1", &e), ERR_USAGE, &e);
	assert_code(options_set(&to, "fast", "maybe", &e), ERR_USAGE, &e);
	for (size_t i = 0; i < N_TABLE; i++)
		buf_release(&text[i]);
}

static void test_help_tells_default_and_range(void **state)
{
	(void)state;
	struct settings s;
	struct opt_group g = { "Options", table, N_TABLE, &s, NULL };
	struct buf out = BUF_INIT;
	options_help(&g, 1, &out);
	assert_non_null(strstr(buf_text(&out), "-k, --k N"));
	assert_non_null(strstr(buf_text(&out), "how many (default 10; 1 to 100)"));
	assert_non_null(strstr(buf_text(&out), "a rate (without --solver als; default 0.1; above 0, at most 1)"));
	assert_non_null(strstr(buf_text(&out), "--solver als|sgd"));
	buf_clear(&out);
	options_mdoc(&g, 1, &out);
	assert_non_null(strstr(buf_text(&out), ".It Fl k , Fl Fl k Ar N\n"));
	buf_release(&out);
}

static void check_when(const char *when, bool acts, const char *words)
{
	const struct opt of[] = {
		{ .name = "name", .type = OPT_STRING, .offset = offsetof(struct settings, name) },
		{ .name = "solver", .type = OPT_CHOICE, .offset = offsetof(struct settings, solver), .choices = "als|sgd" },
		{ .name = "k", .type = OPT_SIZE, .offset = offsetof(struct settings, k), .when = when },
	};
	struct settings s = { .solver = 1 };
	struct buf text = BUF_INIT;
	assert_true(options_acts(&(struct opt_group){ "", of, 3, &s, NULL }, 2) == acts);
	options_put_when(&of[2], &text);
	assert_string_equal(buf_text(&text), words);
	buf_release(&text);
}

static void test_options_that_act_beside_others(void **state)
{
	(void)state;
	check_when("solver=sgd", true, "with --solver sgd");
	check_when("solver=als", false, "with --solver als");
	check_when("solver=als|sgd", true, "with --solver als or sgd");
	check_when("solver!=sgd", false, "without --solver sgd");
	check_when("name=", true, "without --name");
	check_when("name!=", false, "with --name");
	check_when("name=x", false, "with --name x");
}

/* The conditions of the models' tables name options and values that there are. */
static void test_conditions_of_models(void **state)
{
	(void)state;
	size_t n = 0;
	for (size_t m = 0; m < n_models; m++)
		for (size_t i = 0; i < models[m]->n_options; i++) {
			const char *when = models[m]->options[i].when, *value = when ? strchr(when, '=') + 1 : "";
			struct opt_group g = { "", models[m]->options, models[m]->n_options,
					       mem_zalloc(1, models[m]->options_size), NULL };
			for (size_t length; *value; value += length + (value[length] == '|')) {
				char name[40], text[40];
				length = strcspn(value, "|");
				snprintf(name, sizeof name, "%.*s", (int)strcspn(when, "!="), when);
				snprintf(text, sizeof text, "%.*s", (int)length, value);
				assert_int_equal(options_set(&g, name, text, NULL), 0);
				n++;
			}
			mem_free(g.base);
		}
	assert_true(n > 10);
}

static void test_part_specifications(void **state)
{
	(void)state;
	static const struct part plain = { .name = "plain", .summary = "nothing to set", .help = "help" };
	static const struct part rich = { .name = "rich", .summary = "all of it", .help = "help", .options = table,
					  .n_options = N_TABLE, .options_size = sizeof(struct settings) };
	const struct part *const parts[] = { &plain, &rich };
	struct part_spec spec;
	struct err e = { 0 };
	assert_code(part_spec_parse(parts, 2, "thing", "plain", &spec, &e), 0, &e);
	assert_ptr_equal(spec.part, &plain);
	part_spec_release(&spec);
	assert_code(part_spec_parse(parts, 2, "thing", "rich:k=5,fast,rate=0.5", &spec, &e), 0, &e);
	const struct settings *s = spec.options;
	assert_true(s->k == 5 && s->fast && s->rate == 0.5 && s->shift == -3);
	part_spec_release(&spec);
	static const char *const bad[][2] = {
		{ "poor", "unknown thing \"poor\"; there are: plain, rich" }, { "rich:k", "key=value" },
		{ "rich:q=1", "there is no option \"q\"" }, { "rich:k=0", "1 to 100" }, { "plain:k=1", "no option" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(part_spec_parse(parts, 2, "thing", bad[i][0], &spec, &e), ERR_USAGE, &e);
		assert_says(&e, bad[i][1]);
	}
	struct buf out = BUF_INIT;
	parts_list(parts, 2, &out);
	assert_non_null(strstr(buf_text(&out), "  plain"));
	part_help(&rich, &out);
	assert_non_null(strstr(buf_text(&out), "--rate X"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_and_values), cmocka_unit_test(test_wrong_usage_is_named),
		cmocka_unit_test(test_text_goes_out_and_back), cmocka_unit_test(test_help_tells_default_and_range),
		cmocka_unit_test(test_options_that_act_beside_others),
		cmocka_unit_test(test_conditions_of_models),
		cmocka_unit_test(test_part_specifications),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

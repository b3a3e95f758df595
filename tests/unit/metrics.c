/* Metrics: values by hand, degenerate inputs, and the reference values of trec_eval and scikit-learn
 * (tests/ref/metrics, whose script says how they were made). */
#include "metric/columns.h"
#include "metric/metric.h"
#include "unit.h"

#include <math.h>

static const struct metric *named(const char *name)
{
	struct err e = { 0 };
	const struct part *p = part_find(metrics, n_metrics, "metric", name, &e);
	assert_non_null(p);
	return metric_of(p);
}

static double rated(const char *name, const double *truth, const double *predicted, size_t n, double like)
{
	static const double levels[] = { 1, 2, 3, 4, 5 };
	struct rated r = { truth, predicted, n, levels, 5, like };
	return named(name)->rated(&r);
}

static void assert_near(double x, double expected)
{
	if (!(fabs(x - expected) <= 1e-12))
		fail_msg("%.17g where %.17g was expected", x, expected);
}

static void test_rating_metrics_by_hand(void **state)
{
	(void)state;
	static const double truth[] = { 1, 5, 3, 4 }, predicted[] = { 2, 4.5, 3.5, 1 };
	assert_near(rated("mse", truth, predicted, 4, 4), (1 + 0.25 + 0.25 + 9) / 4);
	assert_near(rated("rmse", truth, predicted, 4, 4), sqrt(10.5 / 4));
	assert_near(rated("mae", truth, predicted, 4, 4), 1.25);
	assert_near(rated("accuracy", truth, predicted, 4, 4), 0.25); /* 4.5 counts as 5, 3.5 as 4 */
	assert_near(rated("like-accuracy", truth, predicted, 4, 4), 0.75);
	assert_near(rated("auc", truth, predicted, 4, 4), 0.5);
}

static void test_auc_shares_ties(void **state)
{
	(void)state;
	static const double truth[] = { 1, 0, 1, 0 }, same[] = { 7, 7, 7, 7 }, half[] = { 2, 1, 1, 0 };
	assert_near(rated("auc", truth, same, 4, 1), 0.5);
	assert_near(rated("auc", truth, half, 4, 1), 0.875);
}

static void test_log_loss_clips_and_needs_probabilities(void **state)
{
	(void)state;
	static const double truth[] = { 1, 0 }, sure[] = { 1, 0 }, wrong[] = { 0, 1 }, ratings[] = { 4.2, 0.5 };
	assert_near(rated("log-loss", truth, sure, 2, 1), -log(1 - 0x1p-52));
	assert_near(rated("log-loss", truth, wrong, 2, 1), 52 * log(2));
	assert_true(isnan(rated("log-loss", truth, ratings, 2, 1)));
}

static void test_nothing_is_not_a_number(void **state)
{
	(void)state;
	static const double one[] = { 5 };
	for (size_t i = 0; i < n_metrics; i++)
		if (metric_of(metrics[i])->rated && !isnan(rated(metrics[i]->name, NULL, NULL, 0, 4)))
			fail_msg("%s of no pairs is defined", metrics[i]->name);
	assert_true(isnan(rated("auc", one, one, 1, 4)));
	struct rated no_levels = { one, one, 1, NULL, 0, 4 };
	assert_true(isnan(named("accuracy")->rated(&no_levels)));
}

static void test_ranking_metrics_by_hand(void **state)
{
	(void)state;
	static const double gain[] = { 0, 1, 0, 2 }, ideal[] = { 3, 2, 1 };
	struct ranked r = { gain, 4, ideal, 3 };
	assert_near(named("precision")->ranked(&r, 5), 0.4);
	assert_near(named("recall")->ranked(&r, 5), 2.0 / 3);
	assert_near(named("hit")->ranked(&r, 1), 0);
	assert_near(named("hit")->ranked(&r, 2), 1);
	assert_near(named("mrr")->ranked(&r, 1), 0);
	assert_near(named("mrr")->ranked(&r, 9), 0.5);
	assert_near(named("map")->ranked(&r, 4), (0.5 + 0.5) / 3);
	assert_near(named("ndcg")->ranked(&r, 4), (1 / log2(3) + 2 / log2(5)) / (3 + 2 / log2(3) + 0.5));
	assert_near(named("ndcg")->ranked(&r, 2), (1 / log2(3)) / (3 + 2 / log2(3)));
}

static void test_an_empty_list_scores_zero(void **state)
{
	(void)state;
	static const double ideal[] = { 1 };
	struct ranked r = { NULL, 0, ideal, 1 };
	for (size_t i = 0; i < n_metrics; i++)
		if (metric_of(metrics[i])->ranked)
			assert_near(metric_of(metrics[i])->ranked(&r, 10), 0);
}

static void test_every_metric_is_one_kind_and_explains_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_metrics; i++) {
		const struct metric *m = metric_of(metrics[i]);
		assert_true(!m->rated != !m->ranked);
		assert_true(strlen(m->part.help) > 80);
	}
}

/* ---- columns ---- */

static void assert_columns(const char *names, const char *ks, const char *expected)
{
	struct err e = { 0 };
	struct columns c;
	char got[512] = "";
	assert_code(columns_parse(&c, names, ks, &e), 0, &e);
	for (size_t i = 0; i < c.n; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "", c.v[i].label);
	assert_string_equal(got, expected);
	columns_release(&c);
}

static void test_columns_named_by_the_user(void **state)
{
	(void)state;
	assert_columns("rmse,ndcg@7,hit", "5,10", "rmse ndcg@7 hit@5 hit@10");
	assert_columns("mrr@3,mrr@3,mrr", "3", "mrr@3");
	assert_columns(NULL, "2",
		       "mse rmse mae accuracy like-accuracy auc log-loss precision@2 recall@2 hit@2 ndcg@2 map@2 mrr@2");
}

static void test_columns_that_do_not_exist(void **state)
{
	(void)state;
	static const struct { const char *names, *ks, *says; } bad[] = {
		{ "rmsee", "10", "unknown metric \"rmsee\"" }, { "rmse@5", "10", "rmse has no cut-off" },
		{ "ndcg@0", "10", "not \"0\"" },               { "ndcg@x", "10", "not \"x\"" },
		{ "ndcg", "5,,10", "not \"\"" },               { "", "10", "no metric" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		struct columns c;
		assert_code(columns_parse(&c, bad[i].names, bad[i].ks, &e), ERR_USAGE, &e);
		assert_says(&e, bad[i].says);
	}
}

static bool is_ranked(const struct column *column, const void *context)
{
	(void)context;
	return column->metric->ranked && column->k < 10;
}

static void test_columns_can_be_filtered(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct columns c;
	assert_code(columns_parse(&c, "rmse,hit", "5,10", &e), 0, &e);
	assert_int_equal(c.k_max, 10);
	columns_filter(&c, is_ranked, NULL);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.k_max, 5);
	columns_release(&c);
}

/* ---- the references ---- */

static FILE *open_reference(const char *name)
{
	char path[4096];
	const char *root = getenv("R");
	snprintf(path, sizeof path, "%s/tests/ref/metrics/%s", root ? root : "../../..", name);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s: cannot open", path);
	return f;
}

static double reference(const char *file, const char *metric, const char *scope)
{
	FILE *f = open_reference(file);
	char name[64], in[64];
	double value;
	while (fscanf(f, "%63[^\t]\t%63[^\t]\t%lf\n", name, in, &value) == 3)
		if (!strcmp(name, metric) && !strcmp(in, scope)) {
			fclose(f);
			return value;
		}
	fclose(f);
	fail_msg("no %s of %s", metric, scope);
	return NAN;
}

enum { MAX_PAIRS = 1000 };
struct pairs {
	double truth[MAX_PAIRS], score[MAX_PAIRS], probability[MAX_PAIRS];
	size_t n;
};

static void read_pairs(struct pairs *p, const char *file, bool binary)
{
	FILE *f = open_reference(file);
	double weight;
	assert_int_not_equal(fscanf(f, "%*[^\n]\n"), 1);
	p->n = 0;
	for (;;) {
		double *t = &p->truth[p->n], *s = &p->score[p->n], *q = &p->probability[p->n];
		int got = binary ? fscanf(f, "%*[^,],%lf,%lf,%lf,%lf\n", t, s, q, &weight)
				 : fscanf(f, "%*[^,],%*[^,],%lf,%lf,%lf\n", t, s, &weight) + 1;
		if (got != 4)
			break;
		p->n++;
	}
	fclose(f);
	assert_int_equal(p->n, 600);
}

static void test_rating_metrics_equal_scikit_learn(void **state)
{
	(void)state;
	static struct pairs p;
	static const double levels[] = { 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5 };
	read_pairs(&p, "pred_rating.csv", false);
	struct rated r = { p.truth, p.score, p.n, levels, 10, 4 };
	static const struct { const char *name, *scope; } in_rating[] = {
		{ "mse", "rating" }, { "rmse", "rating" }, { "mae", "rating" },
		{ "accuracy", "rating" }, { "like-accuracy", "rating_4" }, { "auc", "rating_4" },
	};
	for (size_t i = 0; i < sizeof in_rating / sizeof *in_rating; i++)
		assert_near(named(in_rating[i].name)->rated(&r),
			    reference("sklearn.tsv", in_rating[i].name, in_rating[i].scope));
	read_pairs(&p, "pred_binary.csv", true);
	assert_near(rated("auc", p.truth, p.score, p.n, 1), reference("sklearn.tsv", "auc", "binary"));
	assert_near(rated("log-loss", p.truth, p.probability, p.n, 1), reference("sklearn.tsv", "log_loss", "binary"));
	assert_near(rated("log-loss", p.truth + 4, p.probability + 4, p.n - 4, 1),
		    reference("sklearn.tsv", "log_loss", "binary_rows_5_on"));
}

/* docs/metrics.md has every definition as the help has it. */
static void test_the_page_has_the_definitions(void **state)
{
	(void)state;
	char path[4096];
	static char page[1 << 16];
	snprintf(path, sizeof path, "%s/docs/metrics.md", getenv("R") ? getenv("R") : "../../..");
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s: cannot open", path);
	page[fread(page, 1, sizeof page - 1, f)] = 0;
	fclose(f);
	for (size_t i = 0; i < n_metrics; i++) {
		struct buf section = BUF_INIT;
		const struct part *p = metrics[i];
		buf_printf(&section, "\n### %s: %s\n\n```\n%s\n```\n", p->name, p->summary, p->help);
		if (!strstr(page, buf_text(&section)))
			fail_msg("docs/metrics.md lacks%s", buf_text(&section));
		buf_release(&section);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rating_metrics_by_hand),
		cmocka_unit_test(test_auc_shares_ties),
		cmocka_unit_test(test_log_loss_clips_and_needs_probabilities),
		cmocka_unit_test(test_nothing_is_not_a_number),
		cmocka_unit_test(test_ranking_metrics_by_hand),
		cmocka_unit_test(test_an_empty_list_scores_zero),
		cmocka_unit_test(test_every_metric_is_one_kind_and_explains_itself),
		cmocka_unit_test(test_columns_named_by_the_user),
		cmocka_unit_test(test_columns_that_do_not_exist),
		cmocka_unit_test(test_columns_can_be_filtered),
		cmocka_unit_test(test_rating_metrics_equal_scikit_learn),
		cmocka_unit_test(test_the_page_has_the_definitions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

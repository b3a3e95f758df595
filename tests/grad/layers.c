/* Each layer's backward, through the loss sum(weight * y); each loss by itself. */
#include "grad.h"
#include "nn/activation.h"
#include "nn/attention.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/layernorm.h"

enum { N = 5, IN = 7, OUT = 19, MOST = 4096 };

static struct rng r = { { 1, 2, 3, 4 } };
static real x[MOST], w[MOST], b[MOST], y[MOST], dy[MOST], dx[MOST], dw[MOST], db[MOST], saved[MOST], scratch[MOST];

static void start(void **state)
{
	(void)state;
	fill(&r, MOST, 1, x);
	fill(&r, MOST, 1, w);
	fill(&r, MOST, 1, b);
	fill(&r, MOST, 1, dy);
	memset(dx, 0, sizeof dx);
	memset(dw, 0, sizeof dw);
	memset(db, 0, sizeof db);
}
static double weighted(size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += y[i] * dy[i];
	return sum;
}

static double linear(void *c)
{
	linear_forward(N, IN, OUT, x, w, c ? NULL : b, y);
	return weighted(N * OUT);
}
static void test_linear(void **state)
{
	start(state);
	linear_backward(N, IN, OUT, x, w, dy, dx, dw, db);
	check_gradient("linear x", linear, NULL, x, N * IN, dx);
	check_gradient("linear w", linear, NULL, w, OUT * IN, dw);
	check_gradient("linear b", linear, NULL, b, OUT, db);
	linear_backward(N, IN, OUT, x, w, dy, dx, NULL, NULL);
	for (size_t i = 0; i < N * IN; i++)
		dx[i] /= 2; /* it has accumulated twice */
	check_gradient("linear x, no bias", linear, &r, x, N * IN, dx);
	linear_forward(0, IN, OUT, x, w, b, y);
	linear_backward(0, IN, OUT, x, w, dy, dx, dw, db);
}

static const uint32_t index_of[N] = { 3, 0, 3, 1, 3 };
static double embedding(void *c)
{
	(void)c;
	embedding_forward(N, IN, index_of, w, y);
	return weighted(N * IN);
}
static void test_embedding(void **state)
{
	start(state);
	embedding_backward(N, IN, index_of, dy, dw);
	check_gradient("embedding", embedding, NULL, w, 4 * IN, dw);
}

static double norm(void *c)
{
	size_t width = *(size_t *)c;
	layernorm_forward(N, width, x, w, b, 1e-5, y, saved);
	return weighted(N * width);
}
static void test_norm(void **state)
{
	for (size_t width = 3; width < 40; width += 18) {
		start(state);
		norm(&width);
		layernorm_backward(N, width, x, w, saved, dy, dx, dw, db);
		check_gradient("norm x", norm, &width, x, N * width, dx);
		check_gradient("norm gain", norm, &width, w, width, dw);
		check_gradient("norm bias", norm, &width, b, width, db);
	}
}

static double activation(void *c)
{
	activation_forward(*(enum activation *)c, 50, x, y);
	return weighted(50);
}
static void test_activation(void **state)
{
	for (enum activation kind = ACTIVATION_RELU; kind <= ACTIVATION_GELU_TANH; kind++) {
		start(state);
		activation_backward(kind, 50, x, dy, dx);
		check_gradient("activation", activation, &kind, x, 50, dx);
	}
}

enum { T = 6, H = 2, D = 3 };
static double attended(void *c)
{
	attention_forward(c, x, saved, y, scratch);
	return weighted(T * H * D);
}
static void test_attention(void **state)
{
	uint8_t mask[H * T * T];
	for (int kind = 0; kind < 8; kind++) {
		start(state);
		dropout_mask(&r, 0.3, sizeof mask, mask);
		struct attention a = { T, kind & 1 ? T - 2 : T, H, D, (kind & 2) != 0, kind & 4 ? mask : NULL, 0.3 };
		attended(&a);
		attention_backward(&a, x, saved, dy, dx, scratch);
		check_gradient("attention", attended, &a, x, T * 3 * H * D, dx);
		for (size_t k = 0; a.causal && k < T; k++)
			assert_true((saved[k] > 0) == (k == 0));
		assert_true(a.n_keys == T || saved[T * T - 1] == 0);
	}
}

static void test_dropout(void **state)
{
	start(state);
	uint8_t mask[4001];
	dropout_mask(&r, 0.25, sizeof mask, mask);
	size_t kept = 0;
	for (size_t i = 0; i < sizeof mask; i++)
		kept += mask[i];
	assert_in_range(kept, 2900, 3100);
	dropout_add(sizeof mask, x, mask, 0.25, dx);
	for (size_t i = 0; i < sizeof mask; i++)
		assert_true(fabs(dx[i] - x[i] * mask[i] / 0.75) < 1e-12);
	dropout_add(10, x, NULL, 0.25, dw);
	assert_memory_equal(dw, x, 10 * sizeof *x);
}

enum { K = 9 };
enum loss { MSE, HUBER, BCE, SOFTMAX, SAMPLED, BPR, GBCE, N_LOSSES };
static const uint32_t target[N] = { 2, 0, 8, 8, 1 };
static real neg[N * K], pos[N], dneg[N * K], dpos[N], like[N] = { 0, 1, 1, 0.5, 0 };

/* The loss of the scores in x (positives) and w (negatives); gradients in dpos, dneg. */
static double loss_of(enum loss kind, bool corrected)
{
	memset(dx, 0, sizeof dx);
	memcpy(pos, x, sizeof pos);
	memcpy(neg, w, sizeof neg);
	double loss;
	switch (kind) {
	case MSE: loss = loss_mse(N, x, b, 0.5, dx); break;
	case HUBER: loss = loss_huber(N, x, b, 0.7, 0.5, dx); break;
	case BCE: loss = loss_bce(N, x, like, 0.5, dx); break;
	case SOFTMAX: loss = loss_softmax(N, K, neg, K, target, corrected ? b : NULL, 0.5); break;
	case SAMPLED:
		loss = loss_sampled_softmax(N, K, pos, neg, K, corrected ? b + K : NULL, corrected ? b : NULL, 0.5);
		break;
	case BPR: loss = loss_bpr(N, K, pos, neg, K, 0.5); break;
	default: loss = loss_gbce(N, K, pos, neg, K, 0.4, 0.5); break;
	}
	memcpy(dneg, neg, sizeof neg);
	memcpy(dpos, kind <= BCE ? dx : pos, sizeof pos);
	return loss / 2;
}
static double loss_plain(void *c)
{
	return loss_of(*(enum loss *)c, false);
}
static double loss_corrected(void *c)
{
	return loss_of(*(enum loss *)c, true);
}
static void test_losses(void **state)
{
	real at_neg[N * K], at_pos[N];
	for (enum loss kind = 0; kind < N_LOSSES; kind++)
		for (int corrected = 0; corrected < 2; corrected++) {
			double (*f)(void *) = corrected ? loss_corrected : loss_plain;
			start(state);
			f(&kind);
			memcpy(at_neg, dneg, sizeof at_neg);
			memcpy(at_pos, dpos, sizeof at_pos);
			if (kind != SOFTMAX)
				check_gradient("loss, positives", f, &kind, x, N, at_pos);
			if (kind >= SOFTMAX)
				check_gradient("loss, negatives", f, &kind, w, N * K, at_neg);
		}
}
/* A negative that is barred counts for nothing. */
static void test_barred(void **state)
{
	for (enum loss kind = SAMPLED; kind < N_LOSSES; kind++) {
		start(state);
		w[3] = -INFINITY;
		assert_true(isfinite(loss_of(kind, false)));
		assert_true(fabs(dneg[3]) < 1e-30);
	}
}
static void test_beta(void **state)
{
	(void)state;
	assert_true(fabs(loss_gbce_beta(10, 101, 0) - 1) < 1e-12);
	assert_true(fabs(loss_gbce_beta(10, 101, 1) - 0.1) < 1e-12);
	assert_true(loss_gbce_beta(10, 1, 0.5) == 1);
}
/* Extreme scores give finite losses. */
static void test_extremes(void **state)
{
	for (enum loss kind = BCE; kind < N_LOSSES; kind++) {
		start(state);
		for (size_t i = 0; i < N * K; i++)
			w[i] = i % 2 ? 1e4 : -1e4;
		for (size_t i = 0; i < N; i++)
			x[i] = i % 2 ? -1e4 : 1e4;
		assert_true(isfinite(loss_of(kind, false)));
		for (size_t i = 0; i < N * K; i++)
			assert_true(isfinite(dneg[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear), cmocka_unit_test(test_embedding), cmocka_unit_test(test_norm),
		cmocka_unit_test(test_activation), cmocka_unit_test(test_attention), cmocka_unit_test(test_dropout),
		cmocka_unit_test(test_losses), cmocka_unit_test(test_barred), cmocka_unit_test(test_beta),
		cmocka_unit_test(test_extremes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

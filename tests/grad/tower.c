/* The whole network of tower: both heads, every loss, with and without dropout, and every array of it. */
#include "grad.h"
#include "base/mem.h"
#include "model/tower_net.h"

enum { N_IDS = 5, N_VALUES = 6, E = 5, D = 3, N = 4, PAIRS = 9 };
static const uint32_t entity_of[2][N] = { { 0, 3, 1, 4 }, { 2, 0, 4, 3 } };
static const uint8_t bare[N] = { 0, 1, 0, 1 };
static const uint64_t start[N_IDS + 1] = { 0, 2, 2, 5, 6, 8 };
static const uint32_t value[] = { 0, 3, 1, 2, 4, 4, 3, 3 };
static const real weight[] = { 1, 0.5, 0.7, 0.7, 1, 1, 0.3, 0.3 };
static const uint32_t user[PAIRS] = { 0, 0, 0, 1, 1, 2, 2, 3, 3 }, item[PAIRS] = { 0, 1, 3, 1, 2, 0, 3, 3, 0 };
static const real target[PAIRS] = { 1, 0, 1, 1, 0, 0, 1, 1, 0 };
static const real log_q[N] = { -0.3, -1, -0.1, -2 };

/* Arrays of both towers, and the head's. */
enum array { IDS, VALUES, NET, ARRAYS };
struct whole {
	struct tower_shape shape;
	struct tower_rows rows[2];
	struct tower_loss loss;
	double p;
	size_t size[ARRAYS];
	real *w[2][ARRAYS], *dw[2][ARRAYS], *join, *djoin, *scratch;
};

static struct tower_join join_of(const struct whole *x)
{
	return (struct tower_join){ x->shape.head, x->shape.width[x->shape.L], x->join };
}

static void forward(struct whole *x)
{
	for (int side = 0; side < 2; side++) {
		struct tower_weights w = { x->w[side][IDS], x->w[side][VALUES], x->w[side][NET] };
		struct rng rng;
		rng_init(&rng, 7, (uint64_t)side);
		tower_forward(&x->shape, &w, &x->rows[side], 0, 1, x->p, &rng);
		tower_forward(&x->shape, &w, &x->rows[side], 1, N, x->p, &rng);
	}
}

/* The loss of all pairs; d of the outputs and djoin are left behind. */
static double head(struct whole *x)
{
	size_t L = x->shape.L, W = x->shape.width[L];
	struct tower_outputs o = { x->rows[0].h[L], x->rows[1].h[L], x->rows[0].d[L], x->rows[1].d[L], x->djoin };
	struct tower_pairs pairs = { PAIRS, user, item, target };
	struct tower_join j = join_of(x);
	memset(o.duser, 0, N * W * sizeof(real));
	memset(o.ditem, 0, N * W * sizeof(real));
	memset(o.dw, 0, W * sizeof(real));
	return (double)x->loss.scale * (tower_learn(&j, &x->loss, &pairs, 0, 4, &o, x->scratch) +
					tower_learn(&j, &x->loss, &pairs, 4, PAIRS, &o, x->scratch));
}

static double loss(void *context)
{
	forward(context);
	return head(context);
}

static void learn(struct whole *x)
{
	static const uint32_t slot[] = { 0, 1, 2, 3, 4, 5, 6 };
	loss(x);
	for (int side = 0; side < 2; side++) {
		struct tower_weights w = { x->w[side][IDS], x->w[side][VALUES], x->w[side][NET] };
		struct tower_rows *r = &x->rows[side];
		tower_backward(&x->shape, &w, r, 0, 3, x->p, x->dw[side][NET]);
		tower_backward(&x->shape, &w, r, 3, N, x->p, x->dw[side][NET]);
		tower_values_backward(&x->shape, r, slot, x->dw[side][VALUES]);
		for (size_t i = 0; i < N; i++)
			if (!bare[i])
				memcpy(x->dw[side][IDS] + r->entity[i] * E, r->d[0] + i * E, E * sizeof(real));
	}
}

static void make(struct whole *x, enum tower_head kind, struct rng *r)
{
	x->shape = (struct tower_shape){ .E = E, .D = D, .L = 3, .width = { E, 7, 4, 5 }, .head = kind, .n_values = N_VALUES + 1,
					 .n_columns = 2 };
	x->size[IDS] = N_IDS * E;
	x->size[VALUES] = x->shape.n_values * E;
	x->size[NET] = tower_net_size(&x->shape);
	real *dense = MEM_NEW(N_IDS * D, real);
	fill(r, N_IDS * D, 1, dense);
	for (int side = 0; side < 2; side++) {
		x->rows[side] = (struct tower_rows){ N, entity_of[side], bare, start, value, weight, dense, MEM_NEW(N * D, real),
						     { NULL }, { NULL }, MEM_NEW(N * 8, uint8_t) };
		for (size_t l = 0; l <= x->shape.L; l++) {
			x->rows[side].h[l] = MEM_NEW(N * x->shape.width[l], real);
			x->rows[side].d[l] = MEM_NEW(N * x->shape.width[l], real);
		}
		for (enum array a = 0; a < ARRAYS; a++) {
			x->w[side][a] = MEM_NEW(x->size[a], real);
			x->dw[side][a] = MEM_ZNEW(x->size[a], real);
			fill(r, x->size[a], 0.7, x->w[side][a]);
		}
	}
	x->join = MEM_NEW(4, real);
	x->djoin = MEM_NEW(5, real);
	x->scratch = MEM_NEW(tower_scratch(5, N), real);
	fill(r, 4, 1, x->join);
}

static void release(struct whole *x)
{
	mem_free((void *)(uintptr_t)x->rows[0].dense);
	for (int side = 0; side < 2; side++) {
		for (size_t l = 0; l <= x->shape.L; l++) {
			mem_free(x->rows[side].h[l]);
			mem_free(x->rows[side].d[l]);
		}
		for (enum array a = 0; a < ARRAYS; a++) {
			mem_free(x->w[side][a]);
			mem_free(x->dw[side][a]);
		}
		mem_free(x->rows[side].gathered);
		mem_free(x->rows[side].mask);
	}
	mem_free(x->join);
	mem_free(x->djoin);
	mem_free(x->scratch);
}

static void check_all(enum tower_head kind, enum tower_loss_kind loss_kind, size_t n_others, double p)
{
	static const char *const names[] = { "ids", "values", "net" };
	struct whole x = { .loss = { .kind = loss_kind, .scale = 0.25, .delta = 0.3, .n_others = n_others, .log_q = log_q },
			   .p = p };
	struct rng r;
	rng_init(&r, 11, (uint64_t)kind * 3 + loss_kind);
	make(&x, kind, &r);
	learn(&x);
	real djoin[4];
	memcpy(djoin, x.djoin, sizeof djoin);
	for (int side = 0; side < 2; side++)
		for (enum array a = 0; a < ARRAYS; a++) {
			char name[64];
			snprintf(name, sizeof name, "%s of side %d, head %d, loss %d, others %zu", names[a], side, (int)kind,
				 (int)loss_kind, n_others);
			check_gradient(name, loss, &x, x.w[side][a], x.size[a], x.dw[side][a]);
		}
	if (kind == TOWER_MLP)
		check_gradient("join", loss, &x, x.join, 4, djoin);
	release(&x);
}

static void check_losses(enum tower_head kind)
{
	for (int dropout = 0; dropout < 2; dropout++) {
		check_all(kind, TOWER_MSE, 0, 0.3 * dropout);
		check_all(kind, TOWER_HUBER, 0, 0.3 * dropout);
		check_all(kind, TOWER_BCE, 0, 0.3 * dropout);
		check_all(kind, TOWER_BCE, 3, 0.3 * dropout);
		check_all(kind, TOWER_SOFTMAX, 3, 0.3 * dropout);
		check_all(kind, TOWER_SOFTMAX, N, 0.3 * dropout);
	}
}

static void test_dot(void **state)
{
	(void)state;
	check_losses(TOWER_DOT);
}
static void test_mlp(void **state)
{
	(void)state;
	check_losses(TOWER_MLP);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_dot), cmocka_unit_test(test_mlp) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

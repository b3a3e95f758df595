/* arrays.c: see arrays.h. */
#include "optim/arrays.h"
#include "base/mem.h"

enum { BLOCK = 16384 };

/* Values [from, from + n) of all gradients: of one array, from value `at` of it on. */
struct part {
	uint32_t array;
	size_t at, from, n;
};

struct optim_arrays {
	struct optim_array *array;
	size_t n, *start;          /* of each array's gradient */
	size_t total;              /* values */
	struct part *part;
	size_t n_parts;
	real *dx, *m, *v;
	double *squares;           /* [n_parts] */
	struct pool *pool;
	/* the step */
	struct optim rule, bare;
	size_t t;
	real factor;
};

struct optim_arrays *optim_arrays_new(const struct optim_array *array, size_t n, struct pool *pool)
{
	struct optim_arrays *a = MEM_ZNEW(1, struct optim_arrays);
	*a = (struct optim_arrays){ .array = mem_dup(array, n * sizeof *array), .n = n, .start = MEM_NEW(n, size_t),
				    .pool = pool };
	for (size_t i = 0; i < n; i++)
		a->n_parts += blocks_of(array[i].n, BLOCK);
	a->part = MEM_NEW(a->n_parts, struct part);
	a->squares = MEM_NEW(a->n_parts, double);
	struct part *p = a->part;
	for (size_t i = 0; i < n; a->total += array[i++].n) {
		a->start[i] = a->total;
		for (size_t at = 0; at < array[i].n; at += BLOCK)
			*p++ = (struct part){ (uint32_t)i, at, a->total + at, array[i].n - at < BLOCK ? array[i].n - at : BLOCK };
	}
	a->dx = MEM_ZNEW(a->total, real);
	a->m = MEM_ZNEW(a->total, real);
	a->v = MEM_ZNEW(a->total, real);
	return a;
}

void optim_arrays_free(struct optim_arrays *a)
{
	if (!a)
		return;
	void *each[] = { a->array, a->start, a->part, a->squares, a->dx, a->m, a->v, a };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
}

void optim_arrays_state(struct optim_arrays *a, struct arrays *list)
{
	enum dtype type = sizeof(real) == sizeof(float) ? DT_F32 : DT_F64;
	arrays_add(list, "m", type, a->total, a->m);
	arrays_add(list, "v", type, a->total, a->v);
}

real *optim_arrays_gradient(struct optim_arrays *a, size_t i)
{
	return a->dx + a->start[i];
}

static void squares_of(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct optim_arrays *a = context;
	a->squares[block] = 0;
	optim_squares(a->part[block].n, a->dx + a->part[block].from, &a->squares[block]);
}

static void step_part(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct optim_arrays *a = context;
	struct part p = a->part[block];
	const struct optim_array *x = &a->array[p.array];
	struct optim rule = x->decays ? a->rule : a->bare;
	rule.rate *= x->pace > 0 ? x->pace : 1;
	optim_step(&rule, a->t, p.n, a->factor, a->dx + p.from, x->x + p.at, a->m + p.from, a->v + p.from);
	memset(a->dx + p.from, 0, p.n * sizeof *a->dx);
}

void optim_arrays_step(struct optim_arrays *a, const struct optim *rule, size_t t, double max_norm)
{
	double squares = 0;
	pool_run(a->pool, a->n_parts, squares_of, a);
	for (size_t i = 0; i < a->n_parts; i++)
		squares += a->squares[i];
	a->factor = (real)optim_clip(squares, max_norm);
	a->rule = a->bare = *rule;
	a->bare.decay = 0;
	a->t = t;
	pool_run(a->pool, a->n_parts, step_part, a);
}

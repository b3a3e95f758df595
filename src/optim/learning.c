/* learning.c: see learning.h. */
#include "optim/learning.h"

struct optim learning_rule(const struct learning *l, size_t t, size_t n)
{
	size_t warmup = (size_t)(l->warmup < 1 ? l->warmup * (double)n : l->warmup);
	return (struct optim){ .kind = (enum optim_kind)l->optimizer,
			       .rate = l->rate * optim_schedule((enum schedule)l->schedule, t, n, warmup), .decay = l->decay,
			       .momentum = l->momentum, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 };
}

/* why.c: see why.h. */
#include "model/why.h"

#include <stdlib.h>

static int by_item(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	return (x->item > y->item) - (x->item < y->item);
}

static int by_weight(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	return x->weight != y->weight ? (x->weight < y->weight) - (x->weight > y->weight) : by_item(a, b);
}

size_t reasons_settle(struct reason *r, size_t n)
{
	size_t n_items = 0, n_above = 0;
	qsort(r, n, sizeof *r, by_item);
	for (size_t i = 0; i < n; i++) {
		if (n_items && r[n_items - 1].item == r[i].item)
			r[n_items - 1].weight += r[i].weight;
		else
			r[n_items++] = r[i];
	}
	qsort(r, n_items, sizeof *r, by_weight);
	while (n_above < n_items && r[n_above].weight > 0)
		n_above++;
	return n_above;
}

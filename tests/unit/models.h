/* models.h: what the tests of models share. */
#ifndef TESTS_UNIT_MODELS_H
#define TESTS_UNIT_MODELS_H

#include "io/tensorfile.h"
#include "model/model.h"

/* The values of a tensor that is there, and how many. */
static inline const void *data_of(const struct tensorfile *t, const char *name, size_t *n)
{
	const struct tensor *x = tensorfile_find(t, name);
	assert_non_null(x);
	*n = x->n_bytes / dtype_bytes(x->dtype);
	return x->data;
}

static inline void set(struct model *m, const char *name, const char *value)
{
	struct err e;
	struct opt_group g = { "", m->class->part.options, m->class->part.n_options, m->options, NULL };
	assert_code(options_set(&g, name, value, &e), 0, &e);
}

#endif

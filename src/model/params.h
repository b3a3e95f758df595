/* params.h: the parameters of a model as a table: one line an array drives allocation, start values, growth when new
 * users and items come, storage, the check of what a file brings, and the copy that early stopping goes back to. */
#ifndef RECPIPE_MODEL_PARAMS_H
#define RECPIPE_MODEL_PARAMS_H

#include "io/tensorfile.h"
#include "io/arrays.h"
#include "model/model.h"

enum param_rows { PARAM_ONE, PARAM_USERS, PARAM_ITEMS, PARAM_LAYERS };

/* An array of width 0 is absent: not allocated, not stored, not asked for. */

struct param {
	const char *name;       /* of the tensor in the file */
	enum dtype dtype;       /* DT_F32 or DT_F64 */
	size_t offset;          /* of the pointer to the array, within the class's state */
	enum param_rows rows;   /* 1, users.n, items.n or class->n_layers() */
	size_t (*width)(const struct model *m);  /* values a row; NULL: 1, and the tensor has one dimension */
	double (*spread)(const struct model *m); /* start values are normal with this deviation; NULL: zeros */
};

/* Allocate all arrays at their start values. A row's values depend on the seed, the array and the row only, so a model
 * that grows gets the rows that it would have had from the beginning. */
void params_alloc(struct model *m);
/* Keep the rows that were there, start values for the rest. */
void params_grow(struct model *m, size_t n_old_users, size_t n_old_items);
void params_release(struct model *m);
void params_save(const struct model *m, struct tensor_writer *w);
/* Reads all arrays; ERR_DATA where one is missing, has another shape, or holds what is not a finite number. */
MUST_CHECK int params_load(struct model *m, const struct tensorfile *t, struct err *e);
/* A number that tells shapes apart: of all arrays under the options as they are, for the ids there are. */
uint64_t params_shape(const struct model *m);
/* Whether every value is finite. */
bool params_finite(const struct model *m);

/* A copy of all values, and the way back. Owner: caller. */
struct params_copy;
struct params_copy *params_copy_new(const struct model *m);
void params_copy_keep(struct params_copy *c, const struct model *m);
void params_copy_restore(const struct params_copy *c, struct model *m);
/* Each gets the values of the other; the arrays stay where they are, since learners hold pointers to them. */
void params_copy_swap(struct params_copy *c, struct model *m);
/* The copy's values move to c + weight (m - c). */
void params_copy_blend(struct params_copy *c, const struct model *m, double weight);
void params_copy_free(struct params_copy *c);

/* All values, under the names of the table; those of the model, and those of a copy of it. */
void params_arrays(const struct model *m, struct arrays *a);
void params_copy_arrays(const struct params_copy *c, const struct model *m, struct arrays *a);

#endif

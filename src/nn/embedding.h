/* embedding.h: rows of a table by index: y[i] = table[index[i]].
 *
 * table [rows, width], y [n, width]. The caller has checked that every index is below rows. */
#ifndef RECPIPE_NN_EMBEDDING_H
#define RECPIPE_NN_EMBEDDING_H

#include "nn/real.h"

void embedding_forward(size_t n, size_t width, const uint32_t *index, const real *table, real *y);
/* dtable[index[i]] += dy[i], in order of i. For a sparse gradient let dtable hold only the rows that a batch touches
 * and index point into it (optim_step_rows takes it from there). */
void embedding_backward(size_t n, size_t width, const uint32_t *index, const real *dy, real *dtable);

#endif

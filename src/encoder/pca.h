/* pca.h: principal components of a corpus's vectors, and rows brought down to them.
 *
 * out = R (x - mean), R the n_out eigenvectors of the covariance with the largest eigenvalues; with whitening each is
 * divided by its standard deviation (Jegou and Chum, "Negative evidences and co-occurrences in image retrieval: the
 * benefit of PCA and whitening", 2012). What was learned is stored with the embeddings, so that rows encoded later lie
 * in the same space. */
#ifndef RECPIPE_ENCODER_PCA_H
#define RECPIPE_ENCODER_PCA_H

#include "base/err.h"
#include "base/threads.h"
#include "io/tensorfile.h"

#include <stdbool.h>

struct pca {
	size_t n_in, n_out, n_in16;
	double *moment, *sum;   /* while rows are seen: [n_in, n_in], [n_in] */
	size_t n_seen;
	float *component;       /* [n_out, n_in16] */
	float *offset;          /* [n_out]: component . mean */
	float *saved;           /* [n_out, n_in], lent to the writer */
};

/* n_out at most n_in. */
void pca_init(struct pca *p, size_t n_in, size_t n_out);
void pca_release(struct pca *p);
/* Rows [n, n_in] to learn from; one thread, in order. */
void pca_see(struct pca *p, const float *rows, size_t n);
/* The strongest `skip` components are left out (common to all texts: Mu and Viswanath, "All-but-the-top", 2018); skip +
 * n_out at most n_in. ERR_DATA where the rows seen hold what is not a number. */
MUST_CHECK int pca_fit(struct pca *p, size_t skip, bool whiten, struct err *e);
/* rows [n, n_in] to out [n, n_out]; each row's result depends on it alone, and on no thread. Not in place. */
void pca_apply(const struct pca *p, const float *rows, size_t n, float *out, struct pool *pool);
/* Tensors pca.components [n_out, n_in] and pca.offset [n_out], F32. The writer borrows them until the write. */
void pca_save(struct pca *p, struct tensor_writer *w);
MUST_CHECK int pca_load(struct pca *p, const struct tensorfile *t, struct err *e);

#endif

/* space.h: the space that vectors lie in: an encoder, the principal components of a corpus where rows are reduced to
 * them, and the scale of rows.
 *
 * Vectors of two files can be compared where all of it agrees: the encoder with its options, seed and weights, how rows
 * are reduced and scaled, and what was learned from a corpus. It is stored with the rows and checked when rows are added. */
#ifndef RECPIPE_ENCODER_SPACE_H
#define RECPIPE_ENCODER_SPACE_H

#include "encoder/encoder.h"
#include "encoder/pca.h"

enum space_reduce { SPACE_AUTO, SPACE_CUT, SPACE_PCA, SPACE_WHITEN }; /* order of the choices "auto|cut|pca|whiten" */
enum space_norm { SPACE_L2, SPACE_AS_IS };                            /* "l2|none" */

struct space_spec {
	const struct part *part;  /* an entry of the registry of encoders, with its options */
	void *options;
	const char *model;        /* the directory that --encoder named, or NULL */
	size_t dim;               /* width of the rows; 0: the encoder's own */
	size_t remove;            /* so many of the strongest components are left out */
	int reduce, norm;
	uint64_t seed;
	struct log *log;
	struct pool *pool;        /* for opening, or NULL */
};

struct space {
	struct space_spec spec;   /* spec.reduce is never SPACE_AUTO once it is open */
	struct encoder *encoder;
	size_t width;             /* of the rows */
	struct pca pca;
	float *raw, *reduced;     /* [max_rows, encoder->width], [max_rows, width] */
};

/* spec's pointers are borrowed for the life of s; calls take up to max_rows texts. ERR_USAGE where spec.dim cannot be
 * had. Owner: caller, also after an error. */
MUST_CHECK int space_open(struct space *s, const struct space_spec *spec, size_t max_rows, struct err *e);
void space_release(struct space *s);

/* Learning from a corpus, where space_learns: space_fit sees every text, then, where space_has_components, space_see a
 * sample of them, and space_settle ends it. */
bool space_learns(const struct space *s);
bool space_has_components(const struct space *s);
MUST_CHECK int space_fit(struct space *s, const struct texts *t, struct pool *pool, struct err *e);
MUST_CHECK int space_see(struct space *s, const struct texts *t, struct pool *pool, struct err *e);
MUST_CHECK int space_settle(struct space *s, struct err *e);

/* What another corpus taught, from an embedding file. ERR_USAGE, naming both, where the file's space is another. */
MUST_CHECK int space_load(struct space *s, const struct tensorfile *t, struct err *e);
/* All of it, as metadata and tensors of an embedding file; the writer borrows until the write. */
void space_save(struct space *s, struct tensor_writer *w);

/* *rows is [t->n, width], row-major, borrowed until the next call. A text of which the encoder knows nothing (all zeros) is
 * a row of zeros. */
MUST_CHECK int space_encode(struct space *s, const struct texts *t, struct pool *pool, const float **rows, struct err *e);

#endif

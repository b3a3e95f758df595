/* npy.h: NumPy's array files (.npy), as far as they hold rows of floating point numbers.
 *
 * Magic, version (1 to 3), a header that is a Python dict literal {'descr', 'fortran_order', 'shape'}, the numbers. Taken
 * are little-endian f2, f4 and f8 in C order, two-dimensional; whatever else there is (big-endian, integers, objects,
 * structures, Fortran order) is refused by name. Format: NumPy Enhancement Proposal 1. Regular files are mapped, pipes
 * and gzip are read. */
#ifndef RECPIPE_DATA_NPY_H
#define RECPIPE_DATA_NPY_H

#include "base/buf.h"
#include "base/err.h"
#include "io/stream.h"

#include <stdbool.h>

struct npy {
	struct blob blob;
	const unsigned char *data; /* [n, width] numbers of `size` bytes, not aligned; borrowed from blob */
	size_t n, width, size;
};

/* ERR_DATA where it is no such array, or its size is not what the shape says. Owner: caller, also after an error. */
MUST_CHECK int npy_open(struct npy *a, const char *path, struct err *e);
void npy_close(struct npy *a);
/* The bytes of row `row` < n as they are stored. */
struct str npy_bytes(const struct npy *a, size_t row);
/* Bytes of a row as floats, out[width]; false where one is not finite, or too large for a float. */
bool npy_widen(const struct npy *a, struct str bytes, float *out);

#endif

/* threads.h: a parallel loop over fixed blocks.
 *
 * The caller cuts the work into blocks whose number and borders do not depend on the number of threads; a block writes
 * only what it owns. Which thread runs which block is decided at run time, so the loop balances itself, and the
 * result is the same bytes at any thread count. A sum over blocks is written to one slot a block and added up in
 * block order afterwards (pool_sum does it for doubles).
 *
 * POSIX threads instead of OpenMP: a dozen lines of loop are all we need, the sanitizers understand them, and no
 * second thread pool fights with the one in BLAS (which is called single-threaded inside blocks). */
#ifndef RECPIPE_BASE_THREADS_H
#define RECPIPE_BASE_THREADS_H

#include <stddef.h>

struct pool;

/* n_threads workers in all, the caller being one of them; 0 means one per processor. Owner: caller. */
struct pool *pool_new(size_t n_threads);
void pool_free(struct pool *p);
/* Workers, 1 for NULL: how many scratch areas a loop needs. */
size_t pool_size(const struct pool *p);

/* block in [0, n_blocks); worker in [0, pool_size) names the scratch area that this call may use. */
typedef void pool_fn(void *context, size_t block, size_t worker);
/* Run every block once and return when all are done. p may be NULL (then: in order, on this thread). Not from within
 * a block of the same pool. */
void pool_run(struct pool *p, size_t n_blocks, pool_fn *fn, void *context);

/* Sum of what fn returns for each block, added in block order. */
typedef double pool_sum_fn(void *context, size_t block, size_t worker);
double pool_sum(struct pool *p, size_t n_blocks, pool_sum_fn *fn, void *context);

/* The rows [*from, *to) of block b when n rows are cut into blocks of `rows`; blocks_of(n, rows) is their number. */
static inline size_t blocks_of(size_t n, size_t rows)
{
	return n / rows + (n % rows != 0);
}
static inline void block_range(size_t n, size_t rows, size_t b, size_t *from, size_t *to)
{
	*from = b * rows;
	*to = n - *from < rows ? n : *from + rows;
}

#endif

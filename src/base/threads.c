/* threads.c: see threads.h. Workers sleep on a condition variable between loops and take blocks from one counter. */
#include "base/threads.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct pool {
	pthread_t *threads;
	size_t n; /* workers, the caller included */
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	size_t round;   /* number of the current loop */
	size_t n_busy;  /* workers that have not finished it */
	bool quit;
	pool_fn *fn;
	void *context;
	size_t n_blocks;
	atomic_size_t next; /* block to be taken */
};

struct worker {
	struct pool *pool;
	size_t index;
};

static void take_blocks(struct pool *p, size_t worker)
{
	size_t b;
	while ((b = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed)) < p->n_blocks)
		p->fn(p->context, b, worker);
}

static void *worker_main(void *arg)
{
	struct worker w = *(struct worker *)arg;
	mem_free(arg);
	struct pool *p = w.pool;
	size_t seen = 0;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->round == seen && !p->quit)
			pthread_cond_wait(&p->start, &p->lock);
		if (p->quit)
			break;
		seen = p->round;
		pthread_mutex_unlock(&p->lock);
		take_blocks(p, w.index);
		pthread_mutex_lock(&p->lock);
		if (--p->n_busy == 0)
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static size_t processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (size_t)n : 1;
}

struct pool *pool_new(size_t n_threads)
{
	struct pool *p = MEM_ZNEW(1, struct pool);
	size_t want = n_threads ? n_threads : processors();
	p->threads = MEM_NEW(want, pthread_t);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->start, NULL);
	pthread_cond_init(&p->done, NULL);
	for (p->n = 1; p->n < want; p->n++) {
		struct worker *w = MEM_NEW(1, struct worker);
		*w = (struct worker){ p, p->n };
		if (pthread_create(&p->threads[p->n], NULL, worker_main, w) != 0) {
			mem_free(w); /* fewer threads are slower, not wrong */
			break;
		}
	}
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->start);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 1; i < p->n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->start);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->threads);
	mem_free(p);
}

size_t pool_size(const struct pool *p)
{
	return p ? p->n : 1;
}

void pool_run(struct pool *p, size_t n_blocks, pool_fn *fn, void *context)
{
	if (!p || p->n == 1 || n_blocks == 1) {
		for (size_t b = 0; b < n_blocks; b++)
			fn(context, b, 0);
		return;
	}
	pthread_mutex_lock(&p->lock);
	p->fn = fn;
	p->context = context;
	p->n_blocks = n_blocks;
	atomic_store_explicit(&p->next, 0, memory_order_relaxed);
	p->n_busy = p->n - 1;
	p->round++;
	pthread_cond_broadcast(&p->start);
	pthread_mutex_unlock(&p->lock);
	take_blocks(p, 0);
	pthread_mutex_lock(&p->lock);
	while (p->n_busy)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

struct sum {
	pool_sum_fn *fn;
	void *context;
	double *part;
};

static void sum_block(void *context, size_t block, size_t worker)
{
	struct sum *s = context;
	s->part[block] = s->fn(s->context, block, worker);
}

double pool_sum(struct pool *p, size_t n_blocks, pool_sum_fn *fn, void *context)
{
	struct sum s = { fn, context, MEM_NEW(n_blocks, double) };
	pool_run(p, n_blocks, sum_block, &s);
	double total = 0;
	for (size_t b = 0; b < n_blocks; b++)
		total += s.part[b];
	mem_free(s.part);
	return total;
}

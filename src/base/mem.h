/* mem.h: the sole home of malloc.
 *
 * Three lifetimes: an arena for what lives as long as a run or a step, struct buf (buf.h) for what grows, and
 * mem_alloc for the rest. Running out of memory is fatal here and only here: one line on stderr, exit status 4.
 * Nothing half-written can be visible then, since files reach their final name only by a rename (io/stream.h). */
#ifndef RECPIPE_BASE_MEM_H
#define RECPIPE_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* n * size bytes, 64-byte aligned, not cleared; never NULL, also for 0 bytes. Fatal on overflow. Owner: caller. */
void *mem_alloc(size_t n, size_t size);
/* The same, cleared to zero. */
void *mem_zalloc(size_t n, size_t size);
/* Grow or shrink what mem_alloc gave: old_n elements are kept (or the first n, where n is smaller). */
void *mem_resize(void *p, size_t old_n, size_t n, size_t size);
/* A copy of n bytes; of a string. Owner: caller. */
void *mem_dup(const void *p, size_t n_bytes);
char *mem_strdup(const char *s);
/* A string made by printf's rules. Owner: caller. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* NULL is fine. */
void mem_free(void *p);

/* The element type spelled once: T *p = MEM_NEW(n, T). */
#define MEM_NEW(n, T) ((T *)mem_alloc((n), sizeof(T)))
#define MEM_ZNEW(n, T) ((T *)mem_zalloc((n), sizeof(T)))

/* A capacity of at least `need` that grows geometrically from `have`, for amortised appends. */
size_t mem_grow(size_t have, size_t need);

/* An arena: allocations that are freed together. Blocks double in size; nothing is freed singly. */
struct arena_block;
struct arena {
	struct arena_block *head; /* the block in use; older ones behind it */
	size_t n_bytes;           /* handed out since the last reset */
};
#define ARENA_INIT { NULL, 0 }

/* n * size bytes of the arena, 64-byte aligned, not cleared; live until reset or release. */
void *arena_alloc(struct arena *a, size_t n, size_t size);
void *arena_dup(struct arena *a, const void *p, size_t n_bytes);
/* A NUL-terminated copy of n_bytes of text. */
char *arena_strdup(struct arena *a, const char *s, size_t n_bytes);
#define ARENA_NEW(a, n, T) ((T *)arena_alloc((a), (n), sizeof(T)))
/* Forget all allocations, keep the largest block for the next round. */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

#endif

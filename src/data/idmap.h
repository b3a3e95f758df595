/* idmap.h: string ids to dense indices 0..n-1 in order of first appearance, and back.
 *
 * Ids are byte strings from end to end; the index never leaves the library. Open addressing with linear probing over
 * slots of 16 bytes, load at most 2/3, that hold the index, part of the hash, the length and the first 8 bytes: a short id
 * is found by one memory access, a longer one is compared with the bytes of all ids, which lie in one run, with offsets,
 * as they are stored in files. Up to 2^32 - 2 ids. */
#ifndef RECPIPE_DATA_IDMAP_H
#define RECPIPE_DATA_IDMAP_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define IDMAP_NONE UINT32_MAX

struct tensorfile;
struct tensor_writer;

struct idmap_slot {
	uint64_t tag;  /* hash (24 bits), length up to 255 (8), index + 1 (32); 0 is free */
	uint64_t head; /* the first 8 bytes of the id */
};

struct idmap {
	char *bytes;       /* all ids, one behind the other */
	uint64_t *offset;  /* n + 1 offsets into bytes */
	size_t n, n_bytes_capacity, offset_capacity;
	struct idmap_slot *slot;
	size_t n_slots;    /* a power of two, or 0 */
};

/* A zeroed struct is an empty map. */
#define IDMAP_INIT { NULL, NULL, 0, 0, 0, NULL, 0 }
void idmap_release(struct idmap *m);
/* Index of id, which is added if it is new. One id too many is fatal, as running out of memory is. */
uint32_t idmap_add(struct idmap *m, struct str id);
/* The same in two steps, for a caller who needs the hash twice. The hash is good in all its bits; it depends on the
 * machine's byte order and may change with the version, so it is never stored. */
uint64_t idmap_hash(struct str id);
uint32_t idmap_add_hashed(struct idmap *m, struct str id, uint64_t hash);
/* Begin to bring the place of a hash into the cache. */
static inline void idmap_prefetch(const struct idmap *m, uint64_t hash)
{
	if (m->n_slots)
		__builtin_prefetch(&m->slot[hash & (m->n_slots - 1)]);
}
/* Index of id, or IDMAP_NONE. */
uint32_t idmap_find(const struct idmap *m, struct str id);
/* The id of an index below n; borrowed until the next add. */
struct str idmap_id(const struct idmap *m, uint32_t index);
/* rank[index] = place of the id in byte order: the tie-break of every ranking. rank has m->n entries, caller's. */
void idmap_rank(const struct idmap *m, uint32_t *rank);
/* Stored as tensors "PREFIX.bytes" (U8) and "PREFIX.offsets" (U64, n + 1). The writer borrows the map until the write.
 * Loading checks that offsets ascend and ids are unique. */
void idmap_save(const struct idmap *m, const char *prefix, struct tensor_writer *w);
MUST_CHECK int idmap_load(struct idmap *m, const char *prefix, const struct tensorfile *t, struct err *e);

#endif

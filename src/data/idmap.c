/* idmap.c: see idmap.h.
 *
 * The hash takes 8 bytes at a time through a 64 x 64 -> 128 bit multiplication folded to 64 bits (the mixing step of
 * wyhash, Wang Yi, and of Java's and Go's string hashes); it only places ids in memory and is never stored. */
#include "data/idmap.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/tensorfile.h"

#include <stdlib.h>
#include <string.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t load_bytes(const char *p, size_t n)
{
	uint64_t x = 0;
	memcpy(&x, p, n);
	return x;
}

uint64_t idmap_hash(struct str id)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	const char *p = id.p;
	size_t n = id.n;
	uint64_t h = k0 ^ (uint64_t)n;
	for (; n >= 8; p += 8, n -= 8)
		h = fold(load_bytes(p, 8) ^ k1, h ^ k0);
	if (n >= 4)
		h = fold(load_bytes(p, 4) << 32 ^ load_bytes(p + n - 4, 4) ^ k1, h ^ k0);
	else if (n)
		h = fold(((uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
			  (unsigned char)p[n - 1]) ^ k1, h ^ k0);
	return fold(h ^ k1, k0);
}

void idmap_release(struct idmap *m)
{
	mem_free(m->bytes);
	mem_free(m->offset);
	mem_free(m->slot);
	*m = (struct idmap)IDMAP_INIT;
}

void idmap_clear(struct idmap *m)
{
	if (m->n)
		memset(m->slot, 0, m->n_slots * sizeof *m->slot);
	m->n = 0;
}

static const uint64_t high_bits = 0xffffffff00000000u;

/* Where a hash starts to look. The slot keeps the high half, so the low half places it. */
static size_t home(const struct idmap *m, uint64_t hash)
{
	return (size_t)hash & (m->n_slots - 1);
}

/* The slot's hash is only half; the other half is computed anew from the id. */
static void rebuild(struct idmap *m, size_t n_slots)
{
	mem_free(m->slot);
	m->slot = MEM_ZNEW(n_slots, uint64_t);
	m->n_slots = n_slots;
	for (size_t i = 0; i < m->n; i++) {
		uint64_t hash = idmap_hash(idmap_id(m, (uint32_t)i));
		size_t s = home(m, hash);
		while (m->slot[s])
			s = (s + 1) & (n_slots - 1);
		m->slot[s] = (hash & high_bits) | (i + 1);
	}
}

/* The slot that holds id, or the free one where it belongs. */
static size_t find_slot(const struct idmap *m, struct str id, uint64_t hash)
{
	size_t s = home(m, hash);
	for (; m->slot[s]; s = (s + 1) & (m->n_slots - 1)) {
		uint64_t slot = m->slot[s];
		if ((slot ^ hash) & high_bits)
			continue;
		if (str_eq(idmap_id(m, (uint32_t)slot - 1), id))
			break;
	}
	return s;
}

static void append(struct idmap *m, struct str id)
{
	size_t end = m->n ? (size_t)m->offset[m->n] : 0;
	if (m->n >= IDMAP_NONE - 1)
		mem_free(mem_alloc(SIZE_MAX, 2)); /* does not return */
	if (m->n + 2 > m->offset_capacity) {
		size_t capacity = mem_grow(m->offset_capacity, m->n + 2);
		m->offset = mem_resize(m->offset, m->n + 1, capacity, sizeof *m->offset);
		m->offset_capacity = capacity;
	}
	if (id.n > m->n_bytes_capacity - end) {
		size_t capacity = mem_grow(m->n_bytes_capacity, end + id.n);
		m->bytes = mem_resize(m->bytes, end, capacity, 1);
		m->n_bytes_capacity = capacity;
	}
	if (id.n)
		memcpy(m->bytes + end, id.p, id.n);
	m->offset[m->n] = end;
	m->offset[++m->n] = end + id.n;
}

uint32_t idmap_add_hashed(struct idmap *m, struct str id, uint64_t hash)
{
	if (2 * (m->n + 1) > m->n_slots)
		rebuild(m, m->n_slots ? 2 * m->n_slots : 64);
	size_t s = find_slot(m, id, hash);
	if (!m->slot[s]) {
		append(m, id);
		m->slot[s] = (hash & high_bits) | m->n;
	}
	return (uint32_t)m->slot[s] - 1;
}

uint32_t idmap_add(struct idmap *m, struct str id)
{
	return idmap_add_hashed(m, id, idmap_hash(id));
}

uint32_t idmap_find(const struct idmap *m, struct str id)
{
	if (!m->n_slots)
		return IDMAP_NONE;
	return (uint32_t)m->slot[find_slot(m, id, idmap_hash(id))] - 1; /* a free slot, 0, gives IDMAP_NONE */
}

struct str idmap_id(const struct idmap *m, uint32_t index)
{
	return (struct str){ m->bytes + m->offset[index], (size_t)(m->offset[index + 1] - m->offset[index]) };
}

static int compare_ids(const void *a, const void *b, void *map)
{
	return str_cmp(idmap_id(map, *(const uint32_t *)a), idmap_id(map, *(const uint32_t *)b));
}

void idmap_rank(const struct idmap *m, uint32_t *rank)
{
	uint32_t *order = MEM_NEW(m->n, uint32_t);
	for (size_t i = 0; i < m->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, m->n, sizeof *order, compare_ids, (void *)(uintptr_t)m);
	for (size_t i = 0; i < m->n; i++)
		rank[order[i]] = (uint32_t)i;
	mem_free(order);
}

void idmap_save(const struct idmap *m, const char *prefix, struct tensor_writer *w)
{
	static const uint64_t no_offset;
	size_t n_offsets = m->n + 1, n_bytes = m->n ? (size_t)m->offset[m->n] : 0;
	char *bytes = mem_printf("%s.bytes", prefix), *offsets = mem_printf("%s.offsets", prefix);
	tensor_writer_add(w, bytes, DT_U8, 1, &n_bytes, m->bytes);
	tensor_writer_add(w, offsets, DT_U64, 1, &n_offsets, m->n ? m->offset : &no_offset);
	mem_free(bytes);
	mem_free(offsets);
}

static int load_ids(struct idmap *m, const char *prefix, const struct tensor *bytes, const struct tensor *offsets,
		    const char *file, struct err *e)
{
	const uint64_t *offset = offsets->data;
	size_t n = offsets->dim[0] - 1;
	if (n >= IDMAP_NONE)
		return err_data(e, "%s: \"%s.offsets\" holds more than 2^32 - 2 ids", file, prefix);
	if (offset[0] != 0 || offset[n] != bytes->dim[0])
		return err_data(e, "%s: \"%s.offsets\" does not span \"%s.bytes\"", file, prefix, prefix);
	for (size_t i = 0; i < n; i++) {
		if (offset[i] > offset[i + 1] || offset[i + 1] > bytes->dim[0])
			return err_data(e, "%s: \"%s.offsets\" does not ascend at %zu", file, prefix, i);
		struct str id = { (const char *)bytes->data + offset[i], (size_t)(offset[i + 1] - offset[i]) };
		if (!utf8_is_text(id))
			return err_data(e, "%s: id %zu of \"%s\" is not UTF-8", file, i, prefix);
		if (idmap_add(m, id) != i)
			return err_data(e, "%s: the id \"%.*s\" stands twice in \"%s\"", file, (int)id.n, id.p, prefix);
	}
	return 0;
}

int idmap_load(struct idmap *m, const char *prefix, const struct tensorfile *t, struct err *e)
{
	const struct tensor *bytes, *offsets;
	const char *file = tensorfile_name(t);
	char *bytes_name = mem_printf("%s.bytes", prefix), *offsets_name = mem_printf("%s.offsets", prefix);
	int rc = tensorfile_need(t, bytes_name, DT_U8, 1, (size_t[]){ SIZE_MAX }, &bytes, e);
	if (!rc)
		rc = tensorfile_need(t, offsets_name, DT_U64, 1, (size_t[]){ SIZE_MAX }, &offsets, e);
	if (!rc && offsets->dim[0] == 0)
		rc = err_data(e, "%s: \"%s\" is empty", file, offsets_name);
	*m = (struct idmap)IDMAP_INIT;
	if (!rc)
		rc = load_ids(m, prefix, bytes, offsets, file, e);
	if (rc)
		idmap_release(m);
	mem_free(bytes_name);
	mem_free(offsets_name);
	return rc;
}

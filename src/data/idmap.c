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

static uint64_t load8(const char *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

static uint64_t load4(const char *p)
{
	uint32_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

static uint64_t load1(const char *p, size_t at)
{
	return (uint64_t)(unsigned char)p[at] << 8 * at;
}

/* The first 8 bytes, or all of a shorter text with zeros behind; reads no byte beyond. */
static uint64_t head_of(const char *p, size_t n)
{
	if (n >= 8)
		return load8(p);
	if (n >= 4)
		return load4(p) | load4(p + n - 4) << 8 * (n - 4);
	return n ? load1(p, 0) | load1(p, n / 2) | load1(p, n - 1) : 0;
}

uint64_t idmap_hash(struct str id)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	const char *p = id.p;
	size_t n = id.n;
	uint64_t h = k0 ^ (uint64_t)n;
	for (; n > 8; p += 8, n -= 8)
		h = fold(load8(p) ^ k1, h ^ k0);
	return fold(fold(head_of(p, n) ^ k1, h) ^ k1, k0);
}

void idmap_release(struct idmap *m)
{
	mem_free(m->bytes);
	mem_free(m->offset);
	mem_free(m->slot);
	*m = (struct idmap)IDMAP_INIT;
}

/* What a slot keeps beside the index: the hash's upper 24 bits and the length up to 255. */
static const uint64_t tag_bits = 0xffffffff00000000u;

static uint64_t tag_of(struct str id, uint64_t hash)
{
	return hash >> 40 << 40 | (uint64_t)(id.n < 255 ? id.n : 255) << 32;
}

/* Where a hash starts to look. */
static size_t home(const struct idmap *m, uint64_t hash)
{
	return (size_t)hash & (m->n_slots - 1);
}

static void rebuild(struct idmap *m, size_t n_slots)
{
	mem_free(m->slot);
	m->slot = MEM_ZNEW(n_slots, struct idmap_slot);
	m->n_slots = n_slots;
	for (size_t i = 0; i < m->n; i++) {
		struct str id = idmap_id(m, (uint32_t)i);
		uint64_t hash = idmap_hash(id);
		size_t s = home(m, hash);
		while (m->slot[s].tag)
			s = (s + 1) & (n_slots - 1);
		m->slot[s] = (struct idmap_slot){ tag_of(id, hash) | (i + 1), head_of(id.p, id.n) };
	}
}

/* The slot that holds id, or the free one where it belongs. The slot alone decides for ids of up to 8 bytes. */
static size_t find_slot(const struct idmap *m, struct str id, uint64_t hash)
{
	size_t s = home(m, hash);
	uint64_t tag = tag_of(id, hash), head = head_of(id.p, id.n);
	for (; m->slot[s].tag; s = (s + 1) & (m->n_slots - 1)) {
		struct idmap_slot slot = m->slot[s];
		if ((slot.tag ^ tag) & tag_bits || slot.head != head)
			continue;
		if (id.n <= 8 || str_eq(idmap_id(m, (uint32_t)slot.tag - 1), id))
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
	if (3 * (m->n + 1) > 2 * m->n_slots)
		rebuild(m, m->n_slots ? 2 * m->n_slots : 64);
	size_t s = find_slot(m, id, hash);
	if (!m->slot[s].tag) {
		append(m, id);
		m->slot[s] = (struct idmap_slot){ tag_of(id, hash) | m->n, head_of(id.p, id.n) };
	}
	return (uint32_t)m->slot[s].tag - 1;
}

uint32_t idmap_add(struct idmap *m, struct str id)
{
	return idmap_add_hashed(m, id, idmap_hash(id));
}

uint32_t idmap_find(const struct idmap *m, struct str id)
{
	if (!m->n_slots)
		return IDMAP_NONE;
	return (uint32_t)m->slot[find_slot(m, id, idmap_hash(id))].tag - 1; /* a free slot, 0, gives IDMAP_NONE */
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

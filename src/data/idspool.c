/* idspool.c: see idspool.h.
 *
 * In memory there is a hash table of 8 bytes a slot, 32 bits of the hash and the row, in 256 parts by 8 further bits of the hash:
 * parts grow one at a time, and by half, so that no more than 15 bytes an id are ever needed. Where 40 bits agree, the id in the
 * file decides; among ten million ids one in a hundred thousand lookups reads another's in vain. */
#include "data/idspool.h"
#include "base/mem.h"
#include "data/idmap.h"
#include "io/spool.h"
#include "io/tensorfile.h"

#include <stdbool.h>
#include <string.h>

enum { PARTS = 256 };

struct part {
	uint64_t *slot; /* tag << 32 | row + 1; 0 is free */
	size_t n, n_slots;
};

struct idspool {
	struct spool *bytes, *offsets; /* as idmap_save stores them */
	uint64_t n_bytes;
	size_t n;
	struct part part[PARTS];
};

int idspool_open(struct idspool **out, struct err *e)
{
	static const uint64_t first;
	struct idspool *s = MEM_ZNEW(1, struct idspool);
	int rc = spool_open(&s->bytes, e);
	if (!rc)
		rc = spool_open(&s->offsets, e);
	if (!rc)
		rc = spool_write(s->offsets, &first, sizeof first, e);
	*out = rc ? NULL : s;
	if (rc)
		idspool_free(s);
	return rc;
}

void idspool_free(struct idspool *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < PARTS; i++)
		mem_free(s->part[i].slot);
	spool_free(s->bytes);
	spool_free(s->offsets);
	mem_free(s);
}

size_t idspool_count(const struct idspool *s)
{
	return s->n;
}

static struct part *part_of(struct idspool *s, uint64_t hash)
{
	return &s->part[hash >> 56];
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 24);
}

/* Where a tag starts to look: tags lie in the table in about their own order. */
static size_t home(const struct part *p, uint32_t tag)
{
	return (size_t)((uint64_t)tag * p->n_slots >> 32);
}

static size_t after(const struct part *p, size_t i)
{
	return i + 1 < p->n_slots ? i + 1 : 0;
}

static void put(struct part *p, uint64_t slot)
{
	size_t i = home(p, (uint32_t)(slot >> 32));
	while (p->slot[i])
		i = after(p, i);
	p->slot[i] = slot;
}

static void grow(struct part *p)
{
	struct part old = *p;
	p->n_slots = old.n_slots ? old.n_slots + old.n_slots / 2 : 16;
	p->slot = MEM_ZNEW(p->n_slots, uint64_t);
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slot[i])
			put(p, old.slot[i]);
	mem_free(old.slot);
}

/* Whether the id of a row is this one. */
MUST_CHECK static int same(struct idspool *s, uint32_t row, struct str id, bool *is_same, struct err *e)
{
	uint64_t offset[2];
	char piece[256];
	int rc = spool_peek(s->offsets, row * sizeof *offset, offset, sizeof offset, e);
	*is_same = !rc && offset[1] - offset[0] == id.n;
	for (size_t at = 0, n; *is_same && at < id.n; at += n) {
		n = id.n - at < sizeof piece ? id.n - at : sizeof piece;
		rc = spool_peek(s->bytes, offset[0] + at, piece, n, e);
		*is_same = !rc && !memcmp(piece, id.p + at, n);
	}
	return rc;
}

int idspool_find(struct idspool *s, struct str id, uint32_t *row, struct err *e)
{
	uint64_t hash = idmap_hash(id);
	const struct part *p = part_of(s, hash);
	uint32_t tag = tag_of(hash);
	*row = IDMAP_NONE;
	if (!p->n_slots)
		return 0;
	for (size_t i = home(p, tag); p->slot[i]; i = after(p, i)) {
		uint32_t found = (uint32_t)p->slot[i] - 1;
		bool is_same = false;
		int rc = p->slot[i] >> 32 == tag ? same(s, found, id, &is_same, e) : 0;
		if (is_same)
			*row = found;
		if (rc || is_same)
			return rc;
	}
	return 0;
}

int idspool_add(struct idspool *s, struct str id, struct err *e)
{
	uint64_t hash = idmap_hash(id);
	struct part *p = part_of(s, hash);
	if (s->n >= IDMAP_NONE - 1)
		return err_data(e, "more than 2^32 - 2 ids");
	if (5 * (p->n + 1) > 4 * p->n_slots)
		grow(p);
	p->n++;
	put(p, (uint64_t)tag_of(hash) << 32 | ++s->n);
	s->n_bytes += id.n;
	int rc = spool_write(s->bytes, id.p, id.n, e);
	return rc ? rc : spool_write(s->offsets, &s->n_bytes, sizeof s->n_bytes, e);
}

int idspool_save(struct idspool *s, const char *prefix, struct tensor_writer *w, struct err *e)
{
	size_t n_bytes = (size_t)s->n_bytes, n_offsets = s->n + 1;
	char *bytes = mem_printf("%s.bytes", prefix), *offsets = mem_printf("%s.offsets", prefix);
	int rc = spool_rewind(s->bytes, e);
	if (!rc)
		rc = spool_rewind(s->offsets, e);
	if (!rc) {
		tensor_writer_add_fd(w, bytes, DT_U8, 1, &n_bytes, spool_fd(s->bytes));
		tensor_writer_add_fd(w, offsets, DT_U64, 1, &n_offsets, spool_fd(s->offsets));
	}
	mem_free(bytes);
	mem_free(offsets);
	return rc;
}

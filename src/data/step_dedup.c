/* step_dedup.c: exact duplicates, as a stream.
 *
 * What is remembered of a row is 128 bits of its SHA-256 (over field lengths and bytes): 32 bytes of memory a distinct
 * row at a load of 1/2, and a chance of one in 10^20 that any two of a billion rows are taken for one. */
#include "data/step.h"

#include <nettle/sha2.h>
#include <string.h>

struct key {
	uint64_t a, b; /* both 0: a free slot */
};

struct state {
	struct key *slot;
	size_t n, n_slots;
};

static struct key key_of(const struct row *row)
{
	struct sha256_ctx sha;
	uint8_t digest[16];
	struct key k;
	sha256_init(&sha);
	for (size_t c = 0; c < row->n; c++) {
		uint64_t n = row->field[c].n;
		sha256_update(&sha, sizeof n, (const uint8_t *)&n);
		sha256_update(&sha, row->field[c].n, (const uint8_t *)row->field[c].p);
	}
	sha256_digest(&sha, sizeof digest, digest);
	memcpy(&k, digest, sizeof k);
	k.b |= k.a == 0;
	return k;
}

/* True if k is new; it is in the set then. There is a free slot. */
static bool put(struct state *st, struct key k)
{
	size_t mask = st->n_slots - 1, i = k.a & mask;
	for (; st->slot[i].a || st->slot[i].b; i = (i + 1) & mask)
		if (st->slot[i].a == k.a && st->slot[i].b == k.b)
			return false;
	st->slot[i] = k;
	st->n++;
	return true;
}

static void grow(struct state *st)
{
	struct state bigger = { .n_slots = st->n_slots ? 2 * st->n_slots : 1024 };
	bigger.slot = MEM_ZNEW(bigger.n_slots, struct key);
	for (size_t i = 0; i < st->n_slots; i++)
		if (st->slot[i].a || st->slot[i].b)
			put(&bigger, st->slot[i]);
	mem_free(st->slot);
	*st = bigger;
}

static int row(struct step *s, struct row *r, struct err *e)
{
	struct state *st = s->state;
	if (2 * st->n >= st->n_slots)
		grow(st);
	if (put(st, key_of(r)))
		return step_emit(s, r, e);
	step_drop(s, "exact duplicate");
	return 0;
}

static void release(struct step *s)
{
	mem_free(((struct state *)s->state)->slot);
}

const struct step_class step_dedup = {
	.part = { .name = "dedup",
		  .summary = "drop rows that equal an earlier row in every column",
		  .help = "Streams; remembers 16 bytes of each distinct row's SHA-256 (32 bytes of memory). All columns count\n"
			  "that are kept at this place in the chain: dropping columns makes more rows equal." },
	.state_size = sizeof(struct state),
	.row = row,
	.release = release,
};

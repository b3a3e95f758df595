/* pseudonym.c: see pseudonym.h. */
#include "data/pseudonym.h"
#include "io/stream.h"

#include <string.h>

enum { LEAST_KEY = 16, MOST_KEY = 1 << 16, DIGEST = 16 };

int pseudonym_open(struct pseudonym *p, const char *key_path, const char *list, const struct header *columns,
		   struct err *e)
{
	struct buf key = BUF_INIT;
	*p = (struct pseudonym){ 0 };
	int rc = in_read_all(key_path, MOST_KEY, &key, e);
	if (!rc && key.n < LEAST_KEY)
		rc = err_usage(e, "%s: a key of %zu bytes is too short: it takes at least %d (head -c 32 /dev/urandom)", key_path,
			       key.n, LEAST_KEY);
	if (!rc)
		hmac_sha256_set_key(&p->key, key.n, (const uint8_t *)key.data);
	struct str rest = str_of(list);
	p->column = MEM_NEW(rest.n + 1, size_t);
	p->name = MEM_NEW(rest.n + 1, const char *);
	while (!rc && rest.p) {
		rc = header_need(columns, str_cut(&rest, ','), &p->column[p->n], e);
		if (!rc) {
			p->name[p->n] = columns->name[p->column[p->n]];
			p->n++;
		}
	}
	if (key.data)
		explicit_bzero(key.data, key.n);
	buf_release(&key);
	return rc;
}

static void put(struct pseudonym *p, const char *name, struct row *row, size_t c)
{
	static const char hex[] = "0123456789abcdef";
	struct hmac_sha256_ctx ctx = p->key;
	uint8_t digest[DIGEST];
	char text[2 * DIGEST];
	hmac_sha256_update(&ctx, strlen(name) + 1, (const uint8_t *)name);
	hmac_sha256_update(&ctx, row->field[c].n, (const uint8_t *)row->field[c].p);
	hmac_sha256_digest(&ctx, DIGEST, digest);
	for (size_t i = 0; i < DIGEST; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	row_set(row, c, (struct str){ text, sizeof text });
}

int pseudonym_row(void *context, struct row *row, struct err *e)
{
	struct pseudonym *p = context;
	for (size_t k = 0; k < p->n; k++)
		if (row->field[p->column[k]].n)
			put(p, p->name[k], row, p->column[k]);
	return p->to(p->to_context, row, e);
}

void pseudonym_release(struct pseudonym *p)
{
	explicit_bzero(&p->key, sizeof p->key);
	mem_free(p->column);
	mem_free(p->name);
	*p = (struct pseudonym){ 0 };
}

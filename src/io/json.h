/* json.h: reading JSON. The sole user of jansson (the writers of our small, flat reports print JSON themselves).
 *
 * Duplicate keys, invalid UTF-8, NUL characters in strings and anything behind the value are ERR_DATA, with line and
 * column. Values are borrowed from the document. */
#ifndef RECPIPE_IO_JSON_H
#define RECPIPE_IO_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* a value; the document is its outermost value */

/* name is for messages. Owner of *out: caller, by json_free. */
MUST_CHECK int json_parse(struct json **out, struct str text, const char *name, struct err *e);
/* The same for text that begins at a line, counted from 1, of a larger file. */
MUST_CHECK int json_parse_line(struct json **out, struct str text, const char *name, size_t line, struct err *e);
/* A whole file (also gzipped, or "-") of at most max_bytes. */
MUST_CHECK int json_open(struct json **out, const char *path, size_t max_bytes, struct err *e);
void json_free(struct json *j);

enum json_kind { JSON_KIND_NULL, JSON_KIND_BOOL, JSON_KIND_NUMBER, JSON_KIND_TEXT, JSON_KIND_ARRAY, JSON_KIND_OBJECT };
enum json_kind json_kind(const struct json *j);
/* Value of a key; NULL if j is NULL, no object, or has no such key. */
const struct json *json_get(const struct json *j, const char *key);
/* Elements of an array, members of an object; 0 for anything else. */
size_t json_count(const struct json *j);
const struct json *json_at(const struct json *j, size_t i); /* of an array; NULL beyond its end */
/* False, and *out untouched, where j is NULL or of another type (or a number does not fit). */
bool json_text(const struct json *j, struct str *out); /* NUL-terminated besides */
bool json_bool(const struct json *j, bool *out);
bool json_f64(const struct json *j, double *out);
bool json_u64(const struct json *j, uint64_t *out);
/* The members of an object in the order of the file: for (struct json_member m = json_first(j); m.value; json_next(&m)). */
struct json_member {
	struct str key;
	const struct json *value; /* NULL behind the last */
	const struct json *object;
	void *at;
};
struct json_member json_first(const struct json *j);
void json_next(struct json_member *m);
/* The value as compact JSON text, appended. */
void json_print(const struct json *j, struct buf *out);

#endif

/* json.c: see json.h. struct json is jansson's json_t under our name. */
#include "io/json.h"
#include "io/stream.h"

#include <jansson.h>

static json_t *raw(const struct json *j)
{
	return (json_t *)(uintptr_t)j; /* jansson takes no const where it counts references */
}

int json_parse_line(struct json **out, struct str text, const char *name, size_t line, struct err *e)
{
	json_error_t error;
	json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!j)
		return err_at_line(e, name, line + (error.line > 0 ? (size_t)error.line - 1 : 0), "column %d: %s", error.column,
				   error.text);
	*out = (struct json *)j;
	return 0;
}

int json_parse(struct json **out, struct str text, const char *name, struct err *e)
{
	return json_parse_line(out, text, name, 1, e);
}

int json_open(struct json **out, const char *path, size_t max_bytes, struct err *e)
{
	struct buf text = BUF_INIT;
	int rc = in_read_all(path, max_bytes, &text, e);
	if (!rc)
		rc = json_parse(out, buf_str(&text), path, e);
	buf_release(&text);
	return rc;
}

void json_free(struct json *j)
{
	json_decref(raw(j));
}

enum json_kind json_kind(const struct json *j)
{
	switch (json_typeof(raw(j))) {
	case JSON_OBJECT: return JSON_KIND_OBJECT;
	case JSON_ARRAY: return JSON_KIND_ARRAY;
	case JSON_STRING: return JSON_KIND_TEXT;
	case JSON_INTEGER:
	case JSON_REAL: return JSON_KIND_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE: return JSON_KIND_BOOL;
	default: return JSON_KIND_NULL;
	}
}

const struct json *json_get(const struct json *j, const char *key)
{
	return j ? (const struct json *)json_object_get(raw(j), key) : NULL;
}

size_t json_count(const struct json *j)
{
	if (!j)
		return 0;
	return json_is_array(raw(j)) ? json_array_size(raw(j)) : json_object_size(raw(j));
}

const struct json *json_at(const struct json *j, size_t i)
{
	return j ? (const struct json *)json_array_get(raw(j), i) : NULL;
}

bool json_text(const struct json *j, struct str *out)
{
	if (!j || !json_is_string(raw(j)))
		return false;
	*out = (struct str){ json_string_value(raw(j)), json_string_length(raw(j)) };
	return true;
}

bool json_bool(const struct json *j, bool *out)
{
	if (!j || !json_is_boolean(raw(j)))
		return false;
	*out = json_is_true(raw(j));
	return true;
}

bool json_f64(const struct json *j, double *out)
{
	if (!j || !json_is_number(raw(j)))
		return false;
	*out = json_number_value(raw(j));
	return true;
}

bool json_u64(const struct json *j, uint64_t *out)
{
	if (!j || !json_is_integer(raw(j)) || json_integer_value(raw(j)) < 0)
		return false;
	*out = (uint64_t)json_integer_value(raw(j));
	return true;
}

static struct json_member member_at(const struct json *object, void *at)
{
	struct json_member m = { STR(""), NULL, object, at };
	if (at) {
		m.key = (struct str){ json_object_iter_key(at), json_object_iter_key_len(at) };
		m.value = (const struct json *)json_object_iter_value(at);
	}
	return m;
}

struct json_member json_first(const struct json *j)
{
	return member_at(j, j ? json_object_iter(raw(j)) : NULL);
}

void json_next(struct json_member *m)
{
	*m = member_at(m->object, json_object_iter_next(raw(m->object), m->at));
}

static int append(const char *bytes, size_t n, void *to)
{
	buf_add(to, bytes, n);
	return 0;
}

void json_print(const struct json *j, struct buf *out)
{
	json_dump_callback(raw(j), append, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

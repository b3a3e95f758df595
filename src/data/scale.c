/* scale.c: see scale.h. */
#include "data/scale.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/json.h"
#include "io/stream.h"

static const char format[] = "recpipe.scale";

int scale_save(const struct scale *s, const char *path, struct err *e)
{
	struct buf text = BUF_INIT;
	struct out *out;
	buf_printf(&text, "{\"format\": \"%s\", \"version\": 1, \"shift\": ", format);
	num_put_f64(&text, s->shift);
	buf_puts(&text, ", \"spread\": ");
	num_put_f64(&text, s->spread);
	buf_puts(&text, ", \"users\": {");
	for (uint32_t u = 0; u < s->users.n; u++) {
		buf_puts(&text, u ? ",\n" : "\n");
		buf_put_json(&text, idmap_id(&s->users, u));
		buf_puts(&text, ": ");
		num_put_f64(&text, s->user_shift[u]);
	}
	buf_puts(&text, "}}\n");
	int rc = out_open(&out, path, e);
	if (!rc) {
		rc = out_write(out, text.data, text.n, e);
		if (rc)
			out_abandon(out);
		else
			rc = out_commit(out, e);
	}
	buf_release(&text);
	return rc;
}

static int bad(const char *path, struct err *e)
{
	return err_data(e, "%s: not a file that the step normalise has saved", path);
}

static int read_users(struct scale *s, const struct json *users, const char *path, struct err *e)
{
	s->user_shift = MEM_NEW(json_count(users), double);
	for (struct json_member m = json_first(users); m.value; json_next(&m)) {
		double shift;
		if (!json_f64(m.value, &shift))
			return bad(path, e);
		s->user_shift[idmap_add(&s->users, m.key)] = shift;
	}
	return 0;
}

int scale_load(struct scale *s, const char *path, struct err *e)
{
	struct json *j;
	struct str found = STR("");
	*s = (struct scale){ 0 };
	int rc = json_open(&j, path, (size_t)1 << 32, e);
	if (rc)
		return rc;
	json_text(json_get(j, "format"), &found);
	if (!str_eq(found, str_of(format)) || !json_f64(json_get(j, "shift"), &s->shift) ||
	    !json_f64(json_get(j, "spread"), &s->spread) || s->spread == 0)
		rc = bad(path, e);
	else
		rc = read_users(s, json_get(j, "users"), path, e);
	json_free(j);
	if (rc)
		scale_release(s);
	return rc;
}

void scale_release(struct scale *s)
{
	idmap_release(&s->users);
	mem_free(s->user_shift);
	*s = (struct scale){ 0 };
}

double scale_shift(const struct scale *s, struct str user)
{
	uint32_t u = idmap_find(&s->users, user);
	return u == IDMAP_NONE ? s->shift : s->user_shift[u];
}

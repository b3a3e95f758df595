/* space.c: see space.h. */
#include "encoder/space.h"
#include "base/mem.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* ---- opening ---- */

bool space_has_components(const struct space *s)
{
	return s->spec.reduce != SPACE_CUT;
}

bool space_learns(const struct space *s)
{
	return encoder_wants_fit(s->encoder) || space_has_components(s);
}

int space_open(struct space *s, const struct space_spec *spec, size_t max_rows, struct err *e)
{
	size_t dim = spec->dim, usual = encoder_class_of(spec->part)->pca_width;
	*s = (struct space){ .spec = *spec };
	if (spec->reduce == SPACE_AUTO)
		s->spec.reduce = usual ? SPACE_PCA : SPACE_CUT;
	bool has_pca = space_has_components(s);
	int rc = encoder_new(&s->encoder, spec->part, spec->options, spec->model, has_pca ? 0 : dim, spec->seed, spec->log,
			     spec->pool, e);
	if (rc)
		return rc;
	size_t own = s->encoder->width;
	if (spec->remove && !has_pca)
		return err_usage(e, "--remove needs --reduce pca or whiten");
	if (spec->remove >= own)
		return err_usage(e, "--remove %zu: the vectors of this encoder have %zu", spec->remove, own);
	size_t most = own - spec->remove;
	if (dim > most)
		return err_usage(e, "--dim %zu: the vectors of this encoder have %zu", dim, most);
	s->width = dim ? dim : has_pca && usual && usual < most ? usual : most;
	s->raw = mem_alloc(max_rows, own * sizeof *s->raw);
	if (has_pca) {
		pca_init(&s->pca, own, s->width);
		s->reduced = mem_alloc(max_rows, s->width * sizeof *s->reduced);
	}
	return 0;
}

void space_release(struct space *s)
{
	encoder_free(s->encoder);
	pca_release(&s->pca);
	mem_free(s->raw);
	mem_free(s->reduced);
	*s = (struct space){ 0 };
}

/* ---- what must agree before two files hold comparable vectors ---- */

/* Paths are left out: the fingerprint of what lies there stands for them. */
static void put_options(const struct space_spec *spec, struct buf *out)
{
	const struct opt_group g = { "", spec->part->options, spec->part->n_options, spec->options, NULL };
	for (size_t i = 0; i < g.n; i++) {
		struct buf value = BUF_INIT;
		if (g.opts[i].type != OPT_STRING && options_text(&g, i, &value))
			buf_printf(out, "%s%s=%s", out->n ? "," : "", g.opts[i].name, buf_text(&value));
		buf_release(&value);
	}
}

enum { KEY_ENCODER, KEY_OPTIONS, KEY_NORM, KEY_SEED, KEY_WEIGHTS, KEY_REDUCE, N_KEYS };
static const char *const keys[N_KEYS] = { "encoder", "encoder_options", "norm", "seed", "weights", "reduce" };

static void put_key(const struct space *s, int key, struct buf *out)
{
	static const char *const reduce[] = { [SPACE_CUT] = "cut", [SPACE_PCA] = "pca", [SPACE_WHITEN] = "whiten" };
	switch (key) {
	case KEY_ENCODER: buf_puts(out, s->spec.part->name); break;
	case KEY_OPTIONS: put_options(&s->spec, out); break;
	case KEY_NORM: buf_puts(out, s->spec.norm == SPACE_L2 ? "l2" : "none"); break;
	case KEY_SEED: num_put_u64(out, s->spec.seed); break;
	case KEY_WEIGHTS: buf_printf(out, "%016llx", (unsigned long long)s->encoder->fingerprint); break;
	case KEY_REDUCE:
		buf_puts(out, reduce[s->spec.reduce]);
		if (s->spec.remove)
			buf_printf(out, ", %zu removed", s->spec.remove);
		break;
	}
}

static int check_key(const struct space *s, int key, const struct tensorfile *t, struct err *e)
{
	struct buf now = BUF_INIT;
	const char *then = tensorfile_meta(t, keys[key]);
	int rc = 0;
	put_key(s, key, &now);
	if (!then || strcmp(then, buf_text(&now)))
		rc = err_usage(e, "%s was made with %s \"%s\", not \"%s\"", tensorfile_name(t), keys[key], then ? then : "",
			       buf_text(&now));
	buf_release(&now);
	return rc;
}

static int check_width(const struct space *s, const struct tensorfile *t, struct err *e)
{
	const struct tensor *v = tensorfile_find(t, "vectors");
	if (v && v->n_dims == 2 && v->dim[1] == s->width)
		return 0;
	return err_usage(e, "%s has vectors of width %zu, not %zu", tensorfile_name(t), v && v->n_dims == 2 ? v->dim[1] : 0,
			 s->width);
}

int space_load(struct space *s, const struct tensorfile *t, struct err *e)
{
	int rc = 0;
	for (int k = 0; k < N_KEYS && !rc; k++)
		rc = check_key(s, k, t, e);
	if (!rc)
		rc = check_width(s, t, e);
	if (!rc && encoder_wants_fit(s->encoder))
		rc = s->encoder->class->load(s->encoder, t, e);
	return rc || !space_has_components(s) ? rc : pca_load(&s->pca, t, e);
}

void space_save(struct space *s, struct tensor_writer *w)
{
	for (int k = 0; k < N_KEYS; k++) {
		struct buf text = BUF_INIT;
		put_key(s, k, &text);
		tensor_writer_meta(w, keys[k], buf_text(&text));
		buf_release(&text);
	}
	if (encoder_wants_fit(s->encoder))
		s->encoder->class->save(s->encoder, w);
	if (space_has_components(s))
		pca_save(&s->pca, w);
}

/* ---- texts to rows ---- */

static bool is_zero(const float *v, size_t n)
{
	while (n && *v == 0)
		v++, n--;
	return n == 0;
}

/* Scale n coordinates to length 1; a zero vector stays. */
static void finish(const struct space *s, float *v, size_t n)
{
	double sum = 0;
	for (size_t c = 0; c < n; c++)
		sum += (double)v[c] * v[c];
	if (s->spec.norm == SPACE_AS_IS || sum == 0)
		return;
	float scale = (float)(1 / sqrt(sum));
	for (size_t c = 0; c < n; c++)
		v[c] *= scale;
}

enum { SLICE = 512 }; /* texts between two looks at the progress: slow encoders take seconds for them */

/* The encoder's own rows, scaled where components are taken of them. */
static int encode_raw(struct space *s, const struct texts *t, struct pool *pool, struct err *e)
{
	int rc = 0;
	for (size_t from = 0; from < t->n && !rc; from += SLICE) {
		size_t n = t->n - from < SLICE ? t->n - from : SLICE;
		const struct texts part = { t->text + from, t->row + from, n };
		rc = s->encoder->class->encode(s->encoder, &part, s->raw + from * s->encoder->width, pool, e);
		progress_add(s->spec.log, n);
	}
	for (size_t i = 0; i < t->n && !rc && space_has_components(s); i++)
		finish(s, s->raw + i * s->encoder->width, s->encoder->width);
	return rc;
}

int space_fit(struct space *s, const struct texts *t, struct pool *pool, struct err *e)
{
	return encoder_wants_fit(s->encoder) ? s->encoder->class->fit(s->encoder, t, pool, e) : 0;
}

int space_see(struct space *s, const struct texts *t, struct pool *pool, struct err *e)
{
	int rc = encode_raw(s, t, pool, e);
	if (!rc)
		pca_see(&s->pca, s->raw, t->n);
	return rc;
}

int space_settle(struct space *s, struct err *e)
{
	return space_has_components(s) ? pca_fit(&s->pca, s->spec.remove, s->spec.reduce == SPACE_WHITEN, e) : 0;
}

/* Components of n rows; zeros stay zeros. */
static void reduce(struct space *s, size_t n, struct pool *pool)
{
	size_t own = s->encoder->width;
	pca_apply(&s->pca, s->raw, n, s->reduced, pool);
	for (size_t i = 0; i < n; i++)
		if (is_zero(s->raw + i * own, own))
			memset(s->reduced + i * s->width, 0, s->width * sizeof *s->reduced);
}

/* The first `width` coordinates of each of n rows, moved together. */
static void cut(struct space *s, size_t n)
{
	for (size_t i = 1; i < n && s->width < s->encoder->width; i++)
		memmove(s->raw + i * s->width, s->raw + i * s->encoder->width, s->width * sizeof *s->raw);
}

int space_encode(struct space *s, const struct texts *t, struct pool *pool, const float **rows, struct err *e)
{
	float *out = space_has_components(s) ? s->reduced : s->raw;
	int rc = encode_raw(s, t, pool, e);
	if (rc)
		return rc;
	if (space_has_components(s))
		reduce(s, t->n, pool);
	else
		cut(s, t->n);
	for (size_t i = 0; i < t->n; i++)
		finish(s, out + i * s->width, s->width);
	*rows = out;
	return 0;
}

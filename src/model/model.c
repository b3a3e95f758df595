/* model.c: see model.h. What every model stores: ids, history, rating scale, options; the rest is the class's table.
 *
 * Loading copies the arrays out of the file: they are small beside the time to read them, a loaded model is then the
 * same as a trained one (it can grow in an update), and a file whose tensors are not aligned is no special case. */
#include "model/model.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/tensorfile.h"
#include "model/params.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define MODEL(name) extern const struct model_class model_##name;
#include "model/models.def"
#undef MODEL
#define MODEL(name) &model_##name.part,
const struct part *const models[] = {
#include "model/models.def"
};
#undef MODEL
const size_t n_models = sizeof models / sizeof *models;

static const char format[] = "recpipe.model";

static struct opt_group options_of(const struct model *m)
{
	const struct part *p = &m->class->part;
	return (struct opt_group){ "", p->options, p->n_options, m->options, NULL };
}

struct model *model_new(const struct model_class *class)
{
	struct model *m = MEM_ZNEW(1, struct model);
	m->class = class;
	m->flags = class->flags;
	m->options = mem_zalloc(1, class->part.options_size);
	m->state = mem_zalloc(1, class->state_size);
	struct opt_group g = options_of(m);
	options_defaults(&g);
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	if (m->class->release)
		m->class->release(m);
	params_release(m);
	struct opt_group g = options_of(m);
	options_release(&g);
	idmap_release(&m->users);
	idmap_release(&m->items);
	csr_release(&m->history);
	mem_free(m->options);
	mem_free(m->options_text);
	mem_free(m->state);
	mem_free(m);
}

/* ---- feedback ---- */

static void widen_scale(struct model *m, const struct events *ev)
{
	for (size_t i = 0; i < ev->n; i++) {
		m->rating_min = fminf(m->rating_min, ev->rating[i]);
		m->rating_max = fmaxf(m->rating_max, ev->rating[i]);
	}
}

/* Rows of a, then of b, one behind the other; b has at least the rows of a. */
static struct csr join_rows(const struct csr *a, const struct csr *b)
{
	struct csr c = { b->n_rows, a->n + b->n, MEM_NEW(b->n_rows + 1, size_t), MEM_NEW(a->n + b->n, uint32_t),
			 MEM_NEW(a->n + b->n, float), NULL };
	const struct csr *from[] = { a, b };
	size_t to = 0;
	for (size_t row = 0; row < c.n_rows; row++) {
		c.start[row] = to;
		for (size_t k = 0; k < 2; k++) {
			size_t at = row < from[k]->n_rows ? from[k]->start[row] : 0;
			size_t n = row < from[k]->n_rows ? from[k]->start[row + 1] - at : 0;
			if (n) {
				memcpy(c.column + to, from[k]->column + at, n * sizeof *c.column);
				memcpy(c.value + to, from[k]->value + at, n * sizeof *c.value);
			}
			to += n;
		}
	}
	c.start[c.n_rows] = to;
	return c;
}

void model_observe(struct model *m, const struct events *ev)
{
	if (!m->history.start) {
		m->rating_min = ev->n ? ev->rating[0] : 0;
		m->rating_max = m->rating_min;
		m->has_rating = ev->has_rating;
	}
	widen_scale(m, ev);
	struct csr new_rows;
	csr_by_user_time(&new_rows, ev, m->users.n);
	if (!m->history.start) {
		m->history = new_rows;
		return;
	}
	struct csr joined = join_rows(&m->history, &new_rows);
	csr_release(&m->history);
	csr_release(&new_rows);
	m->history = joined;
}

void model_warn_strangers(const struct model *m, const char *path, bool users, size_t n_known, size_t n, struct log *log)
{
	if (n && !n_known && !m->history.start)
		log_warn(log, "%s has none of the %zu %s", path, n, users ? "users" : "items");
}

int model_check_likes(const struct model *m, const struct events *ev, double like, bool drawn, struct err *e)
{
	size_t n_likes = 0;
	for (size_t i = 0; i < ev->n; i++)
		n_likes += (double)ev->rating[i] >= like;
	if (!m->has_rating || (n_likes && (drawn || n_likes < ev->n)))
		return 0;
	return err_data(e, "%s of the ratings, %g to %g, is a like, which is one of at least %g (--like): there is nothing to tell "
			   "apart", n_likes ? "each" : "none", (double)m->rating_min, (double)m->rating_max, like);
}

int model_predict(const struct model *m, const struct events *ev, float *out, struct pool *pool, struct err *e)
{
	if (m->class->predict_events)
		return m->class->predict_events(m, ev, out, pool, e);
	return m->class->predict(m, ev->user, ev->item, ev->n, out, pool, e);
}

int model_read_events(const struct model *m, struct events *ev, const char *path, struct idmap *users, struct idmap *items,
		      struct pool *pool, struct err *e)
{
	bool texts = m && m->class->predict_events;
	if (m && m->class->read)
		return m->class->read(m, ev, path, e);
	return (texts ? events_read_text : events_read)(ev, path, users, items, pool, e);
}

/* ---- saving ---- */

static void save_options(const struct model *m, struct tensor_writer *w)
{
	struct opt_group g = options_of(m);
	for (size_t i = 0; i < g.n; i++) {
		struct buf value = BUF_INIT;
		if (!g.opts[i].local && options_text(&g, i, &value)) {
			char *key = mem_printf("option.%s", g.opts[i].name);
			tensor_writer_meta(w, key, buf_text(&value));
			mem_free(key);
		}
		buf_release(&value);
	}
}

static void save_number(struct tensor_writer *w, const char *key, double value)
{
	char text[NUM_MAX];
	num_format_f64(text, value);
	tensor_writer_meta(w, key, text);
}

static void save_whole(struct tensor_writer *w, const char *key, uint64_t value)
{
	struct buf text = BUF_INIT;
	num_put_u64(&text, value);
	tensor_writer_meta(w, key, buf_text(&text));
	buf_release(&text);
}

static const char *const space_keys[] = { "user_space", "item_space" };

int model_save(const struct model *m, const char *path, struct err *e)
{
	struct tensor_writer *w = tensor_writer_new(format, 1, 0);
	tensor_writer_meta(w, "model", m->class->part.name);
	tensor_writer_meta(w, "has_rating", m->has_rating ? "yes" : "no");
	save_number(w, "rating_min", (double)m->rating_min);
	save_number(w, "rating_max", (double)m->rating_max);
	save_whole(w, "seed", m->seed);
	for (size_t k = 0; k < 2; k++)
		if (m->space[k])
			save_whole(w, space_keys[k], m->space[k]);
	save_options(m, w);
	idmap_save(&m->users, "users", w);
	idmap_save(&m->items, "items", w);
	const struct csr *h = &m->history;
	tensor_writer_add(w, "history.start", DT_U64, 1, (size_t[]){ h->n_rows + 1 }, h->start);
	tensor_writer_add(w, "history.item", DT_U32, 1, &h->n, h->column);
	tensor_writer_add(w, "history.rating", DT_F32, 1, &h->n, h->value);
	params_save(m, w);
	if (m->class->save)
		m->class->save(m, w);
	int rc = tensor_writer_write(w, path, e);
	tensor_writer_free(w);
	return rc;
}

/* ---- loading ---- */

static int need_meta(const struct tensorfile *t, const char *key, const char **value, struct err *e)
{
	*value = tensorfile_meta(t, key);
	return *value ? 0 : err_data(e, "%s: the metadata has no \"%s\"", tensorfile_name(t), key);
}

static int load_scale(const struct tensorfile *t, const char *key, float *out, struct err *e)
{
	const char *text;
	double x;
	int rc = need_meta(t, key, &text, e);
	if (rc)
		return rc;
	if (!num_parse_f64(str_of(text), &x) || fabs(x) > (double)FLT_MAX)
		return err_data(e, "%s: metadata \"%s\" is \"%s\", not a number", tensorfile_name(t), key, text);
	*out = (float)x;
	return 0;
}

static int parse_whole(const struct tensorfile *t, const char *key, const char *text, uint64_t *out, struct err *e)
{
	if (!num_parse_u64(str_of(text), out))
		return err_data(e, "%s: metadata \"%s\" is \"%s\", not a whole number", tensorfile_name(t), key, text);
	return 0;
}

static int load_head(struct model *m, const struct tensorfile *t, struct err *e)
{
	const char *seed, *has_rating;
	int rc = need_meta(t, "seed", &seed, e);
	if (!rc)
		rc = need_meta(t, "has_rating", &has_rating, e);
	if (!rc)
		rc = load_scale(t, "rating_min", &m->rating_min, e);
	if (!rc)
		rc = load_scale(t, "rating_max", &m->rating_max, e);
	if (rc)
		return rc;
	m->has_rating = !strcmp(has_rating, "yes");
	rc = parse_whole(t, "seed", seed, &m->seed, e);
	for (size_t k = 0; k < 2 && !rc; k++) {
		const char *space = tensorfile_meta(t, space_keys[k]);
		rc = space ? parse_whole(t, space_keys[k], space, &m->space[k], e) : 0;
	}
	return rc;
}

/* Options of the class that the file names; others keep their defaults (a file of an older minor version). Their text
 * lives as long as the model, since string options point into it. */
static int load_options(struct model *m, const struct tensorfile *t, struct err *e)
{
	struct buf text = BUF_INIT;
	struct opt_group g = options_of(m);
	static const char prefix[] = "option.";
	const char *key;
	for (size_t i = 0; (key = tensorfile_meta_key(t, i)); i++)
		if (!strncmp(key, prefix, sizeof prefix - 1))
			buf_add(&text, tensorfile_meta(t, key), strlen(tensorfile_meta(t, key)) + 1);
	m->options_text = text.n ? mem_dup(text.data, text.n) : NULL;
	buf_release(&text);
	const char *value = m->options_text;
	for (size_t i = 0; (key = tensorfile_meta_key(t, i)); i++) {
		if (strncmp(key, prefix, sizeof prefix - 1))
			continue;
		if (options_set(&g, key + sizeof prefix - 1, value, e)) {
			err_prefix(e, "%s", tensorfile_name(t));
			return e->code = ERR_DATA;
		}
		value += strlen(value) + 1;
	}
	return 0;
}

static int bad_history(const struct tensorfile *t, const char *what, struct err *e)
{
	return err_data(e, "%s: the history %s", tensorfile_name(t), what);
}

static int load_history(struct model *m, const struct tensorfile *t, struct err *e)
{
	const struct tensor *start, *item, *rating;
	struct csr *h = &m->history;
	int rc = tensorfile_need(t, "history.start", DT_U64, 1, (size_t[]){ SIZE_MAX }, &start, e);
	if (!rc)
		rc = tensorfile_need(t, "history.item", DT_U32, 1, (size_t[]){ SIZE_MAX }, &item, e);
	if (!rc)
		rc = tensorfile_need(t, "history.rating", DT_F32, 1, item->dim, &rating, e);
	if (rc)
		return rc;
	if (start->dim[0] == 0 || start->dim[0] - 1 > m->users.n)
		return bad_history(t, "has more rows than there are users, or none", e);
	*h = (struct csr){ start->dim[0] - 1, item->dim[0], mem_dup(start->data, start->n_bytes),
			   mem_dup(item->data, item->n_bytes), mem_dup(rating->data, rating->n_bytes), NULL };
	if (h->start[0] != 0 || h->start[h->n_rows] != h->n)
		return bad_history(t, "does not begin at 0 and end with its last entry", e);
	for (size_t u = 0; u < h->n_rows; u++)
		if (h->start[u] > h->start[u + 1])
			return bad_history(t, "has rows that do not ascend", e);
	for (size_t i = 0; i < h->n; i++)
		if (h->column[i] >= m->items.n || !isfinite(h->value[i]))
			return bad_history(t, "names an item that is not there, or a rating that is not finite", e);
	return 0;
}

static int load_all(struct model **out, const struct tensorfile *t, struct err *e)
{
	const char *name;
	int rc = tensorfile_need_format(t, format, 1, e);
	if (!rc)
		rc = need_meta(t, "model", &name, e);
	if (rc)
		return rc;
	const struct part *part = part_find(models, n_models, "model", name, e);
	if (!part) {
		err_prefix(e, "%s", tensorfile_name(t));
		return e->code = ERR_DATA;
	}
	if (model_class_of(part)->flags & MODEL_ENCODER)
		return err_data(e, "%s: model %s is a directory, not a file", tensorfile_name(t), part->name);
	struct model *m = *out = model_new(model_class_of(part));
	rc = load_head(m, t, e);
	if (!rc)
		rc = load_options(m, t, e);
	if (!rc)
		rc = idmap_load(&m->users, "users", t, e);
	if (!rc)
		rc = idmap_load(&m->items, "items", t, e);
	if (!rc)
		rc = load_history(m, t, e);
	if (!rc && m->class->configure && m->class->configure(m, e)) {
		err_prefix(e, "%s", tensorfile_name(t));
		rc = e->code = ERR_DATA;
	}
	if (!rc && m->class->load)
		rc = m->class->load(m, t, e);
	if (!rc)
		rc = params_load(m, t, e);
	return rc;
}

/* A directory where encoders have their config.json. */
static bool is_encoder(const char *path)
{
	char *config = mem_printf("%s/config.json", path);
	bool there = access(config, F_OK) == 0;
	mem_free(config);
	return there;
}

int model_load(struct model **out, const char *path, struct err *e)
{
	struct tensorfile *t = NULL;
	*out = NULL;
	if (is_encoder(path))
		return err_data(e, "%s is an encoder directory, not a model: it is for --encoder, of encode and of train", path);
	int rc = tensorfile_open(&t, path, e);
	if (rc)
		return rc;
	rc = load_all(out, t, e);
	tensorfile_close(t);
	if (rc) {
		model_free(*out);
		*out = NULL;
	}
	return rc;
}

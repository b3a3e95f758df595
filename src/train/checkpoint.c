/* checkpoint.c: see checkpoint.h. */
#include "train/checkpoint.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "data/features.h"
#include "io/stream.h"
#include "model/params.h"
#include "text/hashing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char format[] = "recpipe.checkpoint";

/* One thing that the training is of. */
struct trait {
	char *key, *value;  /* in the metadata; option "of.--rate" or hash "of.events" */
	const char *input;  /* what was hashed, for a person; NULL: an option */
};

struct checkpoint {
	const char *path;
	double every_s, written_s;
	struct trait *trait;
	size_t n, room;
	struct tensorfile *found;
};

void checkpoint_free(struct checkpoint *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		mem_free(c->trait[i].key);
		mem_free(c->trait[i].value);
	}
	mem_free(c->trait);
	tensorfile_close(c->found);
	mem_free(c);
}

/* ---- what the training is of ---- */

static void add(struct checkpoint *c, const char *key, const char *value, const char *input)
{
	if (c->n == c->room) {
		c->room = mem_grow(c->room, c->n + 1);
		c->trait = mem_resize(c->trait, c->n, c->room, sizeof *c->trait);
	}
	c->trait[c->n++] = (struct trait){ mem_printf(input ? "of.%s" : "of.--%s", key), mem_strdup(value), input };
}

void checkpoint_option(struct checkpoint *c, const char *name, const char *value)
{
	add(c, name, value, NULL);
}

static void add_number(struct checkpoint *c, const char *key, uint64_t value, const char *input)
{
	struct buf text = BUF_INIT;
	num_put_u64(&text, value);
	add(c, key, buf_text(&text), input);
	buf_release(&text);
}

static uint64_t hash_of(const void *data, size_t n_bytes, uint64_t seed)
{
	return hash_bytes((struct str){ data, data ? n_bytes : 0 }, seed);
}

/* The first n ids. */
static uint64_t hash_of_ids(const struct idmap *ids, size_t n, uint64_t seed)
{
	return n ? hash_of(ids->bytes, ids->offset[n], hash_of(ids->offset, (n + 1) * sizeof *ids->offset, seed)) : seed;
}

static size_t one_above(const uint32_t *index, size_t n)
{
	size_t most = 0;
	for (size_t i = 0; i < n; i++)
		most = index[i] >= most && index[i] != IDMAP_NONE ? index[i] + (size_t)1 : most;
	return most;
}

static uint64_t hash_of_events(const struct events *ev, const struct model *m)
{
	if (!ev)
		return 0;
	uint64_t h = hash_of_ids(&m->users, one_above(ev->user, ev->n), ev->has_rating);
	h = hash_of_ids(&m->items, one_above(ev->item, ev->n), h);
	h = hash_of(ev->user, ev->n * sizeof *ev->user, h);
	h = hash_of(ev->item, ev->n * sizeof *ev->item, h);
	h = hash_of(ev->text.bytes.data, ev->text.n ? ev->text.bytes.n : 0, h);
	h = hash_of(ev->text.start, ev->text.n * sizeof *ev->text.start, h);
	h = hash_of(ev->rating, ev->n * sizeof *ev->rating, h);
	return hash_of(ev->time_s, ev->n * sizeof *ev->time_s, h);
}

static uint64_t hash_of_vectors(const struct embeddings *emb)
{
	if (!emb)
		return 0;
	return hash_of(emb->vectors, emb->n * emb->width * sizeof *emb->vectors, hash_of_ids(&emb->ids, emb->n, emb->width));
}

static uint64_t hash_of_table(const struct feature_table *t)
{
	if (!t)
		return 0;
	uint64_t h = hash_of_ids(&t->ids, t->ids.n, t->id_column);
	for (size_t i = 0; i < t->columns.n; i++)
		h = hash_bytes(str_of(t->columns.name[i]), h);
	for (size_t i = 0; i < t->rows.n; i++)
		for (size_t c = 0; c < t->columns.n; c++)
			h = hash_bytes(table_field(&t->rows, i, c), h);
	return h;
}

/* The model that an update starts from. */
static uint64_t hash_of_model(const struct model *m)
{
	const struct csr *h = &m->history;
	struct arrays a = ARRAYS_INIT;
	params_arrays(m, &a);
	uint64_t hash = hash_of_ids(&m->users, m->users.n, hash_of_ids(&m->items, m->items.n, h->n_rows));
	hash = hash_of(h->column, h->n * sizeof *h->column, hash);
	hash = hash_of(h->value, h->n * sizeof *h->value, hash);
	for (size_t i = 0; i < a.n; i++)
		hash = hash_of(a.v[i].data, a.v[i].n * dtype_bytes(a.v[i].dtype), hash);
	arrays_release(&a);
	return hash;
}

struct checkpoint *checkpoint_new(const char *path, double every_s, const struct model *start)
{
	struct checkpoint *c = MEM_ZNEW(1, struct checkpoint);
	*c = (struct checkpoint){ .path = path, .every_s = every_s, .written_s = clock_s() };
	add_number(c, "start", start ? hash_of_model(start) : 0, "--update model");
	return c;
}

void checkpoint_describe(struct checkpoint *c, const struct model *m, const struct train_input *in)
{
	const struct part *p = &m->class->part;
	struct opt_group g = { "", p->options, p->n_options, m->options, NULL };
	add(c, "model", p->name, NULL);
	for (size_t i = 0; i < g.n; i++) {
		struct buf value = BUF_INIT;
		add(c, g.opts[i].name, options_text(&g, i, &value) ? buf_text(&value) : "", NULL);
		buf_release(&value);
	}
	add_number(c, "seed", in->seed, NULL);
	add_number(c, "events", hash_of_events(in->train, m), "events");
	add_number(c, "valid", hash_of_events(in->valid, m), "validation events");
	add_number(c, "include", in->candidate ? hash_of(in->candidate, m->items.n * sizeof *in->candidate, 1) : 0, "--include items");
	add_number(c, "items", hash_of_vectors(in->items), "--items vectors");
	add_number(c, "users", hash_of_vectors(in->users), "--users vectors");
	add_number(c, "item-table", hash_of_table(in->item_table), "--item-table");
	add_number(c, "user-table", hash_of_table(in->user_table), "--user-table");
}

/* ---- the file ---- */

static int compare(const struct checkpoint *c, const struct trait *x, struct err *e)
{
	const char *was = tensorfile_meta(c->found, x->key);
	if (was && !strcmp(was, x->value))
		return 0;
	static const char anew[] = "remove it to start anew";
	if (x->input)
		return err_data(e, "%s is the checkpoint of a training with other %s: %s", c->path, x->input, anew);
	const char *option = x->key + strlen("of.");
	if (!was || !*was)
		return err_data(e, "%s is the checkpoint of a training without %s: %s", c->path, option, anew);
	return err_data(e, "%s is the checkpoint of a training with %s %s, not %s: %s", c->path, option, was,
			*x->value ? x->value : "none", anew);
}

/* That nothing can be written there is to show before the first epoch, not after it. */
static int check_place(const struct checkpoint *c, struct err *e)
{
	struct out *out;
	int rc = out_open(&out, c->path, e);
	if (!rc)
		out_abandon(out);
	return rc;
}

int checkpoint_open(struct checkpoint *c, struct err *e)
{
	if (access(c->path, F_OK) != 0 && errno == ENOENT)
		return check_place(c, e);
	int rc = tensorfile_open(&c->found, c->path, e);
	if (!rc)
		rc = tensorfile_need_format(c->found, format, 1, e);
	for (size_t i = 0; i < c->n && !rc; i++)
		rc = compare(c, &c->trait[i], e);
	return rc;
}

bool checkpoint_found(const struct checkpoint *c)
{
	return c->found;
}

int checkpoint_load(const struct checkpoint *c, const struct arrays *a, struct err *e)
{
	return arrays_load(a, c->found, e);
}

bool checkpoint_due(const struct checkpoint *c)
{
	return clock_s() - c->written_s >= c->every_s;
}

int checkpoint_save(struct checkpoint *c, const struct arrays *a, struct err *e)
{
	struct tensor_writer *w = tensor_writer_new(format, 1, 0);
	for (size_t i = 0; i < c->n; i++)
		tensor_writer_meta(w, c->trait[i].key, c->trait[i].value);
	arrays_save(a, w);
	int rc = tensor_writer_write(w, c->path, e);
	tensor_writer_free(w);
	c->written_s = clock_s();
	return rc;
}

int checkpoint_remove(const struct checkpoint *c, struct err *e)
{
	if (unlink(c->path) == 0 || errno == ENOENT)
		return 0;
	return err_system(e, "cannot remove the checkpoint %s", c->path);
}

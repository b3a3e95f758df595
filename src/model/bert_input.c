/* bert_input.c: the encoder's files, the texts of items and users, and tokens of events. */
#include "base/mem.h"
#include "base/rng.h"
#include "data/textrows.h"
#include "encoder/tokenise.h"
#include "io/folder.h"
#include "model/bert.h"

#include <string.h>

enum { BLOCK_TEXTS = 64, STREAM_ALTER = 0xbe5a };

int bert_open_files(struct model *m, struct err *e)
{
	struct bert_state *s = m->state;
	int rc = bert_config_read(&s->config, s->files, e);
	if (!rc)
		rc = tokenizer_open_folder(&s->tokenizer, s->files, e);
	if (!rc)
		rc = tokenizer_fits(s->tokenizer, s->config.info.vocab_size, folder_name(s->files), e);
	if (!rc)
		s->shape = bert_shape_of(&s->config);
	return rc;
}

/* Everything beside the weights that a directory may hold, so that an export is as whole as what came in. */
static int read_directory(struct model *m, const char *dir, struct err *e)
{
	static const char *const others[] = { "special_tokens_map.json", "added_tokens.json", "config_sentence_transformers.json" };
	enum { OTHERS = sizeof others / sizeof *others };
	struct bert_state *s = m->state;
	size_t n = 0;
	const char **names = MEM_NEW(n_bert_config_files + n_tokenizer_files + OTHERS, const char *);
	for (size_t i = 0; i < n_bert_config_files; i++)
		names[n++] = bert_config_files[i];
	for (size_t i = 0; i < n_tokenizer_files; i++)
		names[n++] = tokenizer_files[i];
	for (size_t i = 0; i < OTHERS; i++)
		names[n++] = others[i];
	int rc = folder_read(&s->files, dir, names, n, e);
	mem_free(names);
	return rc ? rc : bert_open_files(m, e);
}

/* ---- texts of items and users ---- */


static void put_window(const struct textrows_window *w, struct idmap *ids, struct textlist *rows, uint32_t **id_of_row,
		       size_t *capacity)
{
	for (size_t i = 0; i < w->n; i++) {
		if (rows->n == *capacity) {
			size_t room = mem_grow(*capacity, rows->n + 1);
			*id_of_row = mem_resize(*id_of_row, *capacity, room, sizeof **id_of_row);
			*capacity = room;
		}
		(*id_of_row)[rows->n] = idmap_add(ids, w->id[i]);
		textlist_add(rows, w->text[i]);
	}
}

/* Old texts and the rows of the file, by id: the last row of an id counts. */
static void sort_texts(struct textlist *texts, size_t n_ids, const struct textlist *rows, const uint32_t *id_of_row)
{
	struct textlist sorted = TEXTLIST_INIT;
	size_t *row = MEM_ZNEW(n_ids, size_t); /* + 1; 0: none */
	for (size_t i = 0; i < rows->n; i++)
		row[id_of_row[i]] = i + 1;
	for (size_t id = 0; id < n_ids; id++)
		textlist_add(&sorted, row[id] ? textlist_at(rows, row[id] - 1) : textlist_at(texts, id));
	textlist_release(texts);
	*texts = sorted;
	mem_free(row);
}

static int read_texts(struct model *m, bool users, const char *path, struct log *log, struct err *e)
{
	struct bert_state *s = m->state;
	struct textlist *texts = users ? &s->user_text : &s->item_text;
	struct idmap *ids = users ? &m->users : &m->items;
	struct textrows *t;
	struct textrows_window w;
	struct textlist rows = TEXTLIST_INIT;
	uint32_t *id_of_row = NULL;
	size_t capacity = 0, n_before = ids->n, n_known = 0;
	int rc = textrows_open(&t, path, &(struct textrows_spec){ .id = users ? "user" : "item" }, e);
	if (rc)
		return rc;
	textrows_window_init(&w);
	do {
		rc = textrows_fill(t, &w, e);
		if (!rc)
			put_window(&w, ids, &rows, &id_of_row, &capacity);
	} while (!rc && w.n);
	for (size_t i = 0; i < rows.n; i++)
		n_known += id_of_row[i] < n_before;
	if (!rc)
		model_warn_strangers(m, path, users, n_known, n_before, log);
	if (!rc)
		sort_texts(texts, ids->n, &rows, id_of_row);
	textrows_window_release(&w);
	textrows_close(t);
	textlist_release(&rows);
	mem_free(id_of_row);
	return rc;
}

static int check_texts(const struct model *m, const struct events *ev, struct log *log, struct err *e)
{
	const struct bert_state *s = m->state;
	size_t n_without = 0;
	if (!ev->text.n && !s->item_text.n && !s->user_text.n)
		return 0;
	for (size_t i = 0; i < ev->n; i++)
		n_without += str_is_blank(textlist_at(&ev->text, i)) && str_is_blank(textlist_at(&s->item_text, ev->item[i])) &&
			     str_is_blank(textlist_at(&s->user_text, ev->user[i]));
	if (ev->n && n_without == ev->n && !m->history.start)
		return err_data(e, "none of the %zu events has a text to learn from", ev->n);
	if (n_without)
		log_say(log, "%zu of %zu events have no text", n_without, ev->n);
	return 0;
}

int bert_read_files(struct model *m, const struct events *ev, struct log *log, struct err *e)
{
	const struct bert_options *o = m->options;
	struct bert_state *s = m->state;
	int rc = 0;
	if (!s->files && !o->encoder)
		return err_usage(e, "model bert needs --encoder DIR, a model directory");
	if (!s->files)
		rc = read_directory(m, o->encoder, e);
	else if (o->encoder)
		return err_usage(e, "--encoder does not go with --update: the model has its encoder");
	if (!rc && o->item_texts)
		rc = read_texts(m, false, o->item_texts, log, e);
	if (!rc && o->user_texts)
		rc = read_texts(m, true, o->user_texts, log, e);
	if (!rc && o->synonyms && !s->synonyms)
		rc = synonyms_open(&s->synonyms, o->synonyms, e);
	return rc ? rc : check_texts(m, ev, log, e);
}

struct augment bert_augment(const struct model *m)
{
	const struct bert_options *o = m->options;
	const struct bert_state *s = m->state;
	return (struct augment){ o->drop_words, o->swap_words, o->synonym_share, s->synonyms };
}

/* ---- tokens ---- */

struct tokenising {
	const struct model *m;
	const struct events *ev;
	const struct bert_alteration *alteration;
	struct tokens *block; /* [n_blocks] */
	size_t *length;       /* [ev->n] */
};

/* The two texts of an event on their way. */
struct pair {
	struct buf first, altered[2];
	struct augment_words words;
};

/* What is known of the user, then what the event says. */
static void first_segment(const struct model *m, const struct events *ev, size_t i, struct buf *out)
{
	const struct bert_state *s = m->state;
	buf_clear(out);
	buf_addstr(out, textlist_at(&s->user_text, ev->user[i]));
	if (out->n && textlist_at(&ev->text, i).n)
		buf_putc(out, '\n');
	buf_addstr(out, textlist_at(&ev->text, i));
}

static void pair_release(struct pair *p)
{
	buf_release(&p->first);
	buf_release(&p->altered[0]);
	buf_release(&p->altered[1]);
	augment_words_release(&p->words);
}

static void alter(const struct bert_alteration *a, size_t i, struct pair *p, struct str text[2])
{
	struct rng r;
	rng_init(&r, a->seed, rng_mix(a->epoch ^ STREAM_ALTER) ^ i);
	for (size_t k = 0; k < 2; k++) {
		augment_text(&a->how, &r, text[k], &p->words, &p->altered[k]);
		text[k] = buf_str(&p->altered[k]);
	}
}

static void tokenise_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tokenising *k = context;
	const struct bert_state *s = k->m->state;
	struct tokens *t = &k->block[block];
	struct pair p = { 0 };
	bool has_first = s->reads_events || s->user_text.n, has_item = s->item_text.n;
	size_t from, to;
	block_range(k->ev->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		size_t before = t->n;
		first_segment(k->m, k->ev, i, &p.first);
		struct str text[2] = { buf_str(&p.first), textlist_at(&s->item_text, k->ev->item[i]) };
		if (k->alteration)
			alter(k->alteration, i, &p, text);
		tokenizer_encode(s->tokenizer, text[!has_first], has_first && has_item ? &text[1] : NULL, s->max_length, t);
		k->length[i] = t->n - before;
	}
	pair_release(&p);
}

void bert_corpus_init(struct bert_corpus *c, const struct model *m, const struct events *ev,
		      const struct bert_alteration *alteration, struct pool *pool)
{
	const struct bert_state *s = m->state;
	size_t n_blocks = blocks_of(ev->n, BLOCK_TEXTS), n = 0;
	*c = (struct bert_corpus){ .n = ev->n, .start = MEM_ZNEW(ev->n + 1, size_t) };
	struct tokenising k = { m, ev, alteration, MEM_ZNEW(n_blocks, struct tokens), c->start + 1 };
	pool_run(pool, n_blocks, tokenise_block, &k);
	for (size_t i = 0; i < ev->n; i++)
		c->start[i + 1] += c->start[i];
	c->token = MEM_NEW(c->start[ev->n], uint32_t);
	c->type = s->shape.S > 1 ? MEM_NEW(c->start[ev->n], uint8_t) : NULL;
	for (size_t b = 0; b < n_blocks; b++) {
		const struct tokens *t = &k.block[b];
		memcpy(c->token + n, t->id, t->n * sizeof *c->token);
		if (c->type)
			memcpy(c->type + n, t->type, t->n);
		n += t->n;
		tokens_release(&k.block[b]);
	}
	mem_free(k.block);
}

void bert_corpus_release(struct bert_corpus *c)
{
	mem_free(c->start);
	mem_free(c->token);
	mem_free(c->type);
}

/* tokenizer.c: see tokenizer.h. */
#include "text/tokenizer.h"
#include "base/mem.h"
#include "io/folder.h"
#include "io/json.h"
#include "text/hashing.h"

#include <stdbool.h>
#include <string.h>

#define TOKEN_MODEL(name) extern const struct token_model token_model_##name;
#include "text/token_models.def"
#undef TOKEN_MODEL
#define TOKEN_MODEL(name) &token_model_##name,
const struct token_model *const token_models[] = {
#include "text/token_models.def"
};
#undef TOKEN_MODEL
const size_t n_token_models = sizeof token_models / sizeof *token_models;

enum { MAX_TEMPLATE = 16, MAX_VOCABULARY = 1 << 24 };

/* Around text and pair: special token ids, and where the texts go. */
struct template {
	struct piece {
		uint32_t id; /* of a special token; TRIE_NONE: a text */
		uint8_t text; /* 0 or 1: which one */
		uint8_t type;
	} piece[MAX_TEMPLATE];
	size_t n, n_special;
};

struct tokenizer {
	const struct token_model *model;
	void *state;
	struct vocabulary vocabulary;
	struct trie whole;  /* every token, for tokenizer_find */
	struct trie added;  /* tokens that are cut out of the raw text first */
	bool first_byte[256]; /* of an added token */
	struct template single, pair;
	uint64_t fingerprint;
};

/* ---- growing things ---- */

void tokens_clear(struct tokens *t)
{
	t->n = 0;
}

void tokens_release(struct tokens *t)
{
	mem_free(t->id);
	mem_free(t->type);
	bert_words_release(&t->words);
	buf_release(&t->run);
	buf_release(&t->lattice);
	*t = (struct tokens){ 0 };
}

void tokens_add(struct tokens *t, uint32_t id, uint8_t type)
{
	if (t->n == t->capacity) {
		size_t capacity = mem_grow(t->capacity, t->n + 1);
		t->id = mem_resize(t->id, t->n, capacity, sizeof *t->id);
		t->type = mem_resize(t->type, t->n, capacity, sizeof *t->type);
		t->capacity = capacity;
	}
	t->id[t->n] = id;
	t->type[t->n++] = type;
}

static void vocabulary_release(struct vocabulary *v)
{
	buf_release(&v->bytes);
	mem_free(v->start);
	*v = (struct vocabulary){ 0 };
}

/* ---- vocabulary ---- */

/* A list of tokens by id, filled in any order and then laid out. */
struct draft {
	struct str *token; /* p NULL: none */
	size_t n, capacity;
};

static int draft_put(struct draft *d, uint64_t id, struct str token, struct err *e)
{
	if (id >= MAX_VOCABULARY)
		return err_data(e, "token \"%.*s\" has id %llu; the limit is %d", (int)(token.n < 80 ? token.n : 80), token.p,
				(unsigned long long)id, MAX_VOCABULARY - 1);
	if (id >= d->capacity) {
		size_t capacity = mem_grow(d->capacity, id + 1);
		d->token = mem_resize(d->token, d->n, capacity, sizeof *d->token);
		d->capacity = capacity;
	}
	for (; d->n <= id; d->n++)
		d->token[d->n] = (struct str){ NULL, 0 };
	d->token[id] = token;
	return 0;
}

static void vocabulary_build(struct vocabulary *v, const struct draft *d)
{
	v->start = MEM_NEW(d->n + 1, size_t);
	v->start[0] = 0;
	for (v->n = 0; v->n < d->n; v->n++) {
		buf_add(&v->bytes, d->token[v->n].p, d->token[v->n].n);
		v->start[v->n + 1] = v->bytes.n;
	}
}

static struct str token_at(const struct vocabulary *v, uint32_t id)
{
	if (id >= v->n)
		return STR("");
	return (struct str){ v->bytes.data + v->start[id], v->start[id + 1] - v->start[id] };
}

/* An element of an array: ["token", score]; its place is its id. */
static int read_piece(const struct json *j, size_t id, struct draft *d, struct err *e)
{
	struct str token;
	return json_text(json_at(j, 0), &token) ? draft_put(d, id, token, e) : err_data(e, "token %zu is not a text", id);
}

static int read_vocabulary(const struct json *root, struct draft *d, struct err *e)
{
	const struct json *vocab = json_get(json_get(root, "model"), "vocab"), *added = json_get(root, "added_tokens");
	uint64_t id;
	int rc = 0;
	if (!vocab || (json_kind(vocab) != JSON_KIND_OBJECT && json_kind(vocab) != JSON_KIND_ARRAY))
		return err_data(e, "\"model.vocab\" is neither an object of tokens and ids nor an array of tokens");
	for (size_t i = 0; !rc && json_kind(vocab) == JSON_KIND_ARRAY && i < json_count(vocab); i++)
		rc = read_piece(json_at(vocab, i), i, d, e);
	for (struct json_member m = json_first(vocab); !rc && m.value; json_next(&m))
		rc = json_u64(m.value, &id) ? draft_put(d, id, m.key, e)
					    : err_data(e, "the id of token \"%.80s\" is not a whole number", m.key.p);
	for (size_t i = 0; !rc && i < json_count(added); i++) {
		struct str content = STR("");
		const struct json *a = json_at(added, i);
		if (!json_text(json_get(a, "content"), &content) || !json_u64(json_get(a, "id"), &id))
			rc = err_data(e, "added token %zu has no content or id", i);
		else
			rc = draft_put(d, id, content, e);
	}
	return rc;
}

/* ---- added tokens: found in the raw text, before anything is normalised ---- */

static void add_special(struct tokenizer *t, struct str content, uint32_t id)
{
	trie_put(&t->added, content, id);
	t->first_byte[(unsigned char)content.p[0]] = true;
}

static int read_added(struct tokenizer *t, const struct json *root, struct err *e)
{
	const struct json *added = json_get(root, "added_tokens");
	for (size_t i = 0; i < json_count(added); i++) {
		const struct json *a = json_at(added, i);
		struct str content = STR("");
		uint64_t id = 0;
		bool single_word = false, normalized = false;
		json_text(json_get(a, "content"), &content);
		json_u64(json_get(a, "id"), &id);
		json_bool(json_get(a, "single_word"), &single_word);
		json_bool(json_get(a, "normalized"), &normalized);
		if (single_word || normalized)
			return err_data(e, "added token \"%.80s\": %s is not supported", content.p,
					single_word ? "single_word" : "normalized");
		if (content.n)
			add_special(t, content, (uint32_t)id);
	}
	return 0;
}

/* ---- special tokens around the text ---- */

static int template_add(struct template *m, struct piece p, struct err *e)
{
	if (m->n == MAX_TEMPLATE)
		return err_data(e, "a template of more than %d pieces is not supported", MAX_TEMPLATE);
	m->piece[m->n++] = p;
	m->n_special += p.id != TRIE_NONE;
	return 0;
}

static int find_special(const struct tokenizer *t, struct str token, uint32_t *id, struct err *e)
{
	*id = trie_get(&t->whole, token);
	if (*id == TRIE_NONE)
		return err_data(e, "the vocabulary lacks the special token \"%.*s\"", (int)token.n, token.p);
	return 0;
}

/* [CLS] A [SEP] and [CLS] A [SEP] B [SEP]; RoBERTa has a second [SEP] before B and type 0 throughout. */
static int plain_template(struct tokenizer *t, struct str cls, struct str sep, bool roberta, struct err *e)
{
	uint32_t c, s;
	int rc = find_special(t, cls, &c, e);
	if (!rc)
		rc = find_special(t, sep, &s, e);
	if (rc)
		return rc;
	struct piece head[] = { { c, 0, 0 }, { TRIE_NONE, 0, 0 }, { s, 0, 0 } };
	uint8_t type = !roberta;
	struct piece tail[] = { { s, 0, 0 }, { TRIE_NONE, 1, type }, { s, 0, type } };
	for (size_t i = 0; !rc && i < 3; i++)
		rc = template_add(&t->single, head[i], e);
	t->pair = t->single;
	for (size_t i = !roberta; !rc && i < 3; i++)
		rc = template_add(&t->pair, tail[i], e);
	return rc;
}

/* One piece of a TemplateProcessing: {"SpecialToken": {"id", "type_id"}} or {"Sequence": {"id": "A", "type_id"}}. */
static int template_piece(const struct tokenizer *t, const struct json *j, struct template *m, struct err *e)
{
	const struct json *special = json_get(j, "SpecialToken"), *sequence = json_get(j, "Sequence");
	struct str id = STR("");
	uint64_t type = 0;
	struct piece p = { TRIE_NONE, 0, 0 };
	if (!json_text(json_get(special ? special : sequence, "id"), &id))
		return err_data(e, "post_processor: a piece is neither SpecialToken nor Sequence");
	json_u64(json_get(special ? special : sequence, "type_id"), &type);
	p.type = type != 0;
	p.text = !special && str_eq(id, STR("B"));
	int rc = special ? find_special(t, id, &p.id, e) : 0;
	return rc ? rc : template_add(m, p, e);
}

static int template_read(const struct tokenizer *t, const struct json *list, struct template *m, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < json_count(list); i++)
		rc = template_piece(t, json_at(list, i), m, e);
	return rc;
}

/* BertProcessing and RobertaProcessing hold "cls": ["[CLS]", 101]. */
static int processing_read(struct tokenizer *t, const struct json *post, bool roberta, struct err *e)
{
	struct str cls = STR(""), sep = STR("");
	json_text(json_at(json_get(post, "cls"), 0), &cls);
	json_text(json_at(json_get(post, "sep"), 0), &sep);
	return plain_template(t, cls, sep, roberta, e);
}

static int read_template(struct tokenizer *t, const struct json *root, struct err *e)
{
	const struct json *post = json_get(root, "post_processor");
	struct str type = STR("");
	json_text(json_get(post, "type"), &type);
	if (str_eq(type, STR("BertProcessing")) || str_eq(type, STR("RobertaProcessing")))
		return processing_read(t, post, str_eq(type, STR("RobertaProcessing")), e);
	if (!str_eq(type, STR("TemplateProcessing")))
		return err_data(e, "post_processor \"%s\" is not supported; BertProcessing, RobertaProcessing and "
				   "TemplateProcessing are", type.p);
	int rc = template_read(t, json_get(post, "single"), &t->single, e);
	return rc ? rc : template_read(t, json_get(post, "pair"), &t->pair, e);
}

/* ---- opening ---- */

static const struct token_model *model_named(struct str name)
{
	for (size_t i = 0; i < n_token_models; i++)
		if (str_eq(name, str_of(token_models[i]->name)))
			return token_models[i];
	return NULL;
}

static int unsupported(struct str family, struct err *e)
{
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < n_token_models; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", token_models[i]->name);
	int rc = err_data(e, "model \"%.*s\" is not supported; %s are", (int)family.n, family.p, buf_text(&names));
	buf_release(&names);
	return rc;
}

static void index_vocabulary(struct tokenizer *t, struct draft *d)
{
	vocabulary_build(&t->vocabulary, d);
	mem_free(d->token);
	for (uint32_t id = 0; id < t->vocabulary.n; id++)
		if (token_at(&t->vocabulary, id).n)
			trie_put(&t->whole, token_at(&t->vocabulary, id), id);
}

static int open_json(struct tokenizer *t, const struct json *root, struct err *e)
{
	struct draft draft = { 0 };
	struct str family = STR("none");
	int rc = 0;
	json_text(json_get(json_get(root, "model"), "type"), &family);
	t->model = model_named(family);
	if (!t->model)
		rc = unsupported(family, e);
	if (!rc)
		rc = read_vocabulary(root, &draft, e);
	index_vocabulary(t, &draft);
	if (!rc)
		rc = t->model->load(root, &t->vocabulary, &t->state, e);
	if (!rc)
		rc = read_added(t, root, e);
	if (!rc)
		rc = read_template(t, root, e);
	return rc;
}

/* vocab.txt: a token a line, its number the id; white space at the end of a line does not count. */
static int read_lines(struct str text, struct draft *d, struct err *e)
{
	int rc = 0;
	for (size_t i = 0, id = 0; !rc && i < text.n; id++) {
		const char *newline = memchr(text.p + i, '\n', text.n - i);
		size_t end = newline ? (size_t)(newline - text.p) : text.n, n = end - i;
		while (n && strchr(" \t\r", text.p[i + n - 1]))
			n--;
		rc = draft_put(d, id, (struct str){ text.p + i, n }, e);
		i = end + 1;
	}
	return rc;
}

static int open_plain(struct tokenizer *t, struct str text, const struct json *config, struct err *e)
{
	static const char *const special[] = { "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" };
	struct draft draft = { 0 };
	int rc = text.n && memchr(text.p, 0, text.n) ? err_data(e, "holds a NUL byte: not a text file") : 0;
	if (!rc)
		rc = read_lines(text, &draft, e);
	index_vocabulary(t, &draft);
	if (rc)
		return rc;
	t->model = model_named(STR("WordPiece"));
	rc = t->model->load_plain(config, &t->vocabulary, &t->state, e);
	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		uint32_t id = trie_get(&t->whole, str_of(special[i]));
		if (id != TRIE_NONE)
			add_special(t, str_of(special[i]), id);
	}
	if (!rc)
		rc = plain_template(t, STR("[CLS]"), STR("[SEP]"), false, e);
	return rc;
}

static const char full[] = "tokenizer.json", plain[] = "vocab.txt", settings[] = "tokenizer_config.json";
const char *const tokenizer_files[] = { full, plain, settings };
const size_t n_tokenizer_files = sizeof tokenizer_files / sizeof *tokenizer_files;

static int open_from(struct tokenizer *t, const struct folder *f, struct err *e)
{
	struct json *json;
	struct str bytes;
	bool whole = folder_has(f, full, &bytes);
	int rc = folder_json(f, whole ? full : settings, &json, e);
	if (rc)
		return rc;
	if (whole || folder_has(f, settings, &bytes))
		t->fingerprint = hash_bytes(bytes, t->fingerprint);
	if (!whole && folder_has(f, plain, &bytes))
		t->fingerprint = hash_bytes(bytes, t->fingerprint);
	else if (!whole)
		rc = err_set(e, ERR_SYSTEM, "neither tokenizer.json nor vocab.txt is there");
	if (!rc)
		rc = whole ? open_json(t, json, e) : open_plain(t, bytes, json, e);
	json_free(json);
	if (rc == ERR_SYSTEM)
		return err_prefix(e, "%s", folder_name(f));
	return rc ? err_prefix(e, "%s/%s", folder_name(f), whole ? full : plain) : 0;
}

int tokenizer_open_folder(struct tokenizer **out, const struct folder *f, struct err *e)
{
	struct tokenizer *t = MEM_ZNEW(1, struct tokenizer);
	int rc = open_from(t, f, e);
	if (rc)
		tokenizer_close(t);
	else
		*out = t;
	return rc;
}

int tokenizer_open(struct tokenizer **out, const char *dir, struct err *e)
{
	struct folder *f;
	int rc = folder_read(&f, dir, tokenizer_files, n_tokenizer_files, e);
	if (rc)
		return rc;
	rc = tokenizer_open_folder(out, f, e);
	folder_free(f);
	return rc;
}

void tokenizer_close(struct tokenizer *t)
{
	if (!t)
		return;
	if (t->state)
		t->model->release(t->state);
	vocabulary_release(&t->vocabulary);
	trie_release(&t->whole);
	trie_release(&t->added);
	mem_free(t);
}

size_t tokenizer_size(const struct tokenizer *t)
{
	return t->vocabulary.n;
}

struct str tokenizer_token(const struct tokenizer *t, uint32_t id)
{
	return token_at(&t->vocabulary, id);
}

uint32_t tokenizer_find(const struct tokenizer *t, struct str token)
{
	return trie_get(&t->whole, token);
}

uint64_t tokenizer_fingerprint(const struct tokenizer *t)
{
	return t->fingerprint;
}

const char *tokenizer_family(const struct tokenizer *t)
{
	return t->model->name;
}

/* ---- encoding ---- */

/* The ids of one text, without the special tokens around it: added tokens are cut out, leftmost and longest first. */
static void encode_text(const struct tokenizer *t, struct str text, uint8_t type, struct tokens *out)
{
	size_t from = 0, n;
	for (size_t i = 0; i < text.n; i += n) {
		uint32_t id = TRIE_NONE;
		n = 1;
		if (t->first_byte[(unsigned char)text.p[i]])
			id = trie_longest(&t->added, (struct str){ text.p + i, text.n - i }, &n);
		if (id == TRIE_NONE) {
			n = 1;
			continue;
		}
		if (i > from)
			t->model->encode(t->state, (struct str){ text.p + from, i - from }, type, out);
		tokens_add(out, id, type);
		from = i + n;
	}
	if (text.n > from)
		t->model->encode(t->state, (struct str){ text.p + from, text.n - from }, type, out);
}

/* How much of two texts of *a and *b tokens stays when both may have `room`: tokenizers' strategy longest_first. */
static void truncate_pair(size_t *a, size_t *b, size_t room)
{
	if (*a + *b <= room)
		return;
	size_t shorter = *a < *b ? *a : *b, half = room / 2;
	size_t keep_shorter = shorter <= half ? shorter : half, keep_longer = room - keep_shorter;
	bool swap = *a > *b;
	*a = swap ? keep_longer : keep_shorter;
	*b = swap ? keep_shorter : keep_longer;
}

/* Drop what truncation leaves of each text: n[k] tokens are there, keep[k] stay. */
static void compact(const struct template *m, const size_t n[2], const size_t keep[2], size_t first, struct tokens *out)
{
	size_t from = first, to = first;
	for (size_t i = 0; i < m->n; i++) {
		struct piece p = m->piece[i];
		size_t have = p.id != TRIE_NONE ? 1 : n[p.text], stay = p.id != TRIE_NONE ? 1 : keep[p.text];
		memmove(out->id + to, out->id + from, stay * sizeof *out->id);
		memmove(out->type + to, out->type + from, stay * sizeof *out->type);
		from += have;
		to += stay;
	}
	out->n = to;
}

void tokenizer_encode(const struct tokenizer *t, struct str text, const struct str *pair, size_t max_length,
		      struct tokens *out)
{
	const struct template *m = pair ? &t->pair : &t->single;
	size_t room = max_length > m->n_special ? max_length - m->n_special : 0, first = out->n, n[2] = { 0, 0 };
	for (size_t i = 0; i < m->n; i++) {
		struct piece p = m->piece[i];
		size_t before = out->n;
		if (p.id != TRIE_NONE) {
			tokens_add(out, p.id, p.type);
			continue;
		}
		encode_text(t, p.text && pair ? *pair : text, p.type, out);
		n[p.text] = out->n - before;
	}
	size_t keep[2] = { n[0], n[1] };
	truncate_pair(&keep[0], &keep[1], room);
	if (keep[0] < n[0] || keep[1] < n[1])
		compact(m, n, keep, first, out);
}

/* tokenizer.c: see tokenizer.h. */
#include "text/tokenizer.h"
#include "base/mem.h"
#include "base/utf8.h"
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

enum { MAX_TEMPLATE = 16, PASSES = 2 };
/* Beside the id of an added token: it takes the white space before it, behind it. */
enum { TAKES_LEFT = MAX_VOCABULARY, TAKES_RIGHT = 2 * MAX_VOCABULARY, ID_BITS = MAX_VOCABULARY - 1 };

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
	struct added {
		struct trie tokens;
		bool first_byte[256];
	} added[PASSES]; /* tokens that are cut out of the raw text first, and of what is left those called normalized */
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

/* ---- vocabulary ---- */

/* An element of an array: ["token", score]; its place is its id. */
static int read_piece(const struct json *j, size_t id, struct vocabulary_draft *d, struct err *e)
{
	struct str token;
	return json_text(json_at(j, 0), &token) ? vocabulary_put(d, id, token, e) : err_data(e, "token %zu is not a text", id);
}

/* {"token": id} */
static int read_ids(const struct json *vocab, struct vocabulary_draft *d, struct err *e)
{
	uint64_t id;
	int rc = 0;
	for (struct json_member m = json_first(vocab); !rc && m.value; json_next(&m))
		rc = json_u64(m.value, &id) ? vocabulary_put(d, id, m.key, e)
					    : err_data(e, "the id of token \"%.80s\" is not a whole number", m.key.p);
	return rc;
}

static int read_vocabulary(const struct json *root, struct vocabulary_draft *d, struct err *e)
{
	const struct json *vocab = json_get(json_get(root, "model"), "vocab"), *added = json_get(root, "added_tokens");
	uint64_t id;
	int rc = 0;
	if (!vocab || (json_kind(vocab) != JSON_KIND_OBJECT && json_kind(vocab) != JSON_KIND_ARRAY))
		return err_data(e, "\"model.vocab\" is neither an object of tokens and ids nor an array of tokens");
	for (size_t i = 0; !rc && json_kind(vocab) == JSON_KIND_ARRAY && i < json_count(vocab); i++)
		rc = read_piece(json_at(vocab, i), i, d, e);
	if (!rc)
		rc = read_ids(vocab, d, e);
	for (size_t i = 0; !rc && i < json_count(added); i++) {
		struct str content = STR("");
		const struct json *a = json_at(added, i);
		if (!json_text(json_get(a, "content"), &content) || !json_u64(json_get(a, "id"), &id))
			rc = err_data(e, "added token %zu has no content or id", i);
		else
			rc = vocabulary_put(d, id, content, e);
	}
	return rc;
}

/* ---- added tokens: found in the raw text, before anything is normalised ---- */

static void add_special(struct added *a, struct str content, uint32_t value)
{
	trie_put(&a->tokens, content, value);
	a->first_byte[(unsigned char)content.p[0]] = true;
}

/* The id and what is taken with it, by an added token's "lstrip" and "rstrip". */
static uint32_t added_value(const struct json *a, uint64_t id)
{
	bool left = false, right = false;
	json_bool(json_get(a, "lstrip"), &left);
	json_bool(json_get(a, "rstrip"), &right);
	return (uint32_t)id | (left ? TAKES_LEFT : 0) | (right ? TAKES_RIGHT : 0);
}

static int read_added(struct tokenizer *t, const struct json *root, struct err *e)
{
	const struct json *added = json_get(root, "added_tokens"), *normalizer = json_get(root, "normalizer");
	bool normalizes = normalizer && json_kind(normalizer) != JSON_KIND_NULL;
	for (size_t i = 0; i < json_count(added); i++) {
		const struct json *a = json_at(added, i);
		struct str content = STR("");
		uint64_t id = 0;
		bool single_word = false, normalized = false;
		json_text(json_get(a, "content"), &content);
		json_u64(json_get(a, "id"), &id);
		json_bool(json_get(a, "single_word"), &single_word);
		json_bool(json_get(a, "normalized"), &normalized);
		if (single_word || (normalized && normalizes))
			return err_data(e, "added token \"%.80s\": %s is not supported", content.p,
					single_word ? "single_word" : "normalized");
		if (content.n)
			add_special(&t->added[normalized], content, added_value(a, id));
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
	*id = vocabulary_find(&t->vocabulary, token);
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

/* A, and A B. */
static int bare_template(struct tokenizer *t, struct err *e)
{
	int rc = template_add(&t->single, (struct piece){ TRIE_NONE, 0, 0 }, e);
	t->pair = t->single;
	return rc ? rc : template_add(&t->pair, (struct piece){ TRIE_NONE, 1, 1 }, e);
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

/* That of the document; of a Sequence the one that is not ByteLevel, which moves offsets only. */
static const struct json *find_post_processor(const struct json *root, struct str *type)
{
	const struct json *post = json_get(root, "post_processor"), *list = json_get(post, "processors"), *found = post;
	size_t n = 0;
	for (size_t i = 0; i < json_count(list); i++) {
		struct str one = STR("");
		json_text(json_get(json_at(list, i), "type"), &one);
		if (!str_eq(one, STR("ByteLevel")) && !n++)
			found = json_at(list, i);
	}
	found = n > 1 ? post : found;
	json_text(json_get(found, "type"), type);
	return found;
}

static int read_template(struct tokenizer *t, const struct json *root, struct err *e)
{
	struct str type = STR("");
	const struct json *post = find_post_processor(root, &type);
	if (str_eq(type, STR("BertProcessing")) || str_eq(type, STR("RobertaProcessing")))
		return processing_read(t, post, str_eq(type, STR("RobertaProcessing")), e);
	if (str_eq(type, STR("ByteLevel")))
		return bare_template(t, e);
	if (!str_eq(type, STR("TemplateProcessing")))
		return err_data(e, "post_processor \"%s\" is not supported; BertProcessing, RobertaProcessing, TemplateProcessing and "
				   "ByteLevel are", type.p);
	int rc = template_read(t, json_get(post, "single"), &t->single, e);
	return rc ? rc : template_read(t, json_get(post, "pair"), &t->pair, e);
}

/* ---- opening ---- */

/* The family of tokenizer.json's model, and what it is called there. */
static const struct token_model *find_model(const struct json *model, struct str *name)
{
	bool typed = json_text(json_get(model, "type"), name);
	for (size_t i = 0; i < n_token_models; i++)
		if (typed ? str_eq(*name, str_of(token_models[i]->name)) : json_get(model, token_models[i]->mark) != NULL)
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

static int open_json(struct tokenizer *t, const struct json *root, struct err *e)
{
	struct vocabulary_draft draft = { 0 };
	struct str family = STR("none");
	int rc = 0;
	t->model = find_model(json_get(root, "model"), &family);
	if (!t->model)
		rc = unsupported(family, e);
	if (!rc)
		rc = read_vocabulary(root, &draft, e);
	vocabulary_build(&t->vocabulary, &draft);
	if (!rc)
		rc = t->model->load(root, &t->vocabulary, &t->state, e);
	if (!rc)
		rc = read_added(t, root, e);
	if (!rc)
		rc = read_template(t, root, e);
	return rc;
}

/* vocab.txt: a token a line, its number the id; white space at the end of a line does not count. */
static int read_lines(struct str text, struct vocabulary_draft *d, struct err *e)
{
	int rc = 0;
	for (size_t i = 0, id = 0; !rc && i < text.n; id++) {
		const char *newline = memchr(text.p + i, '\n', text.n - i);
		size_t end = newline ? (size_t)(newline - text.p) : text.n, n = end - i;
		while (n && strchr(" \t\r", text.p[i + n - 1]))
			n--;
		rc = vocabulary_put(d, id, (struct str){ text.p + i, n }, e);
		i = end + 1;
	}
	return rc;
}

/* Special tokens as tokenizer_config.json names them, "<s>" or {"content": "<s>", "lstrip": false}. */
static void plain_special(struct tokenizer *t, const struct json *config, struct str name[N_SPECIAL])
{
	static const char *const keys[N_SPECIAL] = { "unk_token", "sep_token", "pad_token", "cls_token", "mask_token" };
	const struct plain_form *p = &t->model->plain;
	for (size_t i = 0; i < N_SPECIAL; i++) {
		const struct json *said = json_get(config, keys[i]);
		name[i] = str_of(p->special[i]);
		if (!json_text(said, &name[i]))
			json_text(json_get(said, "content"), &name[i]);
		uint32_t id = vocabulary_find(&t->vocabulary, name[i]);
		if (id != TRIE_NONE)
			add_special(&t->added[0], name[i], added_value(said, id));
	}
}

static int check_class(const struct plain_form *p, const struct json *config, struct err *e)
{
	struct str class = STR("");
	json_text(json_get(config, "tokenizer_class"), &class);
	if (p->class && class.n && strncmp(class.p, p->class, strlen(p->class)))
		return err_data(e, "tokenizer_class \"%s\" is not supported without tokenizer.json; %sTokenizer is", class.p, p->class);
	return 0;
}

/* text: the file of tokens, ids: that as JSON where it is. */
static int read_tokens(struct tokenizer *t, struct str text, const struct json *ids, struct err *e)
{
	struct vocabulary_draft draft = { 0 };
	int rc = text.n && memchr(text.p, 0, text.n) ? err_data(e, "holds a NUL byte: not a text file") : 0;
	if (!rc)
		rc = ids ? read_ids(ids, &draft, e) : read_lines(text, &draft, e);
	vocabulary_build(&t->vocabulary, &draft);
	return rc;
}

static int use_tokens(struct tokenizer *t, struct str rest, const struct json *config, struct err *e)
{
	struct str special[N_SPECIAL];
	int rc = t->model->load_plain(config, rest, &t->vocabulary, &t->state, e);
	if (rc)
		return rc;
	plain_special(t, config, special);
	return plain_template(t, special[TOKENS_CLS], special[TOKENS_SEP], t->model->plain.roberta, e);
}

static const char full[] = "tokenizer.json", settings[] = "tokenizer_config.json";
const char *const tokenizer_files[] = { full, "vocab.txt", settings, "vocab.json", "merges.txt" };
const size_t n_tokenizer_files = sizeof tokenizer_files / sizeof *tokenizer_files;

static void add_fingerprint(struct tokenizer *t, const struct folder *f, const char *name)
{
	struct str bytes;
	if (name && folder_has(f, name, &bytes))
		t->fingerprint = hash_bytes(bytes, t->fingerprint);
}

/* An error of a file of the folder, or, where name is NULL, of what its files say together. */
static int in_folder(int rc, const struct folder *f, const char *name, struct err *e)
{
	return !rc ? 0 : name ? err_prefix(e, "%s/%s", folder_name(f), name) : err_prefix(e, "%s", folder_name(f));
}

static int open_full(struct tokenizer *t, const struct folder *f, struct err *e)
{
	struct json *root;
	int rc = folder_json(f, full, &root, e);
	if (rc)
		return rc;
	add_fingerprint(t, f, full);
	rc = in_folder(open_json(t, root, e), f, full, e);
	json_free(root);
	return rc;
}

/* The first family whose file of tokens is there. */
static const struct token_model *plain_model(const struct folder *f, struct str *text)
{
	for (size_t i = 0; i < n_token_models; i++)
		if (token_models[i]->plain.vocabulary && folder_has(f, token_models[i]->plain.vocabulary, text))
			return token_models[i];
	return NULL;
}

static bool is_json(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && !strcmp(name + n - 5, ".json");
}

static int open_parts(struct tokenizer *t, const struct folder *f, struct err *e)
{
	struct str text, rest = STR("");
	t->model = plain_model(f, &text);
	if (!t->model)
		return err_set(e, ERR_SYSTEM, "%s: there is no tokenizer.json, vocab.txt or vocab.json", folder_name(f));
	const struct plain_form *p = &t->model->plain;
	if (p->rest && !folder_has(f, p->rest, &rest))
		return folder_lacks(f, p->rest, e);
	add_fingerprint(t, f, settings);
	add_fingerprint(t, f, p->vocabulary);
	add_fingerprint(t, f, p->rest);
	struct json *config, *ids = NULL;
	int rc = folder_json(f, settings, &config, e);
	if (!rc && is_json(p->vocabulary))
		rc = folder_json(f, p->vocabulary, &ids, e);
	if (!rc)
		rc = in_folder(check_class(p, config, e), f, settings, e);
	if (!rc)
		rc = in_folder(read_tokens(t, text, ids, e), f, p->vocabulary, e);
	if (!rc)
		rc = in_folder(use_tokens(t, rest, config, e), f, NULL, e);
	json_free(config);
	json_free(ids);
	return rc;
}

int tokenizer_open_folder(struct tokenizer **out, const struct folder *f, struct err *e)
{
	struct tokenizer *t = MEM_ZNEW(1, struct tokenizer);
	struct str bytes;
	int rc = folder_has(f, full, &bytes) ? open_full(t, f, e) : open_parts(t, f, e);
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
	for (size_t i = 0; i < PASSES; i++)
		trie_release(&t->added[i].tokens);
	mem_free(t);
}

size_t tokenizer_size(const struct tokenizer *t)
{
	return t->vocabulary.n;
}

struct str tokenizer_token(const struct tokenizer *t, uint32_t id)
{
	return vocabulary_token(&t->vocabulary, id);
}

uint32_t tokenizer_find(const struct tokenizer *t, struct str token)
{
	return vocabulary_find(&t->vocabulary, token);
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

static size_t skip_white(struct str text, size_t i)
{
	for (size_t step; i < text.n && utf8_is_white(utf8_next((const unsigned char *)text.p + i, text.n - i, &step)); i += step)
		;
	return i;
}

/* Where the white space before i begins, not before `from`. */
static size_t back_over_white(struct str text, size_t from, size_t i)
{
	while (i > from) {
		size_t at = i - 1, step;
		while (at > from && i - at < 4 && ((unsigned char)text.p[at] & 0xc0) == 0x80)
			at--;
		if (!utf8_is_white(utf8_next((const unsigned char *)text.p + at, i - at, &step)) || step != i - at)
			break;
		i = at;
	}
	return i;
}

/* The ids of one text, without the special tokens around it: added tokens are cut out, leftmost and longest first, those of
 * one pass before those of the next. */
static void encode_text(const struct tokenizer *t, size_t pass, struct str text, uint8_t type, struct tokens *out)
{
	while (pass < PASSES && !t->added[pass].tokens.n_edges)
		pass++;
	if (pass == PASSES && text.n)
		t->model->encode(t->state, text, type, out);
	if (pass == PASSES || !text.n)
		return;
	const struct added *a = &t->added[pass];
	size_t from = 0, n;
	for (size_t i = 0; i < text.n;) {
		uint32_t found = TRIE_NONE;
		if (a->first_byte[(unsigned char)text.p[i]])
			found = trie_longest(&a->tokens, (struct str){ text.p + i, text.n - i }, &n);
		if (found == TRIE_NONE) {
			i++;
			continue;
		}
		size_t end = found & TAKES_LEFT ? back_over_white(text, from, i) : i;
		encode_text(t, pass + 1, (struct str){ text.p + from, end - from }, type, out);
		tokens_add(out, found & ID_BITS, type);
		i += n;
		from = i = found & TAKES_RIGHT ? skip_white(text, i) : i;
	}
	encode_text(t, pass + 1, (struct str){ text.p + from, text.n - from }, type, out);
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
		encode_text(t, 0, p.text && pair ? *pair : text, p.type, out);
		n[p.text] = out->n - before;
	}
	size_t keep[2] = { n[0], n[1] };
	truncate_pair(&keep[0], &keep[1], room);
	if (keep[0] < n[0] || keep[1] < n[1])
		compact(m, n, keep, first, out);
}

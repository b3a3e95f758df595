/* wordpiece.c: BERT's sub-word model: each word is cut, from its start, into the longest pieces that the vocabulary holds;
 * a word that cannot be cut to its end, or is longer than a limit, is one unknown token.
 * Wu et al., "Google's Neural Machine Translation System", 2016; behaviour of tokenizers 0.23.3, model WordPiece. */
#include "base/mem.h"
#include "io/json.h"
#include "text/tokenizer.h"

#include <string.h>

struct wordpiece {
	struct bert_normalizer normalizer;
	struct trie start, inside; /* pieces that begin a word; that go on ("##" taken off) */
	uint32_t unknown;
	size_t max_chars;
};

static void cut_word(const struct wordpiece *w, struct str word, uint8_t type, struct tokens *out)
{
	size_t first = out->n, n;
	for (const struct trie *t = &w->start; word.n; t = &w->inside) {
		uint32_t id = trie_longest(t, word, &n);
		if (id == TRIE_NONE) {
			out->n = first;
			tokens_add(out, w->unknown, type);
			return;
		}
		tokens_add(out, id, type);
		word.p += n;
		word.n -= n;
	}
}

static void wordpiece_encode(const void *state, struct str text, uint8_t type, struct tokens *out)
{
	const struct wordpiece *w = state;
	struct bert_words *words = &out->words;
	bert_normalize(&w->normalizer, text, words);
	for (size_t i = 0; i < words->n; i++) {
		struct str word = { words->bytes.data + words->start[i], words->start[i + 1] - words->start[i] };
		if (words->n_chars[i] > w->max_chars)
			tokens_add(out, w->unknown, type);
		else
			cut_word(w, word, type, out);
	}
}

static void wordpiece_release(void *state)
{
	struct wordpiece *w = state;
	bert_normalizer_release(&w->normalizer);
	trie_release(&w->start);
	trie_release(&w->inside);
	mem_free(w);
}

static int build(struct wordpiece *w, const struct vocabulary *v, struct str prefix, struct str unknown, struct err *e)
{
	for (uint32_t id = 0; id < v->n; id++) {
		struct str token = vocabulary_token(v, id);
		if (!token.n)
			continue;
		trie_put(&w->start, token, id);
		if (token.n > prefix.n && !memcmp(token.p, prefix.p, prefix.n))
			trie_put(&w->inside, (struct str){ token.p + prefix.n, token.n - prefix.n }, id);
	}
	w->unknown = trie_get(&w->start, unknown);
	if (w->unknown == TRIE_NONE)
		return err_data(e, "the vocabulary lacks the unknown token \"%.*s\"", (int)unknown.n, unknown.p);
	return 0;
}

static struct wordpiece *wordpiece_new(void)
{
	struct wordpiece *w = MEM_ZNEW(1, struct wordpiece);
	bert_normalizer_init(&w->normalizer);
	w->normalizer.clean_text = w->normalizer.split_ideographs = w->normalizer.lower_case = true;
	w->max_chars = 100;
	return w;
}

/* An option of the normaliser: absent and null leave what stands. */
static int set_flag(const struct json *object, const char *key, bool *to, struct err *e)
{
	const struct json *j = json_get(object, key);
	if (!j || json_kind(j) == JSON_KIND_NULL || json_bool(j, to))
		return 0;
	return err_data(e, "\"%s\" is not true or false", key);
}

static int set_text(const struct json *object, const char *key, struct str *to, struct err *e)
{
	const struct json *j = json_get(object, key);
	if (!j || json_text(j, to))
		return 0;
	return err_data(e, "\"%s\" is not a string", key);
}

static int need_type(const struct json *root, const char *key, const char *supported, struct err *e)
{
	struct str type = STR("none");
	json_text(json_get(json_get(root, key), "type"), &type);
	if (str_eq(type, str_of(supported)))
		return 0;
	return err_data(e, "%s \"%.*s\" is not supported with WordPiece; %s is", key, (int)type.n, type.p, supported);
}

static int read_normalizer(struct bert_normalizer *n, const struct json *j, struct err *e)
{
	int rc = set_flag(j, "lowercase", &n->lower_case, e);
	n->strip_accents = n->lower_case; /* unless it is said */
	if (!rc)
		rc = set_flag(j, "clean_text", &n->clean_text, e);
	if (!rc)
		rc = set_flag(j, "handle_chinese_chars", &n->split_ideographs, e);
	return rc ? rc : set_flag(j, "strip_accents", &n->strip_accents, e);
}

static int wordpiece_load(const struct json *root, const struct vocabulary *v, void **state, struct err *e)
{
	struct wordpiece *w = wordpiece_new();
	const struct json *model = json_get(root, "model"), *max = json_get(model, "max_input_chars_per_word");
	struct str prefix = STR("##"), unknown = STR("[UNK]");
	uint64_t max_chars = w->max_chars;
	int rc = need_type(root, "normalizer", "BertNormalizer", e);
	if (!rc)
		rc = need_type(root, "pre_tokenizer", "BertPreTokenizer", e);
	if (!rc)
		rc = read_normalizer(&w->normalizer, json_get(root, "normalizer"), e);
	if (!rc && max && !json_u64(max, &max_chars))
		rc = err_data(e, "\"max_input_chars_per_word\" is not a whole number");
	w->max_chars = max_chars;
	if (!rc)
		rc = set_text(model, "continuing_subword_prefix", &prefix, e);
	if (!rc)
		rc = set_text(model, "unk_token", &unknown, e);
	if (!rc)
		rc = build(w, v, prefix, unknown, e);
	if (rc)
		wordpiece_release(w);
	else
		*state = w;
	return rc;
}

/* tokenizer_config.json of BertTokenizer has the same options under other names. */
static int wordpiece_load_plain(const struct json *config, struct str unused, const struct vocabulary *v, void **state,
				struct err *e)
{
	(void)unused;
	struct wordpiece *w = wordpiece_new();
	struct bert_normalizer *n = &w->normalizer;
	struct str unknown = STR("[UNK]");
	int rc = set_flag(config, "do_lower_case", &n->lower_case, e);
	n->strip_accents = n->lower_case;
	if (!rc)
		rc = set_flag(config, "tokenize_chinese_chars", &n->split_ideographs, e);
	if (!rc)
		rc = set_flag(config, "strip_accents", &n->strip_accents, e);
	if (!rc)
		rc = build(w, v, STR("##"), unknown, e);
	if (rc)
		wordpiece_release(w);
	else
		*state = w;
	return rc;
}

const struct token_model token_model_wordpiece = {
	.name = "WordPiece",
	.mark = "max_input_chars_per_word",
	.plain = { .vocabulary = "vocab.txt", .special = { "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" } },
	.load = wordpiece_load,
	.load_plain = wordpiece_load_plain,
	.encode = wordpiece_encode,
	.release = wordpiece_release,
};

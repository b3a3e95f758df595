/* unigram.c: SentencePiece's unigram model, that of XLM-RoBERTa and of the multilingual encoders made from it: of all ways
 * to cut a text into pieces of the vocabulary, the one whose scores (log probabilities) have the largest sum.
 * Kudo, "Subword regularization", 2018; behaviour of tokenizers 0.23.3: model Unigram, normalizers Precompiled and
 * Replace of runs of blanks, pre_tokenizers Metaspace and WhitespaceSplit. */
#include "base/mem.h"
#include "base/utf8.h"
#include "io/json.h"
#include "text/charsmap.h"
#include "text/tokenizer.h"

#include <string.h>

#define METASPACE STR("\xe2\x96\x81") /* U+2581 stands for a blank */

struct unigram {
	struct charsmap charsmap;
	bool has_charsmap, joins_blanks; /* Replace " {2,}" by one blank */
	bool splits_white, splits;       /* WhitespaceSplit; Metaspace's split */
	struct trie pieces;
	double *score;      /* of each id */
	double unknown_score;
	uint32_t unknown;
};

/* The best way to a byte of the text: where its last piece began. */
struct arc {
	double score;
	uint32_t id;
	uint32_t length; /* 0: there is none yet */
};

/* ---- encoding ---- */

static void offer(struct arc *to, double score, uint32_t id, size_t length)
{
	if (!to->length || score > to->score)
		*to = (struct arc){ score, id, (uint32_t)length };
}

/* Extend the best way to byte i by every piece that begins there. A character that is no piece may be an unknown one. */
static void extend(const struct unigram *u, struct str s, size_t i, size_t char_length, struct arc *arc)
{
	double before = arc[i].score;
	bool known = false;
	uint32_t node = 0;
	for (size_t n = 1; i + n <= s.n; n++) {
		node = trie_step(&u->pieces, node, (unsigned char)s.p[i + n - 1]);
		if (node == TRIE_NONE)
			break;
		uint32_t id = u->pieces.value[node];
		if (id == TRIE_NONE)
			continue;
		offer(&arc[i + n], u->score[id] + before, id, n);
		known |= n == char_length;
	}
	if (!known)
		offer(&arc[i + char_length], u->unknown_score + before, u->unknown, char_length);
}

/* Walk back over the best pieces, add their ids, neighbouring unknown ones as one, and turn them round. */
static void add_best(const struct unigram *u, const struct arc *arc, size_t n, uint8_t type, struct tokens *out)
{
	size_t first = out->n;
	for (size_t i = n; i; i -= arc[i].length)
		if (arc[i].id != u->unknown || out->n == first || out->id[out->n - 1] != u->unknown)
			tokens_add(out, arc[i].id, type);
	for (size_t a = first, b = out->n; a + 1 < b; a++) {
		uint32_t id = out->id[a];
		out->id[a] = out->id[--b];
		out->id[b] = id;
	}
}

/* Viterbi over the bytes of one run of text: arc[i] is the best way to cut its first i bytes. */
static void cut(const struct unigram *u, struct str s, uint8_t type, struct tokens *out)
{
	size_t step;
	buf_clear(&out->lattice);
	struct arc *arc = (struct arc *)(void *)buf_reserve(&out->lattice, (s.n + 1) * sizeof *arc);
	memset(arc, 0, (s.n + 1) * sizeof *arc);
	for (size_t i = 0; i < s.n; i += step) {
		(void)utf8_next((const unsigned char *)s.p + i, s.n - i, &step);
		extend(u, s, i, step, arc);
	}
	add_best(u, arc, s.n, type, out);
}

static bool starts_metaspace(struct str s)
{
	return s.n >= METASPACE.n && !memcmp(s.p, METASPACE.p, METASPACE.n);
}

/* A run between white space: blanks to U+2581, one in front, cut before each. */
static void encode_run(const struct unigram *u, struct str s, uint8_t type, struct tokens *out)
{
	struct buf *run = &out->run;
	buf_clear(run);
	if (s.n && s.p[0] != ' ' && !starts_metaspace(s))
		buf_addstr(run, METASPACE);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ' ')
			buf_addstr(run, METASPACE);
		else
			buf_putc(run, s.p[i]);
	struct str all = buf_str(run);
	for (size_t from = 0, to; from < all.n; from = to) {
		for (to = from + 1; to < all.n; to++)
			if (u->splits && starts_metaspace((struct str){ all.p + to, all.n - to }))
				break;
		cut(u, (struct str){ all.p + from, to - from }, type, out);
	}
}

static void encode_between_white(const struct unigram *u, struct str s, uint8_t type, struct tokens *out)
{
	size_t from = 0, step;
	for (size_t i = 0; i < s.n; i += step) {
		if (!utf8_is_white(utf8_next((const unsigned char *)s.p + i, s.n - i, &step)))
			continue;
		encode_run(u, (struct str){ s.p + from, i - from }, type, out);
		from = i + step;
	}
	encode_run(u, (struct str){ s.p + from, s.n - from }, type, out);
}

static void join_blanks(struct buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->data[i] != ' ' || !n || b->data[n - 1] != ' ')
			b->data[n++] = b->data[i];
	b->n = n;
}

static void unigram_encode(const void *state, struct str text, uint8_t type, struct tokens *out)
{
	const struct unigram *u = state;
	struct buf *clean = &out->words.bytes;
	if (!utf8_is_text(text)) {
		buf_clear(&out->run);
		utf8_put_valid(&out->run, text);
		text = buf_str(&out->run);
	}
	buf_clear(clean);
	if (u->has_charsmap)
		charsmap_apply(&u->charsmap, text, clean);
	else
		buf_addstr(clean, text);
	if (u->joins_blanks)
		join_blanks(clean);
	if (u->splits_white)
		encode_between_white(u, buf_str(clean), type, out);
	else
		encode_run(u, buf_str(clean), type, out);
}

/* ---- reading ---- */

static void unigram_release(void *state)
{
	struct unigram *u = state;
	charsmap_release(&u->charsmap);
	trie_release(&u->pieces);
	mem_free(u->score);
	mem_free(u);
}

static int read_pieces(struct unigram *u, const struct json *model, const struct vocabulary *v, struct err *e)
{
	const struct json *vocab = json_get(model, "vocab");
	double least = 0;
	uint64_t unknown = 0;
	bool fallback = false;
	if (json_kind(vocab) != JSON_KIND_ARRAY)
		return err_data(e, "\"model.vocab\" is not an array of tokens and scores");
	if ((json_bool(json_get(model, "byte_fallback"), &fallback) && fallback))
		return err_data(e, "byte_fallback is not supported");
	u->score = MEM_ZNEW(v->n, double);
	for (size_t i = 0; i < json_count(vocab); i++) {
		struct str piece = vocabulary_token(v, (uint32_t)i);
		if (!json_f64(json_at(json_at(vocab, i), 1), &u->score[i]))
			return err_data(e, "the score of token %zu is not a number", i);
		least = i && least < u->score[i] ? least : u->score[i];
		if (piece.n)
			trie_put(&u->pieces, piece, (uint32_t)i);
	}
	if (!json_u64(json_get(model, "unk_id"), &unknown) || unknown >= json_count(vocab))
		return err_data(e, "\"unk_id\" is not the id of a token");
	u->unknown = (uint32_t)unknown;
	u->unknown_score = least - 10;
	return u->pieces.n_edges ? 0 : err_data(e, "\"model.vocab\" is empty");
}

static int unsupported(const char *what, struct str type, const char *supported, struct err *e)
{
	return err_data(e, "%s \"%.*s\" is not supported with Unigram; %s", what, (int)type.n, type.p, supported);
}

static int read_normalizer(struct unigram *u, const struct json *j, struct err *e)
{
	struct str type = STR("none"), map = STR(""), pattern = STR(""), content = STR("");
	json_text(json_get(j, "type"), &type);
	if (!j || json_kind(j) == JSON_KIND_NULL)
		return 0;
	if (str_eq(type, STR("Sequence"))) {
		const struct json *list = json_get(j, "normalizers");
		int rc = 0;
		for (size_t i = 0; !rc && i < json_count(list); i++)
			rc = read_normalizer(u, json_at(list, i), e);
		return rc;
	}
	if (str_eq(type, STR("Precompiled")) && !u->has_charsmap && !u->joins_blanks) {
		u->has_charsmap = true;
		json_text(json_get(j, "precompiled_charsmap"), &map);
		return charsmap_load(&u->charsmap, map, e);
	}
	json_text(json_get(json_get(j, "pattern"), "Regex"), &pattern);
	json_text(json_get(j, "content"), &content);
	u->joins_blanks = str_eq(type, STR("Replace")) && str_eq(pattern, STR(" {2,}")) && str_eq(content, STR(" "));
	return u->joins_blanks ? 0 : unsupported("normalizer", type, "Precompiled is, then Replace of \" {2,}\" by \" \"", e);
}

/* Metaspace in its old form has add_prefix_space, in its new one prepend_scheme. */
static int read_metaspace(struct unigram *u, const struct json *j, struct err *e)
{
	struct str replacement = METASPACE, scheme = STR("always");
	bool prefix = true;
	u->splits = true;
	json_bool(json_get(j, "split"), &u->splits);
	json_bool(json_get(j, "add_prefix_space"), &prefix);
	json_text(json_get(j, "prepend_scheme"), &scheme);
	json_text(json_get(j, "replacement"), &replacement);
	if (!str_eq(replacement, METASPACE))
		return unsupported("Metaspace of", replacement, "U+2581 is", e);
	return prefix && str_eq(scheme, STR("always")) ? 0 : unsupported("prepend_scheme", scheme, "always is", e);
}

static int read_pre_tokenizer(struct unigram *u, const struct json *j, struct err *e)
{
	const struct json *list = json_get(j, "pretokenizers"), *last = list ? json_at(list, json_count(list) - 1) : j;
	struct str type = STR("none"), before = STR("");
	json_text(json_get(last, "type"), &type);
	json_text(json_get(json_at(list, 0), "type"), &before);
	u->splits_white = json_count(list) == 2 && str_eq(before, STR("WhitespaceSplit"));
	if (!str_eq(type, STR("Metaspace")) || json_count(list) > 1 + (size_t)u->splits_white)
		return unsupported("pre_tokenizer", type, "Metaspace is, WhitespaceSplit before it", e);
	return read_metaspace(u, last, e);
}

static int unigram_load(const struct json *root, const struct vocabulary *v, void **state, struct err *e)
{
	struct unigram *u = MEM_ZNEW(1, struct unigram);
	int rc = read_normalizer(u, json_get(root, "normalizer"), e);
	if (!rc)
		rc = read_pre_tokenizer(u, json_get(root, "pre_tokenizer"), e);
	if (!rc)
		rc = read_pieces(u, json_get(root, "model"), v, e);
	if (rc)
		unigram_release(u);
	else
		*state = u;
	return rc;
}

const struct token_model token_model_unigram = {
	.name = "Unigram",
	.mark = "unk_id",
	.load = unigram_load,
	.encode = unigram_encode,
	.release = unigram_release,
};

/* bpe.c: byte-level byte-pair encoding, that of GPT-2, RoBERTa and the encoders made from them: a text is cut into words, a
 * word into bytes, and of all neighbours the pair that was learned first is joined until none is left.
 * Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016; Radford et al., "Language
 * Models are Unsupervised Multitask Learners", 2019; behaviour of tokenizers 0.23.3: model BPE, pre_tokenizer ByteLevel. */
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "io/json.h"
#include "text/tokenizer.h"

#include <string.h>
#include <utf8proc.h>

#define NO_RANK UINT32_MAX

/* Two neighbours and what they become. */
struct merge {
	uint64_t key; /* (left << 32 | right) + 1; 0 is free */
	uint32_t rank, id;
};

struct bpe {
	uint32_t byte[256];  /* its token */
	struct merge *merge; /* a hash table */
	size_t n_slots;      /* a power of two */
	bool adds_blank;     /* before a text that begins with none */
};

static struct merge *slot_of(const struct bpe *b, uint32_t left, uint32_t right)
{
	uint64_t key = ((uint64_t)left << 32 | right) + 1;
	size_t i = rng_mix(key) & (b->n_slots - 1);
	while (b->merge[i].key && b->merge[i].key != key)
		i = (i + 1) & (b->n_slots - 1);
	return &b->merge[i];
}

/* ---- one word ---- */

/* A token of the word so far, at the place of its first byte. */
struct symbol {
	uint32_t id, next, before;  /* places of its neighbours; next: the word's length behind the last */
	uint32_t rank, merged;      /* of the pair with the next; NO_RANK: none, or the symbol was joined to the one before */
};

/* A heap of rank << 32 | place: the first learned is joined first, of equals the leftmost. */
struct heap {
	uint64_t *key;
	size_t n;
};

static void heap_push(struct heap *h, uint64_t key)
{
	size_t i = h->n++;
	for (size_t up; i && h->key[up = (i - 1) / 2] > key; i = up)
		h->key[i] = h->key[up];
	h->key[i] = key;
}

static uint64_t heap_pop(struct heap *h)
{
	uint64_t least = h->key[0], last = h->key[--h->n];
	size_t i = 0;
	for (size_t down; (down = 2 * i + 1) < h->n; i = down) {
		down += down + 1 < h->n && h->key[down + 1] < h->key[down];
		if (h->key[down] >= last)
			break;
		h->key[i] = h->key[down];
	}
	h->key[i] = last;
	return least;
}

static void offer(const struct bpe *b, struct symbol *s, uint32_t n, uint32_t i, struct heap *h)
{
	s[i].rank = NO_RANK;
	if (s[i].next == n)
		return;
	const struct merge *m = slot_of(b, s[i].id, s[s[i].next].id);
	if (!m->key)
		return;
	s[i].rank = m->rank;
	s[i].merged = m->id;
	heap_push(h, (uint64_t)m->rank << 32 | i);
}

static void join(const struct bpe *b, struct symbol *s, uint32_t n, uint32_t i, struct heap *h)
{
	s[s[i].next].rank = NO_RANK;
	s[i].id = s[i].merged;
	s[i].next = s[s[i].next].next;
	if (s[i].next < n)
		s[s[i].next].before = i;
	offer(b, s, n, i, h);
	if (i)
		offer(b, s, n, s[i].before, h);
}

/* A pair enters the heap once for each byte and at most twice for each join, and every join takes one symbol away. */
static void encode_word(const struct bpe *b, struct str word, uint8_t type, struct tokens *out)
{
	uint32_t n = (uint32_t)word.n;
	buf_clear(&out->lattice);
	void *memory = buf_reserve(&out->lattice, word.n * (3 * sizeof(uint64_t) + sizeof(struct symbol)));
	struct heap h = { memory, 0 };
	struct symbol *s = (struct symbol *)(void *)(h.key + 3 * word.n);
	for (uint32_t i = 0; i < n; i++)
		s[i] = (struct symbol){ .id = b->byte[(unsigned char)word.p[i]], .next = i + 1, .before = i - 1 };
	for (uint32_t i = 0; i < n; i++)
		offer(b, s, n, i, &h);
	while (h.n) {
		uint64_t first = heap_pop(&h);
		uint32_t i = (uint32_t)first;
		if (s[i].rank == first >> 32)
			join(b, s, n, i, &h);
	}
	for (uint32_t i = 0; i < n; i = s[i].next)
		tokens_add(out, s[i].id, type);
}

/* ---- words: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ ---- */

#include "text/byte_level.inc"

enum class { OTHER, LETTER, NUMBER, WHITE };

static bool within(const uint32_t (*range)[2], size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= range[i][0] && c <= range[i][1])
			return true;
	return false;
}
#define WITHIN(ranges, c) within(ranges, sizeof(ranges) / sizeof *(ranges), c)

static enum class class_of(uint32_t c)
{
	if (c < 0x80) {
		bool letter = (c | 0x20) - 'a' < 26, number = c - '0' < 10;
		return letter ? LETTER : number ? NUMBER : utf8_is_white(c) ? WHITE : OTHER;
	}
	if (utf8_is_white(c))
		return WHITE;
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return LETTER;
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		return NUMBER;
	case UTF8PROC_CATEGORY_CN:
		return WITHIN(newer_letter, c) ? LETTER : WITHIN(newer_number, c) ? NUMBER : OTHER;
	default:
		return OTHER;
	}
}

static enum class class_at(struct str s, size_t i, size_t *step)
{
	return class_of(utf8_next((const unsigned char *)s.p + i, s.n - i, step));
}

/* End of the characters of a class from i on; *last: where the last of them begins. */
static size_t run_end(struct str s, size_t i, enum class class, size_t *last)
{
	for (size_t step; i < s.n && class_at(s, i, &step) == class; i += step)
		*last = i;
	return i;
}

static size_t contraction(struct str s)
{
	static const char *const ends[] = { "s", "t", "re", "ve", "m", "ll", "d" };
	for (size_t k = 0; s.p[0] == '\'' && k < sizeof ends / sizeof *ends; k++) {
		size_t n = strlen(ends[k]);
		if (s.n > n && !memcmp(s.p + 1, ends[k], n))
			return 1 + n;
	}
	return 0;
}

static size_t word_end(struct str s, size_t i)
{
	size_t step, last = i, n = contraction((struct str){ s.p + i, s.n - i });
	if (n)
		return i + n;
	enum class class = class_at(s, i, &step);
	bool blank = s.p[i] == ' ' && i + 1 < s.n;
	if (blank)
		class = class_at(s, i + 1, &step);
	size_t end = run_end(s, i + blank, class, &last);
	/* Of white space before a word the last character is left to it, or alone. */
	return class == WHITE && end < s.n && last > i ? last : end;
}

static void bpe_encode(const void *state, struct str text, uint8_t type, struct tokens *out)
{
	const struct bpe *b = state;
	bool blank = b->adds_blank && text.p[0] != ' ';
	if (blank || !utf8_is_text(text)) {
		buf_clear(&out->run);
		if (blank)
			buf_putc(&out->run, ' ');
		utf8_put_valid(&out->run, text);
		text = buf_str(&out->run);
	}
	for (size_t i = 0, end; i < text.n; i = end) {
		end = word_end(text, i);
		encode_word(b, (struct str){ text.p + i, end - i }, type, out);
	}
}

/* ---- reading ---- */

static void bpe_release(void *state)
{
	struct bpe *b = state;
	mem_free(b->merge);
	mem_free(b);
}

/* GPT-2's alphabet: a byte that prints stands for itself, the others for U+0100 and on. */
static int read_bytes(struct bpe *b, const struct vocabulary *v, struct err *e)
{
	for (uint32_t byte = 0, other = 0x100; byte < 256; byte++) {
		bool prints = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
		utf8proc_uint8_t text[4];
		size_t n = (size_t)utf8proc_encode_char((utf8proc_int32_t)(prints ? byte : other++), text);
		b->byte[byte] = vocabulary_find(v, (struct str){ (const char *)text, n });
		if (b->byte[byte] == TRIE_NONE)
			return err_data(e, "the vocabulary lacks \"%.*s\", the token of byte %u", (int)n, (const char *)text, byte);
	}
	return 0;
}

/* A list of pairs as it is read. */
struct reading {
	struct bpe *b;
	const struct vocabulary *v;
	const char *what; /* what holds a pair, and the number of its first: for messages */
	size_t first;
	struct buf joined;
};

static struct bpe *bpe_new(size_t n_merges)
{
	struct bpe *b = MEM_ZNEW(1, struct bpe);
	for (b->n_slots = 1024; b->n_slots < 2 * n_merges; b->n_slots *= 2)
		;
	b->merge = MEM_ZNEW(b->n_slots, struct merge);
	return b;
}

static int find(const struct reading *r, size_t rank, struct str token, uint32_t *id, struct err *e)
{
	*id = vocabulary_find(r->v, token);
	if (*id != TRIE_NONE)
		return 0;
	return err_data(e, "%s %zu: the vocabulary lacks \"%.*s\"", r->what, r->first + rank, (int)(token.n < 80 ? token.n : 80),
			token.p);
}

/* A pair that is there twice counts where it was last. */
static int add_merge(struct reading *r, size_t rank, struct str left, struct str right, struct err *e)
{
	uint32_t a, b, joined;
	int rc = find(r, rank, left, &a, e);
	if (!rc)
		rc = find(r, rank, right, &b, e);
	buf_clear(&r->joined);
	buf_addstr(&r->joined, left);
	buf_addstr(&r->joined, right);
	if (!rc)
		rc = find(r, rank, buf_str(&r->joined), &joined, e);
	if (!rc)
		*slot_of(r->b, a, b) = (struct merge){ ((uint64_t)a << 32 | b) + 1, (uint32_t)rank, joined };
	return rc;
}

/* "a b" */
static int add_text(struct reading *r, size_t rank, struct str pair, struct err *e)
{
	const char *blank = memchr(pair.p, ' ', pair.n);
	size_t n = blank ? (size_t)(blank - pair.p) : 0;
	if (!blank || memchr(blank + 1, ' ', pair.n - n - 1))
		return err_data(e, "%s %zu is not two tokens with a blank between them", r->what, r->first + rank);
	return add_merge(r, rank, (struct str){ pair.p, n }, (struct str){ blank + 1, pair.n - n - 1 }, e);
}

static int read_merge(struct reading *r, size_t rank, const struct json *j, struct err *e)
{
	struct str left, right;
	if (json_text(j, &left))
		return add_text(r, rank, left, e);
	if (json_count(j) == 2 && json_text(json_at(j, 0), &left) && json_text(json_at(j, 1), &right))
		return add_merge(r, rank, left, right, e);
	return err_data(e, "%s %zu is neither a text nor an array of two", r->what, rank);
}

static int unsupported(const char *what, struct str found, const char *supported, struct err *e)
{
	return err_data(e, "%s \"%.*s\" is not supported with BPE; %s", what, (int)found.n, found.p, supported);
}

/* What would change the tokens, and stands only in other families of BPE. */
static int check_model(const struct json *model, struct err *e)
{
	static const char *const keys[] = { "dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback",
					    "ignore_merges" };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct json *j = json_get(model, keys[i]);
		struct str text = STR("-");
		bool on = true;
		double value = 1;
		json_text(j, &text);
		json_bool(j, &on);
		json_f64(j, &value);
		if (j && json_kind(j) != JSON_KIND_NULL && on && value != 0 && text.n)
			return err_data(e, "\"%s\" is not supported with BPE", keys[i]);
	}
	return 0;
}

static int check_steps(struct bpe *b, const struct json *root, struct err *e)
{
	const struct json *normalizer = json_get(root, "normalizer"), *pre = json_get(root, "pre_tokenizer");
	struct str type = STR("none");
	bool regex = true;
	b->adds_blank = true;
	json_text(json_get(pre, "type"), &type);
	json_bool(json_get(pre, "use_regex"), &regex);
	json_bool(json_get(pre, "add_prefix_space"), &b->adds_blank);
	if (!str_eq(type, STR("ByteLevel")))
		return unsupported("pre_tokenizer", type, "ByteLevel is", e);
	if (!regex)
		return err_data(e, "pre_tokenizer ByteLevel without \"use_regex\" is not supported");
	if (!normalizer || json_kind(normalizer) == JSON_KIND_NULL)
		return 0;
	type = STR("");
	json_text(json_get(normalizer, "type"), &type);
	return unsupported("normalizer", type, "none is", e);
}

static int bpe_load(const struct json *root, const struct vocabulary *v, void **state, struct err *e)
{
	const struct json *model = json_get(root, "model"), *merges = json_get(model, "merges");
	struct bpe *b = bpe_new(json_count(merges));
	struct reading r = { b, v, "merge", 0, BUF_INIT };
	int rc = check_steps(b, root, e);
	if (!rc)
		rc = check_model(model, e);
	if (!rc && (!merges || json_kind(merges) != JSON_KIND_ARRAY))
		rc = err_data(e, "\"model.merges\" is not an array of pairs");
	if (!rc)
		rc = read_bytes(b, v, e);
	for (size_t i = 0; !rc && i < json_count(merges); i++)
		rc = read_merge(&r, i, json_at(merges, i), e);
	buf_release(&r.joined);
	if (rc)
		bpe_release(b);
	else
		*state = b;
	return rc;
}

static size_t line_end(struct str text, size_t i)
{
	const char *newline = memchr(text.p + i, '\n', text.n - i);
	return newline ? (size_t)(newline - text.p) : text.n;
}

/* merges.txt: a pair a line, "#version: 0.2" first. */
static int read_lines(struct reading *r, struct str text, struct err *e)
{
	static const char head[] = "#version";
	size_t i = 0, rank = 0;
	int rc = 0;
	if (text.n >= strlen(head) && !memcmp(text.p, head, strlen(head))) {
		i = line_end(text, 0) + 1;
		r->first++;
	}
	for (size_t end; !rc && i < text.n; i = end + 1, rank++) {
		end = line_end(text, i);
		rc = add_text(r, rank, (struct str){ text.p + i, end - i - (end > i && text.p[end - 1] == '\r') }, e);
	}
	return rc;
}

static int bpe_load_plain(const struct json *config, struct str rest, const struct vocabulary *v, void **state, struct err *e)
{
	size_t n_lines = 1;
	for (size_t i = 0; i < rest.n; i++)
		n_lines += rest.p[i] == '\n';
	struct bpe *b = bpe_new(n_lines);
	struct reading r = { b, v, "merges.txt, line", 1, BUF_INIT };
	json_bool(json_get(config, "add_prefix_space"), &b->adds_blank);
	int rc = read_bytes(b, v, e);
	if (!rc)
		rc = read_lines(&r, rest, e);
	buf_release(&r.joined);
	if (rc)
		bpe_release(b);
	else
		*state = b;
	return rc;
}

const struct token_model token_model_bpe = {
	.name = "BPE",
	.mark = "merges",
	.plain = { .vocabulary = "vocab.json", .rest = "merges.txt", .class = "Roberta", .roberta = true,
		   .special = { "<unk>", "</s>", "<pad>", "<s>", "<mask>" } },
	.load = bpe_load,
	.load_plain = bpe_load_plain,
	.encode = bpe_encode,
	.release = bpe_release,
};

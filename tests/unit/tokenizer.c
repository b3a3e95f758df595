/* WordPiece, Unigram and byte-level BPE against Hugging Face tokenizers: a torture file, and every text of the data sets at
 * hand. Zero differences. */
#include "io/json.h"
#include "io/stream.h"
#include "text/tokenizer.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *reference(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/tests/ref/tokenizer/%s", getenv("R"), name);
	return path;
}

/* A model directory "uncased" (or "cased") with the stored vocabulary. */
static struct tokenizer *open_stored(const char *dir, const char *config)
{
	struct err e = { 0 };
	struct buf vocabulary = BUF_INIT, path = BUF_INIT;
	struct tokenizer *t = NULL;
	assert_code(in_read_all(reference("vocab.txt.gz"), 1 << 20, &vocabulary, &e), 0, &e);
	mkdir(dir, 0777);
	buf_printf(&path, "%s/vocab.txt", dir);
	put_file(buf_text(&path), vocabulary.data, vocabulary.n);
	buf_clear(&path);
	buf_printf(&path, "%s/tokenizer_config.json", dir);
	put_text(buf_text(&path), config);
	assert_code(tokenizer_open(&t, dir, &e), 0, &e);
	buf_release(&vocabulary);
	buf_release(&path);
	return t;
}

static uint64_t fnv(uint64_t h, const struct tokens *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (int shift = 0; shift < 32; shift += 8)
			h = (h ^ (t->id[i] >> shift & 0xff)) * 0x100000001b3u;
	return h;
}
#define FNV_START 0xcbf29ce484222325u

static void unescape(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\\') {
			buf_putc(out, s[i]);
		} else if (s[i + 1] == '\\') {
			buf_putc(out, s[++i]);
		} else {
			char hex[3] = { s[i + 2], s[i + 3], 0 };
			buf_putc(out, (char)strtoul(hex, NULL, 16));
			i += 3;
		}
	}
}

/* One line "repeat TAB text TAB n TAB hash TAB ids". */
static void check_line(const struct tokenizer *t, char *line, struct tokens *got)
{
	char *field[5];
	for (int i = 0; i < 5; i++) {
		field[i] = line;
		line = strchr(line, i < 4 ? '\t' : 0) + 1;
		line[-1] = 0;
	}
	struct buf once = BUF_INIT, text = BUF_INIT;
	unescape(field[1], strlen(field[1]), &once);
	for (unsigned long i = strtoul(field[0], NULL, 10); i; i--)
		buf_addstr(&text, buf_str(&once));
	tokens_clear(got);
	tokenizer_encode(t, buf_str(&text), NULL, SIZE_MAX, got);
	if (got->n != strtoul(field[2], NULL, 10) || fnv(FNV_START, got) != strtoull(field[3], NULL, 16))
		fail_msg("\"%s\" x %s: %zu ids, expected %s: %s", field[1], field[0], got->n, field[2], field[4]);
	buf_release(&once);
	buf_release(&text);
}

static void check_file(const struct tokenizer *t, const char *name, size_t expected)
{
	struct err e = { 0 };
	struct buf all = BUF_INIT;
	struct tokens got = { 0 };
	size_t n = 0;
	assert_code(in_read_all(reference(name), 1 << 20, &all, &e), 0, &e);
	for (char *line = all.data, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (*line == '#')
			continue;
		check_line(t, line, &got);
		n++;
	}
	assert_int_equal(n, expected);
	tokens_release(&got);
	buf_release(&all);
}

static void torture(void **state)
{
	(void)state;
	struct tokenizer *t = open_stored("uncased", "{\"do_lower_case\": true, \"strip_accents\": null}");
	assert_int_equal(tokenizer_size(t), 30522);
	assert_string_equal(tokenizer_family(t), "WordPiece");
	check_file(t, "ids.txt", 2500);
	tokenizer_close(t);
}

static void torture_cased(void **state)
{
	(void)state;
	struct tokenizer *t = open_stored("cased", "{\"do_lower_case\": false}");
	check_file(t, "ids-cased.txt", 834);
	tokenizer_close(t);
}

/* text with the one place of `from` in it replaced. */
static void replace(struct buf *text, const char *from, const char *to)
{
	struct buf out = BUF_INIT;
	char *at = strstr(buf_text(text), from);
	assert_non_null(at);
	buf_add(&out, text->data, (size_t)(at - text->data));
	buf_puts(&out, to);
	buf_puts(&out, at + strlen(from));
	buf_release(text);
	*text = out;
}

/* The stored unigram tokenizer: XLM-RoBERTa's form of today, or the older one that cuts at white space first. */
static struct tokenizer *open_unigram(bool older)
{
	struct err e = { 0 };
	struct buf json = BUF_INIT;
	struct tokenizer *t = NULL;
	assert_code(in_read_all(reference("unigram.json.gz"), 1 << 24, &json, &e), 0, &e);
	if (older) {
		replace(&json, ", {\"type\": \"Replace\", \"pattern\": {\"Regex\": \" {2,}\"}, \"content\": \" \"}", "");
		replace(&json, "\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"\xe2\x96\x81\", \"prepend_scheme\": "
			       "\"always\", \"split\": true}", "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": "
			       "[{\"type\": \"WhitespaceSplit\"}, {\"type\": \"Metaspace\", \"replacement\": \"\xe2\x96\x81\", "
			       "\"add_prefix_space\": true}]}");
	}
	mkdir("unigram", 0777);
	put_file("unigram/tokenizer.json", json.data, json.n);
	assert_code(tokenizer_open(&t, "unigram", &e), 0, &e);
	assert_string_equal(tokenizer_family(t), "Unigram");
	buf_release(&json);
	return t;
}

static void torture_unigram(void **state)
{
	(void)state;
	struct tokenizer *t = open_unigram(false);
	check_file(t, "ids-unigram.txt", 2500);
	tokenizer_close(t);
	t = open_unigram(true);
	check_file(t, "ids-unigram-split.txt", 834);
	tokenizer_close(t);
}

static struct json *stored_bpe(struct buf *text)
{
	struct err e = { 0 };
	struct json *json;
	assert_code(in_read_all(reference("bpe.json.gz"), 1 << 24, text, &e), 0, &e);
	assert_code(json_parse(&json, buf_str(text), "bpe.json", &e), 0, &e);
	return json;
}

static struct tokenizer *open_bpe(void)
{
	struct err e = { 0 };
	struct buf text = BUF_INIT;
	struct tokenizer *t = NULL;
	json_free(stored_bpe(&text));
	mkdir("bpe", 0777);
	put_file("bpe/tokenizer.json", text.data, text.n);
	assert_code(tokenizer_open(&t, "bpe", &e), 0, &e);
	assert_string_equal(tokenizer_family(t), "BPE");
	buf_release(&text);
	return t;
}

/* The same vocabulary and pairs as vocab.json and merges.txt, with the token <mask>. */
static struct tokenizer *open_bpe_plain(void)
{
	struct err e = { 0 };
	struct buf text = BUF_INIT, vocab = BUF_INIT, merges = BUF_INIT;
	struct tokenizer *t = NULL;
	struct json *json = stored_bpe(&text);
	const struct json *list = json_get(json_get(json, "model"), "merges");
	json_print(json_get(json_get(json, "model"), "vocab"), &vocab);
	vocab.n--;
	buf_printf(&vocab, ", \"<mask>\": %zu}", json_count(json_get(json_get(json, "model"), "vocab")));
	buf_puts(&merges, "#version: 0.2\n");
	for (size_t i = 0; i < json_count(list); i++) {
		struct str left, right;
		assert_true(json_text(json_at(json_at(list, i), 0), &left) && json_text(json_at(json_at(list, i), 1), &right));
		buf_printf(&merges, "%s %s\n", left.p, right.p);
	}
	mkdir("bpe-plain", 0777);
	put_file("bpe-plain/vocab.json", vocab.data, vocab.n);
	put_file("bpe-plain/merges.txt", merges.data, merges.n);
	put_text("bpe-plain/tokenizer_config.json", "{\"tokenizer_class\": \"RobertaTokenizer\", "
		 "\"add_prefix_space\": false, \"mask_token\": {\"content\": \"<mask>\", \"lstrip\": true}}");
	assert_code(tokenizer_open(&t, "bpe-plain", &e), 0, &e);
	json_free(json);
	buf_release(&text);
	buf_release(&vocab);
	buf_release(&merges);
	return t;
}

static void torture_bpe(void **state)
{
	(void)state;
	struct tokenizer *t = open_bpe();
	check_file(t, "ids-bpe.txt", 2529);
	tokenizer_close(t);
	t = open_bpe_plain();
	check_file(t, "ids-bpe-plain.txt", 872);
	tokenizer_close(t);
}

/* Every text of one file of a data set; member NULL: every line. */
static void check_texts(const struct tokenizer *t, const char *path, const char *member, const char *expected)
{
	struct err e = { 0 };
	struct buf all = BUF_INIT;
	struct tokens got = { 0 };
	uint64_t hash = FNV_START;
	size_t n_texts = 0, n_tokens = 0;
	assert_code(in_read_all(path, 1 << 30, &all, &e), 0, &e);
	for (size_t i = 0, end; i < all.n; i = end + 1) {
		char *newline = memchr(all.data + i, '\n', all.n - i);
		end = newline ? (size_t)(newline - all.data) : all.n;
		struct str text = { all.data + i, end - i };
		struct json *line = NULL;
		if (member) {
			assert_code(json_parse(&line, text, path, &e), 0, &e);
			if (!json_text(json_get(line, member), &text))
				text.p = NULL;
		}
		if (text.p) {
			tokens_clear(&got);
			tokenizer_encode(t, text, NULL, SIZE_MAX, &got);
			hash = fnv(hash, &got);
			n_tokens += got.n;
			n_texts++;
		}
		if (line)
			json_free(line);
	}
	char found[128];
	snprintf(found, sizeof found, "%zu\t%zu\t%016llx", n_texts, n_tokens, (unsigned long long)hash);
	assert_string_equal(found, expected);
	tokens_release(&got);
	buf_release(&all);
}

/* Closes t. */
static void check_data_sets(struct tokenizer *t, const char *name)
{
	const char *data = getenv("RECPIPE_DATA");
	struct stat s;
	if (!data || stat(data, &s) != 0) {
		tokenizer_close(t);
		skip();
	}
	struct err e = { 0 };
	struct buf list = BUF_INIT, path = BUF_INIT;
	assert_code(in_read_all(reference(name), 1 << 16, &list, &e), 0, &e);
	for (char *line = list.data, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		char *member = strchr(line, '\t'), *expected = strchr(member + 1, '\t');
		*member++ = *expected++ = 0;
		buf_clear(&path);
		buf_printf(&path, "%s/%s", data, line);
		if (stat(buf_text(&path), &s) == 0)
			check_texts(t, buf_text(&path), strcmp(member, "-") ? member : NULL, expected);
		else
			print_message("not there: %s\n", buf_text(&path));
	}
	tokenizer_close(t);
	buf_release(&list);
	buf_release(&path);
}

static void data_sets(void **state)
{
	(void)state;
	check_data_sets(open_stored("uncased", "{}"), "datasets.tsv");
}

static void data_sets_unigram(void **state)
{
	(void)state;
	check_data_sets(open_unigram(false), "datasets-unigram.tsv");
}

static void data_sets_bpe(void **state)
{
	(void)state;
	check_data_sets(open_bpe(), "datasets-bpe.tsv");
}

static void truncation(void **state)
{
	(void)state;
	struct tokenizer *t = open_stored("uncased", "{}");
	struct tokens got = { 0 };
	struct str pair = STR("one two three");
	tokenizer_encode(t, STR("a b c d e f g"), NULL, 5, &got);
	assert_int_equal(got.n, 5);
	assert_int_equal(got.id[4], 102);
	tokens_clear(&got);
	tokenizer_encode(t, STR("a b c d e f g"), &pair, 9, &got); /* 6 for both: 3 + 3 */
	assert_int_equal(got.n, 9);
	assert_int_equal(got.id[4], 102);
	assert_int_equal(got.type[4], 0);
	assert_int_equal(got.type[5], 1);
	tokens_release(&got);
	tokenizer_close(t);
}

/* A directory with this tokenizer.json must be refused with these words. */
static void refused(const char *json, const char *says)
{
	struct err e = { 0 };
	struct tokenizer *t = NULL;
	mkdir("bad", 0777);
	put_text("bad/tokenizer.json", json);
	assert_code(tokenizer_open(&t, "bad", &e), ERR_DATA, &e);
	assert_says(&e, says);
	unlink("bad/tokenizer.json");
}

#define HEAD "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
#define MODEL "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3}}"
#define POST "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]}"

#define PIECES(list) "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[" list "]}}"
#define BLANKS "{\"pre_tokenizer\":{\"type\":\"Metaspace\"},"
#define MAP(base64) BLANKS "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"" base64 "\"}," PIECES("[\"a\",-1]")

static void refused_unigram(void)
{
	refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":[\"a\"]}}", "token 0 is not a text");
	refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[7,0]]}}", "token 0 is not a text");
	refused("{" PIECES("[\"a\",-1]"), "pre_tokenizer \"none\" is not supported");
	refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":{}},\"pre_tokenizer\":{\"type\":\"Metaspace\"}}", "not an array");
	refused(BLANKS PIECES("[\"a\",\"b\"]"), "score of token 0");
	refused(BLANKS PIECES(""), "unk_id");
	refused(BLANKS "\"model\":{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":[[\"a\",0]]}}", "unk_id");
	refused(BLANKS "\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[]}}", "byte_fallback");
	refused(BLANKS "\"normalizer\":{\"type\":\"NFKC\"}," PIECES("[\"a\",-1]"), "normalizer \"NFKC\" is not supported");
	refused("{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"first\"}," PIECES("[\"a\",-1]"), "\"first\"");
	refused("{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\"}," PIECES("[\"a\",-1]"), "Metaspace of \"_\"");
	refused(MAP("????"), "not base64");
	refused(MAP("AAAA"), "not a trie");
	refused(MAP("/////w=="), "not a trie");
	refused(MAP("BAAAAAAAAAAB"), "not a trie"); /* replacements must end with NUL */
	refused(MAP("BAAAAAAAAAAA"), "post_processor"); /* the map is one; a post_processor is missing */
}

/* GPT-2's tokens of the 256 bytes, each with the byte as its id. */
static void put_bytes(struct buf *out)
{
	for (unsigned byte = 0, other = 0x100; byte < 256; byte++) {
		bool prints = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
		buf_printf(out, "%s\"\\u%04x\": %u", byte ? ", " : "", prints ? byte : other++, byte);
	}
}

#define LEVEL "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\""
#define ROBERTA "\"post_processor\":{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",257],\"cls\":[\"<s>\",256]}"

/* The vocabulary of bytes, "ab", <s> and </s>, with these pairs, and what else there is. */
static void bpe_json(struct buf *out, const char *merges, const char *more)
{
	buf_clear(out);
	buf_puts(out, LEVEL ",\"vocab\":{");
	put_bytes(out);
	buf_printf(out, ",\"<s>\":256,\"</s>\":257,\"ab\":258},\"merges\":%s}%s}", merges, more);
}

static void refused_pairs(const char *merges, const char *more, const char *says)
{
	struct buf json = BUF_INIT;
	bpe_json(&json, merges, more);
	refused(buf_text(&json), says);
	buf_release(&json);
}

static void refused_bpe(void)
{
	refused("{\"model\":{\"type\":\"BPE\"}}", "model.vocab");
	refused("{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", "pre_tokenizer \"none\" is not supported");
	refused("{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"use_regex\":false},\"model\":{\"type\":\"BPE\",\"vocab\":{}}}",
		"\"use_regex\"");
	refused("{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\","
		"\"vocab\":{}}}", "normalizer \"NFC\" is not supported");
	refused(LEVEL ",\"vocab\":{}}}", "model.merges");
	refused(LEVEL ",\"vocab\":{\"\u0100\":0},\"merges\":[]}}", "the token of byte 1");
	refused(LEVEL ",\"vocab\":{\"a\":1,\"b\":1},\"merges\":[]}}", "\"a\" and \"b\" have the same id, 1");
	refused(LEVEL ",\"vocab\":{},\"byte_fallback\":true}}", "\"byte_fallback\"");
	refused(LEVEL ",\"vocab\":{},\"ignore_merges\":true}}", "\"ignore_merges\"");
	refused(LEVEL ",\"vocab\":{},\"dropout\":0.1}}", "\"dropout\"");
	refused(LEVEL ",\"vocab\":{},\"end_of_word_suffix\":\"</w>\"}}", "\"end_of_word_suffix\"");
	refused_pairs("[]", "", "post_processor \"\"");
	refused_pairs("{}", "," ROBERTA, "model.merges");
	refused_pairs("[\"a b\",\"ab\"]", "," ROBERTA, "merge 1 is not two tokens");
	refused_pairs("[\"a b c\"]", "," ROBERTA, "merge 0 is not two tokens");
	refused_pairs("[[\"a\"]]", "," ROBERTA, "merge 0 is neither");
	refused_pairs("[\"ab xy\"]", "," ROBERTA, "merge 0: the vocabulary lacks \"xy\"");
	refused_pairs("[\"a b\",[\"a\",\"c\"]]", "," ROBERTA, "merge 1: the vocabulary lacks \"ac\"");
	refused_pairs("[]", ",\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":\"A\"},{\"type\":\"B\"}]}",
		      "\"Sequence\"");
}

static void expect_ids(const struct tokenizer *t, const char *text, const struct str *pair, size_t n, const uint32_t *id)
{
	struct tokens got = { 0 };
	tokenizer_encode(t, str_of(text), pair, 64, &got);
	assert_int_equal(got.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got.id[i], id[i]);
		assert_int_equal(got.type[i], 0);
	}
	tokens_release(&got);
}

/* Pairs as texts; the second text behind a second </s>; what templates there are; a model without its type. */
static void bpe_forms(void **state)
{
	(void)state;
	static const char *const posts[] = {
		ROBERTA,
		"\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"},"
		"{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",257],\"cls\":[\"<s>\",256]}]}",
		"\"post_processor\":{\"type\":\"ByteLevel\"}",
	};
	struct buf json = BUF_INIT, with = BUF_INIT;
	struct err e = { 0 };
	struct str pair = STR("b");
	mkdir("forms", 0777);
	for (size_t i = 0; i < 3; i++) {
		struct tokenizer *t = NULL;
		buf_clear(&with);
		buf_printf(&with, ",%s", posts[i]);
		bpe_json(&json, "[\"a b\"]", buf_text(&with));
		if (i == 1)
			replace(&json, "\"type\":\"BPE\",", "");
		put_text("forms/tokenizer.json", buf_text(&json));
		assert_code(tokenizer_open(&t, "forms", &e), 0, &e);
		if (i < 2)
			expect_ids(t, "abb", &pair, 9, (uint32_t[]){ 256, 0x20, 258, 'b', 257, 257, 0x20, 'b', 257 });
		expect_ids(t, "a\xff", NULL, i < 2 ? 7 : 5, (uint32_t[]){ 256, 0x20, 'a', 0xef, 0xbf, 0xbd, 257 } + (i == 2));
		tokenizer_close(t);
	}
	unlink("forms/tokenizer.json");
	buf_release(&json);
	buf_release(&with);
}

/* vocab.json and merges.txt; NULL: the file is not there. */
static void plain_says(const char *merges, const char *config, int code, const char *says)
{
	struct err e = { 0 };
	struct tokenizer *t = NULL;
	struct buf vocab = BUF_INIT;
	buf_putc(&vocab, '{');
	put_bytes(&vocab);
	buf_puts(&vocab, ", \"ab\": 258, \"<s>\": 256}");
	put_text("bad/vocab.json", buf_text(&vocab));
	put_text("bad/tokenizer_config.json", config);
	unlink("bad/merges.txt");
	if (merges)
		put_text("bad/merges.txt", merges);
	assert_code(tokenizer_open(&t, "bad", &e), code, &e);
	assert_says(&e, says);
	unlink("bad/vocab.json");
	unlink("bad/merges.txt");
	unlink("bad/tokenizer_config.json");
	buf_release(&vocab);
}

static void refused_plain(void)
{
	plain_says(NULL, "{}", ERR_SYSTEM, "merges.txt");
	plain_says("#version: 0.2\na b\na  b\n", "{}", ERR_DATA, "merges.txt, line 3 is not two tokens");
	plain_says("#version: 0.2\na b\na x\n", "{}", ERR_DATA, "merges.txt, line 3: the vocabulary lacks \"ax\"");
	plain_says("a b\nab\n", "{}", ERR_DATA, "merges.txt, line 2 is not");
	plain_says("a b", "{}", ERR_DATA, "lacks the special token \"</s>\"");
	plain_says("a b", "{\"sep_token\": {\"content\": \"<sep>\"}}", ERR_DATA, "lacks the special token \"<sep>\"");
	plain_says("a b", "{\"tokenizer_class\": \"GPT2Tokenizer\"}", ERR_DATA, "tokenizer_class \"GPT2Tokenizer\"");
}

static void hostile(void **state)
{
	(void)state;
	refused("", "column");
	refused("{}", "model \"none\" is not supported; WordPiece, Unigram, BPE are");
	refused("{\"model\":{\"type\":\"WordLevel\"}}", "model \"WordLevel\" is not supported");
	refused("{\"model\":{\"type\":\"WordPiece\"}}", "model.vocab");
	refused("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}", "id of token \"a\"");
	refused("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":99999999}}}", "the limit is");
	refused("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":1,\"a\":2}}}", "duplicate");
	refused("{" MODEL "}", "normalizer \"none\" is not supported");
	refused("{\"normalizer\":{\"type\":\"BertNormalizer\"}," MODEL "}", "pre_tokenizer \"none\"");
	refused(HEAD MODEL "}", "post_processor \"\" is not supported");
	refused(HEAD "\"post_processor\":{\"type\":\"BertProcessing\"}," MODEL "}", "lacks the special token");
	refused(HEAD POST ",\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":3}}}", "unknown token \"[UNK]\"");
	refused(HEAD POST ",\"added_tokens\":[{}]," MODEL "}", "added token 0");
	refused(HEAD POST ",\"added_tokens\":[{\"id\":9,\"content\":\"x\",\"single_word\":true}]," MODEL "}",
		"single_word");
	refused_unigram();
	refused_bpe();
	struct err e = { 0 };
	struct tokenizer *t = NULL;
	assert_code(tokenizer_open(&t, "bad", &e), ERR_SYSTEM, &e);
	put_file("bad/vocab.txt", "a\0b\n", 4);
	assert_code(tokenizer_open(&t, "bad", &e), ERR_DATA, &e);
	unlink("bad/vocab.txt");
	refused_plain();
	put_text("bad/tokenizer.json", HEAD POST "," MODEL "}");
	assert_code(tokenizer_open(&t, "bad", &e), 0, &e);
	struct tokens got = { 0 };
	tokenizer_encode(t, STR("A b"), NULL, 8, &got);
	assert_int_equal(got.n, 4);
	assert_int_equal(got.id[1], 3);
	assert_int_equal(got.id[2], 0);
	tokens_release(&got);
	tokenizer_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torture), cmocka_unit_test(torture_cased), cmocka_unit_test(torture_unigram),
		cmocka_unit_test(torture_bpe), cmocka_unit_test(bpe_forms), cmocka_unit_test(data_sets_bpe),
		cmocka_unit_test(data_sets), cmocka_unit_test(data_sets_unigram), cmocka_unit_test(truncation), cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

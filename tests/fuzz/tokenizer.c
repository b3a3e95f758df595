/* Any bytes as text for WordPiece and byte-level BPE, and any bytes as tokenizer.json, vocab.txt or merges.txt. */
#include "base/utf8.h"
#include "io/folder.h"
#include "text/tokenizer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tokenizer *open_files(struct str vocabulary, const char *name, struct str bytes)
{
	struct folder *f = folder_new("fuzz");
	struct err e;
	struct tokenizer *t = NULL;
	if (vocabulary.n)
		folder_put(f, "vocab.json", vocabulary);
	folder_put(f, name, bytes);
	int rc = tokenizer_open_folder(&t, f, &e);
	folder_free(f);
	return rc ? NULL : t;
}

/* The 256 bytes, some words, and what stands around a text. */
static struct str byte_vocabulary(void)
{
	static struct buf json;
	buf_clear(&json);
	buf_putc(&json, '{');
	for (unsigned byte = 0, other = 0x100; byte < 256; byte++) {
		bool prints = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
		buf_printf(&json, "\"\\u%04x\":%u,", prints ? byte : other++, byte);
	}
	buf_puts(&json, "\"<s>\":256,\"</s>\":257,\"<mask>\":258,\"ab\":259,\"abab\":260,\"\\u0120a\":261,"
			"\"\\u0120ab\":262,\"aa\":263}");
	return buf_str(&json);
}

/* Byte-level tokens spell the text: as many characters as it has bytes, U+FFFD for what is not UTF-8. */
static void check_spelling(const struct tokenizer *t, const struct tokens *out, struct str text)
{
	struct buf valid = BUF_INIT;
	size_t n = 0;
	utf8_put_valid(&valid, text);
	for (size_t i = 1; i + 1 < out->n; i++) {
		struct str token = tokenizer_token(t, out->id[i]);
		for (size_t k = 0; k < token.n; k++)
			n += ((unsigned char)token.p[k] & 0xc0) != 0x80;
	}
	if (n != valid.n)
		abort();
	buf_release(&valid);
}

static void encode(const struct tokenizer *t, struct str text, const struct str *pair, size_t length, struct tokens *out)
{
	tokens_clear(out);
	tokenizer_encode(t, text, pair, length, out);
	for (size_t i = 0; i < out->n; i++)
		if (out->id[i] >= tokenizer_size(t))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct tokenizer *words, *bytes;
	if (!words)
		words = open_files(STR(""), "vocab.txt", STR("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n!\n"));
	if (!bytes)
		bytes = open_files(byte_vocabulary(), "merges.txt", STR("#version: 0.2\na b\n\xc4\xa0 a\nab ab\n\xc4\xa0" "a b\na a\n"));
	if (!words || !bytes)
		abort();
	struct tokens out = { 0 };
	struct str text = { (const char *)data, n }, half = { (const char *)data, n / 2 };
	encode(words, text, n & 1 ? &half : NULL, 3 + n % 600, &out);
	encode(bytes, text, n & 1 ? &half : NULL, 4 + n % 600, &out);
	encode(bytes, text, NULL, SIZE_MAX, &out);
	check_spelling(bytes, &out, text);
	struct tokenizer *t = n % 4 == 3 ? open_files(byte_vocabulary(), "merges.txt", text)
					 : open_files(STR(""), n % 4 == 2 ? "vocab.txt" : "tokenizer.json", text);
	if (t)
		encode(t, text, NULL, 64, &out);
	tokenizer_close(t);
	tokens_release(&out);
	return 0;
}

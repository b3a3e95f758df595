/* Any bytes as text, and any bytes as tokenizer.json. */
#include "text/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct tokenizer *open_bytes(const char *name, const uint8_t *data, size_t n)
{
	static char dir[] = "/tmp/recpipe-fuzz-XXXXXX";
	static int made;
	char path[64];
	if (!made++ && !mkdtemp(dir))
		abort();
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
	struct err e;
	struct tokenizer *t = NULL;
	int rc = tokenizer_open(&t, dir, &e);
	unlink(path);
	return rc ? NULL : t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n!\n";
	static struct tokenizer *plain;
	if (!plain && !(plain = open_bytes("vocab.txt", (const uint8_t *)vocabulary, sizeof vocabulary - 1)))
		abort();
	struct tokens out = { 0 };
	struct str text = { (const char *)data, n }, half = { (const char *)data, n / 2 };
	tokenizer_encode(plain, text, n & 1 ? &half : NULL, 3 + n % 600, &out);
	for (size_t i = 0; i < out.n; i++)
		if (out.id[i] >= tokenizer_size(plain))
			abort();
	struct tokenizer *t = open_bytes(n & 2 ? "vocab.txt" : "tokenizer.json", data, n);
	if (t)
		tokenizer_encode(t, text, NULL, 64, &out);
	tokenizer_close(t);
	tokens_release(&out);
	return 0;
}

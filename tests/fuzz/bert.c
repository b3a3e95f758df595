/* Any bytes as a model directory: config.json, tokenizer.json and model.safetensors, each of the first two behind its length
 * in two bytes, little-endian. A model that opens must encode, too. */
#include "base/mem.h"
#include "encoder/bert.h"
#include "text/tokenizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char dir[] = "/tmp/recpipe-fuzz-XXXXXX";

static void put(const char *name, const uint8_t *data, size_t n)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* Take a part off the front. */
static void put_part(const char *name, const uint8_t **data, size_t *n)
{
	size_t length = *n < 2 ? 0 : (size_t)(*data)[0] | (size_t)(*data)[1] << 8, room = *n < 2 ? 0 : *n - 2;
	length = length < room ? length : room;
	put(name, *data + (*n - room), length);
	*data += *n - room + length;
	*n = room - length;
}

static void encode(const struct bert *m, const struct tokenizer *t)
{
	struct err e;
	struct tokens ids = { 0 };
	const struct bert_info *info = bert_info(m);
	float *row = MEM_NEW(info->width, float);
	tokenizer_encode(t, STR("a b, ab"), NULL, info->n_positions < 8 ? info->n_positions : 8, &ids);
	int rc = bert_encode(m, ids.id, (size_t[]){ 0, ids.n }, 1, info->pooling, true, row, NULL, &e);
	for (size_t i = 0; !rc && i < info->width; i++)
		if (!isfinite(row[i]))
			abort();
	mem_free(row);
	tokens_release(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int made;
	struct err e;
	struct bert *m = NULL;
	struct tokenizer *t = NULL;
	if (!made++ && !mkdtemp(dir))
		abort();
	put_part("config.json", &data, &n);
	put_part("tokenizer.json", &data, &n);
	put("model.safetensors", data, n);
	if (!bert_open(&m, dir, n % 3 == 0 ? BERT_F32 : n % 3 == 1 ? BERT_BF16 : BERT_INT8, NULL, &e) &&
	    !tokenizer_open(&t, dir, &e))
		encode(m, t);
	bert_close(m);
	tokenizer_close(t);
	return 0;
}

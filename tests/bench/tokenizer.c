/* tokenizer DIR TEXTS: tokens/s of one pass over the lines of a file, one thread, the second pass of two. */
#include "io/stream.h"
#include "text/tokenizer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct tokenizer *t = NULL;
	struct tokens out = { 0 };
	struct buf all = BUF_INIT;
	size_t n = 0;
	double from = now(), opened, spent = 0;
	if (argc != 3 || tokenizer_open(&t, argv[1], &e) || in_read_all(argv[2], 1 << 30, &all, &e)) {
		fprintf(stderr, "tokenizer: %s\n", argc == 3 ? e.message : "usage: tokenizer DIR TEXTS");
		return 1;
	}
	opened = now() - from;
	for (int pass = 0; pass < 2; pass++) {
		from = now();
		n = 0;
		for (char *line = all.data, *end; (end = strchr(line, '\n')); line = end + 1) {
			tokens_clear(&out);
			tokenizer_encode(t, (struct str){ line, (size_t)(end - line) }, NULL, SIZE_MAX, &out);
			n += out.n;
		}
		spent = now() - from;
	}
	printf("%.0f tokens/s\t%zu tokens\topened in %.0f ms\n", (double)n / spent, n, opened * 1e3);
	tokens_release(&out);
	buf_release(&all);
	tokenizer_close(t);
	return 0;
}

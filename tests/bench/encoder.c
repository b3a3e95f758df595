/* encoder.c: forward passes of a model over a file of token ids; tests/bench/encoder.sh makes the file and runs this.
 *
 * usage: encoder MODEL f32|bf16|int8 THREADS TOKENS SECONDS [VECTORS]
 * TOKENS: u32 n, u32 lengths[n], then all ids, u32. Prints the time to open, then the best and median rates of passes over all
 * texts in runs of 512 until SECONDS have gone by; VECTORS gets the f32 rows. */
#include "base/log.h"
#include "base/mem.h"
#include "base/threads.h"
#include "encoder/bert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { RUN = 512 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static uint32_t *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		exit(4);
	size_t n = (size_t)ftell(f);
	rewind(f);
	uint32_t *p = mem_alloc(n + 4, 1);
	if (fread(p, 1, n, f) != n)
		exit(4);
	fclose(f);
	return p;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "f32", "bf16", "int8" };
	if (argc < 6)
		return 2;
	size_t precision = 0;
	while (precision < 2 && strcmp(argv[2], names[precision]) != 0)
		precision++;
	struct err e = { 0 };
	double t = clock_s();
	struct pool *pool = pool_new((size_t)atoi(argv[3]));
	struct bert *m;
	if (bert_open(&m, argv[1], (enum bert_precision)precision, pool, &e)) {
		fprintf(stderr, "%s\n", e.message);
		return 3;
	}
	printf("open_ms\t%.1f\n", (clock_s() - t) * 1e3);
	uint32_t *file = read_file(argv[4]);
	size_t n = file[0], width = bert_info(m)->width;
	const uint32_t *ids = file + 1 + n;
	size_t *start = MEM_NEW(n + 1, size_t);
	start[0] = 0;
	for (size_t i = 0; i < n; i++)
		start[i + 1] = start[i] + file[1 + i];
	float *out = mem_alloc(n, width * sizeof(float));
	double seconds[1000], began = clock_s();
	size_t n_passes = 0;
	do {
		t = clock_s();
		for (size_t i = 0; i < n; i += RUN)
			if (bert_encode(m, ids, start + i, n - i < RUN ? n - i : RUN, bert_info(m)->pooling, true,
					out + i * width, pool, &e)) {
				fprintf(stderr, "%s\n", e.message);
				return 3;
			}
		seconds[n_passes++] = clock_s() - t;
	} while (n_passes < 1000 && clock_s() - began < atof(argv[5]));
	qsort(seconds, n_passes, sizeof(double), by_value);
	printf("texts\t%zu\ntokens\t%zu\npasses\t%zu\nmedian_texts_per_s\t%.1f\nbest_texts_per_s\t%.1f\nbest_tokens_per_s\t%.0f\n",
	       n, start[n], n_passes, (double)n / seconds[n_passes / 2], (double)n / seconds[0],
	       (double)start[n] / seconds[0]);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("maxrss_kb\t%ld\n", usage.ru_maxrss);
	if (argc > 6) {
		FILE *f = fopen(argv[6], "wb");
		if (!f || fwrite(out, sizeof(float), n * width, f) != n * width || fclose(f))
			return 4;
	}
	mem_free(out);
	mem_free(start);
	mem_free(file);
	bert_close(m);
	pool_free(pool);
	return 0;
}

/* encoder.c: forward passes over the texts of a file, one a line, and what the processor could do at best in their place.
 * tests/bench/encoder.sh builds and runs this.
 *
 * usage: encoder MODEL [peak-|gemm-]f32|bf16|int8 THREADS TEXTS MAX_TOKENS
 * Prints "ready", the milliseconds it took to open the model, the number of texts and of tokens; then for every line on
 * stdin one pass over all texts: seconds, and seconds of processor time. At the end of stdin: the most kilobytes it had.
 * A pass of peak- is as many multiply-adds as the products of a forward pass have, in registers alone; of gemm-, as many in
 * one large product with packed weights after the other. */
#include "base/log.h"
#include "base/mem.h"
#include "base/threads.h"
#include "encoder/bert.h"
#include "linalg/gemm.h"
#include "text/tokenizer.h"

#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { N_SUMS = 16, PEAK_STEPS = 4096, GEMM_M = 192, GEMM_N = 1024, GEMM_K = 512, BLOCKS = 8 };

struct bench {
	struct pool *pool;
	struct bert *model;
	enum bert_precision precision;
	struct tokens ids;
	size_t *start, n;
	float *out;
	double n_ops; /* multiplications and additions of a pass's products */
	struct gemm_weights weights;
	struct gemm_input input;
	float *product; /* a block */
};

static void need(int rc, const struct err *e)
{
	if (rc) {
		fprintf(stderr, "%s\n", e->message);
		exit(3);
	}
}

static void read_texts(struct bench *b, const char *dir, const char *path, size_t max_tokens)
{
	struct err e;
	struct tokenizer *t;
	char *line = NULL;
	size_t capacity = 0;
	need(tokenizer_open(&t, dir, &e), &e);
	FILE *f = fopen(path, "r");
	if (!f)
		exit(4);
	b->start = MEM_ZNEW(1, size_t);
	for (ssize_t n; (n = getline(&line, &capacity, f)) > 0;) {
		tokenizer_encode(t, (struct str){ line, (size_t)n - (line[n - 1] == '\n') }, NULL, max_tokens, &b->ids);
		b->start = mem_resize(b->start, b->n + 1, b->n + 2, sizeof *b->start);
		b->start[++b->n] = b->ids.n;
	}
	free(line);
	fclose(f);
	tokenizer_close(t);
}

static void count_ops(struct bench *b)
{
	const struct bert_info *i = bert_info(b->model);
	double width = (double)i->width, matrices = 2 * (4 * width * width + 2 * width * (double)i->ffn_width);
	for (size_t s = 0; s < b->n; s++) {
		double n = (double)(b->start[s + 1] - b->start[s]);
		b->n_ops += (double)i->n_layers * n * (matrices + 4 * width * n);
	}
}

static void pass_encode(struct bench *b)
{
	struct err e;
	need(bert_encode(b->model, b->ids.id, b->start, b->n, bert_info(b->model)->pooling, true, b->out, b->pool, &e), &e);
}

/* Independent sums in registers, one instruction a sum and step; written out, since compilers move the sums about. */
#define ON(instruction, r) instruction " %%zmm" #r ", %%zmm" #r ", %%zmm" #r "\n"
#define ON_4(i, a, b, c, d) ON(i, a) ON(i, b) ON(i, c) ON(i, d)
#define ON_16(i) ON_4(i, 0, 1, 2, 3) ON_4(i, 4, 5, 6, 7) ON_4(i, 8, 9, 10, 11) ON_4(i, 12, 13, 14, 15)
#define PEAK(name, target, instruction)                                                                         \
	target static void name(void)                                                                           \
	{                                                                                                       \
		for (size_t k = 0; k < PEAK_STEPS; k++)                                                         \
			__asm__ volatile(ON_16(instruction)::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",  \
					 "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",    \
					 "xmm14", "xmm15");                                                     \
	}
PEAK(peak_f32, TARGET_AVX512, "vfmadd231ps")
PEAK(peak_bf16, TARGET_BF16, "vdpbf16ps")
PEAK(peak_int8, TARGET_VNNI, "vpdpbusd")

static void peak_block(void *context, size_t block, size_t worker)
{
	static void (*const fn[])(void) = { peak_f32, peak_bf16, peak_int8 };
	static const double ops[] = { 32, 64, 128 };
	const struct bench *b = context;
	size_t n = (size_t)(b->n_ops / BLOCKS / (ops[b->precision] * N_SUMS * PEAK_STEPS));
	(void)block;
	(void)worker;
	for (size_t i = 0; i < n; i++)
		fn[b->precision]();
}

static void pass_peak(struct bench *b)
{
	pool_run(b->pool, BLOCKS, peak_block, b);
}

static void gemm_block(void *context, size_t block, size_t worker)
{
	struct bench *b = context;
	size_t n = (size_t)(b->n_ops / BLOCKS / (2.0 * GEMM_M * GEMM_N * GEMM_K));
	(void)worker;
	for (size_t i = 0; i < n; i++)
		gemm_run(&b->weights, &b->input, GEMM_M, NULL, NULL, b->product + block * GEMM_M * GEMM_N, GEMM_N);
}

static void pass_gemm(struct bench *b)
{
	pool_run(b->pool, BLOCKS, gemm_block, b);
}

static void make_product(struct bench *b, struct arena *a)
{
	static const enum gemm_type types[] = { GEMM_F32, GEMM_BF16, GEMM_INT8 };
	float *x = ARENA_NEW(a, GEMM_M * GEMM_K, float);
	for (size_t i = 0; i < GEMM_M * GEMM_K; i++)
		x[i] = (float)(i % 17) - 8;
	gemm_weights_init(&b->weights, a, types[b->precision], cpu_level(), GEMM_N, GEMM_K);
	for (size_t p = 0; p < b->weights.n_panels; p++)
		gemm_pack(&b->weights, p, x);
	gemm_input_set(&b->input, &b->weights, GEMM_M, x, GEMM_K, arena_alloc(a, gemm_input_bytes(&b->weights, GEMM_M), 1));
	b->product = ARENA_NEW(a, BLOCKS * GEMM_M * GEMM_N, float);
}

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void serve(struct bench *b, void (*pass)(struct bench *))
{
	struct rusage usage;
	for (int byte; (byte = getchar()) != EOF;) {
		double wall = clock_s(), cpu = cpu_s();
		pass(b);
		printf("%.6f %.6f\n", clock_s() - wall, cpu_s() - cpu);
		fflush(stdout);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%ld\n", usage.ru_maxrss);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "f32", "bf16", "int8" };
	if (argc != 6)
		return 2;
	const char *name = strchr(argv[2], '-') ? strchr(argv[2], '-') + 1 : argv[2];
	struct bench b = { .precision = BERT_F32 };
	while (b.precision < BERT_INT8 && strcmp(name, names[b.precision]) != 0)
		b.precision++;
	struct err e;
	struct arena a = ARENA_INIT;
	double t = clock_s();
	b.pool = pool_new((size_t)atoi(argv[3]));
	need(bert_open(&b.model, argv[1], b.precision, b.pool, &e), &e);
	double open_ms = (clock_s() - t) * 1e3;
	read_texts(&b, argv[1], argv[4], (size_t)atoi(argv[5]));
	count_ops(&b);
	b.out = mem_alloc(b.n, bert_info(b.model)->width * sizeof(float));
	if (name != argv[2])
		make_product(&b, &a);
	printf("ready\t%.1f\t%zu\t%zu\n", open_ms, b.n, b.start[b.n]);
	fflush(stdout);
	serve(&b, name == argv[2] ? pass_encode : argv[2][0] == 'p' ? pass_peak : pass_gemm);
	mem_free(b.out);
	mem_free(b.start);
	tokens_release(&b.ids);
	arena_release(&a);
	bert_close(b.model);
	pool_free(b.pool);
	return 0;
}

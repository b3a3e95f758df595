/* bert.c: steps of fine-tuning over a file of tokens; tests/bench/bert.sh makes the file and runs this.
 *
 * usage: bert MODEL full|lora|last THREADS TOKENS TEXTS_A_STEP SECONDS
 * TOKENS: u32 n, u32 lengths[n], then all ids. Prints tokens a second of the median and the best step, tokens a second of
 * processor time in all, and the peak of resident memory in MB. Dropout 0.1, AdamW, clipping: a step as train takes it. */
#include "base/mem.h"
#include "base/threads.h"
#include "model/bert.h"
#include "model/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

extern const struct model_class model_bert;

static void must(int rc, const struct err *e)
{
	if (!rc)
		return;
	fprintf(stderr, "%s\n", e->message);
	exit(3);
}

static struct bert_corpus read_tokens(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint32_t n;
	if (!f || fread(&n, 4, 1, f) != 1)
		exit(4);
	struct bert_corpus c = { n, MEM_ZNEW(n + 1, size_t), NULL, NULL };
	for (uint32_t i = 0, length; i < n; i++) {
		if (fread(&length, 4, 1, f) != 1)
			exit(4);
		c.start[i + 1] = c.start[i] + length;
	}
	c.token = MEM_NEW(c.start[n], uint32_t);
	c.type = MEM_ZNEW(c.start[n], uint8_t);
	if (fread(c.token, 4, c.start[n], f) != c.start[n])
		exit(4);
	fclose(f);
	return c;
}

static struct model *open_model(const char *dir, const char *tune, struct err *e)
{
	const char *const options[][2] = { { "encoder", dir }, { "learn", tune }, { "batch-tokens", "4096" } };
	struct model *m = model_new(&model_bert);
	struct opt_group g = { "", m->class->part.options, m->class->part.n_options, m->options, NULL };
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		must(options_set(&g, options[i][0], options[i][1], e), e);
	must(bert_read_files(m, &(struct events)EVENTS_INIT, NULL, e), e);
	must(m->class->configure(m, e), e);
	params_alloc(m);
	struct bert_state *s = m->state;
	must(bert_params_read(&s->config, dir, s->array, e), e);
	return m;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x < y) - (x > y);
}

int main(int argc, char **argv)
{
	enum { MOST = 10000 };
	static double rate[MOST];
	struct err e = { 0 };
	if (argc < 7)
		return 2;
	struct model *m = open_model(argv[1], argv[2], &e);
	struct pool *pool = pool_new((size_t)atoi(argv[3]));
	struct bert_corpus c = read_tokens(argv[4]);
	size_t each = (size_t)atoi(argv[5]), at = 0, n = 0;
	float *target = MEM_NEW(c.n, float);
	uint32_t *text = MEM_NEW(c.n, uint32_t);
	for (size_t i = 0; i < c.n; i++) {
		target[i] = (float)(i % 5);
		text[i] = (uint32_t)i;
	}
	struct bert_stepper *s = bert_stepper_new(m, &c, target, 1000000, 1, pool);
	bert_step(s, text, each);
	double began = clock_s(), tokens = 0;
	clock_t used = clock();
	while (clock_s() - began < atof(argv[6]) && n < MOST) {
		at = at + 2 * each > c.n ? 0 : at + each;
		double t = clock_s();
		bert_step(s, text + at, each);
		tokens += (double)(c.start[at + each] - c.start[at]);
		rate[n++] = (double)(c.start[at + each] - c.start[at]) / (clock_s() - t);
	}
	qsort(rate, n, sizeof *rate, by_value);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("%.0f\t%.0f\t%.0f\t%ld\n", rate[n / 2], rate[0], tokens * CLOCKS_PER_SEC / (double)(clock() - used),
	       usage.ru_maxrss / 1024);
	return 0;
}

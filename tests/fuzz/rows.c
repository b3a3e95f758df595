/* Any bytes as a raw file of preprocess: CSV or JSON lines, mapped, bad rows left out, through steps that work on text. The
 * first byte chooses the format. */
#include "data/source.h"
#include "data/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int count(void *context, struct row *row, struct err *e)
{
	(void)e;
	for (size_t c = 0; c < row->n; c++)
		if (row->field[c].p[row->field[c].n])
			abort(); /* every field ends in a NUL */
	++*(size_t *)context;
	return 0;
}

static void read_all(struct source *s, struct chain *chain)
{
	struct row row;
	struct err e;
	const char *reason;
	size_t n_rows = 0;
	int rc;
	chain_to(chain, count, &n_rows);
	while ((rc = source_next(s, &row, &reason, &e)) > 0 || reason)
		if (rc > 0 && chain_push(chain, &row, &e))
			return;
	rc = rc ? rc : chain_finish(chain, &e);
	(void)rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const separators[] = { ",", "\t", "::", NULL };
	const char *maps[] = { "user=1,item=2", "text=a.b+1" };
	const char *step_texts[] = { "explode:column=item,into=k", "tags", "entities", "nfkc", "lower:fold", "stopwords", "stem",
				     "tokens", "dedup" };
	const struct strings map = { maps, 2 }, specs = { step_texts, sizeof step_texts / sizeof *step_texts };
	uint8_t how = n ? data[0] : 0;
	struct source_options o = { .map = &map, .time_format = "auto", .array_separator = "|",
				    .csv = { separators[how & 3], how & 4, how & 8, how & 16 ? "latin1" : NULL, 4096 } };
	struct header columns = HEADER_INIT;
	struct source *s = NULL;
	struct chain chain = { 0 };
	struct err e;
	char path[64];
	int fd = memfd_create("rows", 0);
	if (fd < 0 || write(fd, data + (n > 0), n - (n > 0)) < 0)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const char *paths[] = { path };
	const struct strings inputs = { paths, 1 };
	if (!source_open(&s, &inputs, &o, &columns, &e)) {
		if (!chain_open(&chain, &specs, &columns, source_names(s), NULL, &e))
			read_all(s, &chain);
		chain_release(&chain);
	}
	source_close(s);
	header_release(&columns);
	close(fd);
	return 0;
}

/* Any bytes as a file of word vectors, or (where the first byte is even) as a NumPy array. */
#include "data/npy.h"
#include "data/wordvectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_array(const char *path)
{
	struct npy a;
	struct err e;
	if (!npy_open(&a, path, &e)) {
		float *row = malloc(a.width * sizeof *row);
		for (size_t i = 0; row && i < a.n; i++)
			npy_widen(&a, npy_bytes(&a, i), row);
		free(row);
	}
	npy_close(&a);
}

static void read_words(const char *path, size_t max_words)
{
	struct wordvectors v;
	struct err e;
	if (!wordvectors_open(&v, path, max_words, &e))
		for (size_t i = 0; i < v.words.n * v.width; i++)
			if (!isfinite(v.vectors[i]))
				abort();
	wordvectors_close(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[64];
	int fd = memfd_create("vectors", 0);
	if (fd < 0 || write(fd, data + (n > 0), n - (n > 0)) < 0)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (n && data[0] % 2 == 0)
		read_array(path);
	else
		read_words(path, n ? data[0] / 2 : 0);
	close(fd);
	return 0;
}

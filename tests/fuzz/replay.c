/* replay.c: runs a fuzz target over its kept inputs (tests/fuzz/NAME/) and the empty input, without a fuzzer: each
 * input that once broke something, or shows a shape of its own, is a test for ever. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static int replay_file(const char *path, const char *name)
{
	FILE *f = fopen(path, "rb");
	long n = 0;
	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		printf("[  FAILED  ] %s: cannot be read\n", name);
		return 1;
	}
	/* Exactly n bytes, so that a sanitizer sees the first read beyond them. */
	uint8_t *data = malloc((size_t)n ? (size_t)n : 1);
	int bad = !data || fread(data, 1, (size_t)n, f) != (size_t)n;
	fclose(f);
	if (!bad)
		LLVMFuzzerTestOneInput(data, (size_t)n);
	free(data);
	printf("%s %s\n", bad ? "[  FAILED  ]" : "[       OK ]", name);
	return bad;
}

int main(int argc, char **argv)
{
	int failed = 0;
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("[       OK ] empty\n");
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	for (struct dirent *d; dir && (d = readdir(dir));) {
		char path[4096];
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", argv[1], d->d_name);
		failed += replay_file(path, d->d_name);
	}
	if (dir)
		closedir(dir);
	return failed != 0;
}

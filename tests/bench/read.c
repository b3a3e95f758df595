/* Reading ratings into columns against libcsv's own speed: libcsv with empty callbacks on one thread, then events_read on
 * 1 and 2 threads, in turn, so that each round is a pair. Usage: read FILE ROUNDS */
#include "base/log.h"
#include "data/events.h"

#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void no_field(void *p, size_t n, void *context)
{
	(void)p, (void)n, (void)context;
}

static void no_row(int end, void *context)
{
	(void)end, (void)context;
}

static double libcsv_s(const char *path)
{
	static char block[1 << 16];
	struct csv_parser p;
	ssize_t n;
	double start_s = clock_s();
	int fd = open(path, O_RDONLY);
	if (fd < 0 || csv_init(&p, 0) != 0)
		exit(4);
	while ((n = read(fd, block, sizeof block)) > 0)
		if (csv_parse(&p, block, (size_t)n, no_field, no_row, NULL) != (size_t)n)
			exit(3);
	csv_fini(&p, no_field, no_row, NULL);
	csv_free(&p);
	close(fd);
	return clock_s() - start_s;
}

static double events_s(const char *path, size_t threads)
{
	struct err e = { 0 };
	struct events ev;
	struct idmap users = IDMAP_INIT, items = IDMAP_INIT;
	struct pool *pool = pool_new(threads);
	double start_s = clock_s();
	if (events_read(&ev, path, &users, &items, pool, &e)) {
		fprintf(stderr, "%s\n", e.message);
		exit(3);
	}
	double s = clock_s() - start_s;
	events_release(&ev);
	idmap_release(&users);
	idmap_release(&items);
	pool_free(pool);
	return s;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	libcsv_s(argv[1]); /* the file is in the page cache from here on */
	for (int round = 0; round < atoi(argv[2]); round++) {
		double theirs = libcsv_s(argv[1]), one = events_s(argv[1], 1), two = events_s(argv[1], 2);
		printf("%.3f\t%.3f\t%.3f\t%.2f\t%.2f\n", theirs, one, two, theirs / one, theirs / two);
	}
	return 0;
}

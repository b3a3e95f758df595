/* parts.h: the end of the row's way: one CSV file, or one for each part of a split. */
#ifndef RECPIPE_DATA_PARTS_H
#define RECPIPE_DATA_PARTS_H

#include "data/split.h"
#include "io/stream.h"

/* One part that is held against train: its name in files ("test", "fold2"), and what leaks. */
struct part_leak {
	char *name;
	struct leakage leak;
};

struct parts {
	struct part_spec spec;
	const struct header *columns;
	struct table table;
	struct part_leak *leak;
	size_t n_leaks;
};
/* spec: "NAME:key=value,...". Needs the columns user and item. */
MUST_CHECK int parts_open(struct parts *p, const char *spec, const struct header *columns, struct err *e);
/* Split all rows of p->table and write DIR/train.csv, DIR/valid.csv, DIR/test.csv (those that are not empty), or for
 * folds DIR/foldN.train.csv and DIR/foldN.test.csv. DIR is made where it is missing. All files get their names, or none.
 * Fills p->leak. */
MUST_CHECK int parts_write(struct parts *p, const char *dir, size_t n_inputs, const char *const *input_name,
			   uint64_t seed, struct log *log, struct err *e);
void parts_release(struct parts *p);

#endif

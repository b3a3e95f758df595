/* encoder.h: what turns texts into vectors, and the registry.
 *
 * An encoder is one file with one const struct encoder_class, and one line in encoders.def. The command reads rows, joins
 * columns, hashes contents, scales to unit length and writes; an encoder sees windows of texts and fills rows of floats.
 * Row r of the output depends on text r alone (and on what a fitting pass learned), never on the window it came in, so
 * that rows encoded later, elsewhere, or in another order are the same. */
#ifndef RECPIPE_ENCODER_ENCODER_H
#define RECPIPE_ENCODER_ENCODER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/options.h"
#include "base/threads.h"
#include "io/tensorfile.h"

struct encoder_class;

struct encoder {
	const struct encoder_class *class;
	const void *options;   /* class->part.options_size bytes; borrowed */
	void *state;           /* class->state_size bytes, the class's own */
	const char *model;     /* the model directory, where --encoder named one; else NULL. Borrowed */
	size_t width;          /* of the rows; set by open. In: what --dim asks for, 0 for the encoder's own choice */
	uint64_t seed;
	uint64_t fingerprint;  /* of the model's files as far as they decide a vector, set by open; 0 where there are none */
	struct log *log;
	struct pool *pool;     /* speeds up open; or NULL */
};

/* A window of texts. row counts input rows from 0, for encoders that look vectors up by row. */
struct texts {
	const struct str *text;
	const uint64_t *row;
	size_t n;
};

struct encoder_class {
	struct part part;       /* first: name, summary, help, options */
	bool runs_directories;  /* --encoder DIR means this one */
	size_t pca_width;       /* rows are reduced to so many principal components unless the user says otherwise; or 0 */
	size_t state_size;
	/* Read the model, settle the width. A width asked for that cannot be had is left alone: the command cuts rows. */
	int (*open)(struct encoder *x, struct err *e);
	/* A pass over the whole corpus before the first row is encoded; NULL: there is none. wants_fit false: the options say
	 * that there is nothing to learn. */
	bool (*wants_fit)(const struct encoder *x);
	int (*fit)(struct encoder *x, const struct texts *t, struct pool *pool, struct err *e);
	/* What fit learned, to and from an embedding file: appended rows then match the old ones. */
	void (*save)(struct encoder *x, struct tensor_writer *w);
	int (*load)(struct encoder *x, const struct tensorfile *t, struct err *e);
	/* For vectors that are given, a row each: the bytes that stand for the text of input row `row`, borrowed; and whether
	 * the n rows of the input were as many as there are. NULL: texts are what is encoded. */
	int (*content)(const struct encoder *x, uint64_t row, struct str *out, struct err *e);
	int (*count)(const struct encoder *x, uint64_t n, struct err *e);
	/* out is [t->n, x->width], row-major. */
	int (*encode)(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e);
	/* What to log when all rows are encoded; or NULL. */
	void (*report)(const struct encoder *x);
	/* Lines for --inspect: family, size, limits; or NULL. */
	void (*inspect)(const struct encoder *x, struct buf *out);
	void (*release)(struct encoder *x);
};

/* The registry (encoders.def). */
extern const struct part *const encoders[];
extern const size_t n_encoders;
static inline const struct encoder_class *encoder_class_of(const struct part *p)
{
	return (const struct encoder_class *)p;
}

/* The entry called text, or, where text holds a slash or names a directory, the one that runs model directories.
 * NULL with ERR_USAGE where there is none. */
const struct part *encoder_part(const char *text, struct err *e);
bool encoder_is_directory(const char *text);

/* part is an entry of the registry; options, model and log are borrowed for the life of *out. Owner: caller. */
MUST_CHECK int encoder_new(struct encoder **out, const struct part *part, const void *options, const char *model,
			   size_t width, uint64_t seed, struct log *log, struct pool *pool, struct err *e);
void encoder_free(struct encoder *x);
bool encoder_wants_fit(const struct encoder *x);

/* Append what directory dir holds, as lines, with the options of its encoder at their defaults. ERR_USAGE where dir is the
 * name of an encoder without directories. */
MUST_CHECK int encoder_inspect(const char *dir, struct log *log, struct pool *pool, struct buf *out, struct err *e);

#endif

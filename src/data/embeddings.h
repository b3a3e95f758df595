/* embeddings.h: the embedding file, what encode writes and train reads: one vector an id.
 *
 * safetensors with metadata format "recpipe.embeddings"; tensors "ids.bytes", "ids.offsets" (data/idmap.h), "vectors"
 * [n, width] in F32, F16 or I8 (then with "scales" [n] F32: value = int8 * scale), "hashes" U64 [n] (content hash of
 * the row's text, for --append). docs/embedding-format.md is the standard. */
#ifndef RECPIPE_DATA_EMBEDDINGS_H
#define RECPIPE_DATA_EMBEDDINGS_H

#include "base/err.h"
#include "data/idmap.h"
#include "io/tensorfile.h"

#include <stddef.h>
#include <stdint.h>

struct embeddings {
	struct idmap ids;
	size_t n, width;
	const float *vectors;    /* [n, width], row-major f32; borrowed from the file or converted */
	float *converted;        /* owned copy, where the file was not f32 */
	const uint64_t *hashes;  /* [n] or NULL */
	const struct tensor *stored, *scales; /* the rows as they are in the file; scales of int8 rows, or NULL */
	struct tensorfile *file;
};

/* Path or "-". Duplicate ids, NaN or infinity in a vector are ERR_DATA. */
MUST_CHECK int embeddings_open(struct embeddings *m, const char *path, struct err *e);
void embeddings_close(struct embeddings *m);
/* The vector of an id, or NULL. */
const float *embeddings_find(const struct embeddings *m, struct str id);

/* What makes vectors comparable, as one number: the metadata (encoder, options, weights) and what the encoder learned
 * from its corpus, not the rows. Files of one space, from --append or --fit-from, share it. 0: the file does not say. */
uint64_t embeddings_space(const struct embeddings *m);

/* Writing, a row at a time: all goes to spool files in $TMPDIR (the header, which comes first, needs the number of rows), so
 * memory grows by what finds a repeated id only (data/idspool.h). */
struct embedding_writer;
/* format is DT_F32, DT_F16 or DT_I8. Owner: caller, by embedding_writer_free. */
MUST_CHECK int embedding_writer_open(struct embedding_writer **out, size_t width, enum dtype format, struct err *e);
/* n rows [n, width]; hashes may be NULL (then the file has none: in every call or in none). Ids must be new: ERR_DATA
 * otherwise, and for NaN or infinity; ERR_SYSTEM where the spool cannot be written. */
MUST_CHECK int embedding_writer_add(struct embedding_writer *w, const struct str *id, const uint64_t *hash,
				    const float *rows, size_t n, struct err *e);
/* Row `row` of an open file of the same width and format, with its id and hash: the stored bytes, not re-quantised. */
MUST_CHECK int embedding_writer_copy(struct embedding_writer *w, const struct embeddings *from, size_t row,
				     struct err *e);
/* How many rows there are; the row of an id, or IDMAP_NONE; the hash of a row. */
size_t embedding_writer_count(const struct embedding_writer *w);
MUST_CHECK int embedding_writer_find(struct embedding_writer *w, struct str id, uint32_t *row, struct err *e);
MUST_CHECK int embedding_writer_hash(struct embedding_writer *w, uint32_t row, uint64_t *hash, struct err *e);
/* For metadata and further tensors (what an encoder learned from its corpus); borrowed. */
struct tensor_writer *embedding_writer_tensors(struct embedding_writer *w);
/* Write the file (atomically; "-" is stdout). */
MUST_CHECK int embedding_writer_write(struct embedding_writer *w, const char *path, struct err *e);
void embedding_writer_free(struct embedding_writer *w);

#endif

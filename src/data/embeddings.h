/* embeddings.h: the embedding file, what encode writes and train reads: one vector an id.
 *
 * safetensors with metadata format "recpipe.embeddings"; tensors "ids.bytes", "ids.offsets" (data/idmap.h), "vectors"
 * [n, width] in F32, F16 or I8 (then with "scales" [n] F32: value = int8 * scale), "hashes" U64 [n] (content hash of
 * the row's text, for --append). docs/embedding-format.md is the standard. */
#ifndef RECPIPE_DATA_EMBEDDINGS_H
#define RECPIPE_DATA_EMBEDDINGS_H

#include "base/err.h"
#include "data/idmap.h"

#include <stddef.h>
#include <stdint.h>

struct tensorfile;

struct embeddings {
	struct idmap ids;
	size_t n, width;
	const float *vectors;    /* [n, width], row-major f32; borrowed from the file or converted */
	float *converted;        /* owned copy, where the file was not f32 */
	const uint64_t *hashes;  /* [n] or NULL */
	struct tensorfile *file;
};

/* Path or "-". Duplicate ids, NaN or infinity in a vector are ERR_DATA. */
MUST_CHECK int embeddings_open(struct embeddings *m, const char *path, struct err *e);
void embeddings_close(struct embeddings *m);
/* The vector of an id, or NULL. */
const float *embeddings_find(const struct embeddings *m, struct str id);

#endif

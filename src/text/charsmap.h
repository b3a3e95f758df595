/* charsmap.h: SentencePiece's precompiled normalisation, as Hugging Face `tokenizers` applies it.
 *
 * A double array trie (darts-clone) from byte strings to replacements, such as NFKC with the changes of "nmt_nfkc". Each
 * grapheme cluster of less than 6 bytes is looked up as a whole, then character by character; what is replaced is the
 * whole unit that was looked up, by what its shortest prefix in the trie says (spm_precompiled 0.1.4). */
#ifndef RECPIPE_TEXT_CHARSMAP_H
#define RECPIPE_TEXT_CHARSMAP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct charsmap {
	struct buf bytes; /* as in the file: the length of the trie, the trie, the replacements, each ended by NUL */
	size_t n_units;
};

/* From base64. ERR_DATA where it is not such a map. */
MUST_CHECK int charsmap_load(struct charsmap *m, struct str base64, struct err *e);
void charsmap_release(struct charsmap *m);
/* The normalised text, appended; text is valid UTF-8. */
void charsmap_apply(const struct charsmap *m, struct str text, struct buf *out);

#endif

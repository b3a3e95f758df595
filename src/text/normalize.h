/* normalize.h: Unicode normal form and case. */
#ifndef RECPIPE_TEXT_NORMALIZE_H
#define RECPIPE_TEXT_NORMALIZE_H

#include "base/buf.h"

#include <stdbool.h>

enum text_form {
	TEXT_NFKC,  /* compatibility composition (Unicode Standard Annex 15) */
	TEXT_LOWER, /* lower case, letter by letter: no context, no locale */
	TEXT_FOLD,  /* full case folding: for comparison */
};
/* Appended to out. False, and out as it was, where the text is not UTF-8. */
bool text_form(struct str text, enum text_form form, struct buf *out);

#endif

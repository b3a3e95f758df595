/* html.h: HTML in a text column: character references and tags. */
#ifndef RECPIPE_TEXT_HTML_H
#define RECPIPE_TEXT_HTML_H

#include "base/buf.h"

/* Character references to the characters they stand for: &#233; &#xe9; &eacute; with the rules of the HTML standard
 * ("named character reference state", https://html.spec.whatwg.org/) over the names of HTML 4.01 and &apos;. Old names
 * of Latin-1 count without their ';' too. Numbers from 128 to 159 are Windows-1252, what is no character is U+FFFD, a control
 * character is dropped. Anything else stays as it is. Appended to out. */
void html_decode(struct str text, struct buf *out);
/* Without comments, tags, and the content of script and style; a tag between two words leaves one blank. A '<' that starts
 * no tag stays. Appended to out. */
void html_strip(struct str text, struct buf *out);

#endif

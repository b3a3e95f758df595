/* decode.h: a text file as UTF-8, whatever its encoding.
 *
 * gzip and pipes as in stream.h; a byte order mark at the start is dropped; encodings other than UTF-8 go through
 * iconv, also where a character is split between two reads. What cannot be decoded becomes the byte DECODE_BAD, which
 * is in no UTF-8 text, so that whoever checks the text (base/utf8.h) can name the place and go on behind it. UTF-8 input
 * is not checked here. */
#ifndef RECPIPE_IO_DECODE_H
#define RECPIPE_IO_DECODE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

#define DECODE_BAD ((char)0xfd)

struct decode;
struct in;
/* Takes the stream over in any case. encoding NULL: UTF-8. ERR_USAGE for one that iconv does not know. Owner: caller. */
MUST_CHECK int decode_open(struct decode **out, struct in *in, const char *encoding, struct err *e);
const char *decode_name(const struct decode *d);
double decode_share(const struct decode *d); /* as in_share */
/* "UTF-8" or the name given. */
const char *decode_encoding(const struct decode *d);
/* Append some text, about n bytes of input's worth; *more is 0 at the end only. Errors of in_read. */
MUST_CHECK int decode_read(struct decode *d, struct buf *b, size_t n, size_t *more, struct err *e);
void decode_close(struct decode *d);

#endif

/* numbers.h: text to numbers and back, strictly and independent of the locale. The sole home of strtod.
 *
 * Parsing takes exactly n bytes and refuses anything but a plain decimal number: no blanks, no hex, no "nan", no
 * "inf", nothing behind. Formatting gives the shortest decimal text that reads back as the same number. */
#ifndef RECPIPE_BASE_NUMBERS_H
#define RECPIPE_BASE_NUMBERS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True and *out set, or false and *out untouched. Overflow to infinity is false; underflow gives 0 or a denormal. */
bool num_parse_f64(struct str s, double *out);
/* A sign is allowed; out of range is false. */
bool num_parse_i64(struct str s, int64_t *out);
bool num_parse_u64(struct str s, uint64_t *out);

enum { NUM_MAX = 40 }; /* bytes that hold any formatted number and its NUL */
/* Shortest text that reads back to the same float (double); "nan", "inf", "-inf" for those. Returns the length. */
size_t num_format_f32(char out[NUM_MAX], float x);
size_t num_format_f64(char out[NUM_MAX], double x);
/* Append to a buffer. */
void num_put_f32(struct buf *b, float x);
void num_put_f64(struct buf *b, double x);
void num_put_u64(struct buf *b, uint64_t x);
void num_put_i64(struct buf *b, int64_t x);

#endif

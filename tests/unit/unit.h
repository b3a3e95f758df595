/* unit.h: what every cmocka program includes. Each runs in an empty directory of its own, with $R the repository
 * root. */
#ifndef RECPIPE_TESTS_UNIT_H
#define RECPIPE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The call must give this code (0 or an err_code); what e says is shown where it does not. */
#define assert_code(call, expected, e)                                                                          \
	do {                                                                                                    \
		int code_ = (call);                                                                             \
		if (code_ != (expected))                                                                        \
			fail_msg("%s: code %d, expected %d: %s", #call, code_, (expected), (e)->message);       \
	} while (0)
#define assert_says(e, part)                                                                                    \
	do {                                                                                                    \
		if (!strstr((e)->message, (part)))                                                              \
			fail_msg("message \"%s\" lacks \"%s\"", (e)->message, (part));                          \
	} while (0)

/* A file of this directory with these bytes. */
static inline void put_file(const char *path, const void *p, size_t n_bytes)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n_bytes, f), n_bytes);
	assert_int_equal(fclose(f), 0);
}
static inline void put_text(const char *path, const char *text)
{
	put_file(path, text, strlen(text));
}

#endif

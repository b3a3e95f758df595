/* Tensor files: what is written is read back, and every lie a header can tell is named. */
#include "unit.h"

#include "base/mem.h"
#include "data/idmap.h"
#include "io/stream.h"
#include "io/tensorfile.h"

#include <fcntl.h>
#include <unistd.h>

/* A file with this header and n_data bytes behind it, parsed from memory (at an odd address where `odd`). */
static int parse_at(struct tensorfile **t, const char *header, size_t n_data, bool odd, struct err *e)
{
	struct buf b = BUF_INIT;
	uint64_t length = strlen(header);
	if (odd)
		buf_putc(&b, 0);
	buf_add(&b, &length, sizeof length);
	buf_puts(&b, header);
	for (size_t i = 0; i < n_data; i++)
		buf_putc(&b, (char)i);
	char *bytes = mem_dup(b.data + odd, b.n - odd); /* exactly as long, so that the sanitizers see a byte too many */
	int rc = tensorfile_parse(t, bytes, b.n - odd, "f", e);
	if (!rc)
		tensorfile_close(*t);
	mem_free(bytes);
	buf_release(&b);
	return rc;
}

static void refused(const char *header, size_t n_data, const char *message)
{
	struct tensorfile *t;
	struct err e = { 0 };
	assert_int_equal(parse_at(&t, header, n_data, false, &e), ERR_DATA);
	assert_string_equal(e.message, message);
}

#define ENTRY(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void refuses_what_is_no_header(void **state)
{
	(void)state;
	struct tensorfile *t;
	struct err e;
	static const unsigned char huge[16] = { 0, 0, 0, 0, 0, 0, 0, 0x80 }, lying[16] = { 9 },
				   text[9] = { 1, 0, 0, 0, 0, 0, 0, 0, 'x' };
	for (size_t n = 0; n < 8; n++) {
		assert_int_equal(tensorfile_parse(&t, huge, n, "f", &e), ERR_DATA);
		assert_string_equal(e.message, "f: too short for a safetensors file");
	}
	assert_int_equal(tensorfile_parse(&t, huge, 16, "f", &e), ERR_DATA);
	assert_string_equal(e.message, "f: the header is longer than 100 MB (is this a safetensors file?)");
	assert_int_equal(tensorfile_parse(&t, lying, 16, "f", &e), ERR_DATA);
	assert_string_equal(e.message, "f: the header is longer than the file (is it cut off?)");
	assert_int_equal(tensorfile_parse(&t, text, 9, "f", &e), ERR_DATA);
	assert_string_equal(e.message, "f: the header does not begin with \"{\" (is this a safetensors file?)");
	refused("", 0, "f: the header does not begin with \"{\" (is this a safetensors file?)");
	refused("{", 0, "f:1: column 1: string or '}' expected near end of file");
	refused("{} x", 0, "f:1: column 4: end of file expected near 'x'");
	refused("{\"a\":1}", 0, "f: tensor \"a\" is not described by an object");
	refused("{\"__metadata__\":[]}", 0, "f: the metadata is not an object");
	refused("{\"__metadata__\":{\"k\":1}}", 0, "f: metadata \"k\" is not text");
	refused("{\"a\":{},\"a\":{}}", 0, "f:1: column 11: duplicate object key near '\"a\"'");
	refused("{\"\\u0000\":{}}", 0, "f:1: column 9: NUL byte in object key not supported near '\"\\u0000\"'");
}

static void refuses_bad_entries(void **state)
{
	(void)state;
	refused("{\"a\":{}}", 0, "f: tensor \"a\" has no dtype");
	refused("{\"a\":" ENTRY("C64", "[1]", "[0,8]") "}", 8, "f: tensor \"a\" has the unknown dtype \"C64\"");
	refused("{\"a\":{\"dtype\":\"U8\"}}", 0, "f: tensor \"a\" has no shape");
	refused("{\"a\":" ENTRY("U8", "3", "[0,3]") "}", 3, "f: tensor \"a\" has no shape");
	refused("{\"a\":" ENTRY("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, "f: tensor \"a\" has more than 8 dimensions");
	refused("{\"a\":" ENTRY("U8", "[-1]", "[0,1]") "}", 1, "f: tensor \"a\" has a dimension that is not a whole number");
	refused("{\"a\":" ENTRY("U8", "[1.0]", "[0,1]") "}", 1, "f: tensor \"a\" has a dimension that is not a whole number");
	refused("{\"a\":" ENTRY("F32", "[4611686018427387904]", "[0,0]") "}", 0, "f: tensor \"a\" is too large");
	refused("{\"a\":" ENTRY("U8", "[4294967296,4294967296]", "[0,0]") "}", 0, "f: tensor \"a\" is too large");
	refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", 0, "f: tensor \"a\" has no data_offsets");
	refused("{\"a\":" ENTRY("U8", "[1]", "[0]") "}", 1, "f: tensor \"a\" has no data_offsets");
	refused("{\"a\":" ENTRY("U8", "[1]", "[0,\"1\"]") "}", 1, "f: tensor \"a\" has no data_offsets");
	refused("{\"a\":" ENTRY("U8", "[1]", "[1,0]") "}", 1, "f: tensor \"a\" has a shape and data_offsets that disagree");
	refused("{\"a\":" ENTRY("F32", "[2]", "[0,4]") "}", 4, "f: tensor \"a\" has a shape and data_offsets that disagree");
}

static void refuses_bad_places(void **state)
{
	(void)state;
	refused("{\"a\":" ENTRY("U8", "[2]", "[1,3]") "}", 3, "f: tensor \"a\" does not begin where the one before ends");
	refused("{\"a\":" ENTRY("U8", "[2]", "[0,2]") ",\"b\":" ENTRY("U8", "[1]", "[3,4]") "}", 4,
		"f: tensor \"b\" does not begin where the one before ends");
	refused("{\"a\":" ENTRY("U8", "[2]", "[0,2]") ",\"b\":" ENTRY("U8", "[2]", "[1,3]") "}", 3,
		"f: tensor \"b\" overlaps another");
	refused("{\"a\":" ENTRY("U8", "[2]", "[0,2]") ",\"b\":" ENTRY("U8", "[2]", "[0,2]") "}", 2,
		"f: tensor \"b\" overlaps another");
	refused("{\"a\":" ENTRY("U8", "[3]", "[0,3]") "}", 2, "f: tensor \"a\" lies beyond the end of the file (is it cut off?)");
	refused("{\"a\":" ENTRY("U8", "[9223372036854775807]", "[0,9223372036854775807]") "}", 2,
		"f: tensor \"a\" lies beyond the end of the file (is it cut off?)");
	refused("{\"a\":" ENTRY("U8", "[3]", "[0,3]") "}", 4, "f: there are bytes behind the last tensor");
	refused("{}", 1, "f: there are bytes behind the last tensor");
	refused("{\"a\":" ENTRY("U8", "[1]", "[0,1]") ",\"b\":" ENTRY("F32", "[1]", "[1,5]") "}", 5,
		"f: tensor \"b\" does not lie on a multiple of its element size");
}

static void reads_what_others_write(void **state)
{
	(void)state;
	struct tensorfile *t;
	struct err e;
	assert_code(parse_at(&t, "{}", 0, false, &e), 0, &e);
	assert_code(parse_at(&t, "{\"__metadata__\":{}}   ", 0, false, &e), 0, &e);
	for (int odd = 0; odd < 2; odd++) {
		/* an odd header length, no metadata, a scalar and empty tensors */
		assert_code(parse_at(&t, "{\"b\":" ENTRY("F64", "[]", "[0,8]") ",\"z\":" ENTRY("I16", "[2,0]", "[8,8]")
				     ",\"a\":" ENTRY("BOOL", "[3]", "[8,11]") " }", 11, odd, &e), 0, &e);
	}
	const char *header = "{\"a\":" ENTRY("BF16", "[2,1]", "[0,4]") "}";
	struct buf b = BUF_INIT;
	uint64_t length = strlen(header);
	buf_add(&b, &length, 8);
	buf_puts(&b, header);
	buf_puts(&b, "data");
	put_file("f", b.data, b.n);
	buf_release(&b);
	assert_code(tensorfile_open(&t, "f", &e), 0, &e);
	assert_int_equal(tensorfile_count(t), 1);
	assert_string_equal(tensorfile_name(t), "f");
	const struct tensor *a = tensorfile_at(t, 0);
	assert_string_equal(a->name, "a");
	assert_string_equal(dtype_name(a->dtype), "BF16");
	assert_memory_equal(a->data, "data", 4);
	assert_null(tensorfile_meta(t, "format"));
	assert_null(tensorfile_meta_key(t, 0));
	assert_int_equal(tensorfile_need_format(t, "recpipe.model", 1, &e), ERR_DATA);
	assert_string_equal(e.message, "f: not a recpipe.model file: the metadata names no format");
	tensorfile_close(t);
	assert_int_equal(tensorfile_open(&t, "missing", &e), ERR_SYSTEM);
}

static void writes_what_it_reads(void **state)
{
	(void)state;
	const float x[] = { 1, 2, 3, 4, 5, 6 };
	const uint64_t y[] = { 7 };
	const unsigned char z[] = { 8, 9, 10 };
	int fd = open("spool", O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, x, sizeof x), sizeof x);
	struct err e;
	const char *path[] = { "one", "two", "three.gz" };
	for (int k = 0; k < 3; k++) {
		struct tensor_writer *w = tensor_writer_new("recpipe.test", 1, 2);
		tensor_writer_meta(w, "zeta", "\"quoted\"\n\\ \xc3\xa9");
		tensor_writer_meta(w, "alpha", "first");
		tensor_writer_meta(w, "alpha", "second");
		tensor_writer_add(w, "z", DT_U8, 1, (size_t[]){ 3 }, z);
		tensor_writer_add(w, "x", DT_F32, 2, (size_t[]){ 2, 3 }, x);
		tensor_writer_add(w, "empty", DT_F32, 2, (size_t[]){ 0, 3 }, NULL);
		tensor_writer_add_fd(w, "spooled", DT_F32, 1, (size_t[]){ 6 }, fd);
		tensor_writer_add(w, "y", DT_U64, 1, (size_t[]){ 1 }, y);
		assert_code(tensor_writer_write(w, path[k], &e), 0, &e);
		tensor_writer_free(w);
	}
	close(fd);
	assert_int_equal(system("cmp -s one two"), 0);
	for (int k = 0; k < 3; k += 2) {
		struct tensorfile *t;
		assert_code(tensorfile_open(&t, path[k], &e), 0, &e);
		assert_int_equal(tensorfile_count(t), 5);
		assert_string_equal(tensorfile_at(t, 0)->name, "y");
		assert_string_equal(tensorfile_at(t, 4)->name, "z");
		if (k == 0)
			assert_int_equal((uintptr_t)tensorfile_at(t, 0)->data % 64, 0);
		assert_memory_equal(tensorfile_find(t, "x")->data, x, sizeof x);
		assert_memory_equal(tensorfile_find(t, "spooled")->data, x, sizeof x);
		assert_memory_equal(tensorfile_find(t, "y")->data, y, sizeof y);
		assert_memory_equal(tensorfile_find(t, "z")->data, z, sizeof z);
		assert_null(tensorfile_find(t, "nothing"));
		assert_string_equal(tensorfile_meta(t, "zeta"), "\"quoted\"\n\\ \xc3\xa9");
		assert_string_equal(tensorfile_meta(t, "alpha"), "second");
		assert_string_equal(tensorfile_meta_key(t, 0), "alpha");
		assert_string_equal(tensorfile_meta_key(t, 1), "format");
		assert_string_equal(tensorfile_meta_key(t, 3), "zeta");
		assert_null(tensorfile_meta_key(t, 4));
		tensorfile_close(t);
	}
}

static void says_what_is_missing(void **state)
{
	(void)state;
	struct tensorfile *t;
	struct err e;
	const struct tensor *x;
	assert_code(tensorfile_open(&t, "one", &e), 0, &e);
	assert_code(tensorfile_need(t, "x", DT_F32, 2, (size_t[]){ SIZE_MAX, 3 }, &x, &e), 0, &e);
	assert_int_equal(x->dim[0], 2);
	assert_int_equal(tensorfile_need(t, "q", DT_F32, 0, NULL, &x, &e), ERR_DATA);
	assert_string_equal(e.message, "one: there is no tensor \"q\"");
	assert_int_equal(tensorfile_need(t, "x", DT_F16, 2, (size_t[]){ SIZE_MAX, 3 }, &x, &e), ERR_DATA);
	assert_string_equal(e.message, "one: tensor \"x\" is F32 [2, 3] where F16 [any, 3] is expected");
	assert_int_equal(tensorfile_need(t, "x", DT_F32, 1, (size_t[]){ 6 }, &x, &e), ERR_DATA);
	assert_int_equal(tensorfile_need(t, "x", DT_F32, 2, (size_t[]){ 2, 4 }, &x, &e), ERR_DATA);
	assert_code(tensorfile_need_format(t, "recpipe.test", 1, &e), 0, &e);
	assert_int_equal(tensorfile_need_format(t, "recpipe.test", 2, &e), ERR_DATA);
	assert_string_equal(e.message, "one: recpipe.test version 1.2; this program reads version 2");
	assert_int_equal(tensorfile_need_format(t, "recpipe.model", 1, &e), ERR_DATA);
	assert_string_equal(e.message, "one: a \"recpipe.test\" file where \"recpipe.model\" is expected");
	tensorfile_close(t);
}

static void refuses_to_write_what_it_could_not_read(void **state)
{
	(void)state;
	struct err e;
	struct tensor_writer *w = tensor_writer_new("f", 1, 0);
	tensor_writer_add(w, "x", DT_U8, 0, NULL, "x");
	tensor_writer_meta(w, "path", "\xff");
	assert_int_equal(tensor_writer_write(w, "out", &e), ERR_DATA);
	assert_says(&e, "cannot write out: metadata \"path\"");
	tensor_writer_meta(w, "path", "x");
	assert_int_equal(tensor_writer_write(w, "missing/out", &e), ERR_SYSTEM);
	assert_int_equal(tensor_writer_write(w, "/dev/full", &e), ERR_SYSTEM);
	tensor_writer_add(w, "x", DT_U8, 0, NULL, "x");
	assert_int_equal(tensor_writer_write(w, "out", &e), ERR_DATA);
	assert_string_equal(e.message, "cannot write out: there are two tensors \"x\"");
	tensor_writer_free(w);
	w = tensor_writer_new("f", 1, 0);
	tensor_writer_add(w, "__metadata__", DT_U8, 0, NULL, "x");
	assert_int_equal(tensor_writer_write(w, "out", &e), ERR_DATA);
	tensor_writer_free(w);
	w = tensor_writer_new("f", 1, 0);
	int fd = open("short", O_RDWR | O_CREAT, 0600);
	tensor_writer_add_fd(w, "x", DT_U8, 1, (size_t[]){ 1 }, fd);
	assert_int_equal(tensor_writer_write(w, "out", &e), ERR_SYSTEM);
	assert_says(&e, "cannot read the temporary file of tensor \"x\"");
	tensor_writer_free(w);
	close(fd);
	assert_int_equal(access("out", F_OK), -1);
}

/* ---- ids in tensor files ---- */

static void load_fails(const char *bytes, size_t n_bytes, const uint64_t *offsets, size_t n, const char *message)
{
	struct err e;
	struct tensorfile *t;
	struct idmap m;
	struct tensor_writer *w = tensor_writer_new("f", 1, 0);
	tensor_writer_add(w, "ids.bytes", DT_U8, 1, &n_bytes, bytes);
	tensor_writer_add(w, "ids.offsets", DT_U64, 1, &n, offsets);
	assert_code(tensor_writer_write(w, "ids", &e), 0, &e);
	tensor_writer_free(w);
	assert_code(tensorfile_open(&t, "ids", &e), 0, &e);
	assert_int_equal(idmap_load(&m, "ids", t, &e), ERR_DATA);
	assert_string_equal(e.message, message);
	assert_int_equal(m.n, 0);
	tensorfile_close(t);
}

static void ids_come_back(void **state)
{
	(void)state;
	struct err e;
	struct tensorfile *t;
	for (int n = 0; n < 3; n++) {
		struct idmap m = IDMAP_INIT, back;
		if (n > 0)
			idmap_add(&m, STR(""));
		if (n > 1)
			idmap_add(&m, STR("b\xc3\xa9"));
		struct tensor_writer *w = tensor_writer_new("f", 1, 0);
		idmap_save(&m, "users", w);
		assert_code(tensor_writer_write(w, "ids", &e), 0, &e);
		tensor_writer_free(w);
		assert_code(tensorfile_open(&t, "ids", &e), 0, &e);
		assert_code(idmap_load(&back, "users", t, &e), 0, &e);
		assert_int_equal(back.n, n);
		if (n > 1)
			assert_int_equal(idmap_find(&back, STR("b\xc3\xa9")), 1);
		idmap_release(&back);
		assert_int_equal(idmap_load(&back, "items", t, &e), ERR_DATA);
		assert_string_equal(e.message, "ids: there is no tensor \"items.bytes\"");
		tensorfile_close(t);
		idmap_release(&m);
	}
}

static void refuses_bad_ids(void **state)
{
	(void)state;
	load_fails("ab", 2, (uint64_t[]){ 0 }, 0, "ids: \"ids.offsets\" is empty");
	load_fails("ab", 2, (uint64_t[]){ 1, 2 }, 2, "ids: \"ids.offsets\" does not span \"ids.bytes\"");
	load_fails("ab", 2, (uint64_t[]){ 0, 1 }, 2, "ids: \"ids.offsets\" does not span \"ids.bytes\"");
	load_fails("ab", 2, (uint64_t[]){ 0, 2, 1, 2 }, 4, "ids: \"ids.offsets\" does not ascend at 1");
	load_fails("ab", 2, (uint64_t[]){ 0, 9, 2 }, 3, "ids: \"ids.offsets\" does not ascend at 0");
	load_fails("aa", 2, (uint64_t[]){ 0, 1, 2 }, 3, "ids: the id \"a\" stands twice in \"ids\"");
	load_fails("a\xff", 2, (uint64_t[]){ 0, 1, 2 }, 3, "ids: id 1 of \"ids\" is not UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_header),
		cmocka_unit_test(refuses_bad_entries),
		cmocka_unit_test(refuses_bad_places),
		cmocka_unit_test(reads_what_others_write),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(refuses_to_write_what_it_could_not_read),
		cmocka_unit_test(ids_come_back),
		cmocka_unit_test(refuses_bad_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

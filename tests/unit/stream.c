/* Bytes in and out: gzip, pipes, full disks, names that appear whole or not at all. */
#include "base/mem.h"
#include "io/stream.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/recpipe-stream-XXXXXX";

static int enter(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	return !mkdtemp(directory) || chdir(directory) != 0;
}

static int leave(void **state)
{
	(void)state;
	DIR *d = opendir(".");
	for (struct dirent *f; (f = readdir(d));)
		if (f->d_type == DT_DIR)
			rmdir(f->d_name);
		else
			unlink(f->d_name);
	closedir(d);
	return chdir("/") != 0 || rmdir(directory) != 0;
}

static size_t n_files(void)
{
	size_t n = 0;
	DIR *d = opendir(".");
	for (struct dirent *f; (f = readdir(d));)
		n += f->d_name[0] != '.' || (strcmp(f->d_name, ".") && strcmp(f->d_name, ".."));
	closedir(d);
	return n;
}

static void put(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void assert_content(const char *path, const char *expected, size_t n)
{
	struct buf b = BUF_INIT;
	struct err e;
	assert_int_equal(in_read_all(path, 1 << 24, &b, &e), 0);
	assert_int_equal(b.n, n);
	assert_memory_equal(buf_text(&b), expected, n);
	buf_release(&b);
}

static int save(const char *path, const void *p, size_t n, struct err *e)
{
	struct out *o;
	int rc = out_open(&o, path, e);
	if (rc)
		return rc;
	rc = out_write(o, p, n, e);
	if (rc)
		out_abandon(o);
	return rc ? rc : out_commit(o, e);
}

static void writes_and_reads(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(save("plain", "hello\n", 6, &e), 0);
	assert_content("plain", "hello\n", 6);
	assert_int_equal(save("plain", "", 0, &e), 0);
	assert_content("plain", "", 0);
	assert_int_equal(save("plain.gz", "hello\n", 6, &e), 0);
	assert_content("plain.gz", "hello\n", 6);
	struct stat st;
	assert_int_equal(stat("plain", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	unlink("plain");
	unlink("plain.gz");
	assert_int_equal(n_files(), 0);
}

/* More than one block, in pieces of odd sizes, plain and compressed; the compressed bytes are the same each time. */
static void writes_large(void **state)
{
	(void)state;
	enum { N = 3000001 };
	char *data = mem_alloc(N, 1);
	for (size_t i = 0; i < N; i++)
		data[i] = (char)(i * i >> 7);
	struct err e;
	const char *path[] = { "a", "a.gz", "b.gz" };
	for (int k = 0; k < 3; k++) {
		struct out *o;
		assert_int_equal(out_open(&o, path[k], &e), 0);
		for (size_t at = 0, step = 1; at < N; at += step, step = step * 3 % 400009 + 1) {
			size_t n = step < N - at ? step : N - at;
			assert_int_equal(out_write(o, data + at, n, &e), 0);
		}
		assert_int_equal(out_commit(o, &e), 0);
		assert_content(path[k], data, N);
	}
	struct blob a, b;
	assert_int_equal(blob_open(&a, "a", &e), 0);
	assert_non_null(a.mapped);
	assert_int_equal(blob_open(&b, "b.gz", &e), 0);
	assert_null(b.mapped);
	assert_int_equal(a.n, N);
	assert_int_equal(b.n, N);
	assert_memory_equal(a.data, b.data, N);
	blob_close(&a);
	blob_close(&b);
	assert_int_equal(system("cmp -s a.gz b.gz"), 0);
	mem_free(data);
	assert_int_equal(system("rm a a.gz b.gz"), 0);
}

static void abandon_keeps_the_old_content(void **state)
{
	(void)state;
	struct err e;
	struct out *o;
	put("old", "old", 3);
	assert_int_equal(chmod("old", 0640), 0);
	assert_int_equal(out_open(&o, "old", &e), 0);
	assert_int_equal(out_write(o, "new", 3, &e), 0);
	out_abandon(o);
	assert_content("old", "old", 3);
	assert_int_equal(save("old", "new", 3, &e), 0);
	assert_content("old", "new", 3);
	struct stat st;
	assert_int_equal(stat("old", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(n_files(), 1);
	unlink("old");
	out_abandon(NULL);
}

static void an_interrupted_writer_leaves_nothing(void **state)
{
	(void)state;
	const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	put("old", "old", 3);
	for (int k = 0; k < 3; k++) {
		pid_t child = fork();
		if (child == 0) {
			struct out *o;
			static const char much[1 << 20];
			signal(SIGINT, SIG_DFL);
			if (out_open(&o, "old", NULL) == 0 && out_write(o, much, sizeof much, NULL) == 0)
				raise(signals[k]);
			_exit(1);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
	}
	assert_content("old", "old", 3);
	assert_int_equal(n_files(), 1);
	unlink("old");
}

static void a_link_stays_a_link(void **state)
{
	(void)state;
	struct err e;
	struct stat st;
	put("target", "old", 3);
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(save("link", "new", 3, &e), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_content("target", "new", 3);
	unlink("link");
	unlink("target");
}

static void a_fifo_is_written_into(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(save("fifo", "through", 7, NULL) != 0);
	assert_content("fifo", "through", 7);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct stat st;
	assert_int_equal(stat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink("fifo");
	struct err e;
	assert_int_equal(save("/dev/null", "gone", 4, &e), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void refuses_what_cannot_be_opened(void **state)
{
	(void)state;
	struct err e;
	struct in *in;
	struct out *out;
	struct blob b;
	assert_int_equal(in_open(&in, "missing", &e), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot open missing: No such file or directory");
	assert_int_equal(in_open(&in, "/tmp", &e), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot read /tmp: it is a directory");
	assert_int_equal(blob_open(&b, "missing", &e), ERR_SYSTEM);
	assert_int_equal(out_open(&out, "/tmp", &e), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot write /tmp: it is a directory");
	assert_int_equal(out_open(&out, "missing/file", &e), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot write missing/file: No such file or directory");
	assert_int_equal(out_open(&out, "", &e), ERR_SYSTEM);
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	static const char much[1 << 18];
	struct err e;
	assert_int_equal(save("/dev/full", "x", 1, &e), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot write /dev/full: No space left on device");
	assert_int_equal(save("/dev/full", much, sizeof much, &e), ERR_SYSTEM);
}

static void a_closed_pipe_is_told_apart(void **state)
{
	(void)state;
	int ends[2];
	struct err e;
	char path[64];
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	struct out *o;
	assert_int_equal(out_open(&o, path, &e), 0);
	close(ends[0]);
	assert_int_equal(out_write(o, "x", 1, &e), 0);
	assert_int_equal(out_commit(o, &e), ERR_CLOSED);
	close(ends[1]);
}

/* ---- gzip ---- */

static size_t compressed(char *out, size_t room, const char *text)
{
	struct err e;
	assert_int_equal(save("piece.gz", text, strlen(text), &e), 0);
	FILE *f = fopen("piece.gz", "r");
	size_t n = fread(out, 1, room, f);
	fclose(f);
	unlink("piece.gz");
	return n;
}

static void reads_members_and_padding(void **state)
{
	(void)state;
	char z[512] = { 0 };
	size_t n = compressed(z, sizeof z, "one,");
	put("empty-then", z, n);
	n += compressed(z + n, sizeof z - n, "");
	n += compressed(z + n, sizeof z - n, "two");
	put("z", z, n);
	assert_content("z", "one,two", 7);
	put("z", z, n + 100); /* zeros, as tar and tapes pad */
	assert_content("z", "one,two", 7);
	unlink("z");
	unlink("empty-then");
}

static void refuses_broken_gzip(void **state)
{
	(void)state;
	char z[512] = { 0 };
	size_t n = compressed(z, sizeof z, "some text, some text, some text");
	struct buf b = BUF_INIT;
	struct err e;
	for (size_t cut = 2; cut < n; cut++) {
		put("z", z, cut);
		assert_int_equal(in_read_all("z", 1000, &b, &e), ERR_DATA);
		assert_string_equal(e.message, "z: the gzip data ends too early (is the file cut off?)");
	}
	memcpy(z + n, "tail", 4);
	put("z", z, n + 4);
	assert_int_equal(in_read_all("z", 1000, &b, &e), ERR_DATA);
	assert_string_equal(e.message, "z: something that is not gzip follows the gzip data");
	z[n - 6] ^= 1;
	put("z", z, n);
	assert_int_equal(in_read_all("z", 1000, &b, &e), ERR_DATA);
	assert_string_equal(e.message, "z: bad gzip data: incorrect data check");
	struct blob blob;
	assert_int_equal(blob_open(&blob, "z", &e), ERR_DATA);
	unlink("z");
	buf_release(&b);
}

static void looks_ahead(void **state)
{
	(void)state;
	char z[512], text[8];
	put("z", z, compressed(z, sizeof z, "0123456789"));
	for (int gz = 0; gz < 2; gz++) {
		struct in *in;
		struct err e;
		const char *p;
		size_t got;
		if (!gz)
			put("plain", "0123456789", 10);
		assert_int_equal(in_open(&in, gz ? "z" : "plain", &e), 0);
		assert_int_equal(in_peek(in, 2, &p, &got, &e), 0);
		assert_int_equal(got, 2);
		assert_memory_equal(p, "01", 2);
		assert_int_equal(in_read(in, text, 3, &got, &e), 0);
		assert_int_equal(got, 3);
		assert_memory_equal(text, "012", 3);
		assert_int_equal(in_peek(in, 100, &p, &got, &e), 0);
		assert_int_equal(got, 7);
		assert_memory_equal(p, "3456789", 7);
		assert_int_equal(in_read(in, text, 8, &got, &e), 0);
		assert_int_equal(got, 7);
		assert_int_equal(in_peek(in, 1, &p, &got, &e), 0);
		assert_int_equal(got, 0);
		assert_int_equal(in_read(in, text, 8, &got, &e), 0);
		assert_int_equal(got, 0);
		in_close(in);
	}
	unlink("z");
	unlink("plain");
}

static void read_all_has_a_limit(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err e;
	put("ten", "0123456789", 10);
	assert_int_equal(in_read_all("ten", 10, &b, &e), 0);
	assert_int_equal(in_read_all("ten", 9, &b, &e), ERR_DATA);
	assert_string_equal(e.message, "ten: larger than the 9 bytes it may have");
	unlink("ten");
	buf_release(&b);
}

/* A pipe that hands over a byte at a time, plain and gzip. */
static void reads_a_pipe_byte_by_byte(void **state)
{
	(void)state;
	char z[512];
	size_t n = compressed(z, sizeof z, "slow");
	for (int gz = 0; gz < 2; gz++) {
		int ends[2];
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0) {
			const char *p = gz ? z : "slow";
			for (size_t i = 0; i < (gz ? n : 4); i++) {
				if (write(ends[1], p + i, 1) != 1)
					_exit(1);
				usleep(500);
			}
			_exit(0);
		}
		close(ends[1]);
		char path[64];
		snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
		assert_content(path, "slow", 4);
		close(ends[0]);
		waitpid(child, NULL, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads),
		cmocka_unit_test(writes_large),
		cmocka_unit_test(abandon_keeps_the_old_content),
		cmocka_unit_test(an_interrupted_writer_leaves_nothing),
		cmocka_unit_test(a_link_stays_a_link),
		cmocka_unit_test(a_fifo_is_written_into),
		cmocka_unit_test(refuses_what_cannot_be_opened),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(a_closed_pipe_is_told_apart),
		cmocka_unit_test(reads_members_and_padding),
		cmocka_unit_test(refuses_broken_gzip),
		cmocka_unit_test(looks_ahead),
		cmocka_unit_test(read_all_has_a_limit),
		cmocka_unit_test(reads_a_pipe_byte_by_byte),
	};
	return cmocka_run_group_tests(tests, enter, leave);
}

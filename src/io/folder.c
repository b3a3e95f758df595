/* folder.c: see folder.h. */
#include "io/folder.h"
#include "base/mem.h"
#include "io/json.h"
#include "io/stream.h"
#include "io/tensorfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_BYTES = 1 << 28 };

struct file {
	char *name;
	struct buf bytes;
};

struct folder {
	char *name; /* of the directory, or of the file that holds them */
	struct file *file;
	size_t n, capacity;
};

struct folder *folder_new(const char *name)
{
	struct folder *f = MEM_NEW(1, struct folder);
	*f = (struct folder){ .name = mem_strdup(name) };
	return f;
}

static struct buf *add(struct folder *f, const char *name)
{
	if (f->n == f->capacity) {
		size_t capacity = mem_grow(f->capacity, f->n + 1);
		f->file = mem_resize(f->file, f->n, capacity, sizeof *f->file);
		f->capacity = capacity;
	}
	f->file[f->n] = (struct file){ mem_strdup(name), BUF_INIT };
	return &f->file[f->n++].bytes;
}

static struct buf *find(const struct folder *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->file[i].name, name))
			return &f->file[i].bytes;
	return NULL;
}

void folder_put(struct folder *f, const char *name, struct str bytes)
{
	struct buf *b = find(f, name);
	if (!b)
		b = add(f, name);
	buf_clear(b);
	buf_addstr(b, bytes);
}

struct folder *folder_copy(const struct folder *f)
{
	struct folder *copy = folder_new(f->name);
	for (size_t i = 0; i < f->n; i++)
		folder_put(copy, f->file[i].name, buf_str(&f->file[i].bytes));
	return copy;
}

int folder_check(const char *dir, struct err *e)
{
	struct stat s;
	return stat(dir, &s) || S_ISDIR(s.st_mode) ? 0 :
	       err_data(e, "%s is a file, not a model directory: train --export DIR writes the encoder of a model as one", dir);
}

int folder_read(struct folder **out, const char *dir, const char *const *names, size_t n, struct err *e)
{
	int rc = folder_check(dir, e);
	if (rc)
		return rc;
	struct folder *f = folder_new(dir);
	for (size_t i = 0; i < n && !rc; i++) {
		char *path = mem_printf("%s/%s", dir, names[i]);
		struct stat s;
		if (stat(path, &s) == 0)
			rc = in_read_all(path, MAX_BYTES, add(f, names[i]), e);
		mem_free(path);
	}
	if (rc)
		folder_free(f);
	else
		*out = f;
	return rc;
}

int folder_load(struct folder **out, const struct tensorfile *t, const char *prefix, struct err *e)
{
	struct folder *f = folder_new(tensorfile_name(t));
	size_t n = strlen(prefix);
	int rc = 0;
	for (size_t i = 0; i < tensorfile_count(t) && !rc; i++) {
		const struct tensor *x = tensorfile_at(t, i);
		if (strncmp(x->name, prefix, n) || x->name[n] != '/')
			continue;
		rc = tensorfile_need(t, x->name, DT_U8, 1, (size_t[]){ SIZE_MAX }, &x, e);
		if (!rc)
			buf_add(add(f, x->name + n + 1), x->data, x->n_bytes);
	}
	if (rc)
		folder_free(f);
	else
		*out = f;
	return rc;
}

void folder_free(struct folder *f)
{
	for (size_t i = 0; f && i < f->n; i++) {
		mem_free(f->file[i].name);
		buf_release(&f->file[i].bytes);
	}
	if (f) {
		mem_free(f->file);
		mem_free(f->name);
	}
	mem_free(f);
}

bool folder_has(const struct folder *f, const char *name, struct str *bytes)
{
	const struct buf *b = find(f, name);
	if (b)
		*bytes = buf_str(b);
	return b;
}

const char *folder_name(const struct folder *f)
{
	return f->name;
}

int folder_json(const struct folder *f, const char *name, struct json **out, struct err *e)
{
	struct str bytes;
	*out = NULL;
	if (!folder_has(f, name, &bytes))
		return 0;
	char *path = mem_printf("%s/%s", f->name, name);
	int rc = json_parse(out, bytes, path, e);
	mem_free(path);
	return rc;
}

int folder_lacks(const struct folder *f, const char *name, struct err *e)
{
	errno = ENOENT;
	return err_system(e, "cannot open %s/%s", f->name, name);
}

void folder_save(const struct folder *f, struct tensor_writer *w, const char *prefix)
{
	for (size_t i = 0; i < f->n; i++) {
		char *name = mem_printf("%s/%s", prefix, f->file[i].name);
		tensor_writer_add(w, name, DT_U8, 1, &f->file[i].bytes.n, buf_text(&f->file[i].bytes));
		mem_free(name);
	}
}

int folder_make(const char *path, struct err *e)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : err_system(e, "cannot make the folder %s", path);
}

static int write_file(const char *dir, const struct file *file, struct err *e)
{
	char *path = mem_printf("%s/%s", dir, file->name), *slash = strrchr(path, '/');
	*slash = 0;
	struct out *out;
	int rc = folder_make(path, e);
	*slash = '/';
	if (!rc)
		rc = out_open(&out, path, e);
	if (!rc) {
		rc = out_write(out, buf_text(&file->bytes), file->bytes.n, e);
		if (rc)
			out_abandon(out);
		else
			rc = out_commit(out, e);
	}
	mem_free(path);
	return rc;
}

int folder_write(const struct folder *f, const char *dir, struct err *e)
{
	int rc = folder_make(dir, e);
	for (size_t i = f->n; i-- > 0 && !rc;)
		rc = write_file(dir, &f->file[i], e);
	return rc;
}

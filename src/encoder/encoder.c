/* encoder.c: see encoder.h. */
#include "encoder/encoder.h"
#include "base/mem.h"
#include "io/folder.h"

#include <string.h>
#include <sys/stat.h>

#define ENCODER(name) extern const struct encoder_class encoder_##name;
#include "encoder/encoders.def"
#undef ENCODER

const struct part *const encoders[] = {
#define ENCODER(name) &encoder_##name.part,
#include "encoder/encoders.def"
#undef ENCODER
};
const size_t n_encoders = sizeof encoders / sizeof *encoders;

bool encoder_is_directory(const char *text)
{
	struct stat s;
	return strchr(text, '/') || (stat(text, &s) == 0 && S_ISDIR(s.st_mode));
}

const struct part *encoder_part(const char *text, struct err *e)
{
	for (size_t i = 0; i < n_encoders && encoder_is_directory(text); i++)
		if (encoder_class_of(encoders[i])->runs_directories)
			return encoders[i];
	const struct part *found = part_find(encoders, n_encoders, "encoder", text, e);
	if (!found && folder_check(text, e))
		return NULL; /* what is wrong is not the name */
	return found;
}

int encoder_new(struct encoder **out, const struct part *part, const void *options, const char *model, size_t width,
		uint64_t seed, struct log *log, struct pool *pool, struct err *e)
{
	const struct encoder_class *class = encoder_class_of(part);
	struct encoder *x = MEM_NEW(1, struct encoder);
	*x = (struct encoder){ class, options, mem_zalloc(1, class->state_size), model, width, seed, 0, log,
				pool };
	int rc = class->open(x, e);
	if (rc) {
		encoder_free(x);
		return rc;
	}
	*out = x;
	return 0;
}

void encoder_free(struct encoder *x)
{
	if (!x)
		return;
	x->class->release(x);
	mem_free(x->state);
	mem_free(x);
}

bool encoder_wants_fit(const struct encoder *x)
{
	return x->class->fit && x->class->wants_fit(x);
}

int encoder_inspect(const char *dir, struct log *log, struct pool *pool, struct buf *out, struct err *e)
{
	struct stat s;
	if (stat(dir, &s) != 0)
		return err_system(e, "--inspect: cannot open %s", dir);
	if (!S_ISDIR(s.st_mode))
		return err_usage(e, "--inspect takes a model directory, which %s is not", dir);
	const struct part *part = encoder_part(dir, e);
	if (!part)
		return e->code;
	void *options = mem_zalloc(1, part->options_size);
	struct encoder *x = NULL;
	options_defaults(&(struct opt_group){ "", part->options, part->n_options, options, NULL });
	int rc = encoder_new(&x, part, options, dir, 0, 1, log, pool, e);
	if (!rc)
		x->class->inspect(x, out);
	encoder_free(x);
	mem_free(options);
	return rc;
}

/* Any bytes as a model file: loaded or refused with one line; what is loaded predicts and ranks within its arrays. */
#include "model/model.h"

#include "base/mem.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct model *m)
{
	struct err e = { 0 };
	uint32_t user[] = { IDMAP_NONE, 0, (uint32_t)(m->users.n - 1), 0 };
	uint32_t item[] = { 0, IDMAP_NONE, (uint32_t)(m->items.n - 1), 0 };
	float out[4];
	if (m->users.n && m->items.n && m->class->predict(m, user, item, 4, out, NULL, &e))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct model *m;
	int fd = memfd_create("model", 0);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		__builtin_trap();
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (model_load(&m, path, &e) == 0)
		use(m);
	else if (e.code >= 0 || !e.message[0])
		__builtin_trap();
	model_free(m);
	close(fd);
	return 0;
}

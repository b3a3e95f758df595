/* Fuzz target: the option parser, on a command line whose arguments are separated by newlines, and on specifications
 * of parts. */
#include "base/mem.h"
#include "base/options.h"

#include <string.h>

struct settings {
	bool fast;
	const char *name;
	struct strings tags;
	size_t k;
	int64_t shift;
	double rate;
	int solver;
};

static const struct opt table[] = {
	{ .name = "fast", .letter = 'f', .type = OPT_FLAG, .offset = offsetof(struct settings, fast), .help = "" },
	{ .name = "name", .type = OPT_STRING, .offset = offsetof(struct settings, name), .help = "" },
	{ .name = "tag", .letter = 't', .type = OPT_STRINGS, .offset = offsetof(struct settings, tags), .help = "" },
	{ .name = "k", .letter = 'k', .type = OPT_SIZE, .offset = offsetof(struct settings, k),
	  .preset = "1", .min = 1, .max = 9, .help = "" },
	{ .name = "shift", .type = OPT_INT, .offset = offsetof(struct settings, shift), .help = "" },
	{ .name = "rate", .type = OPT_REAL, .offset = offsetof(struct settings, rate),
	  .preset = "0.5", .max = 1, .above_min = true, .help = "" },
	{ .name = "solver", .letter = 's', .type = OPT_CHOICE, .offset = offsetof(struct settings, solver),
	  .choices = "als|sgd", .help = "" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	enum { MAX_ARGS = 64 };
	struct settings s;
	struct opt_group g = { "", table, sizeof table / sizeof *table, &s, NULL };
	struct arena a = ARENA_INIT;
	char *text = arena_strdup(&a, (const char *)data, n_bytes), *argv[MAX_ARGS + 2] = { (char *)"fuzz" };
	int argc = 1;
	for (char *p = text; p && argc <= MAX_ARGS; argc++) {
		argv[argc] = p;
		p = strchr(p, '\n');
		if (p)
			*p++ = 0;
	}
	struct strings operands;
	struct err e = { 0 };
	options_defaults(&g);
	if (options_parse(&g, 1, argc, argv, &operands, &e) == 0) {
		/* What was taken goes out as text and comes back. */
		for (size_t i = 0; i < g.n; i++) {
			struct buf b = BUF_INIT;
			if (options_text(&g, i, &b) && options_set(&g, table[i].name, buf_text(&b), &e))
				__builtin_trap();
			buf_release(&b);
		}
	} else if (e.code != ERR_USAGE || !e.message[0]) {
		__builtin_trap();
	}
	options_release(&g);
	static const struct part part = { .name = "part", .summary = "", .help = "", .options = table,
					  .n_options = sizeof table / sizeof *table, .options_size = sizeof s };
	const struct part *const parts[] = { &part };
	struct part_spec spec;
	char *spec_text = arena_strdup(&a, (const char *)data, n_bytes);
	if (part_spec_parse(parts, 1, "part", spec_text, &spec, &e) == 0)
		part_spec_release(&spec);
	arena_release(&a);
	return 0;
}

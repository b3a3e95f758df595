/* command.h: what the five commands share: the common options, help, the log, the thread pool, the end of stdout.
 *
 * A command is one const struct command and a main of one line. Only cmd/ prints to stdout or exits. */
#ifndef RECPIPE_CMD_COMMAND_H
#define RECPIPE_CMD_COMMAND_H

#include "base/log.h"
#include "base/options.h"
#include "base/threads.h"

#define RECPIPE_VERSION "0.1.0"

/* What run() gets. Everything is owned by command_main. */
struct run {
	const void *options;          /* the command's own struct, filled */
	const struct part *part;      /* the part that --PART names (a model, an encoder), or NULL */
	bool part_named;              /* the user named it; otherwise it is the default */
	void *part_options;           /* its options struct, filled */
	const bool *part_given;       /* one bool an option of the part: set when the user named it */
	struct strings operands;
	const char *output;           /* -o; "-" unless given */
	uint64_t seed;
	struct pool *pool;
	struct log *log;
};

struct command {
	const char *name;
	const char *summary;      /* one line: the man page's Nd */
	const char *synopsis;     /* operands: "[options] EVENTS" */
	const char *description;  /* paragraphs for --help and the man page, plain text */
	const char *examples;     /* lines for --help and the man page; each is run by the tests */
	const struct opt *options;
	size_t n_options, options_size;
	/* A command may have one option that names a part with options of its own (train --model, encode --encoder). */
	const char *part_option;  /* "model", or NULL; the command's own table has it too, as OPT_STRING with its default */
	const struct part *const *parts;
	const size_t *n_parts;
	/* How the option's text names a part; NULL: by its name. */
	const struct part *(*find_part)(const char *text, struct err *e);
	/* More registries that --help lists ("cleaning steps", ...). Ends with a NULL kind. */
	const struct registry {
		const char *kind;
		const struct part *const *parts;
		const size_t *n;
		const char *option;   /* whose value NAME[:KEY=VALUE,...] names one: --help then tells of it; or NULL */
	} *registries;
	bool reads_operands;      /* operands are files to read, no operand is stdin */
	bool makes_directory;     /* -o may name one, which run checks */
	bool binary;              /* what -o gets is not for a terminal */
	/* Whether, with these options, nothing goes to -o; NULL: never. */
	bool (*no_output)(const void *options);
	int (*run)(struct run *r, struct err *e);
};

/* Parse, check the files that are named, run, report, close stdout; the exit status. */
int command_main(const struct command *c, int argc, char **argv);

#endif

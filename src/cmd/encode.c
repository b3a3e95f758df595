/* encode.c: the command that turns the text of a CSV into an embedding file.
 *
 * Rows go through in windows, and what is written waits in temporary files: memory grows by 10 to 15 bytes an id, which find
 * repeated ones. What is learned from the whole corpus first (document frequencies, principal components) has passes of its
 * own: the texts are spooled, then read again.
 * With --append the rows of the old file whose content hash is unchanged are copied as stored. */
#include "base/mem.h"
#include "cmd/command.h"
#include "data/embeddings.h"
#include "data/textrows.h"
#include "encoder/space.h"
#include "text/hashing.h"

#include <string.h>

enum { PCA_ROWS = 16384 }; /* principal components are learned from about as many rows, evenly spread */

struct encode_options {
	const char *encoder, *inspect, *append, *fit_from;
	struct textrows_spec rows;
	size_t dim, remove;
	int reduce, norm, format;
	bool prune;
};

#define AT(member) offsetof(struct encode_options, member)

static const struct opt encode_opts[] = {
	{ .name = "encoder", .letter = 'e', .type = OPT_STRING, .offset = AT(encoder), .value = "NAME|DIR", .preset = "hash",
	  .help = "what makes the vectors; `encode --encoder NAME --help` shows its options; DIR is a model directory" },
	{ .name = "id", .type = OPT_STRING, .offset = AT(rows.id), .value = "COLUMN",
	  .help = "the id column; default: item, user or id, the first of these there is" },
	{ .name = "text", .type = OPT_STRING, .offset = AT(rows.columns), .value = "COLUMNS",
	  .help = "columns to join by a space, as title,description; default: all but the id" },
	{ .name = "template", .type = OPT_STRING, .offset = AT(rows.template), .value = "TEXT",
	  .help = "the text of a row, as '{title}. {description}'; {{ and }} are braces; overrides --text" },
	{ .name = "prefix", .type = OPT_STRING, .offset = AT(rows.prefix), .value = "TEXT",
	  .help = "put before each text, as 'passage: '" },
	{ .name = "dim", .type = OPT_SIZE, .offset = AT(dim), .value = "N", .max = 65536,
	  .help = "width of the vectors; default: the encoder's own" },
	{ .name = "reduce", .type = OPT_CHOICE, .offset = AT(reduce), .choices = "auto|cut|pca|whiten", .preset = "auto", .help =
	  "how vectors come to --dim: their first coordinates, principal components of the input, or those "
	  "at equal variance; auto: as suits the encoder" },
	{ .name = "remove", .type = OPT_SIZE, .offset = AT(remove), .value = "N", .preset = "0",
	  .max = 65536, .help = "with pca and whiten: leave out the N strongest components, which all texts share" },
	{ .name = "norm", .type = OPT_CHOICE, .offset = AT(norm), .choices = "l2|none",
	  .preset = "l2", .help = "scale each vector to length 1, or leave it" },
	{ .name = "format", .type = OPT_CHOICE, .offset = AT(format), .choices = "f32|f16|i8",
	  .preset = "f32", .help = "how vectors are stored; i8 has a scale a row" },
	{ .name = "append", .type = OPT_STRING, .offset = AT(append), .value = "OLD",
	  .file = OPT_GOES_ON, .help = "go on from embedding file OLD: only rows whose text is new or changed are encoded" },
	{ .name = "prune", .type = OPT_FLAG, .offset = AT(prune),
	  .help = "with --append: drop ids that the input no longer has" },
	{ .name = "inspect", .type = OPT_STRING, .offset = AT(inspect), .value = "DIR",
	  .help = "tell what model directory DIR holds: family, size, limits, fingerprint; nothing is encoded" },
	{ .name = "fit-from", .type = OPT_STRING, .offset = AT(fit_from), .value = "FILE",
	  .file = OPT_READS,
	  .help = "take what is learned from a corpus (IDF, principal components) from embedding file FILE instead" },
};

static const enum dtype stored_as[] = { DT_F32, DT_F16, DT_I8 };

struct job {
	const struct run *run;
	const struct encode_options *o;
	struct space space;
	struct textrows *input;
	uint64_t n_input;           /* rows written so far */
	struct textrows_window window;
	struct embeddings old;      /* --append */
	struct embedding_writer *writer;
	/* of a window: the texts to encode, packed; of every row its hash and its place in OLD, or IDMAP_NONE */
	struct str *text;
	uint64_t *row, *hash;
	uint32_t *old_row;
	float *zero;
	size_t n_encoded, n_empty, n_kept, n_repeated; /* rows */
};

/* ---- setting up ---- */

static int open_old(struct job *j, struct err *e)
{
	int rc = embeddings_open(&j->old, j->o->append, e);
	if (rc)
		return rc;
	const char *name = tensorfile_name(j->old.file);
	if (!j->old.hashes)
		return err_data(e, "%s has no content hashes: encode did not write it", name);
	if ((rc = space_load(&j->space, j->old.file, e)))
		return rc;
	if (j->old.stored->dtype != stored_as[j->o->format])
		return err_usage(e, "%s holds %s: give the same --format", name, dtype_name(j->old.stored->dtype));
	return 0;
}

static int fit_from_file(struct job *j, struct err *e)
{
	struct tensorfile *t;
	int rc = tensorfile_open(&t, j->o->fit_from, e);
	if (rc)
		return rc;
	rc = tensorfile_need_format(t, "recpipe.embeddings", 1, e);
	if (!rc)
		rc = space_load(&j->space, t, e);
	tensorfile_close(t);
	return rc;
}

static int open_space(struct job *j, struct err *e)
{
	const struct run *r = j->run;
	const struct encode_options *o = j->o;
	const struct space_spec spec = { r->part, r->part_options, encoder_is_directory(o->encoder) ? o->encoder : NULL, o->dim,
					 o->remove, o->reduce, o->norm, r->seed, r->log, r->pool };
	return space_open(&j->space, &spec, TEXTROWS_WINDOW, e);
}

static int open_input(struct job *j, struct err *e)
{
	const struct run *r = j->run;
	struct textrows_spec rows = j->o->rows;
	rows.ids_only = encoder_class_of(r->part)->content;
	if (rows.ids_only && (rows.columns || rows.template || rows.prefix))
		return err_usage(e, "--encoder %s reads no texts: --text, --template and --prefix are not for it", r->part->name);
	return textrows_open(&j->input, r->operands.n ? r->operands.v[0] : "-", &rows, e);
}

static int set_up(struct job *j, struct err *e)
{
	const struct run *r = j->run;
	const struct encode_options *o = j->o;
	if (r->operands.n > 1)
		return err_usage(e, "one input file, not %zu", r->operands.n);
	if (o->append && o->fit_from)
		return err_usage(e, "--append already brings what --fit-from would");
	if (o->prune && !o->append)
		return err_usage(e, "--prune needs --append");
	int rc = open_space(j, e);
	if (!rc)
		rc = embedding_writer_open(&j->writer, j->space.width, stored_as[o->format], e);
	if (!rc && o->append)
		rc = open_old(j, e);
	if (rc)
		return rc;
	textrows_window_init(&j->window);
	j->text = MEM_NEW(TEXTROWS_WINDOW, struct str);
	j->row = MEM_NEW(TEXTROWS_WINDOW, uint64_t);
	j->hash = MEM_NEW(TEXTROWS_WINDOW, uint64_t);
	j->old_row = MEM_NEW(TEXTROWS_WINDOW, uint32_t);
	j->zero = MEM_ZNEW(j->space.width, float);
	return open_input(j, e);
}

static void tear_down(struct job *j)
{
	embedding_writer_free(j->writer);
	embeddings_close(&j->old);
	textrows_close(j->input);
	textrows_window_release(&j->window);
	space_release(&j->space);
	mem_free(j->text);
	mem_free(j->row);
	mem_free(j->hash);
	mem_free(j->old_row);
	mem_free(j->zero);
}

/* ---- learning from the corpus ---- */

/* The next rows. Where vectors are given, they stand for the texts. */
static int fill(struct job *j, struct err *e)
{
	const struct encoder *x = j->space.encoder;
	int rc = textrows_fill(j->input, &j->window, e);
	progress_total(j->run->log, textrows_total(j->input));
	for (size_t i = 0; x->class->content && i < j->window.n && !rc; i++)
		rc = x->class->content(x, j->window.row[i], &j->window.text[i], e);
	return rc;
}

/* The first pass; the encoder learns on the way, where it does. */
static int read_all(struct job *j, struct err *e)
{
	const struct textrows_window *w = &j->window;
	int rc = textrows_keep(j->input, e);
	progress_start(j->run->log, "rows read", 0);
	while (!rc && !(rc = fill(j, e)) && w->n) {
		rc = space_fit(&j->space, &(struct texts){ w->text, w->row, w->n }, j->run->pool, e);
		progress_add(j->run->log, w->n);
	}
	progress_end(j->run->log);
	return rc ? rc : textrows_rewind(j->input, e);
}

static void take_text(struct job *j, struct texts *t, size_t i)
{
	j->text[t->n] = j->window.text[i];
	j->row[t->n++] = j->window.row[i];
}

/* A pass over every stride-th row. */
static int see_sample(struct job *j, struct err *e)
{
	const struct textrows_window *w = &j->window;
	uint64_t stride = blocks_of(textrows_total(j->input), PCA_ROWS);
	int rc;
	progress_start(j->run->log, "rows learned from", 0);
	while (!(rc = fill(j, e)) && w->n) {
		struct texts t = { j->text, j->row, 0 };
		for (size_t i = 0; i < w->n; i++)
			if (w->row[i] % stride == 0 && w->text[i].n)
				take_text(j, &t, i);
		if ((rc = space_see(&j->space, &t, j->run->pool, e)))
			break;
		progress_to(j->run->log, w->row[w->n - 1] + 1);
	}
	progress_end(j->run->log);
	return rc ? rc : textrows_rewind(j->input, e);
}

static int learn(struct job *j, struct err *e)
{
	if (j->o->fit_from)
		return fit_from_file(j, e);
	if (j->o->append || !space_learns(&j->space))
		return 0;
	int rc = read_all(j, e);
	if (!rc && space_has_components(&j->space))
		rc = see_sample(j, e);
	return rc ? rc : space_settle(&j->space, e);
}

/* ---- one window ---- */

/* The row of OLD that holds this id with this text, or IDMAP_NONE. */
static uint32_t find_old(const struct job *j, struct str id, uint64_t hash)
{
	uint32_t at = j->o->append ? idmap_find(&j->old.ids, id) : IDMAP_NONE;
	return at != IDMAP_NONE && j->old.hashes[at] == hash ? at : IDMAP_NONE;
}

static bool is_new(const struct job *j, size_t i)
{
	return j->window.text[i].n && j->old_row[i] == IDMAP_NONE;
}

/* Rows that must be encoded, packed; the hash and the old row of every row of the window. */
static int encode_new(struct job *j, const float **rows, struct err *e)
{
	const struct textrows_window *w = &j->window;
	struct texts t = { j->text, j->row, 0 };
	for (size_t i = 0; i < w->n; i++) {
		j->hash[i] = hash_bytes(w->text[i], 0);
		j->old_row[i] = find_old(j, w->id[i], j->hash[i]);
		if (is_new(j, i))
			take_text(j, &t, i);
	}
	j->n_encoded += t.n;
	return space_encode(&j->space, &t, j->run->pool, rows, e);
}

/* An id seen before: the same text is passed over, another is an error. */
static int judge_repeated(struct job *j, size_t i, uint32_t first, struct err *e)
{
	const struct textrows_window *w = &j->window;
	uint64_t hash;
	int rc = embedding_writer_hash(j->writer, first, &hash, e);
	if (rc)
		return rc;
	if (hash != j->hash[i])
		return err_at_line(e, textrows_name(j->input), w->line[i], "id \"%.*s\" has another %s than before", (int)w->id[i].n,
				   w->id[i].p, j->space.encoder->class->content ? "vector" : "text");
	j->n_repeated++;
	return 0;
}

static int write_row(struct job *j, size_t i, const float *vector, struct err *e)
{
	const struct textrows_window *w = &j->window;
	uint32_t first;
	int rc = embedding_writer_find(j->writer, w->id[i], &first, e);
	if (rc)
		return rc;
	if (first != IDMAP_NONE)
		return judge_repeated(j, i, first, e);
	if (w->text[i].n && !is_new(j, i)) {
		j->n_kept++;
		return embedding_writer_copy(j->writer, &j->old, j->old_row[i], e);
	}
	j->n_empty += !memcmp(vector, j->zero, j->space.width * sizeof *vector);
	return embedding_writer_add(j->writer, &w->id[i], &j->hash[i], vector, 1, e);
}

static int write_window(struct job *j, const float *rows, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; i < j->window.n && !rc; i++) {
		rc = write_row(j, i, is_new(j, i) ? rows : j->zero, e);
		rows += is_new(j, i) ? j->space.width : 0;
	}
	return rc;
}

static int encode_all(struct job *j, struct err *e)
{
	const float *rows;
	int rc;
	progress_start(j->run->log, "rows", 0);
	while (!(rc = fill(j, e)) && j->window.n) {
		if ((rc = encode_new(j, &rows, e)) || (rc = write_window(j, rows, e)))
			break;
		j->n_input += j->window.n;
		progress_to(j->run->log, j->n_input);
	}
	progress_end(j->run->log);
	const struct encoder *x = j->space.encoder;
	return !rc && x->class->count ? x->class->count(x, j->n_input, e) : rc;
}

/* Ids of OLD that the input does not have. */
static int keep_the_rest(struct job *j, struct err *e)
{
	int rc = 0;
	if (!j->o->append || j->o->prune)
		return 0;
	for (size_t i = 0; i < j->old.n && !rc; i++) {
		uint32_t written;
		rc = embedding_writer_find(j->writer, idmap_id(&j->old.ids, (uint32_t)i), &written, e);
		if (rc || written != IDMAP_NONE)
			continue;
		rc = embedding_writer_copy(j->writer, &j->old, i, e);
		j->n_kept++;
	}
	return rc;
}

static void report(const struct job *j, double elapsed_s)
{
	LOG_EVENT(j->run->log, "encoded", LOG_N("rows", embedding_writer_count(j->writer)), LOG_N("width", j->space.width),
		  LOG_N("encoded", j->n_encoded), LOG_N("empty", j->n_empty), LOG_N("repeated", j->n_repeated), LOG_N("kept", j->n_kept));
	if (j->space.encoder->class->report)
		j->space.encoder->class->report(j->space.encoder);
	log_detail(j->run->log, "%.0f rows/s", (double)j->n_input / (elapsed_s > 0 ? elapsed_s : 1e-9));
}

static int inspect(const struct run *r, const char *dir, struct err *e)
{
	struct buf text = BUF_INIT;
	int rc = encoder_inspect(dir, r->log, r->pool, &text, e);
	if (!rc)
		fwrite(text.data, 1, text.n, stdout);
	buf_release(&text);
	return rc;
}

static bool no_output(const void *options)
{
	return ((const struct encode_options *)options)->inspect != NULL;
}

static int run(struct run *r, struct err *e)
{
	const char *dir = ((const struct encode_options *)r->options)->inspect;
	if (dir)
		return inspect(r, dir, e);
	struct job j = { .run = r, .o = r->options };
	double start_s = clock_s();
	int rc = set_up(&j, e);
	if (!rc)
		rc = learn(&j, e);
	if (!rc)
		rc = encode_all(&j, e);
	if (!rc)
		rc = keep_the_rest(&j, e);
	if (!rc) {
		space_save(&j.space, embedding_writer_tensors(j.writer));
		rc = embedding_writer_write(j.writer, r->output, e);
	}
	if (!rc)
		report(&j, clock_s() - start_s);
	tear_down(&j);
	return rc;
}

static const struct registry registries[] = {
	{ "Encoders", encoders, &n_encoders, NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct command command = {
	.name = "encode",
	.summary = "turn the text of a CSV into an embedding file",
	.synopsis = "[options] [FILE]",
	.description =
"Reads a CSV with an id column and text columns (FILE, or stdin) and writes one vector\n"
"an id, as safetensors. Each row carries a hash of its text, so that --append encodes\n"
"only what is new or changed; the result is then that of encoding the whole input\n"
"again, with what the encoder had learned from its corpus kept as it was, followed by\n"
"the ids of OLD that the input lacks.\n"
"\n"
"A row without text gets a zero vector. A repeated id with the same text is passed over;\n"
"with another text it is an error.\n",
	.examples =
"encode items.csv -o items.emb\n"
"encode --template '{title}. {description}' items.csv -o items.emb\n"
"encode --append items.emb items.csv -o items.emb\n",
	.options = encode_opts, .n_options = sizeof encode_opts / sizeof *encode_opts,
	.options_size = sizeof(struct encode_options),
	.part_option = "encoder", .parts = encoders, .n_parts = &n_encoders, .find_part = encoder_part,
	.registries = registries, .reads_operands = true, .binary = true, .no_output = no_output, .run = run,
};

int main(int argc, char **argv)
{
	return command_main(&command, argc, argv);
}

/* npy.c: vectors that are ready made, by whatever tool: row i of a NumPy array belongs to row i of the CSV.
 *
 * A row's bytes stand for its text, so --append, repeated ids and content hashes mean the same as for texts. */
#include "data/npy.h"
#include "encoder/encoder.h"

struct npy_options {
	const char *vectors;
};

static const struct opt npy_opts[] = {
	{ .name = "vectors", .type = OPT_STRING, .offset = offsetof(struct npy_options, vectors), .value = "FILE",
	  .file = OPT_READS, .help = "the array: as many rows as the CSV, in its order" },
};

static int npy_encoder_open(struct encoder *x, struct err *e)
{
	const struct npy_options *o = x->options;
	struct npy *a = x->state;
	if (!o->vectors)
		return err_usage(e, "--encoder npy needs --vectors FILE");
	int rc = npy_open(a, o->vectors, e);
	x->width = a->width;
	return rc;
}

static void npy_encoder_release(struct encoder *x)
{
	npy_close(x->state);
}

static int npy_content(const struct encoder *x, uint64_t row, struct str *out, struct err *e)
{
	const struct npy_options *o = x->options;
	const struct npy *a = x->state;
	if (row >= a->n)
		return err_data(e, "%s has %zu rows, the input has more", o->vectors, a->n);
	*out = npy_bytes(a, row);
	return 0;
}

static int npy_count(const struct encoder *x, uint64_t n, struct err *e)
{
	const struct npy_options *o = x->options;
	const struct npy *a = x->state;
	return n == a->n ? 0 : err_data(e, "%s has %zu rows, the input has %llu", o->vectors, a->n, (unsigned long long)n);
}

static int npy_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	(void)pool;
	const struct npy_options *o = x->options;
	for (size_t i = 0; i < t->n; i++)
		if (!npy_widen(x->state, t->text[i], out + i * x->width))
			return err_data(e, "%s: row %llu (from 0) holds a number that is not finite", o->vectors,
					(unsigned long long)t->row[i]);
	return 0;
}

const struct encoder_class encoder_npy = {
	.part = {
		.name = "npy",
		.summary = "vectors made by another tool: the rows of a NumPy array (.npy), ids from the CSV",
		.help =
"Row i of the array belongs to row i of the CSV, of which only the id column is read.\n"
"Little-endian f2, f4 and f8 in C order, two-dimensional.\n",
		.options = npy_opts, .n_options = sizeof npy_opts / sizeof *npy_opts,
		.options_size = sizeof(struct npy_options),
	},
	.state_size = sizeof(struct npy),
	.open = npy_encoder_open, .content = npy_content, .count = npy_count, .encode = npy_encode,
	.release = npy_encoder_release,
};

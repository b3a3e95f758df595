/* hash.c: text vectors without any trained weights.
 *
 * features (text/hashing.h) -> signed buckets -> sublinear TF x IDF -> sparse random projection (-> principal
 * components, pca.h). The projection's rows
 * are made from the bucket number whenever they are needed, so nothing is stored and a new word costs nothing: each row
 * has NONZERO entries of +-1, one in each of NONZERO equal parts of the vector (the block construction of Kane and Nelson,
 * "Sparser Johnson-Lindenstrauss transforms", 2014, which keeps inner products as a dense matrix does, at 1/128
 * of the work for 1024 coordinates).
 *
 * Chosen on cold items of MovieLens 1M, latest-small and goodbooks (ridge regression of item means and factors from the
 * vectors, 5-fold, docs/encode.md): features of very few rows are noise to a projection, so they go; full IDF weighs up
 * the same noise, so it is damped; principal components of 1024 coordinates are worth twice as much as 256 of a direct
 * projection. */
#include "base/mem.h"
#include "base/rng.h"
#include "encoder/counts.h"
#include "encoder/encoder.h"
#include "text/hashing.h"
#include "text/words.h"

#include <math.h>
#include <string.h>

enum { NONZERO = 8, BLOCK_ROWS = 64, IDF_CORPUS = 0 };

struct hash_options {
	size_t width, bits, min_chars, max_chars;
	double word, pair, chars;
	int idf;
	size_t min_df;
	double power;
};

static const struct opt hash_opts[] = {
	{ .name = "width", .type = OPT_SIZE, .offset = offsetof(struct hash_options, width), .value = "N", .preset = "1024",
	  .min = NONZERO, .max = 8192, .help = "coordinates of the random projection, before principal components are taken" },
	{ .name = "bits", .type = OPT_SIZE, .offset = offsetof(struct hash_options, bits), .value = "B", .preset = "20",
	  .min = 10, .max = 26, .help = "2^B buckets" },
	{ .name = "min-chars", .type = OPT_SIZE, .offset = offsetof(struct hash_options, min_chars), .value = "N",
	  .preset = "3", .min = 1, .max = 16, .help = "shortest character n-gram, boundary marks included" },
	{ .name = "max-chars", .type = OPT_SIZE, .offset = offsetof(struct hash_options, max_chars), .value = "N",
	  .preset = "5", .min = 0, .max = 16, .help = "longest character n-gram; 0: no n-grams" },
	{ .name = "word-weight", .type = OPT_REAL, .offset = offsetof(struct hash_options, word), .value = "W",
	  .preset = "1", .min = 0, .max = 1000, .help = "weight of a word" },
	{ .name = "pair-weight", .type = OPT_REAL, .offset = offsetof(struct hash_options, pair), .value = "W",
	  .preset = "0.5", .min = 0, .max = 1000, .help = "weight of a pair of neighbouring words; 0: no pairs" },
	{ .name = "chars-weight", .type = OPT_REAL, .offset = offsetof(struct hash_options, chars), .value = "W",
	  .preset = "0.3", .min = 0, .max = 1000, .help = "weight of a character n-gram" },
	{ .name = "idf", .type = OPT_CHOICE, .offset = offsetof(struct hash_options, idf), .choices = "corpus|none",
	  .preset = "corpus", .help = "weigh features by how rare they are in the input, or all alike" },
	{ .name = "idf-power", .type = OPT_REAL, .offset = offsetof(struct hash_options, power), .value = "P",
	  .preset = "0.25", .min = 0, .max = 2, .help = "1: TF-IDF as in retrieval; 0: only --min-df counts" },
	{ .name = "min-df", .type = OPT_SIZE, .offset = offsetof(struct hash_options, min_df), .value = "N", .preset = "5",
	  .min = 0, .help = "leave out features of fewer rows than N, or than 1 + rows/1000 where that is less; 0: none" },
};

struct scratch {
	struct bag bag;
	struct buf folded;
};

struct hash_state {
	struct counts df; /* of 2^bits buckets: rows that hold a feature of it; total: rows seen by fit. Empty without IDF */
	float *idf;       /* [2^bits], from df when the first row is encoded; 0 is left out */
	struct scratch *scratch;
	size_t n_scratch;
};

/* What one call of fit or encode works on. */
struct job {
	struct encoder *x;
	const struct texts *texts;
	float *out;
};

static const struct hash_options *options_of(const struct encoder *x)
{
	return x->options;
}

static size_t bucket_of(const struct encoder *x, uint64_t feature)
{
	return (size_t)(feature >> (64 - options_of(x)->bits));
}

static int hash_open(struct encoder *x, struct err *e)
{
	const struct hash_options *o = options_of(x);
	struct hash_state *s = x->state;
	if (o->max_chars && o->max_chars < o->min_chars)
		return err_usage(e, "--max-chars %zu is below --min-chars %zu", o->max_chars, o->min_chars);
	if (!x->width)
		x->width = o->width;
	if (x->width < NONZERO)
		return err_usage(e, "--encoder hash needs --dim %d or more", NONZERO);
	if (o->idf == IDF_CORPUS)
		counts_init(&s->df, (size_t)1 << o->bits);
	return 0;
}

static void hash_release(struct encoder *x)
{
	struct hash_state *s = x->state;
	for (size_t i = 0; i < s->n_scratch; i++) {
		bag_release(&s->scratch[i].bag);
		buf_release(&s->scratch[i].folded);
	}
	mem_free(s->scratch);
	counts_release(&s->df);
	mem_free(s->idf);
}

static bool hash_wants_fit(const struct encoder *x)
{
	return options_of(x)->idf == IDF_CORPUS;
}

static void make_scratch(struct hash_state *s, size_t n)
{
	if (s->n_scratch >= n)
		return;
	s->scratch = mem_resize(s->scratch, s->n_scratch, n, sizeof *s->scratch);
	memset(s->scratch + s->n_scratch, 0, (n - s->n_scratch) * sizeof *s->scratch);
	s->n_scratch = n;
}

static const struct bag *bag_of(const struct encoder *x, struct str text, size_t worker)
{
	const struct hash_options *o = options_of(x);
	struct scratch *s = &((struct hash_state *)x->state)->scratch[worker];
	bag_clear(&s->bag);
	words_fold(text, &s->folded);
	bag_add_text(&s->bag, buf_str(&s->folded),
		     &(struct ngrams){ o->min_chars, o->chars > 0 ? o->max_chars : 0, o->pair > 0 });
	return &s->bag;
}

static void fit_block(void *context, size_t block, size_t worker)
{
	struct job *j = context;
	struct hash_state *s = j->x->state;
	size_t from, to;
	block_range(j->texts->n, BLOCK_ROWS, block, &from, &to);
	for (size_t r = from; r < to; r++) {
		const struct bag *b = bag_of(j->x, j->texts->text[r], worker);
		for (size_t i = 0; i < b->n; i++)
			__atomic_fetch_add(&s->df.n[bucket_of(j->x, b->feature[i])], 1, __ATOMIC_RELAXED);
	}
}

static int hash_fit(struct encoder *x, const struct texts *t, struct pool *pool, struct err *e)
{
	(void)e;
	struct hash_state *s = x->state;
	make_scratch(s, pool_size(pool));
	pool_run(pool, blocks_of(t->n, BLOCK_ROWS), fit_block, &(struct job){ x, t, NULL });
	s->df.total += t->n;
	return 0;
}

/* (ln((1 + rows) / (1 + rows with the feature)) + 1) ^ power. Two features of one text can share a bucket, which then
 * counts twice. */
static float idf_of(const struct hash_options *o, uint64_t n_rows, uint32_t df)
{
	size_t least = n_rows / 1000 + 1;
	if (df < (o->min_df < least ? o->min_df : least))
		return 0;
	double n = (double)n_rows;
	return (float)pow(log((1 + n) / (1 + (df < n ? df : n))) + 1, o->power);
}

static void make_idf(struct encoder *x)
{
	struct hash_state *s = x->state;
	if (!s->df.n || s->idf)
		return;
	size_t n = (size_t)1 << options_of(x)->bits;
	float unseen = idf_of(options_of(x), s->df.total, 0);
	s->idf = MEM_NEW(n, float);
	for (size_t i = 0; i < n; i++)
		s->idf[i] = s->df.n[i] ? idf_of(options_of(x), s->df.total, s->df.n[i]) : unseen;
}

/* Add value times row `bucket` of the projection: 16 bits an entry. */
static void project(float *out, size_t width, uint64_t bucket, uint64_t seed, float value)
{
	uint64_t word = rng_mix(seed ^ bucket * 0x9e3779b97f4a7c15u);
	const uint64_t bits[] = { word, rng_mix(word + 0x9e3779b97f4a7c15u) };
	for (size_t part = 0; part < NONZERO; part++) {
		uint64_t b = bits[part / 4] >> 16 * (part % 4) & 0xffff;
		size_t from = part * width / NONZERO, n = (part + 1) * width / NONZERO - from;
		out[from + (size_t)(((b & 0x7fff) * n) >> 15)] += b & 0x8000 ? value : -value;
	}
}

static void encode_row(const struct encoder *x, const struct bag *b, float *out)
{
	const struct hash_options *o = options_of(x);
	const struct hash_state *s = x->state;
	const double weight[] = { [FEATURE_WORD] = o->word, [FEATURE_PAIR] = o->pair, [FEATURE_CHARS] = o->chars };
	memset(out, 0, x->width * sizeof *out);
	for (size_t i = 0; i < b->n; i++) {
		uint64_t f = b->feature[i];
		size_t bucket = bucket_of(x, f);
		float idf = s->idf ? s->idf[bucket] : 1;
		if (idf == 0)
			continue;
		double tf = b->count[i] == 1 ? 1 : 1 + log(b->count[i]);
		double value = weight[feature_kind_of(f)] * tf * idf;
		project(out, x->width, bucket, x->seed, (float)(f & 4 ? value : -value));
	}
}

static void encode_block(void *context, size_t block, size_t worker)
{
	struct job *j = context;
	size_t from, to;
	block_range(j->texts->n, BLOCK_ROWS, block, &from, &to);
	for (size_t r = from; r < to; r++)
		encode_row(j->x, bag_of(j->x, j->texts->text[r], worker), j->out + r * j->x->width);
}

static int hash_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	(void)e;
	make_scratch(x->state, pool_size(pool));
	make_idf(x);
	pool_run(pool, blocks_of(t->n, BLOCK_ROWS), encode_block, &(struct job){ x, t, out });
	return 0;
}

static void hash_save(struct encoder *x, struct tensor_writer *w)
{
	struct hash_state *s = x->state;
	if (s->df.n)
		counts_save(&s->df, w, "hash.df", "hash.rows");
}

static int hash_load(struct encoder *x, const struct tensorfile *t, struct err *e)
{
	struct hash_state *s = x->state;
	return s->df.n ? counts_load(&s->df, t, "hash.df", "hash.rows", e) : 0;
}

const struct encoder_class encoder_hash = {
	.part = {
		.name = "hash",
		.summary = "hashed words and word parts, TF-IDF, sparse random projection; no model needed",
		.help =
"Features: the words of the text (Unicode NFKC, case folded), pairs of neighbouring\n"
"words, and the character n-grams of <word>. Each is hashed to one of 2^bits buckets\n"
"with a sign (Weinberger et al. 2009). Its value is\n"
"    weight * (1 + ln tf) * (ln((1 + rows) / (1 + df)) + 1) ^ idf-power\n"
"with tf its count in the text and df the rows that hold its bucket. Buckets are\n"
"projected to --width coordinates by a sparse random sign matrix made from --seed (Kane\n"
"and Nelson 2014), and those brought down to --dim principal components of the input\n"
"(256 unless given). df and components are stored in the output; --append and\n"
"--fit-from use them again, so that old and new rows are comparable.\n"
"For cold items when no language model is at hand, and for speed. With --reduce cut the\n"
"projection goes to --dim coordinates directly; with --idf none too, nothing is learned\n"
"from the input, which is then read only once.\n",
		.options = hash_opts, .n_options = sizeof hash_opts / sizeof *hash_opts,
		.options_size = sizeof(struct hash_options),
	},
	.pca_width = 256,
	.state_size = sizeof(struct hash_state),
	.open = hash_open, .wants_fit = hash_wants_fit, .fit = hash_fit, .save = hash_save, .load = hash_load,
	.encode = hash_encode, .release = hash_release,
};

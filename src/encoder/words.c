/* words.c: vectors of words, as word2vec, GloVe and fastText publish them, as an encoder of texts.
 *
 * A text is the weighted mean of the vectors of its words. Weights follow SIF (Arora, Liang and Ma, "A simple but
 * tough-to-beat baseline for sentence embeddings", 2017): A / (A + p), the frequency p of a word by Zipf's law from its
 * place in the file, which lists words by frequency. Their removal of common components is --remove, for any encoder. */
#include "base/mem.h"
#include "data/wordvectors.h"
#include "encoder/encoder.h"
#include "text/hashing.h"
#include "text/words.h"

#include <math.h>
#include <string.h>

enum { BLOCK_TEXTS = 64 };

struct words_options {
	const char *vectors;
	size_t max_words;
	double sif;
};

static const struct opt words_opts[] = {
	{ .name = "vectors", .type = OPT_STRING, .offset = offsetof(struct words_options, vectors), .value = "FILE",
	  .file = OPT_READS, .help = "word2vec (text or binary), GloVe or fastText .vec, also gzipped; recognised by content" },
	{ .name = "max-words", .type = OPT_SIZE, .offset = offsetof(struct words_options, max_words), .value = "N",
	  .preset = "0", .help = "read the first N words only, which are the most frequent ones; 0: all" },
	{ .name = "sif", .type = OPT_REAL, .offset = offsetof(struct words_options, sif), .value = "A", .preset = "0.001",
	  .min = 0, .above_min = true, .max = 1000, .help = "weight of a word is A / (A + its frequency); large: all alike" },
};

struct words_state {
	struct wordvectors v;
	float *weight;           /* [v.words.n] */
	size_t n_words, n_known; /* seen in texts */
};

static void weigh(struct words_state *s, double sif)
{
	size_t n = s->v.words.n;
	double harmonic = log((double)n + 1) + 0.5772;
	s->weight = MEM_NEW(n, float);
	for (size_t i = 0; i < n; i++)
		s->weight[i] = (float)(sif / (sif + 1 / (((double)i + 1) * harmonic)));
}

static uint64_t fingerprint(const struct wordvectors *v)
{
	const struct idmap *w = &v->words;
	uint64_t h = hash_bytes((struct str){ w->bytes, w->offset[w->n] }, v->width);
	h = hash_bytes((struct str){ (const char *)w->offset, (w->n + 1) * sizeof *w->offset }, h);
	return hash_bytes((struct str){ (const char *)v->vectors, w->n * v->width * sizeof *v->vectors }, h);
}

static int words_open(struct encoder *x, struct err *e)
{
	const struct words_options *o = x->options;
	struct words_state *s = x->state;
	if (!o->vectors)
		return err_usage(e, "--encoder words needs --vectors FILE");
	int rc = wordvectors_open(&s->v, o->vectors, o->max_words, e);
	if (rc)
		return rc;
	if (s->v.n_repeated || s->v.n_unreadable)
		log_say(x->log, "%s: passed over %zu words that stood before, %zu that are not UTF-8", o->vectors, s->v.n_repeated,
			s->v.n_unreadable);
	x->width = s->v.width;
	x->fingerprint = fingerprint(&s->v);
	weigh(s, o->sif);
	return 0;
}

static void words_release(struct encoder *x)
{
	struct words_state *s = x->state;
	wordvectors_close(&s->v);
	mem_free(s->weight);
}

/* As written, else folded: files keep case or have none. */
static uint32_t find_word(const struct idmap *words, struct str word, struct buf *folded)
{
	uint32_t at = idmap_find(words, word);
	if (at != IDMAP_NONE)
		return at;
	words_fold(word, folded);
	return idmap_find(words, buf_str(folded));
}

struct job {
	const struct encoder *x;
	const struct texts *texts;
	float *out;
};

static void encode_text(struct words_state *s, struct str text, struct buf *folded, float *out)
{
	size_t at = 0, width = s->v.width, n_words = 0, n_known = 0;
	struct str word;
	memset(out, 0, width * sizeof *out);
	while (words_next(text, &at, &word)) {
		uint32_t i = find_word(&s->v.words, word, folded);
		n_words++;
		if (i == IDMAP_NONE)
			continue;
		n_known++;
		const float *v = s->v.vectors + (size_t)i * width;
		for (size_t c = 0; c < width; c++)
			out[c] += s->weight[i] * v[c];
	}
	for (size_t c = 0; c < width && n_known; c++)
		out[c] /= (float)n_known;
	__atomic_fetch_add(&s->n_words, n_words, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->n_known, n_known, __ATOMIC_RELAXED);
}

static void encode_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct job *j = context;
	struct buf folded = BUF_INIT;
	size_t from, to;
	block_range(j->texts->n, BLOCK_TEXTS, block, &from, &to);
	for (size_t i = from; i < to; i++)
		encode_text(j->x->state, j->texts->text[i], &folded, j->out + i * j->x->width);
	buf_release(&folded);
}

static int words_encode(struct encoder *x, const struct texts *t, float *out, struct pool *pool, struct err *e)
{
	(void)e;
	pool_run(pool, blocks_of(t->n, BLOCK_TEXTS), encode_block, &(struct job){ x, t, out });
	return 0;
}

static void words_report(const struct encoder *x)
{
	const struct words_state *s = x->state;
	if (s->n_words)
		LOG_EVENT(x->log, "words", LOG_R("share of words with a vector", (double)s->n_known / (double)s->n_words));
}

const struct encoder_class encoder_words = {
	.part = {
		.name = "words",
		.summary = "word vectors of word2vec, GloVe or fastText, weighted by SIF",
		.help =
"The mean over a text's words of A / (A + p) times the word's vector, p its frequency\n"
"by Zipf's law from its place in FILE (Arora, Liang and Ma 2017). A word is a run of\n"
"letters and digits, looked up as written, then in lower case; words that FILE lacks do\n"
"not count. Rows are turned to 256 principal components of the input, at most the width\n"
"of the vectors; --remove 1 leaves out the strongest of them, which the words of all\n"
"texts share; --reduce cut leaves the mean as it is.\n",
		.options = words_opts, .n_options = sizeof words_opts / sizeof *words_opts,
		.options_size = sizeof(struct words_options),
	},
	.pca_width = 256,
	.state_size = sizeof(struct words_state),
	.open = words_open, .encode = words_encode, .report = words_report, .release = words_release,
};

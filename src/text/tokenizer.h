/* tokenizer.h: text to token ids, as Hugging Face `tokenizers` gives them for the same directory.
 *
 * A tokenizer is read from tokenizer.json, or from vocab.txt, or vocab.json and merges.txt, with tokenizer_config.json. A
 * family of sub-word models (WordPiece, ...) is one const struct token_model in its own file and one line in
 * token_models.def; what all share, added tokens, special tokens around text and pair, truncation, is here. What the files
 * ask for and is not supported is refused by name. */
#ifndef RECPIPE_TEXT_TOKENIZER_H
#define RECPIPE_TEXT_TOKENIZER_H

#include "base/buf.h"
#include "base/err.h"
#include "text/bert_normalize.h"
#include "text/trie.h"
#include "text/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

struct folder;
struct json;
struct tokenizer;

/* Token ids of one or more texts, one behind the other, with the scratch memory of one thread. Zeroed is empty. */
struct tokens {
	uint32_t *id;
	uint8_t *type; /* token type (segment): 0 for the text, 1 for the pair */
	size_t n, capacity;
	struct bert_words words;  /* scratch of WordPiece; its bytes, of every family */
	struct buf run, lattice;  /* scratch of Unigram and BPE */
};
void tokens_clear(struct tokens *t);
void tokens_release(struct tokens *t);
void tokens_add(struct tokens *t, uint32_t id, uint8_t type);

/* From a model directory. ERR_SYSTEM where there are no such files; ERR_DATA naming what is wrong. Owner: caller. */
MUST_CHECK int tokenizer_open(struct tokenizer **out, const char *dir, struct err *e);
/* The same from files in memory, those of tokenizer_files that there are. */
MUST_CHECK int tokenizer_open_folder(struct tokenizer **out, const struct folder *f, struct err *e);
extern const char *const tokenizer_files[];
extern const size_t n_tokenizer_files;
void tokenizer_close(struct tokenizer *t);
/* The highest token id plus one: the rows that the model's word table must have. */
size_t tokenizer_size(const struct tokenizer *t);
/* The text of a token id; empty for an id that is none. Borrowed. */
struct str tokenizer_token(const struct tokenizer *t, uint32_t id);
/* The id of a token's text, or TRIE_NONE. */
uint32_t tokenizer_find(const struct tokenizer *t, struct str token);
/* A hash of the files that it was read from. */
uint64_t tokenizer_fingerprint(const struct tokenizer *t);
/* "WordPiece", "Unigram", "BPE" */
const char *tokenizer_family(const struct tokenizer *t);

/* Append the ids of text (and of pair, where not NULL) with the special tokens around them, cut to max_length tokens in
 * all (at least 3; the longer one is cut first, as truncation strategy longest_first). Invalid UTF-8 counts as U+FFFD.
 * Safe from several threads at once with different `out`. */
void tokenizer_encode(const struct tokenizer *t, struct str text, const struct str *pair, size_t max_length,
		      struct tokens *out);

/* ---- for the families ---- */

/* How a family is published without tokenizer.json. */
enum { TOKENS_UNK, TOKENS_SEP, TOKENS_PAD, TOKENS_CLS, TOKENS_MASK, N_SPECIAL };
struct plain_form {
	const char *vocabulary;         /* the file of tokens, NULL: there is no such form */
	const char *rest;               /* another file that it needs, or NULL */
	const char *special[N_SPECIAL]; /* where tokenizer_config.json does not say */
	const char *class;              /* what tokenizer_class may begin with; NULL: anything */
	bool roberta;                   /* two separators between two texts */
};

struct token_model {
	const char *name;   /* tokenizer.json: model.type */
	const char *mark;   /* a key of model that tells the family where files of old have no type */
	struct plain_form plain;
	/* From tokenizer.json (root: the whole document), and from the plain form (config: tokenizer_config.json or NULL;
	 * rest: the bytes of its other file). v is borrowed for the call only. *state is the family's own. */
	int (*load)(const struct json *root, const struct vocabulary *v, void **state, struct err *e);
	int (*load_plain)(const struct json *config, struct str rest, const struct vocabulary *v, void **state, struct err *e);
	/* Append the ids of a run of text without added tokens in it. */
	void (*encode)(const void *state, struct str text, uint8_t type, struct tokens *out);
	void (*release)(void *state);
};
extern const struct token_model *const token_models[];
extern const size_t n_token_models;

#endif

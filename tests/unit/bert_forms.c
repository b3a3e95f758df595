/* The same encoder in other clothes gives the same bytes: weights in F16 and BF16 against F32 of the same values, the tensor
 * names of DistilBERT, RoBERTa's shifted positions, a prefix, and the names of old files. All are the tiny model of
 * tests/ref/bert, rewritten. */
#include "unit.h"

#include "base/err.h"
#include "base/mem.h"
#include "encoder/bert.h"
#include "io/tensorfile.h"
#include "linalg/quant.h"

#include <math.h>
#include <stdbool.h>

enum { WIDTH = 24, TEXTS = 3, LONGEST = 46, SHIFT = 2, NAME_BYTES = 120, MAX_TENSORS = 64 };

/* How a copy of the model is written. */
struct form {
	enum dtype dtype;
	bool rounded;       /* F32 values that dtype `like` can hold */
	enum dtype like;
	bool distil, shift; /* names of DistilBERT; positions from row SHIFT on */
	const char *prefix;
	bool old_norms;     /* gamma and beta */
	const char *config; /* config.json, or NULL for the model's own */
};

struct copy {
	float *values[MAX_TENSORS];
	void *stored[MAX_TENSORS];
	size_t n;
};

static const char distil_config[] = "{\"model_type\":\"distilbert\",\"vocab_size\":40,\"dim\":24,\"n_layers\":2,\"n_heads\":3,"
				    "\"hidden_dim\":40,\"max_position_embeddings\":48,\"activation\":\"gelu\"}";
static const char roberta_config[] = "{\"model_type\":\"roberta\",\"vocab_size\":40,\"hidden_size\":24,\"num_hidden_layers\":2,"
				     "\"num_attention_heads\":3,\"intermediate_size\":40,\"max_position_embeddings\":50,"
				     "\"type_vocab_size\":2,\"pad_token_id\":1,\"layer_norm_eps\":1e-12}";

static char *reference(const char *name)
{
	const char *root = getenv("R");
	return mem_printf("%s/tests/ref/bert/model/%s", root ? root : ".", name);
}

static void put_config(const char *config)
{
	char *path = reference("config.json"), own[4096];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	own[fread(own, 1, sizeof own - 1, f)] = 0;
	fclose(f);
	put_text("config.json", config ? config : own);
	mem_free(path);
}

/* name with `from` in it replaced by `to`; unchanged without. */
static void replace(char name[NAME_BYTES], const char *from, const char *to)
{
	char rest[NAME_BYTES], *at = strstr(name, from);
	if (!at)
		return;
	snprintf(rest, sizeof rest, "%s", at + strlen(from));
	snprintf(at, NAME_BYTES - (size_t)(at - name), "%s%s", to, rest);
}

static void rename_tensor(const struct form *f, const char *old, char name[NAME_BYTES])
{
	static const char *const distil[][2] = {
		{ "encoder.layer", "transformer.layer" }, { "attention.self.query", "attention.q_lin" },
		{ "attention.self.key", "attention.k_lin" }, { "attention.self.value", "attention.v_lin" },
		{ "attention.output.dense", "attention.out_lin" }, { "attention.output.LayerNorm", "sa_layer_norm" },
		{ "intermediate.dense", "ffn.lin1" }, { "output.dense", "ffn.lin2" },
		{ "output.LayerNorm", "output_layer_norm" },
	};
	snprintf(name, NAME_BYTES, "%s%s", f->prefix ? f->prefix : "", old);
	for (size_t i = 0; f->distil && i < sizeof distil / sizeof *distil; i++)
		replace(name, distil[i][0], distil[i][1]);
	if (f->old_norms && strstr(name, "LayerNorm")) {
		replace(name, "LayerNorm.weight", "LayerNorm.gamma");
		replace(name, "LayerNorm.bias", "LayerNorm.beta");
	}
}

static uint16_t narrow(enum dtype d, float x)
{
	return d == DT_F16 ? f16_of(x) : bf16_of(x);
}

static float widen(enum dtype d, uint16_t h)
{
	return d == DT_F16 ? f32_of_f16(h) : f32_of_bf16(h);
}

static void add_tensor(struct tensor_writer *w, struct copy *c, const struct form *f, const char *name, size_t n_dims,
		       const size_t *dims, float *values, size_t n)
{
	assert_true(c->n < MAX_TENSORS);
	c->values[c->n] = values;
	for (size_t i = 0; i < n && f->rounded; i++)
		values[i] = widen(f->like, narrow(f->like, values[i]));
	uint16_t *half = MEM_NEW(n, uint16_t);
	for (size_t i = 0; i < n && f->dtype != DT_F32; i++)
		half[i] = narrow(f->dtype, values[i]);
	c->stored[c->n++] = half;
	tensor_writer_add(w, name, f->dtype, n_dims, dims, f->dtype == DT_F32 ? (void *)values : half);
}

/* DistilBERT has no token types: type 0 lies in the positions. RoBERTa's table has SHIFT rows in front that no text uses. */
static float *positions(const struct form *f, const struct tensor *t, const struct tensor *types, size_t *rows)
{
	size_t shift = f->shift ? SHIFT : 0;
	*rows = t->dim[0] + shift;
	float *out = MEM_NEW(*rows * WIDTH, float);
	for (size_t i = 0; i < shift * WIDTH; i++)
		out[i] = 1000;
	memcpy(out + shift * WIDTH, t->data, t->n_bytes);
	for (size_t i = 0; f->distil && i < *rows * WIDTH; i++)
		out[i] += ((const float *)types->data)[i % WIDTH];
	return out;
}

/* The model in this form, in the current directory. */
static void put_model(const struct form *f)
{
	struct err e;
	struct tensorfile *t;
	struct copy c = { .n = 0 };
	char *path = reference("model.safetensors");
	assert_code(tensorfile_open(&t, path, &e), 0, &e);
	struct tensor_writer *w = tensor_writer_new("pt", 1, 0);
	const struct tensor *types = tensorfile_find(t, "embeddings.token_type_embeddings.weight");
	for (size_t i = 0; i < tensorfile_count(t); i++) {
		const struct tensor *x = tensorfile_at(t, i);
		char name[NAME_BYTES];
		size_t rows = x->dim[0];
		if (f->distil && x == types)
			continue;
		float *values = strstr(x->name, "position_embeddings") ? positions(f, x, types, &rows) :
									   mem_dup(x->data, x->n_bytes);
		rename_tensor(f, x->name, name);
		size_t n = x->n_bytes / sizeof(float) / x->dim[0] * rows;
		add_tensor(w, &c, f, name, x->n_dims, x->n_dims == 2 ? (size_t[]){ rows, x->dim[1] } : &rows, values, n);
	}
	assert_code(tensor_writer_write(w, "model.safetensors", &e), 0, &e);
	put_config(f->config);
	tensor_writer_free(w);
	tensorfile_close(t);
	mem_free(path);
	for (size_t i = 0; i < c.n; i++) {
		mem_free(c.values[i]);
		mem_free(c.stored[i]);
	}
}

static void encode(const struct form *f, const char *family, const char *dtype, float out[TEXTS][WIDTH])
{
	struct err e;
	struct bert *m;
	uint32_t ids[1 + 9 + LONGEST];
	size_t n = sizeof ids / sizeof *ids;
	for (size_t i = 0; i < n; i++)
		ids[i] = (uint32_t)(i * 7 % 40);
	put_model(f);
	assert_code(bert_open(&m, ".", BERT_F32, NULL, &e), 0, &e);
	assert_string_equal(bert_info(m)->family, family);
	assert_string_equal(bert_info(m)->dtype, dtype);
	assert_int_equal(bert_info(m)->n_positions, 48);
	assert_code(bert_encode(m, ids, (size_t[]){ 0, 1, 10, n }, TEXTS, BERT_POOL_MEAN, false, *out, NULL, &e), 0, &e);
	bert_close(m);
}

static void narrow_weights_are_read(void **state)
{
	(void)state;
	static const float tolerances[] = { 4e-3f, 3e-2f };
	float plain[TEXTS][WIDTH], rounded[TEXTS][WIDTH], stored[TEXTS][WIDTH];
	encode(&(struct form){ .dtype = DT_F32 }, "bert", "F32", plain);
	for (size_t i = 0; i < 2; i++) {
		enum dtype d = i ? DT_BF16 : DT_F16;
		encode(&(struct form){ .dtype = DT_F32, .rounded = true, .like = d }, "bert", "F32", rounded);
		encode(&(struct form){ .dtype = d }, "bert", i ? "BF16" : "F16", stored);
		assert_memory_equal(stored, rounded, sizeof stored);
		for (size_t j = 0; j < TEXTS; j++)
			for (size_t k = 0; k < WIDTH; k++)
				assert_true(fabsf(stored[j][k] - plain[j][k]) < tolerances[i]);
		assert_memory_not_equal(stored, plain, sizeof stored);
	}
}

static void other_names_are_the_same_model(void **state)
{
	(void)state;
	static const struct {
		struct form form;
		const char *family;
	} cases[] = {
		{ { .dtype = DT_F32, .prefix = "bert." }, "bert" },
		{ { .dtype = DT_F32, .old_norms = true }, "bert" },
		{ { .dtype = DT_F32, .distil = true, .config = distil_config }, "distilbert" },
		{ { .dtype = DT_F32, .distil = true, .prefix = "distilbert.", .config = distil_config }, "distilbert" },
		{ { .dtype = DT_F32, .shift = true, .config = roberta_config }, "roberta" },
		{ { .dtype = DT_F32, .shift = true, .prefix = "roberta.", .config = roberta_config }, "roberta" },
	};
	float plain[TEXTS][WIDTH], other[TEXTS][WIDTH];
	encode(&(struct form){ .dtype = DT_F32 }, "bert", "F32", plain);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		encode(&cases[i].form, cases[i].family, "F32", other);
		assert_memory_equal(other, plain, sizeof plain);
	}
}

/* The names of one family under the config of another. */
static void mixed_names_are_refused(void **state)
{
	(void)state;
	struct err e;
	struct bert *m;
	put_model(&(struct form){ .dtype = DT_F32, .config = distil_config });
	assert_code(bert_open(&m, ".", BERT_F32, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "there is no tensor \"transformer.layer.0.attention.q_lin.weight\"");
	put_model(&(struct form){ .dtype = DT_F32, .distil = true });
	assert_code(bert_open(&m, ".", BERT_F32, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "there is no tensor \"embeddings.token_type_embeddings.weight\"");
	put_model(&(struct form){ .dtype = DT_F32, .config = roberta_config });
	assert_code(bert_open(&m, ".", BERT_F32, NULL, &e), ERR_DATA, &e);
	assert_says(&e, "has shape [48, 24], and config.json says [50, 24]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(narrow_weights_are_read),
		cmocka_unit_test(other_names_are_the_same_model),
		cmocka_unit_test(mixed_names_are_refused),
	};
	return cmocka_run_group_tests_name("bert_forms", tests, NULL, NULL);
}

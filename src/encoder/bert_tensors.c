/* bert_tensors.c: see bert_tensors.h. */
#include "encoder/bert_tensors.h"
#include "base/mem.h"
#include "linalg/quant.h"

#include <stdio.h>
#include <string.h>

enum { FULL_BYTES = 160 };

/* By part, behind "encoder.layer.N." and "transformer.layer.N.". */
static const char *const bert_names[] = {
	"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
	"attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
};
static const char *const distil_names[] = {
	"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2",
	"output_layer_norm",
};
static const char *const prefixes[] = { "", "bert.", "distilbert.", "roberta.", "camembert.", "model.", "0.auto_model." };

void bert_part_name(const struct bert_config *c, size_t layer, enum bert_part part, char name[BERT_NAME_BYTES])
{
	snprintf(name, BERT_NAME_BYTES, "%s.layer.%zu.%s", c->distil ? "transformer" : "encoder", layer,
		 (c->distil ? distil_names : bert_names)[part]);
}

void bert_tensor_row(const struct tensor *t, size_t row, float *out)
{
	size_t n = t->dim[t->n_dims - 1];
	if (t->dtype == DT_F32) {
		memcpy(out, (const char *)t->data + row * n * sizeof(float), n * sizeof(float));
		return;
	}
	const char *p = (const char *)t->data + row * n * sizeof(uint16_t);
	for (size_t i = 0; i < n; i++) {
		uint16_t h;
		memcpy(&h, p + i * sizeof(h), sizeof(h));
		out[i] = t->dtype == DT_F16 ? f32_of_f16(h) : f32_of_bf16(h);
	}
}

static const struct tensor *find(const struct bert_tensors *t, const char *base, const char *kind, char full[FULL_BYTES])
{
	snprintf(full, FULL_BYTES, "%s%s.%s", t->prefix, base, kind);
	return tensorfile_find(t->file, full);
}

/* BASE.KIND, rows x columns (rows 0: one-dimensional). */
MUST_CHECK static int need(struct bert_tensors *b, const char *base, const char *kind, size_t rows, size_t columns,
				const struct tensor **out, struct err *e)
{
	char full[FULL_BYTES];
	const char *file = tensorfile_name(b->file);
	const struct tensor *t = find(b, base, kind, full);
	if (!t)
		return err_data(e, "%s: there is no tensor \"%s\"", file, full);
	if (t->dtype != DT_F32 && t->dtype != DT_F16 && t->dtype != DT_BF16)
		return err_data(e, "%s: tensor \"%s\" is of type %s; supported are F32, F16, BF16", file, full,
				dtype_name(t->dtype));
	size_t n_dims = rows ? 2 : 1;
	if (t->n_dims != n_dims || (rows && t->dim[0] != rows) || t->dim[n_dims - 1] != columns) {
		char found[TENSOR_MAX_DIMS * 24] = "";
		size_t n = 0;
		for (size_t i = 0; i < t->n_dims && n < sizeof(found); i++)
			n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%zu", i ? ", " : "", t->dim[i]);
		return rows ? err_data(e, "%s: tensor \"%s\" has shape [%s], and config.json says [%zu, %zu]", file,
				       full, found, rows, columns) :
			      err_data(e, "%s: tensor \"%s\" has shape [%s], and config.json says [%zu]", file, full,
				       found, columns);
	}
	b->n_by_type[t->dtype == DT_F32 ? 0 : t->dtype == DT_F16 ? 1 : 2]++;
	b->n_parameters += t->n_bytes / dtype_bytes(t->dtype);
	*out = t;
	return 0;
}

int bert_tensors_matrix(struct bert_tensors *t, const char *base, size_t rows, size_t columns, const struct tensor **out,
			struct err *e)
{
	return need(t, base, "weight", rows, columns, out, e);
}

MUST_CHECK static int vector(struct bert_tensors *t, const char *base, const char *kind, size_t n, float *out, struct err *e)
{
	const struct tensor *x = NULL;
	int rc = need(t, base, kind, 0, n, &x, e);
	if (!rc)
		bert_tensor_row(x, 0, out);
	return rc;
}

int bert_tensors_bias(struct bert_tensors *t, const char *base, size_t n, float *out, struct err *e)
{
	return vector(t, base, "bias", n, out, e);
}

/* Old files call the two vectors gamma and beta. */
int bert_tensors_norm(struct bert_tensors *t, const char *base, float *gain, float *bias, struct err *e)
{
	char full[FULL_BYTES];
	bool old = !find(t, base, "weight", full) && find(t, base, "gamma", full);
	int rc = vector(t, base, old ? "gamma" : "weight", t->config->info.width, gain, e);
	return rc ? rc : vector(t, base, old ? "beta" : "bias", t->config->info.width, bias, e);
}

/* The prefix under which this file has word embeddings. */
MUST_CHECK static int find_prefix(struct bert_tensors *t, struct err *e)
{
	char full[FULL_BYTES];
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		t->prefix = prefixes[i];
		if (find(t, BERT_NAME_WORDS, "weight", full))
			return 0;
	}
	return err_data(e, "%s: there is no tensor \"" BERT_NAME_WORDS ".weight\", nor one with \"bert.\", \"distilbert.\", "
			"\"roberta.\" or the like before it", tensorfile_name(t->file));
}

/* A config that stops before the file's last layer is of another model. */
MUST_CHECK static int check_last_layer(const struct bert_tensors *t, struct err *e)
{
	char name[BERT_NAME_BYTES], full[FULL_BYTES];
	bert_part_name(t->config, t->config->info.n_layers, BERT_PART_QUERY, name);
	return find(t, name, "weight", full) ? err_data(e, "%s: there are more layers than the %zu of config.json",
						       tensorfile_name(t->file), t->config->info.n_layers) : 0;
}

int bert_tensors_open(struct bert_tensors *t, const struct bert_config *config, const char *dir, struct err *e)
{
	*t = (struct bert_tensors){ .config = config };
	char *path = mem_printf("%s/model.safetensors", dir);
	int rc = tensorfile_open(&t->file, path, e);
	if (!rc)
		rc = find_prefix(t, e);
	if (!rc)
		rc = check_last_layer(t, e);
	mem_free(path);
	return rc;
}

void bert_tensors_close(struct bert_tensors *t)
{
	tensorfile_close(t->file);
}

const char *bert_tensors_dtype(const struct bert_tensors *t)
{
	static const char *const names[] = { "F32", "F16", "BF16" };
	const char *found = NULL;
	for (size_t i = 0; i < 3; i++)
		if (t->n_by_type[i])
			found = found ? "mixed" : names[i];
	return found;
}

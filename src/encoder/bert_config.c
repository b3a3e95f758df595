/* bert_config.c: see bert_config.h. Key names differ between families; one table lists them all. */
#include "encoder/bert_config.h"
#include "base/mem.h"
#include "io/folder.h"
#include "io/json.h"

struct family {
	const char *name;
	bool distil, offset; /* offset: positions begin at pad_token_id + 1 */
};
static const struct family families[] = {
	{ "bert", false, false },
	{ "distilbert", true, false },
	{ "roberta", false, true },
	{ "xlm-roberta", false, true },
	{ "camembert", false, true },
};

/* A whole number of config.json: its keys in BERT and DistilBERT, where it goes, and the largest that is believed. */
struct number {
	const char *key, *distil_key;
	size_t offset;
	size_t max;
};
#define AT(member) offsetof(struct bert_config, member)
static const struct number numbers[] = {
	{ "vocab_size", "vocab_size", AT(info.vocab_size), 10000000 },
	{ "max_position_embeddings", "max_position_embeddings", AT(position_rows), 1000000 },
	{ "num_hidden_layers", "n_layers", AT(info.n_layers), 1000 },
	{ "hidden_size", "dim", AT(info.width), 65536 },
	{ "num_attention_heads", "n_heads", AT(info.n_heads), 65536 },
	{ "intermediate_size", "hidden_dim", AT(info.ffn_width), 1000000 },
};

struct reader {
	const struct json *json;
	const char *path;
	struct err *e;
};

MUST_CHECK static int read_count(const struct reader *r, const char *key, size_t max, size_t *out)
{
	uint64_t n;
	const struct json *v = json_get(r->json, key);
	if (!v)
		return err_data(r->e, "%s: there is no \"%s\"", r->path, key);
	if (!json_u64(v, &n) || n < 1 || n > max)
		return err_data(r->e, "%s: \"%s\" is not a whole number from 1 to %zu", r->path, key, max);
	*out = (size_t)n;
	return 0;
}

/* The text of a key, or `preset` where there is none. */
MUST_CHECK static int read_text(const struct reader *r, const char *key, const char *preset, struct str *out)
{
	const struct json *v = json_get(r->json, key);
	*out = str_of(preset);
	if (v && !json_text(v, out))
		return err_data(r->e, "%s: \"%s\" is not a text", r->path, key);
	return 0;
}

MUST_CHECK static int read_family(const struct reader *r, struct bert_config *c, const struct family **out)
{
	struct str type;
	int rc = read_text(r, "model_type", "", &type);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (str_eq(type, str_of(families[i].name))) {
			*out = &families[i];
			c->info.family = families[i].name;
			c->distil = families[i].distil;
			return 0;
		}
	return err_data(r->e, "%s: model_type \"%.*s\" is not supported; supported are bert, distilbert, roberta, "
			"xlm-roberta, camembert", r->path, (int)type.n, type.p);
}

MUST_CHECK static int read_act(const struct reader *r, struct bert_config *c)
{
	struct str act;
	int rc = read_text(r, c->distil ? "activation" : "hidden_act", "gelu", &act);
	if (rc)
		return rc;
	bool tanh_form = str_eq(act, STR("gelu_new")) || str_eq(act, STR("gelu_pytorch_tanh")) ||
			 str_eq(act, STR("gelu_fast"));
	if (!tanh_form && !str_eq(act, STR("gelu")))
		return err_data(r->e, "%s: activation \"%.*s\" is not supported; supported are gelu, gelu_new, "
				"gelu_fast, gelu_pytorch_tanh", r->path, (int)act.n, act.p);
	c->activation = tanh_form ? ACTIVATION_GELU_TANH : ACTIVATION_GELU;
	c->info.act = tanh_form ? "gelu_tanh" : "gelu";
	return 0;
}

MUST_CHECK static int read_kinds(const struct reader *r, struct bert_config *c, const struct family *family)
{
	struct str kind;
	bool flag = false;
	double eps;
	int rc = read_text(r, "position_embedding_type", "absolute", &kind);
	if (rc)
		return rc;
	if (!str_eq(kind, STR("absolute")))
		return err_data(r->e, "%s: position_embedding_type \"%.*s\" is not supported; supported is absolute",
				r->path, (int)kind.n, kind.p);
	if ((json_bool(json_get(r->json, "is_decoder"), &flag) && flag) ||
	    (json_bool(json_get(r->json, "add_cross_attention"), &flag) && flag))
		return err_data(r->e, "%s: a decoder is not supported; supported are encoders", r->path);
	eps = c->distil ? 1e-12 : family->offset ? 1e-5 : 1e-12;
	const struct json *v = json_get(r->json, "layer_norm_eps");
	if (v && (!json_f64(v, &eps) || !(eps > 0 && eps < 1)))
		return err_data(r->e, "%s: \"layer_norm_eps\" is not a number between 0 and 1", r->path);
	c->info.norm_eps = eps;
	return 0;
}

MUST_CHECK static int read_positions(const struct reader *r, struct bert_config *c, const struct family *family)
{
	uint64_t pad = 1;
	const struct json *v = json_get(r->json, "pad_token_id");
	if (family->offset && v && !json_u64(v, &pad))
		return err_data(r->e, "%s: \"pad_token_id\" is not a whole number", r->path);
	c->position_offset = family->offset ? (size_t)pad + 1 : 0;
	if (c->position_offset >= c->position_rows)
		return err_data(r->e, "%s: \"pad_token_id\" leaves none of the %zu positions", r->path, c->position_rows);
	c->info.n_positions = c->position_rows - c->position_offset;
	return 0;
}

MUST_CHECK static int read_model(const struct reader *r, struct bert_config *c)
{
	const struct family *family = NULL;
	int rc = read_family(r, c, &family);
	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(*numbers); i++)
		rc = read_count(r, c->distil ? numbers[i].distil_key : numbers[i].key, numbers[i].max,
				(size_t *)((char *)c + numbers[i].offset));
	if (!rc && !c->distil)
		rc = read_count(r, "type_vocab_size", 1000, &c->info.n_types);
	if (!rc && c->info.width % c->info.n_heads != 0)
		rc = err_data(r->e, "%s: a width of %zu cannot be shared by %zu heads", r->path, c->info.width,
			      c->info.n_heads);
	if (!rc)
		rc = read_act(r, c);
	if (!rc)
		rc = read_kinds(r, c, family);
	return rc ? rc : read_positions(r, c, family);
}

MUST_CHECK static int read_pooling(struct bert_config *c, const struct folder *f, struct err *e)
{
	static const struct {
		const char *key;
		int pooling;
	} modes[] = {
		{ "pooling_mode_cls_token", BERT_POOL_CLS },
		{ "pooling_mode_mean_tokens", BERT_POOL_MEAN },
		{ "pooling_mode_max_tokens", BERT_POOL_MAX },
		{ "pooling_mode_mean_sqrt_len_tokens", -1 },
		{ "pooling_mode_weightedmean_tokens", -1 },
		{ "pooling_mode_lasttoken", -1 },
	};
	char *path = mem_printf("%s/1_Pooling/config.json", folder_name(f));
	struct json *json;
	int rc = folder_json(f, "1_Pooling/config.json", &json, e);
	size_t n_set = 0;
	for (size_t i = 0; !rc && i < sizeof(modes) / sizeof(*modes); i++) {
		bool on = false;
		if (!json_bool(json_get(json, modes[i].key), &on) || !on)
			continue;
		if (modes[i].pooling < 0 || n_set++)
			rc = err_data(e, "%s: \"%s\" is not supported%s; supported is one of cls, mean, max", path,
				      modes[i].key, modes[i].pooling < 0 ? "" : " beside another mode");
		else
			c->info.pooling = (enum bert_pooling)modes[i].pooling;
	}
	json_free(json);
	mem_free(path);
	return rc;
}

/* modules.json lists the steps by class name: Transformer, Pooling, Normalize; Dense would need weights of its own. */
MUST_CHECK static int read_modules(struct bert_config *c, const struct folder *f, struct err *e)
{
	char *path = mem_printf("%s/modules.json", folder_name(f));
	struct json *json;
	int rc = folder_json(f, "modules.json", &json, e);
	for (size_t i = 0; !rc && i < json_count(json); i++) {
		struct str type = STR("");
		(void)json_text(json_get(json_at(json, i), "type"), &type);
		size_t dot = type.n;
		while (dot && type.p[dot - 1] != '.')
			dot--;
		struct str last = { type.p + dot, type.n - dot };
		if (str_eq(last, STR("Normalize")))
			c->info.normalize = true;
		else if (!str_eq(last, STR("Transformer")) && !str_eq(last, STR("Pooling")))
			rc = err_data(e, "%s: module \"%.*s\" is not supported; supported are Transformer, Pooling, "
				      "Normalize", path, (int)type.n, type.p);
	}
	json_free(json);
	mem_free(path);
	return rc;
}

MUST_CHECK static int read_length(struct bert_config *c, const struct folder *f, struct err *e)
{
	char *path = mem_printf("%s/sentence_bert_config.json", folder_name(f));
	struct json *json;
	int rc = folder_json(f, "sentence_bert_config.json", &json, e);
	const struct json *v = json_get(json, "max_seq_length");
	struct reader r = { json, path, e };
	if (!rc && v && json_kind(v) != JSON_KIND_NULL)
		rc = read_count(&r, "max_seq_length", 1000000000, &c->info.max_tokens);
	if (!rc && c->info.max_tokens > c->info.n_positions)
		c->info.max_tokens = c->info.n_positions;
	json_free(json);
	mem_free(path);
	return rc;
}

const char *const bert_config_files[] = { "config.json", "1_Pooling/config.json", "modules.json",
					  "sentence_bert_config.json" };
const size_t n_bert_config_files = sizeof bert_config_files / sizeof *bert_config_files;

int bert_config_read(struct bert_config *c, const struct folder *f, struct err *e)
{
	*c = (struct bert_config){ .info.pooling = BERT_POOL_MEAN };
	char *path = mem_printf("%s/config.json", folder_name(f));
	struct json *json;
	int rc = folder_json(f, "config.json", &json, e);
	struct reader r = { json, path, e };
	if (!rc)
		rc = json ? read_model(&r, c) : folder_lacks(f, "config.json", e);
	if (!rc) {
		c->info.max_tokens = c->info.n_positions;
		rc = read_pooling(c, f, e);
	}
	if (!rc)
		rc = read_modules(c, f, e);
	if (!rc)
		rc = read_length(c, f, e);
	json_free(json);
	mem_free(path);
	return rc;
}

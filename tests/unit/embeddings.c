/* Embedding files: what is written comes back, in each row format; repeated ids and values that are none are refused. */
#include "data/embeddings.h"
#include "unit.h"

#include <math.h>

static struct embedding_writer *written(enum dtype format)
{
	struct err e = { 0 };
	struct embedding_writer *w;
	struct str id[2] = { STR("a"), STR("\xed\x95\x9c") };
	uint64_t hash[2] = { 7, 8 };
	float rows[2][3] = { { 1, -0.5f, 0.25f }, { 0, 0, 0 } };
	assert_code(embedding_writer_open(&w, 3, format, &e), 0, &e);
	assert_code(embedding_writer_add(w, id, hash, rows[0], 2, &e), 0, &e);
	return w;
}

static void there_and_back(void **state)
{
	(void)state;
	static const enum dtype formats[] = { DT_F32, DT_F16, DT_I8 };
	for (size_t i = 0; i < 3; i++) {
		struct err e = { 0 };
		struct embeddings m;
		struct embedding_writer *w = written(formats[i]);
		assert_code(embedding_writer_write(w, "x.emb", &e), 0, &e);
		embedding_writer_free(w);
		assert_code(embeddings_open(&m, "x.emb", &e), 0, &e);
		assert_int_equal(m.n, 2);
		assert_int_equal(m.width, 3);
		assert_int_equal(m.hashes[1], 8);
		const float *a = embeddings_find(&m, STR("a"));
		assert_non_null(a);
		assert_null(embeddings_find(&m, STR("b")));
		assert_true(fabsf(a[0] - 1) < 1e-6f && fabsf(a[1] + 0.5f) < 0.004f && fabsf(a[2] - 0.25f) < 0.004f);
		assert_true(embeddings_find(&m, STR("\xed\x95\x9c"))[2] == 0);

		/* stored rows are copied to the byte */
		struct embedding_writer *again;
		assert_code(embedding_writer_open(&again, 3, formats[i], &e), 0, &e);
		assert_code(embedding_writer_copy(again, &m, 0, &e), 0, &e);
		assert_code(embedding_writer_copy(again, &m, 1, &e), 0, &e);
		assert_code(embedding_writer_write(again, "y.emb", &e), 0, &e);
		embedding_writer_free(again);
		embeddings_close(&m);
		assert_int_equal(system("cmp x.emb y.emb"), 0);
	}
}

static void refused(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct embeddings m;
	struct str a = STR("a"), b = STR("b");
	float row[3] = { 0, NAN, 0 };
	struct embedding_writer *w = written(DT_F32), *half = written(DT_F16);
	assert_code(embedding_writer_add(w, &b, NULL, row, 1, &e), ERR_DATA, &e);
	assert_says(&e, "holds nan");
	row[1] = 1e6f;
	assert_code(embedding_writer_add(half, &b, NULL, row, 1, &e), ERR_DATA, &e);
	assert_says(&e, "F16 cannot store");
	assert_code(embedding_writer_add(w, &a, NULL, row, 1, &e), ERR_DATA, &e);
	assert_says(&e, "\"a\" stands twice");
	embedding_writer_free(w);

	assert_code(embedding_writer_write(half, "half.emb", &e), 0, &e);
	embedding_writer_free(half);
	assert_code(embeddings_open(&m, "half.emb", &e), 0, &e);
	assert_code(embedding_writer_open(&w, 4, DT_F16, &e), 0, &e);
	assert_code(embedding_writer_copy(w, &m, 0, &e), ERR_DATA, &e);
	assert_says(&e, "not 4 F16");
	embedding_writer_free(w);
	embeddings_close(&m);
}

static void save(struct tensor_writer *t, const char *path)
{
	struct err e = { 0 };
	assert_code(tensor_writer_write(t, path, &e), 0, &e);
	tensor_writer_free(t);
}

static void hostile(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct embeddings m;
	struct idmap ids = IDMAP_INIT;
	idmap_add(&ids, STR("a"));
	float row[2] = { 0, INFINITY };
	int64_t wide[2] = { 0, 0 };

	struct tensor_writer *t = tensor_writer_new("recpipe.model", 1, 0);
	save(t, "x.emb");
	assert_code(embeddings_open(&m, "x.emb", &e), ERR_DATA, &e);
	assert_says(&e, "\"recpipe.model\" file");

	t = tensor_writer_new("recpipe.embeddings", 1, 0);
	idmap_save(&ids, "ids", t);
	save(t, "x.emb");
	assert_code(embeddings_open(&m, "x.emb", &e), ERR_DATA, &e);
	assert_says(&e, "no tensor \"vectors\"");

	t = tensor_writer_new("recpipe.embeddings", 1, 0);
	idmap_save(&ids, "ids", t);
	tensor_writer_add(t, "vectors", DT_F32, 2, (size_t[]){ 2, 1 }, row);
	save(t, "x.emb");
	assert_code(embeddings_open(&m, "x.emb", &e), ERR_DATA, &e);
	assert_says(&e, "one row for each of the 1 ids");

	t = tensor_writer_new("recpipe.embeddings", 1, 0);
	idmap_save(&ids, "ids", t);
	tensor_writer_add(t, "vectors", DT_I64, 2, (size_t[]){ 1, 2 }, wide);
	save(t, "x.emb");
	assert_code(embeddings_open(&m, "x.emb", &e), ERR_DATA, &e);
	assert_says(&e, "I64");

	t = tensor_writer_new("recpipe.embeddings", 1, 0);
	idmap_save(&ids, "ids", t);
	tensor_writer_add(t, "vectors", DT_F32, 2, (size_t[]){ 1, 2 }, row);
	save(t, "x.emb");
	assert_code(embeddings_open(&m, "x.emb", &e), ERR_DATA, &e);
	assert_says(&e, "\"a\" holds a value that is not finite");
	idmap_release(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(refused), cmocka_unit_test(hostile) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

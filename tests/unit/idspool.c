/* Ids in a temporary file answer as those in memory do, also where their hashes do not tell them apart. */
#include "data/idmap.h"
#include "data/idspool.h"
#include "io/tensorfile.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static uint32_t find(struct idspool *s, struct str id)
{
	struct err e = { 0 };
	uint32_t row;
	assert_code(idspool_find(s, id, &row, &e), 0, &e);
	return row;
}

static void as_in_memory(void **state)
{
	(void)state;
	enum { N = 20000, LONG = 700 };
	struct err e = { 0 };
	struct idspool *s;
	struct idmap ids = IDMAP_INIT, back;
	char id[LONG];
	memset(id, 'x', sizeof id);
	assert_code(idspool_open(&s, &e), 0, &e);
	for (uint32_t i = 0; i < N; i++) { /* some stand twice; some are longer than what is compared at a time */
		size_t n = (size_t)sprintf(id, "%u", i * 7 % (N / 2 + 1));
		struct str x = { id, i % 50 ? n : LONG };
		id[n] = 'x';
		uint32_t row = idmap_find(&ids, x);
		assert_int_equal(find(s, x), row);
		if (row == IDMAP_NONE) {
			assert_code(idspool_add(s, x, &e), 0, &e);
			idmap_add(&ids, x);
		}
	}
	assert_int_equal(idspool_count(s), ids.n);
	assert_int_equal(find(s, STR("none such")), IDMAP_NONE);

	struct tensor_writer *w = tensor_writer_new("x", 1, 0);
	struct tensorfile *t;
	assert_code(idspool_save(s, "ids", w, &e), 0, &e);
	assert_code(tensor_writer_write(w, "x.st", &e), 0, &e);
	assert_code(tensorfile_open(&t, "x.st", &e), 0, &e);
	assert_code(idmap_load(&back, "ids", t, &e), 0, &e);
	assert_int_equal(back.n, ids.n);
	for (uint32_t i = 0; i < ids.n; i++)
		assert_true(str_eq(idmap_id(&back, i), idmap_id(&ids, i)));
	tensor_writer_free(w);
	tensorfile_close(t);
	idmap_release(&ids);
	idmap_release(&back);
	idspool_free(s);
}

/* Two ids whose hashes agree in all the bits that the table looks at; found by trying six million. */
static void told_apart_by_the_file(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct idspool *s;
	struct str a = STR("item-1185326"), b = STR("item-1754842");
	assert_true(idmap_hash(a) >> 24 == idmap_hash(b) >> 24);
	assert_code(idspool_open(&s, &e), 0, &e);
	assert_code(idspool_add(s, a, &e), 0, &e);
	assert_int_equal(find(s, b), IDMAP_NONE);
	assert_code(idspool_add(s, b, &e), 0, &e);
	assert_int_equal(find(s, a), 0);
	assert_int_equal(find(s, b), 1);
	idspool_free(s);
}

static void nothing(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct idspool *s;
	struct idmap back;
	struct tensor_writer *w = tensor_writer_new("x", 1, 0);
	struct tensorfile *t;
	assert_code(idspool_open(&s, &e), 0, &e);
	assert_code(idspool_save(s, "ids", w, &e), 0, &e);
	assert_code(tensor_writer_write(w, "x.st", &e), 0, &e);
	assert_code(tensorfile_open(&t, "x.st", &e), 0, &e);
	assert_code(idmap_load(&back, "ids", t, &e), 0, &e);
	assert_int_equal(back.n, 0);
	tensor_writer_free(w);
	tensorfile_close(t);
	idspool_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_in_memory),
		cmocka_unit_test(told_apart_by_the_file),
		cmocka_unit_test(nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

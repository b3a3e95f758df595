/* What a masked-language model has to guess: shares, what is seen instead, whole words, nothing special. */
#include "text/masking.h"
#include "unit.h"

#include <sys/stat.h>

static struct err e;

/* Ids: 0 [PAD] 1 [UNK] 2 [CLS] 3 [SEP] 4 [MASK] 5 a 6 ##b 7 ##c 8 d ... */
static struct tokenizer *open_with(const char *dir, const char *vocabulary)
{
	struct tokenizer *t;
	char path[64];
	snprintf(path, sizeof path, "%s/vocab.txt", dir);
	mkdir(dir, 0777);
	put_text(path, vocabulary);
	assert_code(tokenizer_open(&t, dir, &e), 0, &e);
	return t;
}
#define LETTERS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n##c\nd\ne\nf\n"
enum { N = 42, DRAWS = 20000 };

/* [CLS] a ##b ##c d [UNK] ... [SEP]: 40 tokens, 8 of them [UNK], 24 of them pieces of three. */
static void text(uint32_t *id)
{
	static const uint32_t five[] = { 5, 6, 7, 8, 1 };
	id[0] = 2;
	for (size_t i = 0; i < 40; i++)
		id[1 + i] = five[i % 5];
	id[41] = 3;
}

static void near_to(double x, double expected, double tolerance)
{
	if (!(x > expected - tolerance && x < expected + tolerance))
		fail_msg("%g, expected %g", x, expected);
}

static void shares(void **state)
{
	(void)state;
	struct tokenizer *t = open_with("letters", LETTERS);
	struct masking m;
	struct rng r;
	uint32_t id[N], row[N], word[N], scratch[N];
	double chosen[N] = { 0 }, masked = 0, same = 0, n = 0;
	assert_code(masking_init(&m, t, 0.15, false, &e), 0, &e);
	rng_init(&r, 1, 2);
	for (size_t draw = 0; draw < DRAWS; draw++) {
		text(id);
		size_t k = masking_apply(&m, &r, N, id, row, word, scratch);
		assert_int_equal(k, 5); /* 15 % of 32 */
		for (size_t i = 0; i < k; i++) {
			uint32_t now = id[row[i]];
			chosen[row[i]]++;
			masked += now == 4;
			same += now == word[i];
			assert_true(now >= 4);
			n++;
		}
		uint32_t back[N];
		for (size_t i = 0; i < k; i++)
			id[row[i]] = word[i];
		text(back);
		assert_memory_equal(id, back, sizeof id);
	}
	near_to(masked / n, 0.8, 0.01);
	near_to(same / n, 0.1 + 0.1 / 6, 0.01);
	for (size_t i = 0; i < N; i++)
		near_to(chosen[i] / DRAWS, i == 0 || i == N - 1 || i % 5 == 0 ? 0 : 5.0 / 32, 0.02);
	masking_release(&m);
	tokenizer_close(t);
}

static void whole_words(void **state)
{
	(void)state;
	struct tokenizer *t = open_with("letters", LETTERS);
	struct masking m;
	struct rng r;
	uint32_t id[N], row[N], word[N], scratch[N];
	assert_code(masking_init(&m, t, 0.2, true, &e), 0, &e);
	rng_init(&r, 1, 2);
	for (size_t draw = 0; draw < 1000; draw++) {
		text(id);
		size_t k = masking_apply(&m, &r, N, id, row, word, scratch), n[9] = { 0 };
		assert_in_range(k, 4, 6);
		for (size_t i = 0; i < k; i++)
			n[word[i]]++;
		assert_true(n[5] == n[6] && n[6] == n[7]);
	}
	masking_release(&m);
	tokenizer_close(t);
}

/* One token at least, none where all are special; the same draw gives the same. */
static void borders(void **state)
{
	(void)state;
	struct tokenizer *t = open_with("letters", LETTERS);
	struct masking m;
	struct rng r, again;
	uint32_t special[] = { 2, 1, 3 }, one[] = { 2, 8, 3 }, a[N], b[N], row[N], word[N], scratch[N];
	assert_code(masking_init(&m, t, 0.01, true, &e), 0, &e);
	rng_init(&r, 1, 2);
	assert_int_equal(masking_apply(&m, &r, 3, special, row, word, scratch), 0);
	assert_int_equal(special[1], 1);
	assert_int_equal(masking_apply(&m, &r, 3, one, row, word, scratch), 1);
	assert_true(row[0] == 1 && word[0] == 8);
	again = r;
	text(a);
	text(b);
	masking_apply(&m, &r, N, a, row, word, scratch);
	masking_apply(&m, &again, N, b, row, word, scratch);
	assert_memory_equal(a, b, sizeof a);
	masking_release(&m);
	tokenizer_close(t);
}

static void refused(void **state)
{
	(void)state;
	struct masking m;
	struct tokenizer *t = open_with("maskless", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
	assert_code(masking_init(&m, t, 0.15, false, &e), ERR_DATA, &e);
	assert_says(&e, "[MASK]");
	masking_release(&m);
	tokenizer_close(t);
	t = open_with("bare", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
	assert_code(masking_init(&m, t, 0.15, false, &e), ERR_DATA, &e);
	assert_says(&e, "special");
	masking_release(&m);
	tokenizer_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(shares), cmocka_unit_test(whole_words), cmocka_unit_test(borders),
					    cmocka_unit_test(refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

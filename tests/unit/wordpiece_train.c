/* Vocabularies against Hugging Face's WordPieceTrainer, piece by piece (tests/ref/wordpiece); the files of one. */
#include "base/mem.h"
#include "io/stream.h"
#include "text/tokenizer.h"
#include "text/wordpiece_train.h"
#include "unit.h"

#include <sys/stat.h>

static void read_reference(const char *name, struct buf *out)
{
	struct err e = { 0 };
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/tests/ref/wordpiece/%s", getenv("R"), name);
	assert_code(in_read_all(buf_text(&path), 1 << 20, out, &e), 0, &e);
	buf_release(&path);
}

/* The words of the lines of a text, counted by n_threads. */
static void count_words(struct buf text, size_t n_threads, struct wordlist *words)
{
	struct pool *pool = pool_new(n_threads);
	struct str *line = MEM_NEW(text.n, struct str);
	size_t n = 0;
	for (char *p = text.data, *end; (end = strchr(p, '\n')); p = end + 1)
		line[n++] = (struct str){ p, (size_t)(end - p) };
	struct word_counter c;
	word_counter_init(&c, WORDPIECE_MAX_CHARS, pool);
	c.normalizer.clean_text = c.normalizer.split_ideographs = true;
	c.normalizer.strip_accents = c.normalizer.lower_case = true;
	word_counter_add(&c, line, n / 2);
	word_counter_add(&c, line + n / 2, n - n / 2);
	word_counter_take(&c, words);
	word_counter_release(&c);
	mem_free(line);
	pool_free(pool);
}

static void check_reference(const char *name, struct wordpiece_plan plan)
{
	struct err e = { 0 };
	struct buf corpus = BUF_INIT, expected = BUF_INIT;
	read_reference("corpus.txt", &corpus);
	read_reference(name, &expected);
	for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
		struct wordlist words = { 0 }, pieces = { 0 };
		struct buf got = BUF_INIT;
		count_words(corpus, n_threads, &words);
		assert_code(wordpiece_train(&words, &plan, &pieces, &e), 0, &e);
		wordpiece_vocab_txt(&pieces, &got);
		assert_string_equal(buf_text(&got), buf_text(&expected));
		wordlist_release(&words);
		wordlist_release(&pieces);
		buf_release(&got);
	}
	buf_release(&corpus);
	buf_release(&expected);
}

static void references(void **state)
{
	(void)state;
	check_reference("300-2-0.txt", (struct wordpiece_plan){ 300, 2, 0 });
	check_reference("2000-1-0.txt", (struct wordpiece_plan){ 2000, 1, 0 });
	check_reference("600-3-24.txt", (struct wordpiece_plan){ 600, 3, 24 });
}

static void check_ids(const struct tokenizer *t, const char *text, const char *expected)
{
	struct tokens got = { 0 };
	struct buf out = BUF_INIT;
	tokenizer_encode(t, str_of(text), NULL, 64, &got);
	for (size_t i = 0; i < got.n; i++) {
		struct str token = tokenizer_token(t, got.id[i]);
		buf_printf(&out, "%s%.*s", i ? " " : "", (int)token.n, token.p);
	}
	assert_string_equal(buf_text(&out), expected);
	tokens_release(&got);
	buf_release(&out);
}

/* Both files make the same tokenizer; a word too long for it does not count. */
static void files(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct buf corpus = BUF_INIT, text = BUF_INIT;
	struct wordlist words = { 0 }, pieces = { 0 };
	struct tokenizer *t;
	buf_puts(&corpus, "low lower lowest \"new\" newer\\ NEWEST wide wider widest [MASK]\n");
	for (int i = 0; i < 101; i++)
		buf_putc(&corpus, 'z');
	buf_putc(&corpus, '\n');
	count_words(corpus, 1, &words);
	assert_code(wordpiece_train(&words, &(struct wordpiece_plan){ 60, 2, 0 }, &pieces, &e), 0, &e);
	wordpiece_tokenizer_json(&pieces, true, &text);
	assert_int_equal(mkdir("json", 0777), 0);
	put_text("json/tokenizer.json", buf_text(&text));
	buf_clear(&text);
	wordpiece_vocab_txt(&pieces, &text);
	assert_int_equal(mkdir("txt", 0777), 0);
	put_text("txt/vocab.txt", buf_text(&text));
	const char *dir[] = { "json", "txt" };
	for (size_t i = 0; i < 2; i++) {
		assert_code(tokenizer_open(&t, dir[i], &e), 0, &e);
		assert_int_equal(tokenizer_size(t), pieces.n);
		check_ids(t, "The [MASK] newest\\", "[CLS] [UNK] [MASK] ne ##west \\ [SEP]");
		assert_int_equal(tokenizer_find(t, STR("z")), TRIE_NONE);
		tokenizer_close(t);
	}
	wordlist_release(&words);
	wordlist_release(&pieces);
	buf_release(&corpus);
	buf_release(&text);
}

static void nothing(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct wordlist words = { 0 }, pieces = { 0 };
	assert_code(wordpiece_train(&words, &(struct wordpiece_plan){ 60, 2, 0 }, &pieces, &e), ERR_DATA, &e);
	assert_says(&e, "no word");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(references), cmocka_unit_test(files), cmocka_unit_test(nothing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* stem.c: see stem.h. libstemmer's headers declare its types without a namespace, so they stay in here. */
#include "text/stem.h"
#include "base/mem.h"

#include <libstemmer.h>
#include <limits.h>

struct stemmer {
	struct sb_stemmer *sb;
};

int stemmer_new(struct stemmer **out, const char *language, struct err *e)
{
	struct sb_stemmer *sb = sb_stemmer_new(language, "UTF_8");
	*out = NULL;
	if (!sb) {
		struct buf names = BUF_INIT;
		for (const char **name = sb_stemmer_list(); *name; name++)
			buf_printf(&names, "%s%s", names.n ? ", " : "", *name);
		err_usage(e, "unknown language \"%s\"; there are: %s", language, buf_text(&names));
		buf_release(&names);
		return ERR_USAGE;
	}
	*out = MEM_NEW(1, struct stemmer);
	(*out)->sb = sb;
	return 0;
}

void stemmer_free(struct stemmer *s)
{
	if (!s)
		return;
	sb_stemmer_delete(s->sb);
	mem_free(s);
}

struct str stemmer_stem(struct stemmer *s, struct str word)
{
	if (word.n > INT_MAX)
		return word;
	const sb_symbol *stem = sb_stemmer_stem(s->sb, (const sb_symbol *)word.p, (int)word.n);
	return stem ? (struct str){ (const char *)stem, (size_t)sb_stemmer_length(s->sb) } : word;
}

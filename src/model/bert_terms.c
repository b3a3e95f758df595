/* bert_terms.c: what the options of model bert come to, given its encoder and the ratings. */
#include "base/numbers.h"
#include "model/bert.h"

#include <string.h>

enum pooling bert_pooling_of(const struct model *m)
{
	const struct bert_options *o = m->options;
	const struct bert_state *s = m->state;
	return o->pooling ? (enum pooling)(o->pooling - 1) : (enum pooling)s->config.info.pooling;
}

size_t bert_first_layer(const struct model *m)
{
	const struct bert_options *o = m->options;
	size_t L = ((const struct bert_state *)m->state)->shape.L;
	return o->learn == BERT_FROZEN ? L : o->learn == BERT_LAST && o->layers < L ? L - o->layers : 0;
}

void bert_levels(const struct model *m, struct levels *l)
{
	levels_init(l);
	for (size_t i = 0; i < m->history.n; i++)
		levels_add(l, (double)m->history.value[i]);
}

float bert_like_from(const struct model *m)
{
	const struct bert_options *o = m->options;
	double like;
	struct levels l;
	if (num_parse_f64(str_of(o->like), &like))
		return (float)like;
	bert_levels(m, &l);
	return (float)levels_like(&l);
}

float bert_bias_of(const struct bert_state *s, uint32_t user, uint32_t item)
{
	if (!s->mean)
		return 0;
	return *s->mean + (user == IDMAP_NONE ? 0 : s->user_bias[user]) + (item == IDMAP_NONE ? 0 : s->item_bias[item]);
}

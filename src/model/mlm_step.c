/* mlm_step.c: see mlm_step.h. */
#include "model/mlm_step.h"
#include "base/mem.h"
#include "optim/arrays.h"

struct mlm_stepper {
	struct bert_shape shape;
	const struct mlm_weights *w;
	struct bert_net *net;
	struct mlm_net *head;
	struct optim_arrays *arrays; /* of net (those of adapters are empty), then of head */
	float *dnet[BERT_ARRAYS], *dhead[MLM_ARRAYS];
	float *dh;                   /* [n, d] */
};

static void make_arrays(struct mlm_stepper *s, const struct mlm_shape *head, struct pool *pool)
{
	struct optim_array list[BERT_ARRAYS + MLM_ARRAYS];
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++)
		list[a] = (struct optim_array){ s->w->net[a], bert_array_size(&s->shape, a), bert_array_decays(a), 1 };
	for (enum mlm_array a = 0; a < MLM_ARRAYS; a++)
		list[BERT_ARRAYS + a] = (struct optim_array){ s->w->head[a], mlm_array_size(head, a), mlm_array_decays(a), 1 };
	s->arrays = optim_arrays_new(list, BERT_ARRAYS + MLM_ARRAYS, pool);
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++)
		s->dnet[a] = optim_arrays_gradient(s->arrays, a);
	for (enum mlm_array a = 0; a < MLM_ARRAYS; a++)
		s->dhead[a] = optim_arrays_gradient(s->arrays, BERT_ARRAYS + a);
}

struct mlm_stepper *mlm_stepper_new(const struct bert_shape *shape, const struct mlm_weights *w, size_t n, size_t longest,
				    struct pool *pool)
{
	struct mlm_stepper *s = MEM_ZNEW(1, struct mlm_stepper);
	struct mlm_shape head = { shape->V, shape->d, shape->act, shape->eps };
	*s = (struct mlm_stepper){ .shape = *shape, .w = w, .head = mlm_net_new(&head, pool),
				   .net = bert_net_new(shape, n, longest, 0, pool), .dh = MEM_NEW(n * shape->d, float) };
	make_arrays(s, &head, pool);
	return s;
}

void mlm_stepper_free(struct mlm_stepper *s)
{
	if (!s)
		return;
	bert_net_free(s->net);
	mlm_net_free(s->head);
	optim_arrays_free(s->arrays);
	mem_free(s->dh);
	mem_free(s);
}

void mlm_stepper_state(struct mlm_stepper *s, struct arrays *a)
{
	optim_arrays_state(s->arrays, a);
}

double mlm_loss(struct mlm_stepper *s, const struct mlm_batch *b)
{
	const float *h = bert_net_forward(s->net, s->w->net, &b->texts, 0, 0);
	return mlm_net_loss(s->head, s->w->head, s->w->net[BERT_WORDS], h, &b->targets);
}

double mlm_step(struct mlm_stepper *s, const struct mlm_batch *b, const struct optim *rule, size_t t, double clip, double p,
		uint64_t seed)
{
	if (b->targets.n == 0)
		return 0;
	memset(s->dh, 0, b->texts.start[b->texts.n_texts] * s->shape.d * sizeof *s->dh);
	const float *h = bert_net_forward(s->net, s->w->net, &b->texts, p, seed);
	double loss = mlm_net_learn(s->head, s->w->head, s->w->net[BERT_WORDS], h, &b->targets, 1 / (float)b->targets.n,
				    s->dhead, s->dnet[BERT_WORDS], s->dh);
	bert_net_backward(s->net, s->w->net, &b->texts, s->dh, s->dnet);
	optim_arrays_step(s->arrays, rule, t, clip);
	return loss;
}

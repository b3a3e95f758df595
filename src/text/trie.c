/* trie.c: see trie.h. */
#include "text/trie.h"
#include "base/mem.h"
#include "base/rng.h"

static size_t slot_of(const struct trie *t, uint64_t key)
{
	size_t i = rng_mix(key) & (t->n_slots - 1);
	while (t->key[i] && t->key[i] != key)
		i = (i + 1) & (t->n_slots - 1);
	return i;
}

static uint64_t edge_key(uint32_t node, unsigned char byte)
{
	return ((uint64_t)node << 8 | byte) + 1;
}

static uint32_t node_new(struct trie *t)
{
	if (t->n_nodes == t->node_capacity) {
		size_t capacity = mem_grow(t->node_capacity, t->n_nodes + 1);
		t->value = mem_resize(t->value, t->n_nodes, capacity, sizeof *t->value);
		t->node_capacity = capacity;
	}
	t->value[t->n_nodes] = TRIE_NONE;
	return (uint32_t)t->n_nodes++;
}

static void grow(struct trie *t)
{
	struct trie old = *t;
	t->n_slots = old.n_slots ? old.n_slots * 2 : 1024;
	t->key = MEM_ZNEW(t->n_slots, uint64_t);
	t->child = MEM_NEW(t->n_slots, uint32_t);
	for (size_t i = 0; i < old.n_slots; i++) {
		if (!old.key[i])
			continue;
		size_t to = slot_of(t, old.key[i]);
		t->key[to] = old.key[i];
		t->child[to] = old.child[i];
	}
	mem_free(old.key);
	mem_free(old.child);
}

static uint32_t step_or_add(struct trie *t, uint32_t node, unsigned char byte)
{
	if (2 * (t->n_edges + 1) > t->n_slots)
		grow(t);
	uint64_t key = edge_key(node, byte);
	size_t i = slot_of(t, key);
	if (!t->key[i]) {
		t->key[i] = key;
		t->child[i] = node_new(t);
		t->n_edges++;
	}
	return t->child[i];
}

void trie_put(struct trie *t, struct str s, uint32_t value)
{
	if (!t->n_nodes)
		node_new(t);
	uint32_t node = 0;
	for (size_t i = 0; i < s.n; i++)
		node = step_or_add(t, node, (unsigned char)s.p[i]);
	t->value[node] = value;
}

uint32_t trie_step(const struct trie *t, uint32_t node, unsigned char byte)
{
	size_t slot = slot_of(t, edge_key(node, byte));
	return t->key[slot] ? t->child[slot] : TRIE_NONE;
}

uint32_t trie_longest(const struct trie *t, struct str s, size_t *n)
{
	uint32_t found = TRIE_NONE, node = 0;
	*n = 0;
	if (!t->n_edges)
		return found;
	for (size_t i = 0; i < s.n; i++) {
		node = trie_step(t, node, (unsigned char)s.p[i]);
		if (node == TRIE_NONE)
			break;
		if (t->value[node] != TRIE_NONE) {
			found = t->value[node];
			*n = i + 1;
		}
	}
	return found;
}

uint32_t trie_get(const struct trie *t, struct str s)
{
	size_t n;
	uint32_t value = trie_longest(t, s, &n);
	return n == s.n && s.n ? value : TRIE_NONE;
}

void trie_release(struct trie *t)
{
	mem_free(t->key);
	mem_free(t->child);
	mem_free(t->value);
	*t = (struct trie)TRIE_INIT;
}

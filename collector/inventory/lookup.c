/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most two thirds full. */
#include "inventory/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct lookup_slot *find(const struct lookup *l, const char *key, int64_t extra)
{
	uint64_t hash = text_hash(key, strlen(key));

	if (extra)
		hash = text_hash_more(hash, &extra, sizeof(extra));
	for (size_t i = (size_t)hash & (l->cap - 1);; i = (i + 1) & (l->cap - 1)) {
		struct lookup_slot *s = &l->slots[i];

		if (!s->key || (s->extra == extra && !strcmp(s->key, key)))
			return s;
	}
}

static void grow(struct lookup *l)
{
	struct lookup bigger = { .cap = l->cap ? l->cap * 2 : 64, .n = l->n };

	bigger.slots = xcalloc(bigger.cap, sizeof(*bigger.slots));
	for (size_t i = 0; i < l->cap; i++)
		if (l->slots[i].key)
			*find(&bigger, l->slots[i].key, l->slots[i].extra) = l->slots[i];
	free(l->slots);
	*l = bigger;
}

bool lookup_put(struct lookup *l, const char *key, int64_t extra, size_t value, size_t *ret_old)
{
	if (3 * (l->n + 1) > 2 * l->cap)
		grow(l);

	struct lookup_slot *s = find(l, key, extra);

	if (s->key) {
		if (ret_old)
			*ret_old = s->value;
		return false;
	}
	*s = (struct lookup_slot){ .key = key, .extra = extra, .value = value };
	l->n++;
	return true;
}

void lookup_set(struct lookup *l, const char *key, int64_t extra, size_t value)
{
	if (!lookup_put(l, key, extra, value, NULL))
		find(l, key, extra)->value = value;
}

bool lookup_get(const struct lookup *l, const char *key, int64_t extra, size_t *ret)
{
	if (!l->n)
		return false;

	const struct lookup_slot *s = find(l, key, extra);

	if (!s->key)
		return false;
	*ret = s->value;
	return true;
}

void lookup_done(struct lookup *l)
{
	free(l->slots);
	*l = (struct lookup){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See sumseries.h. */
#include "report/sumseries.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/query.h"

static void take(struct sumseries_item *item, const char *quantity, int64_t id)
{
	if (!strcmp(quantity, "power_w"))
		item->power_w = id;
	else if (!strcmp(quantity, "members_present"))
		item->present = id;
	else if (!strcmp(quantity, "members_expected"))
		item->expected = id;
	else
		item->current_a = id;
}

int sumseries_load(struct db *db, const char *kind, struct sumseries *ret, struct err *err)
{
	struct query *q = query_new(db, "report_sum_series", err);
	struct sumseries all = { 0 };
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0), *part = query_text(q, 1);
		struct sumseries_item *last = all.n ? &all.s[all.n - 1] : NULL;

		if (!last || strcmp(last->name, name) != 0 || strcmp(last->part, part) != 0) {
			xgrow(&all.s, &all.cap, all.n + 1, sizeof(*all.s));
			last = &all.s[all.n++];
			*last = (struct sumseries_item){ .name = xstrdup(name),
							 .part = xstrdup(part) };
		}
		take(last, query_text(q, 2), query_int(q, 3));
	}
	query_free(q);
	if (r < 0)
		sumseries_done(&all);
	else
		*ret = all;
	return r;
}

void sumseries_done(struct sumseries *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->s[i].name);
		free(all->s[i].part);
	}
	free(all->s);
	*all = (struct sumseries){ 0 };
}

static int compare(const void *va, const void *vb)
{
	const struct sumseries_item *a = va, *b = vb;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->part, b->part);
}

const struct sumseries_item *sumseries_find(const struct sumseries *all, const char *name,
					    const char *part)
{
	struct sumseries_item key = { .name = (char *)(uintptr_t)name,
				      .part = (char *)(uintptr_t)part };

	return all->n ? bsearch(&key, all->s, all->n, sizeof(*all->s), compare) : NULL;
}

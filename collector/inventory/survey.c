/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be read from a device once, before its points are known: the columns
 * that are walked and the scalars that are asked for.
 */
#include "inventory/profile.h"

#include <stdlib.h>

#include "base/text.h"

struct oids {
	struct oid *all;
	size_t n, cap;
};

static void add(struct oids *oids, const struct oid *oid)
{
	if (oid->n == 0)
		return;
	xgrow(&oids->all, &oids->cap, oids->n + 1, sizeof(*oids->all));
	oids->all[oids->n++] = *oid;
}

static void add_filter(struct oids *oids, const struct point_filter *filter)
{
	struct oid column = filter->column;

	if (filter->one_row)
		column.n--;
	add(oids, &column);
}

static int by_oid(const void *a, const void *b)
{
	return oid_cmp(a, b);
}

static size_t finish(struct oids *oids, struct oid **ret)
{
	size_t kept = 0;

	if (oids->n)
		qsort(oids->all, oids->n, sizeof(*oids->all), by_oid);
	for (size_t i = 0; i < oids->n; i++) {
		if (kept == 0 || oid_cmp(&oids->all[kept - 1], &oids->all[i]) != 0)
			oids->all[kept++] = oids->all[i];
	}
	*ret = oids->all;
	return kept;
}

size_t profile_walk_columns(const struct profile *profile, struct oid **ret)
{
	struct oids oids = { .n = 0 };

	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *p = &profile->points[i];
		if (!p->table)
			continue;
		add(&oids, &p->oid);
		add(&oids, &p->label);
		add(&oids, &p->name);
		for (size_t k = 0; k < p->n_keys; k++)
			add(&oids, &p->keys[k]);
		for (size_t k = 0; k < p->n_filters; k++)
			add_filter(&oids, &p->filters[k]);
		for (size_t k = 0; k < p->n_fitted; k++)
			add_filter(&oids, &p->fitted[k]);
		if (!p->scale_column.scalar)
			add(&oids, &p->scale_column.column);
		if (!p->scale_more.scalar)
			add(&oids, &p->scale_more.column);
	}
	for (size_t i = 0; i < profile->n_facts; i++) {
		if (profile->facts[i].first_row)
			add(&oids, &profile->facts[i].oid);
	}
	return finish(&oids, ret);
}

size_t profile_fitted_columns(const struct profile *profile, struct oid **ret)
{
	struct oids oids = { .n = 0 };

	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *p = &profile->points[i];
		for (size_t k = 0; p->table && k < p->n_fitted; k++)
			add_filter(&oids, &p->fitted[k]);
	}
	return finish(&oids, ret);
}

size_t profile_scalars(const struct profile *profile, struct oid **ret)
{
	struct oids oids = { .n = 0 };

	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *p = &profile->points[i];
		if (!p->table)
			add(&oids, &p->oid);
		add(&oids, &p->count);
		if (p->scale_column.scalar)
			add(&oids, &p->scale_column.column);
		if (p->scale_more.scalar)
			add(&oids, &p->scale_more.column);
	}
	for (size_t i = 0; i < profile->n_facts; i++) {
		if (!profile->facts[i].first_row)
			add(&oids, &profile->facts[i].oid);
	}
	return finish(&oids, ret);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scope and an id mean, in budgets and in the operating log: rows that speak of a thing
 * instead of belonging to it. Names of any date count, and former ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

#define SUGGESTIONS_MAX 20 /* the nearest name costs a pass over all */

static bool known(const struct names *names, const char *name)
{
	size_t i;

	return lookup_get(&names->any, name, 0, &i) || lookup_get(&names->former, name, 0, &i);
}

static const char *nearest(const struct names *names, const char *id)
{
	const char **all = xcalloc(names->any.n + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < names->any.cap; i++)
		if (names->any.slots[i].key)
			all[n++] = names->any.slots[i].key;

	const char *near = text_nearest(id, all, n);

	free(all);
	return near;
}

static int check_named(const struct names *names, const char *id, bool suggest, struct err *err)
{
	if (names->incomplete || known(names, id))
		return 0;
	const char *near = suggest ? nearest(names, id) : NULL;

	return err_set(err, "%s \"%s\" is not in %s: %s%s%s", names->what, id, names->table,
		       near ? "did you mean \"" : "correct the name", near ? near : "",
		       near ? "\"?" : "");
}

/* "BCM-3A/branch 1": the device, and a part that its profile can have. */
static int check_channel(const struct inventory_all *all, const char *id, bool suggest,
			 struct err *err)
{
	const char *slash = strchr(id, '/');
	ptrdiff_t at;

	if (!slash || !slash[1])
		return err_set(err, "channel \"%s\" is not DEVICE/PART: write \"BCM-3A/branch 1\"",
			       id);
	char *device = xasprintf("%.*s", (int)(slash - id), id);
	int r = check_named(&all->devices, device, suggest, err);

	at = build_find(&all->devices, device);
	free(device);
	if (r || at < 0 || !all->inv.devices)
		return r;
	const struct profile *profile = all->inv.devices[at].profile;

	for (size_t p = 0; profile && p < profile->n_points; p++)
		if (build_part_fits(profile->points[p].part, slash + 1))
			return 0;
	if (!profile)
		return 0;
	return err_set(err,
		       "channel \"%s\": profile %s has no part of that name: `rackmeter "
		       "profile show %s` lists them",
		       id, profile->name, profile->name);
}

static int check_hall(const struct inventory_all *all, const char *id, struct err *err)
{
	const struct config *c = all->inv.config;

	if (all->racks.incomplete || all->circuits.incomplete)
		return 0;
	for (size_t i = 0; i < c->n_racks; i++)
		if (!strcmp(c->racks[i].hall, id))
			return 0;
	for (size_t i = 0; i < c->n_circuits; i++)
		if (!strcmp(c->circuits[i].hall, id))
			return 0;
	return err_set(err, "no rack and no circuit stands in hall \"%s\": correct the name", id);
}

static int check_row(const struct inventory_all *all, const char *id, struct err *err)
{
	const struct config *c = all->inv.config;

	for (size_t i = 0; i < c->n_racks; i++)
		if (!strcmp(c->racks[i].row, id))
			return 0;
	return all->racks.incomplete
		       ? 0
		       : err_set(err, "no rack stands in row \"%s\": correct the name", id);
}

static int check_tenant(const struct inventory_all *all, const char *id, struct err *err)
{
	const struct config *c = all->inv.config;

	for (size_t i = 0; i < c->n_racks; i++)
		if (!strcmp(c->racks[i].tenant, id))
			return 0;
	for (size_t i = 0; i < c->n_cords; i++)
		if (!strcmp(c->cords[i].tenant, id))
			return 0;
	return all->racks.incomplete || c->incomplete.cords
		       ? 0
		       : err_set(err, "no rack and no load is tenant \"%s\"'s: correct the name",
				 id);
}

static int check_scope(const struct inventory_all *all, const char *scope, const char *id,
		       bool suggest, struct err *err)
{
	if (!strcmp(scope, "rack"))
		return check_named(&all->racks, id, suggest, err);
	if (!strcmp(scope, "circuit"))
		return check_named(&all->circuits, id, suggest, err);
	if (!strcmp(scope, "device"))
		return check_named(&all->devices, id, suggest, err);
	if (!strcmp(scope, "channel"))
		return check_channel(all, id, suggest, err);
	if (!strcmp(scope, "hall"))
		return check_hall(all, id, err);
	if (!strcmp(scope, "row"))
		return check_row(all, id, err);
	if (!strcmp(scope, "tenant"))
		return check_tenant(all, id, err);
	return 0; /* the site */
}

int inventory_scope(const struct inventory *inv, const char *scope, const char *id, struct err *err)
{
	return check_scope((const struct inventory_all *)inv, scope, id, true, err);
}

static void tell(struct inventory_build *b, enum diag_level level, const struct cfg_src *src,
		 const char *who, const char *scope, const char *id, size_t *n)
{
	struct err err;

	if (check_scope(b->all, scope, id, *n < SUGGESTIONS_MAX, &err) == 0)
		return;
	(*n)++;
	diag_row(b->diag, level, src, "%s: %s", who, err.text);
}

void check_scopes(struct inventory_build *b)
{
	const struct config *c = b->config;
	size_t n = 0;

	for (size_t i = 0; i < c->n_budgets; i++)
		tell(b, DIAG_ERROR, &c->budgets[i].src, "budget", c->budgets[i].scope,
		     c->budgets[i].id, &n);
	/* the log is append-only and outlives what it speaks of: only what is still to come */
	for (size_t i = 0; i < c->n_log; i++)
		if (c->log[i].to > b->all->inv.at)
			tell(b, DIAG_WARNING, &c->log[i].src, "log entry", c->log[i].scope,
			     c->log[i].id, &n);
}

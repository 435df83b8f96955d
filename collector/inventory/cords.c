/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the cords of a load make sense: what hangs nowhere, on a circuit that does not feed its
 * rack, or needs more power supplies than it has, would make a failover that is judged from it a
 * guess.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

/* Of rows with one key the latest that has come holds. */
static const struct cfg_cord **in_force(const struct inventory_build *b, size_t *ret_n)
{
	const struct config *c = b->config;
	const struct cfg_cord **rows = xcalloc(c->n_cords + 1, sizeof(*rows));
	struct lookup seen = { 0 };
	char **keys = xcalloc(c->n_cords + 1, sizeof(*keys));
	size_t n = 0;

	for (size_t i = 0; i < c->n_cords; i++) {
		const struct cfg_cord *cord = &c->cords[i];
		size_t old;

		if (cord->valid_from > b->all->inv.at)
			continue;
		keys[i] = xasprintf("%s/%s", cord->load, cord->psu);
		if (lookup_put(&seen, keys[i], 0, n, &old))
			rows[n++] = cord;
		else if (rows[old]->valid_from < cord->valid_from)
			rows[old] = cord;
	}
	for (size_t i = 0; i < c->n_cords; i++)
		free(keys[i]);
	free(keys);
	lookup_done(&seen);
	*ret_n = n;
	return rows;
}

/* Its own circuit, else that of its device or outlet; -1: none. */
static ptrdiff_t circuit_of(const struct inventory_build *b, const struct cfg_cord *cord,
			    struct placement *ret_place)
{
	ptrdiff_t device = build_find(&b->all->devices, cord->device);

	*ret_place = (struct placement){ .rack = -1, .circuit = -1 };
	if (device >= 0)
		inventory_place(&b->all->inv, (size_t)device, cord->part, ret_place);
	return *cord->circuit ? build_find(&b->all->circuits, cord->circuit) : ret_place->circuit;
}

static bool feeds(const struct inventory *inv, ptrdiff_t circuit, ptrdiff_t rack)
{
	for (size_t f = 0; f < inv->racks[rack].n_feeds; f++)
		if ((ptrdiff_t)inv->racks[rack].feeds[f] == circuit)
			return true;
	return false;
}

static void check_places(struct inventory_build *b, const struct cfg_cord *const *rows, size_t n)
{
	const struct inventory *inv = &b->all->inv;
	struct some nowhere = { 0 }, foreign = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct cfg_cord *cord = rows[i];
		struct placement place;
		ptrdiff_t circuit = circuit_of(b, cord, &place);
		ptrdiff_t rack = *cord->rack ? build_find(&b->all->racks, cord->rack) : place.rack;

		/* A name that is unknown was told. */
		if (circuit < 0 && !*cord->circuit)
			some_add(&nowhere, &cord->src, "%s (psu %s)", cord->load, cord->psu);
		else if (circuit >= 0 && rack >= 0 && !feeds(inv, circuit, rack))
			some_add(&foreign, &cord->src, "%s (psu %s) on %s in rack %s", cord->load,
				 cord->psu, inv->circuits[circuit].cfg->circuit,
				 inv->racks[rack].cfg->rack);
	}
	if (nowhere.n)
		diag_row(
			b->diag, DIAG_WARNING, &nowhere.first,
			"nothing says on which circuit these cords hang, so a failover leaves them "
			"out: %s: fill circuit, or a device that has one",
			some_text(&nowhere));
	if (foreign.n)
		diag_row(b->diag, DIAG_WARNING, &foreign.first,
			 "these cords hang on circuits that are no feed of their rack: %s: correct "
			 "one of the two, or add the feed in racks.csv",
			 some_text(&foreign));
	some_done(&nowhere);
	some_done(&foreign);
}

static void check_needs(struct inventory_build *b, const struct cfg_cord *const *rows, size_t n)
{
	struct lookup loads = { 0 };
	size_t *cords = xcalloc(n + 1, sizeof(*cords)), at;
	struct some short_of = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (lookup_put(&loads, rows[i]->load, 0, i, &at))
			at = i;
		cords[at]++;
	}
	for (size_t i = 0; i < n; i++) {
		if (!lookup_get(&loads, rows[i]->load, 0, &at) ||
		    (size_t)rows[i]->psus_needed <= cords[at])
			continue;
		some_add(&short_of, &rows[i]->src, "%s (%d needed, %zu told)", rows[i]->load,
			 rows[i]->psus_needed, cords[at]);
	}
	if (short_of.n)
		diag_row(b->diag, DIAG_WARNING, &short_of.first,
			 "loads that need more power supplies than have a row count as dark when "
			 "one of them is lost: %s: add the missing cords, or correct psus_needed",
			 some_text(&short_of));
	some_done(&short_of);
	free(cords);
	lookup_done(&loads);
}

void check_cords(struct inventory_build *b)
{
	size_t n;
	const struct cfg_cord **rows = in_force(b, &n);

	check_places(b, rows, n);
	check_needs(b, rows, n);
	free(rows);
}

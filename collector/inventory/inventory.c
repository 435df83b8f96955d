/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The joined-up site: loading strings the steps together (resolve, then check), the
 * rest answers questions about it. All checks run whatever was found before, so one
 * run shows everything, but for those that rows which could not be read would lead astray.
 */
#include "inventory/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

struct inventory *inventory_load(const struct config *config, const struct profile_set *profiles,
				 int64_t at, struct diag *diag)
{
	struct inventory_all *all = xcalloc(1, sizeof(*all));
	struct inventory_build b = {
		.config = config, .profiles = profiles, .all = all, .diag = diag
	};

	all->inv.config = config;
	all->inv.at = at;
	all->racks = (struct names){ .what = "rack",
				     .table = "racks.csv",
				     .incomplete = config->incomplete.racks };
	all->circuits = (struct names){ .what = "circuit",
					.table = "circuits.csv",
					.incomplete = config->incomplete.circuits };
	all->devices = (struct names){ .what = "device",
				       .table = "devices.csv",
				       .incomplete = config->incomplete.devices };

	build_names(&b);
	check_names(&b);
	build_circuits(&b);
	build_order(&b);
	build_racks(&b);
	build_devices(&b);
	check_circuits(&b);
	check_racks(&b);
	check_devices(&b);
	check_cords(&b);
	check_scopes(&b);
	if (check_complete(&b)) {
		check_meters(&b);
		check_boundaries(&b);
	}

	free(b.order);
	free(b.meters);
	lookup_done(&b.halls);
	if (diag->n_errors)
		return inventory_free(&all->inv);
	return &all->inv;
}

static void names_done(struct names *names)
{
	lookup_done(&names->any);
	lookup_done(&names->in_force);
	lookup_done(&names->former);
	free(names->rows);
}

struct inventory *inventory_free(struct inventory *inventory)
{
	struct inventory_all *all = (struct inventory_all *)inventory;

	if (!all)
		return NULL;
	names_done(&all->racks);
	names_done(&all->circuits);
	names_done(&all->devices);
	free(all->feeds);
	free(all->channels);
	free(all->inv.racks);
	free(all->inv.circuits);
	free(all->inv.devices);
	free(all);
	return NULL;
}

ptrdiff_t inventory_rack(const struct inventory *inv, const char *name)
{
	return build_find(&((const struct inventory_all *)inv)->racks, name);
}

ptrdiff_t inventory_circuit(const struct inventory *inv, const char *name)
{
	return build_find(&((const struct inventory_all *)inv)->circuits, name);
}

ptrdiff_t inventory_device(const struct inventory *inv, const char *name)
{
	return build_find(&((const struct inventory_all *)inv)->devices, name);
}

static int by_part(const void *part, const void *row)
{
	return strcmp(part, (*(const struct cfg_channel *const *)row)->part);
}

/*
 * The row of a part overrides the device's, cell by cell; but a part that stands
 * elsewhere (another rack or circuit) takes neither the rest of the device's place nor
 * its role with it: a branch of a busway meter is no second busway meter.
 */
void inventory_place(const struct inventory *inv, size_t device, const char *part,
		     struct placement *ret)
{
	const struct inv_device *d = &inv->devices[device];
	const struct cfg_channel *const *found =
		d->n_channels
			? bsearch(part, d->channels, d->n_channels, sizeof(*d->channels), by_part)
			: NULL;
	enum meter_use use = d->cfg->use;

	*ret = (struct placement){
		.rack = d->rack,
		.circuit = d->circuit,
		.role = d->cfg->role,
		.factor = isnan(d->cfg->factor) ? 1 : d->cfg->factor,
		.position = "",
		.phases = "",
	};
	if (found) {
		const struct cfg_channel *c = *found;
		ptrdiff_t rack = *c->rack ? inventory_rack(inv, c->rack) : d->rack;
		ptrdiff_t circuit = *c->circuit ? inventory_circuit(inv, c->circuit) : d->circuit;
		bool elsewhere = rack != d->rack || circuit != d->circuit;

		if (rack != d->rack && !*c->circuit)
			circuit = -1;
		ret->rack = rack;
		ret->circuit = circuit;
		if (c->role != ROLE_NONE) {
			ret->role = c->role;
			use = USE_UNSET;
		} else if (elsewhere) {
			ret->role = ROLE_NONE;
			use = USE_UNSET;
		}
		if (c->use != USE_UNSET)
			use = c->use;
		if (!isnan(c->factor) && c->factor != 1) /* an empty cell reads as 1 */
			ret->factor = c->factor;
		if (!isnan(c->offset))
			ret->offset = c->offset;
		ret->position = c->position;
		ret->phases = c->phases;
	}
	if (use == USE_UNSET)
		use = ret->role != ROLE_NONE ? USE_PRIMARY : USE_CHECK;
	ret->use = use;
}

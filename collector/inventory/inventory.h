/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site joined up: racks, circuits and devices of one configuration, resolved
 * against each other and against the profiles, as they hold at one instant.
 * Immutable after load; everything points into the config and the profile set,
 * which must outlive it.
 */
#pragma once

#include "config/config.h"
#include "inventory/endpoint.h"
#include "inventory/profile.h"

struct inv_circuit {
	const struct cfg_circuit *cfg;
	struct { size_t circuit; bool transfer; } fed_by[4]; /* index; transfer: alternate of X>Y */
	size_t n_fed_by;
};

struct inv_rack {
	const struct cfg_rack *cfg;
	size_t *feeds; /* circuit indices */
	size_t n_feeds;
};

struct inv_device {
	const struct cfg_device *cfg;
	struct endpoint endpoint;
	const struct profile *profile;
	const struct cfg_credential *credential; /* NULL when none is needed */
	int every_s;
	ptrdiff_t rack, circuit; /* index or -1 */
	const struct cfg_channel **channels; /* rows of channels.csv for this device */
	size_t n_channels;
};

struct inventory {
	const struct config *config;
	int64_t at; /* UTC seconds: the instant it is resolved for */
	struct inv_rack *racks;       size_t n_racks;
	struct inv_circuit *circuits; size_t n_circuits;
	struct inv_device *devices;   size_t n_devices;
};

/*
 * Resolves and checks. Problems (unknown rack, circuit, profile or credential;
 * duplicate keys and endpoints; cycles; overlaps; a meter path with a hole or
 * counted twice; boundary terms without a meter; ...) go to diag, all of them,
 * each with the line. NULL when diag holds errors.
 */
struct inventory *inventory_load(const struct config *config, const struct profile_set *profiles,
				 int64_t at, struct diag *diag);
struct inventory *inventory_free(struct inventory *inventory);

/*
 * Where a part of a device stands: the device's row overridden by channels.csv, cell by
 * cell. A part that stands elsewhere (another rack or circuit) does not take the device's
 * role along. use is never USE_UNSET: primary when there is a role, else check. The
 * device's factor holds unless the channel row has one of its own (other than 1).
 */
struct placement {
	ptrdiff_t rack, circuit;
	enum meter_role role;
	enum meter_use use;
	double factor, offset;
	const char *position, *phases; /* never NULL */
};
void inventory_place(const struct inventory *inv, size_t device, const char *part,
		     struct placement *ret);
ptrdiff_t inventory_rack(const struct inventory *inv, const char *name);    /* -1: none */
ptrdiff_t inventory_circuit(const struct inventory *inv, const char *name);
ptrdiff_t inventory_device(const struct inventory *inv, const char *name);
/* Is there such a thing as a budget or an entry of the operating log speaks of? scope: site hall
 * row rack circuit device channel ("BCM-3A/branch 1") tenant. -1: no, and what may be meant. */
int inventory_scope(const struct inventory *inv, const char *scope, const char *id,
		    struct err *err);

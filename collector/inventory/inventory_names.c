/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that rows give to each other, in every row whatever its date: a row for next
 * month is wrong today. What a name means at the instant is inventory_resolve.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

#define SUGGESTIONS_MAX 20 /* per table; the nearest name costs a pass over all */

struct missing { /* a profile that there is not, and who names it */
	const char *profile;
	struct some devices;
};

struct refs {                    /* what is told once for all rows */
	struct some circuits;    /* named although the site has no circuits.csv */
	struct some credentials; /* named although there is no credentials file */
	struct missing *missing;
	size_t n_missing, cap_missing;
	struct lookup profiles; /* name -> index of missing */
};

static bool known(const struct names *names, const char *name)
{
	size_t i;

	return lookup_get(&names->any, name, 0, &i) || lookup_get(&names->former, name, 0, &i);
}

static const char *nearest(struct names *names, const char *name)
{
	if (names->suggestions++ >= SUGGESTIONS_MAX || !names->any.n)
		return NULL;

	const char **all = xcalloc(names->any.n, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < names->any.cap; i++)
		if (names->any.slots[i].key)
			all[n++] = names->any.slots[i].key;

	const char *found = text_nearest(name, all, n);

	free(all);
	return found;
}

/* who: "device PDU-1", column: the one that holds the name. */
static void check_ref(struct inventory_build *b, struct refs *refs, struct names *names,
		      const struct cfg_src *src, const char *who, const char *whose,
		      const char *column, const char *name)
{
	if (!*name || names->incomplete || known(names, name))
		return;
	if (names == &b->all->circuits && !names->any.n) {
		some_add(&refs->circuits, src, "%s of %s %s", name, who, whose);
		return;
	}

	const char *near = nearest(names, name);

	if (near)
		diag_row(b->diag, DIAG_ERROR, src,
			 "%s %s: %s \"%s\" is not in %s: did you mean \"%s\"?", who, whose, column,
			 name, names->table, near);
	else
		diag_row(b->diag, DIAG_ERROR, src,
			 "%s %s: %s \"%s\" is not in %s: add it there or correct the name", who,
			 whose, column, name, names->table);
}

static void check_racks_names(struct inventory_build *b, struct refs *refs)
{
	const struct config *c = b->config;

	for (size_t i = 0; i < c->n_racks; i++)
		for (size_t f = 0; f < c->racks[i].feeds.n; f++)
			check_ref(b, refs, &b->all->circuits, &c->racks[i].src, "rack",
				  c->racks[i].rack, "feed", c->racks[i].feeds.name[f]);
	for (size_t i = 0; i < c->n_circuits; i++) {
		char *text = xstrdup(c->circuits[i].fed_by), *rest = text;
		const char *name;

		while ((name = strsep(&rest, "+>")))
			check_ref(b, refs, &b->all->circuits, &c->circuits[i].src, "circuit",
				  c->circuits[i].circuit, "fed_by", text_trim((char *)name));
		free(text);
	}
}

static const char *nearest_profile(const struct inventory_build *b, const char *name)
{
	size_t n = b->profiles ? profile_set_size(b->profiles) : 0;
	const char **all = xcalloc(n + 1, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = profile_set_at(b->profiles, i)->name;

	const char *found = n ? text_nearest(name, all, n) : NULL;

	free(all);
	return found;
}

static const struct profile *check_profile(struct inventory_build *b, struct refs *refs,
					   const struct cfg_device *d)
{
	const struct profile *profile = NULL;
	size_t i;

	if (!*d->profile) /* told by config/, as is an empty endpoint */
		return NULL;
	if (b->profiles)
		profile = profile_set_get(b->profiles, d->profile);
	if (profile)
		return profile;
	if (lookup_put(&refs->profiles, d->profile, 0, refs->n_missing, &i)) {
		i = refs->n_missing++;
		xgrow(&refs->missing, &refs->cap_missing, refs->n_missing, sizeof(*refs->missing));
		refs->missing[i] = (struct missing){ .profile = d->profile };
	}
	some_add(&refs->missing[i].devices, &d->src, "%s", d->device);
	return NULL;
}

static void report_profiles(struct inventory_build *b, struct refs *refs)
{
	bool none = !b->profiles || !profile_set_size(b->profiles);

	for (size_t i = 0; i < refs->n_missing; i++) {
		struct missing *m = &refs->missing[i];
		const char *near = nearest_profile(b, m->profile);
		char *hint = near   ? xasprintf("did you mean \"%s\"?", near)
			     : none ? xstrdup("no profile was found at all: name their folder in "
					      "rackmeter.yaml (profiles: [FOLDER]) or in "
					      "$RACKMETER_PROFILES")
				    : xstrdup("`rackmeter profile list` shows those there are");

		diag_row(b->diag, DIAG_ERROR, &m->devices.first,
			 "device %s: there is no profile \"%s\": %s", some_text(&m->devices),
			 m->profile, hint);
		free(hint);
		some_done(&m->devices);
	}
	free(refs->missing);
	lookup_done(&refs->profiles);
}

static void check_credential(struct inventory_build *b, struct refs *refs,
			     const struct lookup *credentials, const struct cfg_device *d,
			     bool needed)
{
	const struct config *c = b->config;
	size_t i;

	if (!*d->credential) {
		if (needed)
			diag_row(b->diag, DIAG_ERROR, &d->src,
				 "device %s is asked by SNMP and names no credential: write one of "
				 "the credentials file into the column credential",
				 d->device);
		return;
	}
	if (lookup_get(credentials, d->credential, 0, &i))
		return;
	if (!c->n_credentials) {
		some_add(&refs->credentials, &d->src, "%s of device %s", d->credential, d->device);
		return;
	}

	const char **all = xcalloc(c->n_credentials, sizeof(*all));

	for (i = 0; i < c->n_credentials; i++)
		all[i] = c->credentials[i].name;

	const char *near = text_nearest(d->credential, all, c->n_credentials);

	free(all);
	diag_row(b->diag, DIAG_ERROR, &d->src, "device %s: credential \"%s\" is not in %s: %s%s%s",
		 d->device, d->credential,
		 *c->settings.credentials_file ? c->settings.credentials_file
					       : "the credentials file",
		 near ? "did you mean \"" : "add it there or correct the name", near ? near : "",
		 near ? "\"?" : "");
}

static void check_protocol(struct inventory_build *b, const struct cfg_device *d,
			   const struct endpoint *ep, const struct profile *profile)
{
	bool snmp = ep->protocol == PROTOCOL_SNMP || ep->protocol == PROTOCOL_WALK;

	if (snmp != (profile->protocol == PROFILE_SNMP)) {
		diag_row(b->diag, DIAG_ERROR, &d->src,
			 "device %s: profile %s speaks %s, but the endpoint %s is %s: correct one "
			 "of the two",
			 d->device, d->profile, snmp ? "Modbus" : "SNMP", d->endpoint,
			 snmp ? "SNMP" : "Modbus");
		return;
	}
	if (ep->member && !profile->member_arc)
		diag_row(b->diag, DIAG_ERROR, &d->src,
			 "device %s: the endpoint names chain member #%u, but profile %s knows no "
			 "chains: delete the #%u",
			 d->device, ep->member, d->profile, ep->member);
}

static void check_device_names(struct inventory_build *b, struct refs *refs)
{
	const struct config *c = b->config;
	struct lookup credentials = { 0 };

	for (size_t i = 0; i < c->n_credentials; i++)
		lookup_put(&credentials, c->credentials[i].name, 0, i, NULL);
	for (size_t i = 0; i < c->n_devices; i++) {
		const struct cfg_device *d = &c->devices[i];
		const struct profile *profile = check_profile(b, refs, d);
		struct endpoint ep;
		struct err err;
		bool parsed = endpoint_parse(d->endpoint, &ep, &err) == 0;

		if (!parsed && *d->endpoint)
			diag_row(b->diag, DIAG_ERROR, &d->src, "device %s: %s", d->device,
				 err.text);
		else if (parsed && profile)
			check_protocol(b, d, &ep, profile);
		check_credential(b, refs, &credentials, d,
				 parsed && ep.protocol == PROTOCOL_SNMP &&
					 (!profile || profile->protocol == PROFILE_SNMP));
		check_ref(b, refs, &b->all->racks, &d->src, "device", d->device, "rack", d->rack);
		check_ref(b, refs, &b->all->circuits, &d->src, "device", d->device, "circuit",
			  d->circuit);
	}
	lookup_done(&credentials);
}

static void check_part_names(struct inventory_build *b, struct refs *refs)
{
	const struct config *c = b->config;

	for (size_t i = 0; i < c->n_channels; i++) {
		const struct cfg_channel *ch = &c->channels[i];

		check_ref(b, refs, &b->all->devices, &ch->src, "channel", ch->part, "device",
			  ch->device);
		check_ref(b, refs, &b->all->racks, &ch->src, "channel", ch->part, "rack", ch->rack);
		check_ref(b, refs, &b->all->circuits, &ch->src, "channel", ch->part, "circuit",
			  ch->circuit);
	}
	for (size_t i = 0; i < c->n_cords; i++) {
		const struct cfg_cord *cord = &c->cords[i];

		check_ref(b, refs, &b->all->racks, &cord->src, "load", cord->load, "rack",
			  cord->rack);
		check_ref(b, refs, &b->all->devices, &cord->src, "load", cord->load, "device",
			  cord->device);
		check_ref(b, refs, &b->all->circuits, &cord->src, "load", cord->load, "circuit",
			  cord->circuit);
		check_ref(b, refs, &b->all->devices, &cord->src, "load", cord->load, "bmc",
			  cord->bmc);
	}
}

bool check_complete(struct inventory_build *b)
{
	const struct config_gaps *gaps = &b->config->incomplete;
	const char *table = gaps->racks      ? "racks.csv"
			    : gaps->circuits ? "circuits.csv"
			    : gaps->devices  ? "devices.csv"
			    : gaps->channels ? "channels.csv"
					     : NULL;

	if (table)
		diag_add(b->diag, DIAG_WARNING, table, 0, 0,
			 "not all rows could be read: what names them, the meter paths and the "
			 "boundaries are checked once they can");
	return !table;
}

void check_names(struct inventory_build *b)
{
	const struct config *c = b->config;
	struct refs refs = { 0 };

	check_racks_names(b, &refs);
	check_device_names(b, &refs);
	check_part_names(b, &refs);
	report_profiles(b, &refs);
	if (refs.circuits.n)
		diag_row(b->diag, DIAG_ERROR, &refs.circuits.first,
			 "circuits are named, but there is no circuits.csv: write one, or empty "
			 "these cells: %s",
			 some_text(&refs.circuits));
	/* a file that is named and cannot be read is told by config/ */
	if (refs.credentials.n && !*c->settings.credentials_file)
		diag_row(b->diag, DIAG_ERROR, &refs.credentials.first,
			 "credentials are used, but rackmeter.yaml names no file that holds them "
			 "(credentials: FILE): %s",
			 some_text(&refs.credentials));
	some_done(&refs.circuits);
	some_done(&refs.credentials);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether rows make sense by themselves and beside their neighbours: ratings, phases,
 * feeds, endpoints, parts. What circuits and meters mean together is meterpath.c's.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

#define MAX_FEEDS 64 /* of a rack; reports take every one of them as lost in turn */

/* config/ has seen to it that the text is L1, L2L3, L2L3L1 or the like. */
static size_t phases_count(const char *text)
{
	return strlen(text) / 2;
}

static void check_phases(struct inventory_build *b, const struct cfg_circuit *c)
{
	size_t n = phases_count(c->phases), want = 0;
	const char *example = "";

	if (!*c->phases)
		return;
	switch (c->system) {
	case SYSTEM_NONE:
		want = n;
		example = "L2L3L1, L2 or L1L2";
		break;
	case SYSTEM_1PH_LN:
		want = 1;
		example = "L2";
		break;
	case SYSTEM_1PH_LL:
		want = 2;
		example = "L1L2";
		break;
	case SYSTEM_3PH_WYE:
	case SYSTEM_3PH_DELTA:
		want = 3;
		example = "L2L3L1 (its own L1 hangs on the parent's L2)";
		break;
	case SYSTEM_DC:
		diag_row(b->diag, DIAG_ERROR, &c->src,
			 "circuit %s: direct current has no phases: empty the cell", c->circuit);
		return;
	}
	if (n != want)
		diag_row(b->diag, DIAG_ERROR, &c->src,
			 "circuit %s: phases \"%s\" do not fit the system %s: write %s, or leave "
			 "it empty",
			 c->circuit, c->phases, circuit_system_name(c->system), example);
}

static void check_rating(struct inventory_build *b, const struct cfg_circuit *c)
{
	bool rated = !isnan(c->rated_a) || !isnan(c->rated_va) || !isnan(c->rated_w);

	if (!isnan(c->trip_a) && isnan(c->rated_a) && isnan(c->rated_w))
		diag_row(b->diag, DIAG_WARNING, &c->src,
			 "circuit %s trips at %g A but has neither rated_a nor rated_kw: its load "
			 "cannot be judged; fill one",
			 c->circuit, c->trip_a);
	if (!rated && !isnan(c->trip_a) && isnan(c->derate)) /* with a rating: config/ */
		diag_row(b->diag, DIAG_ERROR, &c->src,
			 "circuit %s trips but has no derate, and none is assumed: write 0.8 where "
			 "the NEC's continuous load rule applies, 1 where the site says so",
			 c->circuit);
	/* the phase-to-neutral voltages of 208, 400, 415 and 480 V systems */
	if (c->system == SYSTEM_3PH_WYE &&
	    (c->volts == 120 || c->volts == 230 || c->volts == 240 || c->volts == 277))
		diag_row(b->diag, DIAG_WARNING, &c->src,
			 "circuit %s: volts of a 3ph-wye circuit is line to line; %g is a line to "
			 "neutral voltage: %g is meant?",
			 c->circuit, c->volts,
			 c->volts == 120   ? 208.0
			 : c->volts == 230 ? 400.0
			 : c->volts == 240 ? 415.0
					   : 480.0);
}

void check_circuits(struct inventory_build *b)
{
	const struct config *c = b->config;

	for (size_t i = 0; i < c->n_circuits; i++) {
		check_phases(b, &c->circuits[i]);
		check_rating(b, &c->circuits[i]);
	}
}

/* A name that exists, but whose rows all begin later than the row that uses it. */
static void note_later(const struct names *names, const char *name, ptrdiff_t found,
		       struct some *later, const struct cfg_src *src, const char *who)
{
	size_t row;

	if (found < 0 && *name && lookup_get(&names->any, name, 0, &row))
		some_add(later, src, "%s %s of %s", names->what, name, who);
}

void check_racks(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	size_t *owner = xcalloc(inv->n_circuits + 1, sizeof(*owner)); /* rack + 1 */
	struct some unfed = { 0 }, later = { 0 };

	for (size_t i = 0; i < inv->n_racks; i++) {
		const struct inv_rack *r = &inv->racks[i];

		for (size_t f = 0; f < r->cfg->feeds.n; f++) {
			const char *name = r->cfg->feeds.name[f];

			note_later(&b->all->circuits, name, build_find(&b->all->circuits, name),
				   &later, &r->cfg->src, r->cfg->rack);
		}
		if (b->config->n_circuits && r->cfg->status == RACK_LIVE && !r->cfg->feeds.n)
			some_add(&unfed, &r->cfg->src, "%s", r->cfg->rack);
		if (r->n_feeds > MAX_FEEDS)
			diag_row(b->diag, DIAG_ERROR, &r->cfg->src,
				 "rack %s names %zu feeds: at most %d; put a circuit between them "
				 "and the rack",
				 r->cfg->rack, r->n_feeds, MAX_FEEDS);
		for (size_t f = 0; f < r->n_feeds; f++) {
			size_t *o = &owner[r->feeds[f]];

			if (*o && *o != i + 1)
				diag_row(b->diag, DIAG_WARNING, &r->cfg->src,
					 "rack %s: feed %s is also a feed of rack %s (%s:%d), so a "
					 "meter on it cannot tell the two apart: give each rack "
					 "its own circuit",
					 r->cfg->rack, inv->circuits[r->feeds[f]].cfg->circuit,
					 inv->racks[*o - 1].cfg->rack,
					 inv->racks[*o - 1].cfg->src.file,
					 inv->racks[*o - 1].cfg->src.line);
			if (!*o)
				*o = i + 1;
		}
	}
	if (unfed.n)
		diag_row(b->diag, DIAG_ERROR, &unfed.first,
			 "live rack without feeds: %s: name the circuits that feed it, or set "
			 "status to planned, reserved or empty",
			 some_text(&unfed));
	if (later.n)
		diag_row(b->diag, DIAG_WARNING, &later.first,
			 "named before its own valid_from has come: %s: until then it counts as "
			 "absent",
			 some_text(&later));
	some_done(&unfed);
	some_done(&later);
	free(owner);
}

bool build_part_fits(const char *pattern, const char *part)
{
	while (*pattern && *pattern != '{') {
		if (*pattern++ != *part++)
			return false;
	}
	if (!*pattern)
		return !*part;

	const char *close = strchr(pattern, '}');

	if (!close)
		return false;
	/* a place holder stands for one character at least */
	while (*part)
		if (build_part_fits(close + 1, ++part))
			return true;
	return false;
}

static const char *parity_name(char parity)
{
	return parity == 'N' ? "none" : parity == 'E' ? "even" : "odd";
}

/* What the endpoint leaves to the standard is set another way than the family is delivered: silence
 * may come of it. Who wrote it knows what the device is set to. */
static void check_line_of_profile(struct inventory_build *b, const struct inv_device *d)
{
	const struct profile *p = d->profile;
	const struct endpoint *ep = &d->endpoint;
	const char *text = d->cfg->endpoint;

	if (p && p->baud && p->baud != ep->baud && !strstr(text, "baud="))
		diag_row(b->diag, DIAG_WARNING, &d->cfg->src,
			 "device %s: %s is delivered with %d baud, but its line is set to %d, the "
			 "standard's: write baud=%d behind the ? of the endpoint, or what the "
			 "device is set to",
			 d->cfg->device, p->name, p->baud, ep->baud, p->baud);
	if (p && p->parity && p->parity != ep->parity && !strstr(text, "parity="))
		diag_row(b->diag, DIAG_WARNING, &d->cfg->src,
			 "device %s: %s is delivered with parity %s, but its line is set to %s, "
			 "the standard's: write parity=%s behind the ? of the endpoint, or what "
			 "the device is set to",
			 d->cfg->device, p->name, parity_name(p->parity), parity_name(ep->parity),
			 parity_name(p->parity));
}

/* All devices of a serial line talk at one speed, or the line is set for one of them only. */
static void check_lines(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	struct lookup lines = { 0 };
	size_t first;

	for (size_t i = 0; i < inv->n_devices; i++) {
		const struct inv_device *d = &inv->devices[i];

		if (d->endpoint.protocol != PROTOCOL_MODBUS_RTU || !*d->endpoint.host)
			continue;
		check_line_of_profile(b, d);
		if (lookup_put(&lines, d->endpoint.host, 0, i, &first) ||
		    endpoint_same_line(&d->endpoint, &inv->devices[first].endpoint))
			continue;

		const struct cfg_device *other = inv->devices[first].cfg;

		diag_row(b->diag, DIAG_ERROR, &d->cfg->src,
			 "devices %s and %s (%s:%d) are on the line %s but set it differently (%s, "
			 "%s): write the same behind the ? on both",
			 d->cfg->device, other->device, other->src.file, other->src.line,
			 d->endpoint.host, d->cfg->endpoint, other->endpoint);
	}
	lookup_done(&lines);
}

/* SNMPv3 agents may stand for several devices, told apart by context. */
static const char *context_of(const struct inv_device *d)
{
	return d->credential && d->credential->context ? d->credential->context : "";
}

/* Same address, unit, context and member: two devices of which one is a typing error. */
static void check_endpoints(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	struct lookup seen = { 0 }, chains = { 0 };
	char **keys = xcalloc(2 * inv->n_devices + 1, sizeof(*keys));
	size_t n_keys = 0;

	for (size_t i = 0; i < inv->n_devices; i++) {
		const struct inv_device *d = &inv->devices[i];
		struct endpoint ep = d->endpoint;
		size_t first;

		if (!*ep.host) /* did not parse: told */
			continue;
		if (ep.protocol != PROTOCOL_WALK && ep.protocol != PROTOCOL_MODBUS_RTU)
			for (char *p = ep.host; *p; p++)
				*p = (char)tolower((unsigned char)*p);

		char *address = xasprintf("%s %s %u %u %s", protocol_name(ep.protocol), ep.host,
					  ep.port, ep.unit, context_of(d));

		keys[n_keys++] = address;
		if (!lookup_put(&seen, address, ep.member, i, &first)) {
			const struct cfg_device *other = inv->devices[first].cfg;

			diag_row(b->diag, DIAG_ERROR, &d->cfg->src,
				 "device %s has the same endpoint as %s (%s:%d): %s; correct one, "
				 "or tell the members of a chain apart with #1, #2",
				 d->cfg->device, other->device, other->src.file, other->src.line,
				 d->cfg->endpoint);
		}
		if (ep.protocol != PROTOCOL_SNMP)
			continue;
		/* no member means all of them */
		if (!lookup_put(&chains, address, ep.member ? 1 : 0, i, NULL))
			continue;
		if (lookup_get(&chains, address, ep.member ? 0 : 1, &first)) {
			const struct cfg_device *other = inv->devices[first].cfg;

			diag_row(b->diag, DIAG_ERROR, &d->cfg->src,
				 "devices %s and %s (%s:%d) share an address, and only one of them "
				 "names a member of the chain: the other reads all members, so "
				 "they count twice; write #1, #2 on both",
				 d->cfg->device, other->device, other->src.file, other->src.line);
		}
	}
	for (size_t i = 0; i < n_keys; i++)
		free(keys[i]);
	free(keys);
	lookup_done(&seen);
	lookup_done(&chains);
}

/* Rows of channels.csv against what the profile has, and parts that nothing places. */
static void check_parts(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	struct some homeless = { 0 };

	for (size_t i = 0; i < inv->n_devices; i++) {
		const struct inv_device *d = &inv->devices[i];
		struct some parts = { 0 };

		if (!d->profile)
			continue;
		for (size_t k = 0; k < d->n_channels; k++) {
			const char *part = d->channels[k]->part;
			size_t p = 0;

			while (p < d->profile->n_points &&
			       !build_part_fits(d->profile->points[p].part, part))
				p++;
			if (p == d->profile->n_points)
				diag_row(b->diag, DIAG_WARNING, &d->channels[k]->src,
					 "channel %s of device %s: profile %s has no part of that "
					 "name: `rackmeter profile show %s` lists them",
					 part, d->cfg->device, d->profile->name, d->profile->name);
		}
		if (d->rack >= 0 || d->circuit >= 0 || *d->cfg->rack || *d->cfg->circuit ||
		    d->cfg->role != ROLE_NONE)
			continue;
		for (size_t p = 0; p < d->profile->n_points; p++) {
			const struct profile_point *point = &d->profile->points[p];
			bool placed = false;

			if (!point->quantity || (strcmp(point->quantity->name, "power_w") &&
						 strcmp(point->quantity->name, "temperature_c")))
				continue;
			for (size_t k = 0; k < d->n_channels && !placed; k++)
				placed = build_part_fits(point->part, d->channels[k]->part);
			if (!placed)
				some_add(&parts, &d->cfg->src, "%s", point->part);
		}
		if (parts.n)
			some_add(&homeless, &d->cfg->src, "%s (%s)", d->cfg->device,
				 some_text(&parts));
		some_done(&parts);
	}
	if (homeless.n)
		diag_row(b->diag, DIAG_WARNING, &homeless.first,
			 "nothing says where these power and temperature parts stand: %s: fill "
			 "rack or circuit, or write rows in channels.csv",
			 some_text(&homeless));
	some_done(&homeless);
}

void check_devices(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	struct some later = { 0 };

	check_endpoints(b);
	check_lines(b);
	check_parts(b);
	for (size_t i = 0; i < inv->n_devices; i++) {
		const struct cfg_device *d = inv->devices[i].cfg;

		note_later(&b->all->racks, d->rack, inv->devices[i].rack, &later, &d->src,
			   d->device);
		note_later(&b->all->circuits, d->circuit, inv->devices[i].circuit, &later, &d->src,
			   d->device);
	}
	if (later.n)
		diag_row(b->diag, DIAG_WARNING, &later.first,
			 "named before its own valid_from has come: %s: until then the device "
			 "stands nowhere",
			 some_text(&later));
	some_done(&later);
}

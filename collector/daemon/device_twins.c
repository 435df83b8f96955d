/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two agents with one SNMPv3 engine id, as cloned images and restored backups have: told once,
 * naming both. Polling goes on, because no clock or key is shared between devices; but tools
 * that keep them by engine id fail on one of the two, by turns.
 */
#include "base/log.h"
#include "daemon/device_int.h"

#define TOLD_MAX 50 /* a model whose agents all have the same id is not told 10,000 times */

static struct device *device_of(const struct poller *p, const struct target *target)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		if (p->devices[i] && p->devices[i]->target == target)
			return p->devices[i];
	}
	return NULL;
}

static void tell(struct device *d, const struct device *with)
{
	device_event(d, "engine_id", EVENT_WARNING,
		     "device %s at %s has the same SNMPv3 engine id: give each agent its own",
		     with->name, with->inv->cfg->endpoint);
}

void device_twins(void *user, struct target *target, struct target *with)
{
	struct poller *p = user;
	struct device *a, *b;

	if (p->n_twins >= TOLD_MAX)
		return;
	a = device_of(p, target);
	b = device_of(p, with);
	if (!a || !b)
		return;
	log_warning("device %s (%s) and device %s (%s) have the same SNMPv3 engine id: give each "
		    "agent its own, or other tools will take them for one",
		    a->name, a->inv->cfg->endpoint, b->name, b->inv->cfg->endpoint);
	tell(a, b);
	tell(b, a);
	if (++p->n_twins == TOLD_MAX)
		log_warning("more than %d devices share SNMPv3 engine ids: no more are told",
			    TOLD_MAX);
}

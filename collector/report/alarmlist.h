/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices say that needs a person (table alarm), as one wants to be told of it: a line for
 * each device, worst first, none for those under planned work.
 */
#pragma once

#include "base/severity.h"
#include "report/doc.h"
#include "report/rack.h"
#include "store/db.h"

struct alarmlist_alarm {
	char *part, *label, *quantity, *name; /* label, name: "" where not told */
	int64_t state;
	enum severity severity;
	int64_t from, to; /* to 0: it lasted at the end of the period */
};

struct alarmlist_device {
	char *name, *rack, *circuit, *role; /* "" where not told */
	struct alarmlist_alarm *a; /* those that last first, of those the worst, then the oldest */
	size_t n, cap;
	size_t lasting;      /* of them */
	enum severity worst; /* of those; SEVERITY_OK: none lasts */
	bool planned;        /* work was announced for it, or for what it stands in or hangs on */
	bool away;           /* it does not answer at the end of the period */
};

struct alarmlist {
	struct alarmlist_device *d; /* worst first, then by name; those with alarms only */
	size_t n, cap;
	size_t devices, telling; /* in force; of these, some state of which may be an alarm */
	/* devices with an alarm that lasts, by its worst; those under planned work apart */
	size_t critical, warning, planned;
};

/* in_racks: of devices that stand in a rack alone. */
int alarmlist_load(struct db *db, const struct rack_filter *filter, bool in_racks,
		   struct alarmlist *ret, struct err *err);
void alarmlist_done(struct alarmlist *all);

/* Exceptions "alarm": one per device with an alarm that lasts, the first most of them; the others
 * are one line. Severity 2: it is critical. */
void alarmlist_tell(const struct alarmlist *all, size_t most, struct doc *doc);

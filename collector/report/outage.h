/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that do not answer, as a person wants to be told of them: those that fell silent with
 * their circuit are one line, those under planned work are none.
 */
#pragma once

#include "report/doc.h"
#include "report/oplog.h"
#include "report/rack.h"
#include "report/silence.h"

struct outage_device {
	char *name, *rack, *circuit, *role, *cause; /* "" where not told */
	bool primary;   /* a meter that counts; else a check, or no meter at all */
	bool away;      /* dormant or suspect at the end of the period */
	bool never;     /* it was never read */
	bool planned;   /* work was announced that must silence it */
	int64_t since;  /* of its state; 0: not known */
	size_t because; /* circuit that explains it; TOPOLOGY_NONE: of its own */
};

struct outages {
	struct outage_device *d; /* by name: only those that do not answer */
	size_t n, cap;
	struct silence *circuits; /* that explain some of them */
	size_t n_circuits;
	size_t devices, planned,
		primary; /* all in force; of d: planned, and primary and not planned */
	struct topology topology;
};

int outages_load(struct db *db, const struct rack_filter *filter, struct outages *ret,
		 struct err *err);
void outages_done(struct outages *all);

/* The device of this name when it does not answer, else NULL. */
const struct outage_device *outages_find(const struct outages *all, const char *name);
/* Exceptions: a line per circuit that explains devices, unless planned work does. Severity 2 when a
 * primary meter is among them. Returns how many devices they tell of. */
size_t outages_tell_circuits(const struct outages *all, struct doc *doc);
/* The same, then a line per device that no circuit explains; planned ones are left out. */
size_t outages_tell(const struct outages *all, struct doc *doc);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operating log (log.csv): what people told of a span of time. Planned work excuses what it
 * must bring about and nothing else: silence below it, and redundancy that is gone; an overload of
 * the feed that is left and a temperature are never excused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct topology;

struct oplog_entry {
	int64_t from, to;        /* UTC seconds, from <= t < to */
	char *scope, *id, *kind; /* circuit, BUS-3A, planned; id of the site: "" */
	char *quantity, *value, *unit, *ref, *who, *note; /* "" where not told */
};

struct oplog {
	struct oplog_entry *e; /* by from */
	size_t n, cap;
};

/* The entries in force that overlap from..to, of all kinds. */
int oplog_load(struct db *db, int64_t from, int64_t to, struct oplog *ret, struct err *err);
void oplog_done(struct oplog *log);

/*
 * Is it under planned work at ts: itself, what it stands in (its device, rack, row, hall, tenant,
 * the site), or a circuit that feeds it, directly or through others, as an alternate too? kind:
 * device, channel ("BCM-3A/branch 1"), circuit, rack, row, hall, tenant, site. A rack, or what
 * stands in it and names no circuit, is as soon as one of its feeds is: its redundancy is then lost
 * by intent. t: the power path of the time; NULL: only itself, its device and the site are looked
 * at.
 */
bool oplog_planned(const struct oplog *log, const struct topology *t, const char *kind,
		   const char *id, int64_t ts);
/* May it be silent? As oplog_planned, but a rack only when all its feeds are under planned work,
 * or it stands in what is. What is silent then counts as 0 W, declared. */
bool oplog_silent(const struct oplog *log, const struct topology *t, const char *kind,
		  const char *id, int64_t ts);
/* The first instant after ts at which planned work begins or ends; INT64_MAX: none. */
int64_t oplog_next(const struct oplog *log, int64_t ts);

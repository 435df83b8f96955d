/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity in the database: entities, series, scans, points. A change of scale or
 * kind closes the point and opens a new one; ids are never reused; slots of a scan
 * are append-only.
 */
#pragma once

#include "base/reading.h"
#include "schema/schema.h"
#include "store/db.h"

struct reg_point { /* texts belong to the caller and outlive the call */
	const char *entity_kind, *entity; /* NULL: the scan's own */
	const char *part, *label;
	const struct quantity *quantity;
	struct scale scale;
	bool main;
	int phase;
	const char *names; /* JSON object value -> name for states and flags; NULL */
	const char *severities; /* JSON object value -> warning, critical, unknown, of those that
				 * are not ok; NULL: nothing is known of it */
	/* set by registry_sync */
	int64_t series, point;
	uint32_t slot;
};

struct reg_scan {
	const char *entity_kind, *entity; /* "device" "PDU-R018-A"; "rack" "R018"; "site" ... */
	const char *name;                 /* interval group: "main", "60s" */
	int step_s, phase_s;
	int64_t valid_from;               /* when this epoch starts, UTC seconds */
	struct reg_point *points;
	size_t n_points;
	/* set by registry_sync */
	int64_t scan;
	uint32_t n_slots; /* length of a row of this scan, vanished slots included */
};

/* Brings the database in line with the scan, within the caller's transaction. */
int registry_sync(struct db *db, struct reg_scan *scan, struct err *err);

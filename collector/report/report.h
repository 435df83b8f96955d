/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report is one file rep_NAME.c here that defines `const struct report rep_NAME`,
 * and its SQL in schema/queries/; CMake lists the files, no table is edited.
 */
#pragma once

#include <string.h>

#include "base/err.h"
#include "report/doc.h"
#include "store/db.h"

struct report_options {
	int64_t from, to; /* UTC seconds, from <= t < to */
	int64_t now;
	const char *period_text; /* how the user asked for it: "last 15m", "today" */
	/* Filters, NULL: all. A report meets only those that its mask names: the others were
	 * refused. */
	const char *rack, *hall, *row, *tenant, *circuit, *meter, *boundary, *report;
	int top;              /* 0: the report's own limit, or none */
	int trend_days;       /* 0: the report's own */
	double room_rack_w;   /* 0: the report's own */
	int room_racks;       /* 0: as many as fit */
	bool only_exceptions; /* leave out rows that need nobody */
	bool flat;            /* a list instead of a tree */
	bool feeds;           /* the feeds of racks in text, too */
};

/* Which options a report honours; the others are wrong usage. */
enum {
	REPORT_RACK = 1 << 0,
	REPORT_HALL = 1 << 1,
	REPORT_ROW = 1 << 2,
	REPORT_TENANT = 1 << 3,
	REPORT_CIRCUIT = 1 << 4,
	REPORT_METER = 1 << 5,
	REPORT_TOP = 1 << 6,
	REPORT_EXCEPTIONS = 1 << 7, /* --only exceptions */
	REPORT_FLAT = 1 << 8,
	REPORT_TREND = 1 << 9,
	REPORT_BOUNDARY = 1 << 10,
	REPORT_NAME = 1 << 11, /* --report, of issued alone */
	REPORT_ROOM = 1 << 12, /* --rack-kw, --racks */
	REPORT_FEEDS = 1 << 13
};

struct report {
	const char *name;      /* "pue" */
	const char *summary;   /* one line for --help */
	int version;           /* of its JSON form */
	int formula;           /* raised when the same data gives other figures; 0: the first */
	unsigned filters;      /* REPORT_RACK | ... */
	bool without_readings; /* it has something to say of a database that holds none */
	const char *default_period; /* a name that period_named knows; NULL: "today" */
	/* Fills doc. -1: the report could not be made at all (says why and what would help). */
	int (*run)(struct db *db, const struct report_options *options, struct doc *doc,
		   struct err *err);
};

extern const struct report *const rep_registry[]; /* ends with NULL */

/* NULL: there is none of that name. */
static inline const struct report *report_find(const char *name)
{
	for (size_t i = 0; rep_registry[i]; i++)
		if (!strcmp(rep_registry[i]->name, name))
			return rep_registry[i];
	return NULL;
}

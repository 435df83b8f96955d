/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report is one file rep_NAME.c here that defines `const struct report rep_NAME`,
 * and its SQL in schema/queries/; CMake lists the files, no table is edited.
 */
#pragma once

#include "base/err.h"
#include "report/doc.h"
#include "store/db.h"

struct report_options {
	int64_t from, to; /* UTC seconds, from <= t < to */
	int64_t now;
	const char *period_text; /* how the user asked for it: "last 15m", "today" */
	const char *rack, *hall; /* filters, NULL: all */
	int top;                 /* 0: no limit */
};

struct report {
	const char *name;    /* "pue" */
	const char *summary; /* one line for --help */
	int version;         /* of its JSON form */
	/* Fills doc. -1: the report could not be made at all (says why and what would help). */
	int (*run)(struct db *db, const struct report_options *options, struct doc *doc,
		   struct err *err);
};

extern const struct report *const rep_registry[]; /* ends with NULL */

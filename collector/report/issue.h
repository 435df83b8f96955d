/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issued reports: figures that were handed out, kept with what was known when they were (table
 * issued). A later run of the same report over the same period and filters says what has changed
 * and why, found by comparing how much is known now.
 */
#pragma once

#include "report/report.h"

struct issue_mark {      /* how much is known of a period */
	int64_t last_ts; /* last instant stored, 0: none */
	int64_t import;  /* last event of kind import, 0: none */
	int64_t load;    /* last configuration in force, 0: none */
	int64_t samples; /* of the hours that are finished */
	int64_t open_hours, raw_hours;
};

struct issue { /* which report it is */
	const struct report *report;
	const struct report_options *options;
	const char *filters; /* "--hall H1", "" */
	bool wanted;         /* the figures are to be kept */
	struct issue_mark mark;
	char *figures; /* when wanted: JSON, before anything was added to the document; owned */
	bool known;    /* the same figures were issued already */
};

/* Of options->from to options->to: taken before the report is made, so that what comes meanwhile
 * counts as late. */
int issue_mark(struct db *db, int64_t from, int64_t to, struct issue_mark *ret, struct err *err);
/*
 * Takes the document's figures as they are (when wanted), and compares them with those issued last:
 * an exception "revised" names what changed and the cause, or a note says that they stand.
 */
int issue_review(struct db *db, struct issue *issue, struct doc *doc, struct err *err);
/* Stores the figures in one short transaction of its own; db: opened for maintenance. ts: by the
 * clock, whatever "now" the report was told. */
int issue_store(struct db *db, const struct issue *issue, int64_t ts, const char *user,
		const char *note, struct err *err);
void issue_done(struct issue *issue);

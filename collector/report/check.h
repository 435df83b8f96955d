/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as a check for monitoring systems (Monitoring Plugins Development Guidelines): one
 * state, one line, performance data. What is bad was decided by the report; the check only reads
 * its document, so that pager and paper never disagree.
 *
 * The state is the worst of CRITICAL > WARNING > UNKNOWN > OK: an exception of severity 2 or 1, a
 * value outside -c or -w, too little data or an exception that tells of nothing else. So a check
 * that rests on too little is UNKNOWN even when every value that it has is fine, and a value that
 * is certainly bad is not hidden by a lack of others.
 */
#pragma once

#include <stdbool.h>

#include "report/doc.h"
#include "report/range.h"

enum check_state { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN }; /* exit statuses */
const char *check_state_name(enum check_state state);                        /* "WARNING" */

#define CHECK_METRICS 8

struct check_metric {
	const char *label; /* "load_max"; NULL: the list ends */
	const char *key;   /* a field of the document, or "table.column": its greatest value */
	const char *unit;  /* of performance data: "%", "s", "" */
};

struct check {
	const char *name, *summary;
	const char *report;                         /* whose document it reads */
	const char *last;                           /* the default of --last */
	struct check_metric metrics[CHECK_METRICS]; /* -w and -c are about the first one */
	const char *replaces; /* kinds of exceptions that -w or -c stand for, blank separated */
	const char *scarce;   /* kinds that say no more than that data lacks: they are UNKNOWN */
	const char *coverage; /* as metrics.key; NULL: nothing tells */
	double enough_pct;    /* below it the check is UNKNOWN */
};

extern const struct check checks[];               /* ends with a NULL name */
const struct check *check_find(const char *name); /* NULL: none */

struct check_limits {
	bool has_warning, has_critical;
	struct range warning, critical; /* -w, -c */
};

struct check_result {
	enum check_state state;
	const struct check *check;
	const struct check_limits *limits;
	double values[CHECK_METRICS]; /* NAN: not known */
	char *why;                    /* one line without '|' */
	char *more;                   /* the exceptions, a line each; "" */
};

void check_judge(const struct check *check, const struct check_limits *limits,
		 const struct doc *doc, struct check_result *ret);
/* No report could be made: UNKNOWN, with the reason. */
void check_failed(const struct check *check, const struct check_limits *limits, const char *why,
		  struct check_result *ret);
void check_result_done(struct check_result *result);

/* "RACKS WARNING - ... | load_max=93.1%;90;100 ...", then the exceptions. Caller frees. */
char *check_text(const struct check_result *result);
/* The same in Prometheus' text format, for the textfile collector of node_exporter. now: of the
 * check. Caller frees. */
char *check_prometheus(const struct check_result *result, int64_t now);

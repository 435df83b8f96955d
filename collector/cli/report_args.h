/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of `rackmeter report` says, checked. */
#pragma once

#include <stdbool.h>

#include "base/option.h"
#include "report/period.h"
#include "report/report.h"

enum report_format { REPORT_TEXT, REPORT_CSV, REPORT_JSON, REPORT_HTML };

struct report_args {
	const char *db, *dir;
	const char *last, *period, *from, *to, *now;
	const char *rack, *hall, *row, *tenant, *circuit, *meter, *boundary, *top, *only, *trend;
	const char *rack_kw, *racks;
	bool flat;
	bool feeds;
	const char *width, *format_name, *table, *output;
	bool brief, quiet_if_ok;
	const char *mail, *mail_from;
	const char *report, *note;
	bool issue;

	enum report_format format;
	size_t columns; /* 0: as the page has */
};

extern const struct option report_args_options[]; /* ends with a name of NULL */

/* Are they in themselves right, and does this report honour them? Fills format and the filters of
 * ret. 0, or 2 after it has said what is wrong. */
int report_args_check(const struct command *command, const struct report *report,
		      struct report_args *args, struct report_options *ret);
/* The period that is asked for. */
int report_args_period(const struct report_args *args, const struct report *report, int64_t now,
		       struct period *ret, struct err *err);
/* The filters that a report honours: "--hall --top". Caller frees. */
char *report_args_filters(const struct report *report);
/* The filters that are given: "--hall H1 --flat"; "" when there are none. Caller frees. */
char *report_args_given(const struct report_args *args);

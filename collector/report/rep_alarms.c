/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report alarms`: what devices say that is wrong with them: states and alarm bits that
 * their profile calls warning or critical, a device with the worst one first, and what ended in the
 * period. Honours --rack, --hall, --row, --tenant, --top and --only exceptions (what lasts, and is
 * not under planned work).
 *
 * JSON (version 1): site, period, span, from, to, devices, devices_telling, telling_pct,
 * devices_critical, devices_warning, devices_planned (with an alarm that lasts), alarms_critical,
 * alarms_warning (of these devices), alarms_ended; "alarms": device, rack, circuit, part, label,
 * quantity, state, name, severity, since, until (null: it lasts), seconds_s (within the period),
 * planned, away.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/alarmlist.h"
#include "report/common.h"
#include "report/report.h"

#define TOP_DEFAULT    50 /* alarms */
#define EXCEPTIONS_MAX 50 /* devices */

struct counts {
	size_t critical, warning, ended; /* alarms */
};

static struct counts count(const struct alarmlist *all)
{
	struct counts c = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct alarmlist_device *d = &all->d[i];

		for (size_t k = 0; k < d->n; k++) {
			c.ended += d->a[k].to != 0;
			if (d->a[k].to || d->planned)
				continue;
			c.critical += d->a[k].severity == SEVERITY_CRITICAL;
			c.warning += d->a[k].severity == SEVERITY_WARNING;
		}
	}
	return c;
}

static void add_row(struct doc_table *t, const struct alarmlist_device *d,
		    const struct alarmlist_alarm *a, int64_t from, int64_t to)
{
	int64_t begin = a->from > from ? a->from : from, end = a->to ? a->to : to;

	doc_row(t);
	doc_cell_text(t, d->name);
	doc_cell_text(t, *d->rack ? d->rack : NULL);
	doc_cell_text(t, *d->circuit ? d->circuit : NULL);
	doc_cell_text(t, a->part);
	doc_cell_text(t, *a->label ? a->label : NULL);
	doc_cell_text(t, a->quantity);
	doc_cell(t, (double)a->state);
	doc_cell_text(t, *a->name ? a->name : NULL);
	doc_cell_text(t, severity_name(a->severity));
	doc_cell(t, (double)a->from);
	doc_cell(t, a->to ? (double)a->to : NAN);
	doc_cell(t, end > begin ? (double)(end - begin) : 0);
	doc_cell(t, d->planned);
	doc_cell(t, d->away);
}

static void add_table(struct doc *doc, const struct alarmlist *all,
		      const struct report_options *o, int64_t from)
{
	struct doc_table *t = doc_table(doc, "alarms", "Alarms");
	size_t top = o->top ? (size_t)o->top : TOP_DEFAULT, shown = 0, left = 0;

	doc_column(t, "device", "Device", DOC_TEXT);
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "circuit", "", DOC_TEXT);
	doc_column(t, "part", "Part", DOC_TEXT);
	doc_column_spare(t, "label", "Label", DOC_TEXT);
	doc_column(t, "quantity", "", DOC_TEXT);
	doc_column(t, "state", "", DOC_NUMBER);
	doc_column(t, "name", "Says", DOC_TEXT);
	doc_column(t, "severity", "Severity", DOC_TEXT);
	doc_column(t, "since", "Since", DOC_TIME);
	doc_column_spare(t, "until", "Until", DOC_TIME);
	doc_column_spare(t, "seconds_s", "Lasted", DOC_SECONDS);
	doc_column_spare(t, "planned", "Planned", DOC_BOOL);
	doc_column(t, "away", "", DOC_BOOL);
	for (size_t i = 0; i < all->n; i++) {
		const struct alarmlist_device *d = &all->d[i];

		for (size_t k = 0; k < d->n; k++) {
			if (o->only_exceptions && (d->a[k].to || d->planned))
				continue;
			if (shown < top) {
				add_row(t, d, &d->a[k], from, o->to);
				shown++;
			} else {
				left++;
			}
		}
	}
	if (left)
		doc_note(doc, "%zu more alarms: --top all lists them.", left);
}

static void add_head(struct doc *doc, const struct alarmlist *all)
{
	struct counts c = count(all);
	double telling_pct = all->devices ? 100.0 * (double)all->telling / (double)all->devices
					  : NAN;

	doc_verdict(doc,
		    all->critical  ? 2
		    : all->warning ? 1
				   : 0,
		    "%zu device%s critical, %zu with a warning, %zu of %zu devices tell their "
		    "state",
		    all->critical, all->critical == 1 ? "" : "s", all->warning, all->telling,
		    all->devices);
	doc_number(doc, "devices", "", DOC_COUNT, (double)all->devices);
	doc_number(doc, "devices_telling", "", DOC_COUNT, (double)all->telling);
	doc_number(doc, "telling_pct", "Devices that tell", DOC_PERCENT, telling_pct);
	doc_number(doc, "devices_critical", "", DOC_COUNT, (double)all->critical);
	doc_number(doc, "devices_warning", "", DOC_COUNT, (double)all->warning);
	doc_number(doc, "devices_planned", "Under planned work", DOC_COUNT, (double)all->planned);
	doc_number(doc, "alarms_critical", "Alarms, critical", DOC_COUNT, (double)c.critical);
	doc_number(doc, "alarms_warning", "Alarms, warning", DOC_COUNT, (double)c.warning);
	doc_number(doc, "alarms_ended", "Ended in the period", DOC_COUNT, (double)c.ended);
}

static int fill(struct db *db, const struct report_options *o, const char *site, int64_t from,
		bool since, struct doc *doc, struct err *err)
{
	const struct rack_filter filter = {
		.from = from, .to = o->to, .rack = o->rack, .hall = o->hall, .row = o->row,
		.tenant = o->tenant,
	};
	struct alarmlist all;

	if (alarmlist_load(db, &filter, false, &all, err) < 0)
		return -1;
	common_period(doc, site, from, o->to, since, o->period_text);
	alarmlist_tell(&all, EXCEPTIONS_MAX, doc);
	add_head(doc, &all);
	add_table(doc, &all, o, from);
	if (all.telling < all.devices)
		doc_note(doc,
			 "%zu devices have no state or alarm bit that may be more than ok: nothing "
			 "is known of their well-being beyond that they answer.",
			 all.devices - all.telling);
	alarmlist_done(&all);
	return 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	char *site = NULL;
	int64_t from;
	bool since;
	int r;

	if (common_start(db, options, &from, &since, err) < 0 ||
	    common_setting(db, "site", options->to - 1, &site, err) < 0)
		return -1;
	r = common_collector(db, options, doc, err);
	if (r == 0)
		r = fill(db, options, site ? site : "", from, since, doc, err);
	free(site);
	return r;
}

const struct report rep_alarms = {
	.name = "alarms",
	.summary = "what devices say is wrong with them: states and alarm bits, since when",
	.version = 1,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_ROW | REPORT_TENANT | REPORT_TOP |
		   REPORT_EXCEPTIONS,
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter report collector: how polling itself went. The devices that need a person stand
 * first; of the thousands that are fine, only as many are listed as were asked for. Charts:
 * "answered_pct" and "latency_ms", a curve for each of the first devices; "delays_ms": loop_lag_ms.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cause.h"
#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/outage.h"
#include "report/period.h"
#include "report/polls.h"
#include "report/report.h"
#include "report/timeline.h"
#include "store/query.h"

#define TOP_DEFAULT    20
#define EXCEPTIONS_MAX 20
#define CHART_DEVICES  5
#define GOOD_PCT       99.9 /* below it a device that answers now is worth a look */

struct counts {
	size_t ok, suspect, dormant, unknown, poor;
	size_t planned; /* of suspect and dormant: work was announced that silences them */
	size_t bad;     /* dormant, and not planned */
	size_t never; /* never surveyed, so no poll of theirs was due or missed */
	double due, missed;
};

/* 3: does not answer, 2: failed lately or was never asked, 1: misses polls, 0: fine. */
static int need(const struct polls_device *d)
{
	if (!strcmp(d->state, "dormant"))
		return 3;
	if (strcmp(d->state, "ok") != 0)
		return 2;
	return d->success_pct < GOOD_PCT;
}

/* Worst first: state, then share of polls answered, then name. Sorts pointers, so that the same
 * input gives the same bytes. */
static int by_need(const void *a, const void *b)
{
	const struct polls_device *x = *(const struct polls_device *const *)a;
	const struct polls_device *y = *(const struct polls_device *const *)b;
	double px = isnan(x->success_pct) ? 101 : x->success_pct;
	double py = isnan(y->success_pct) ? 101 : y->success_pct;

	double lx = isnan(x->p95_ms) ? -1 : x->p95_ms, ly = isnan(y->p95_ms) ? -1 : y->p95_ms;

	if (need(x) != need(y))
		return need(y) - need(x);
	if (px < py || px > py)
		return px < py ? -1 : 1;
	if (lx < ly || lx > ly)
		return lx > ly ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct counts count(const struct polls *all, const struct outages *away)
{
	struct counts c = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct polls_device *d = &all->d[i];
		const struct outage_device *gone = outages_find(away, d->name);
		bool planned = gone && gone->away && gone->planned;

		c.ok += !strcmp(d->state, "ok");
		c.suspect += !strcmp(d->state, "suspect");
		c.dormant += !strcmp(d->state, "dormant");
		c.bad += !strcmp(d->state, "dormant") && !planned;
		c.planned += planned;
		c.unknown += !strcmp(d->state, "unknown");
		c.poor += need(d) == 1;
		c.never += need(d) >= 2 && d->due == 0;
		c.due += (double)d->due;
		c.missed += (double)d->missed;
	}
	return c;
}

/* "no answer 12, late 3", NULL when nothing was missed. */
static char *kinds_text(const struct polls *all, const struct polls_device *d)
{
	char *text = NULL;

	for (size_t k = 0; k < POLLS_KINDS && d->kinds[k].n > 0; k++) {
		const char *name = "other";
		char *more;

		for (size_t c = 0; c < all->n_causes; c++) {
			if (all->causes[c].cause == d->kinds[k].cause)
				name = all->causes[c].name;
		}
		/* "late: the scan before ...": the word is enough here */
		more = xasprintf("%s%s%.*s %lld", text ? text : "", text ? ", " : "",
				 (int)strcspn(name, ":"), name, (long long)d->kinds[k].n);
		free(text);
		text = more;
	}
	return text;
}

/* Devices that fell silent with their circuit are its line, those under planned work are none. */
static void add_exceptions(struct doc *doc, const struct outages *away,
			   struct polls_device *const *order, size_t n)
{
	size_t shown = 0, more = 0;

	outages_tell_circuits(away, doc);
	for (size_t i = 0; i < n && need(order[i]) >= 2; i++) {
		const struct polls_device *d = order[i];
		const struct outage_device *gone = outages_find(away, d->name);
		char when[64] = "", last[64];

		if (!strcmp(d->state, "unknown") && d->due == 0 && !d->since)
			continue; /* not polled yet: counted in the verdict */
		if (gone && (gone->planned || gone->because != TOPOLOGY_NONE))
			continue;
		if (shown == EXCEPTIONS_MAX) {
			more++;
			continue;
		}
		shown++;
		if (d->since > 0)
			zone_format(d->since, when, sizeof(when));
		doc_exception(
			doc, need(d) == 3 ? 2 : 1, "device", d->name, "%s%s%s%s%s%s%s%s%s",
			d->state, *when ? " since " : "", when, *d->rack ? ", rack " : "", d->rack,
			*d->cause ? ": " : "", d->cause, d->answered_at ? "; last answer " : "",
			d->answered_at ? zone_format(d->answered_at, last, sizeof(last)) : "");
	}
	if (more)
		doc_exception(doc, 1, "device", "devices", "%zu more; --top N lists them", more);
}

static void add_process_exceptions(struct doc *doc, const struct polls *all)
{
	if (all->dropped > 0)
		doc_exception(doc, 2, "queue", "rackmeterd",
			      "%.0f rows found the queue to the database full and were dropped: "
			      "is the disk too slow? (polling.queue)",
			      all->dropped);
	if (all->late > 0)
		doc_exception(doc, 1, "late", "rackmeterd",
			      "%.0f polls were skipped because the one before still ran, or the "
			      "loop was held up (longest %.0f ms)",
			      all->late, all->lag_ms_max);
}

static void add_devices(struct doc *doc, const struct polls *all, struct polls_device *const *order,
			size_t n, int64_t now)
{
	struct doc_table *t = doc_table(doc, "devices_table", "Devices");

	doc_column(t, "device", "Device", DOC_TEXT);
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "since", "", DOC_TIME);
	doc_column(t, "last_answer", "", DOC_TIME);
	doc_column(t, "last_answer_age_s", "Answer age", DOC_SECONDS);
	doc_column(t, "polls_due", "Polls", DOC_COUNT);
	doc_column(t, "polls_missed", "Missed", DOC_COUNT);
	doc_column(t, "success_pct", "Success", DOC_PERCENT);
	doc_column(t, "latency_median_ms", "Median", DOC_MS);
	doc_column(t, "latency_p95_ms", "p95", DOC_MS);
	doc_column(t, "failures", "Failures", DOC_TEXT);
	for (size_t i = 0; i < n; i++) {
		const struct polls_device *d = order[i];
		char *kinds = kinds_text(all, d);

		doc_row(t);
		doc_cell_text(t, d->name);
		doc_cell_text(t, *d->rack ? d->rack : NULL);
		doc_cell_text(t, d->state);
		doc_cell(t, d->since > 0 ? (double)d->since : NAN);
		doc_cell(t, d->answered_at > 0 ? (double)d->answered_at : NAN);
		doc_cell(t, d->answered_at > 0 ? (double)(now - d->answered_at) : NAN);
		/* without a scan nothing was due on a grid: that is not "0 polls, 0 missed" */
		doc_cell(t, d->due > 0 ? (double)d->due : NAN);
		doc_cell(t, d->due > 0 ? (double)d->missed : NAN);
		doc_cell(t, d->success_pct);
		doc_cell(t, d->median_ms);
		doc_cell(t, d->p95_ms);
		doc_cell_text(t, kinds);
		free(kinds);
	}
}

static void add_causes(struct doc *doc, const struct polls *all)
{
	struct doc_table *t;

	if (!all->n_causes)
		return;
	t = doc_table(doc, "failures_table", "Why polls were missed");
	doc_column(t, "cause", "Cause", DOC_TEXT);
	doc_column(t, "polls", "Polls", DOC_COUNT);
	doc_column(t, "devices", "Devices", DOC_COUNT);
	for (size_t i = 0; i < all->n_causes; i++) {
		doc_row(t);
		doc_cell_text(t, all->causes[i].name);
		doc_cell(t, (double)all->causes[i].n);
		doc_cell(t, (double)all->causes[i].devices);
	}
}

static void add_fields(struct doc *doc, const struct polls *all, const struct counts *c)
{
	doc_number(doc, "devices", "Devices", DOC_COUNT, (double)all->n);
	doc_number(doc, "devices_ok", "", DOC_COUNT, (double)c->ok);
	doc_number(doc, "devices_suspect", "", DOC_COUNT, (double)c->suspect);
	doc_number(doc, "devices_dormant", "", DOC_COUNT, (double)c->dormant);
	doc_number(doc, "devices_away", "", DOC_COUNT, (double)(c->dormant + c->suspect));
	doc_number(doc, "devices_planned", "", DOC_COUNT, (double)c->planned);
	doc_number(doc, "devices_unknown", "", DOC_COUNT, (double)c->unknown);
	doc_number(doc, "devices_not_read", "Not read yet", DOC_COUNT, (double)c->never);
	doc_number(doc, "polls_due", "Polls due", DOC_COUNT, c->due);
	doc_number(doc, "polls_missed", "Polls missed", DOC_COUNT, c->missed);
	doc_number(doc, "success_pct", "Answered", DOC_PERCENT,
		   c->due > 0 ? 100 * (c->due - c->missed) / c->due : NAN);
	doc_number(doc, "polls_begun", "Polls begun", DOC_COUNT, all->polls);
	doc_number(doc, "polls_late", "Late", DOC_COUNT, all->late);
	doc_number(doc, "polls_overrun", "At their deadline", DOC_COUNT, all->overrun);
	doc_number(doc, "loop_lag_max_ms", "Longest loop delay", DOC_MS, all->lag_ms_max);
	doc_number(doc, "rows_stored", "Rows stored", DOC_COUNT, all->rows);
	doc_number(doc, "rows_dropped", "Rows dropped", DOC_COUNT, all->dropped);
	doc_number(doc, "queue_rows_max", "Longest queue", DOC_COUNT, all->queued_max);
	doc_number(doc, "commits", "Commits", DOC_COUNT, all->commits);
}

static void add_verdict(struct doc *doc, const struct polls *all, const struct counts *c)
{
	bool bad = c->bad || all->dropped > 0;
	bool worth = bad || c->suspect + c->dormant > c->planned || c->unknown || c->poor ||
		     all->late > 0;
	char *never = c->never ? xasprintf(", and none counted of the %zu not read yet", c->never)
			       : xstrdup("");
	char *planned = c->planned ? xasprintf(" (%zu under planned work)", c->planned)
				   : xstrdup("");
	char *success = c->due > 0 ? xasprintf("%.3f %% of %.0f polls answered%s",
					       100 * (c->due - c->missed) / c->due, c->due, never)
				   : xstrdup("no poll was due");

	doc_verdict(doc,
		    bad     ? 2
		    : worth ? 1
			    : 0,
		    "%zu device%s: %zu ok, %zu suspect, %zu dormant%s, %zu unknown; %s", all->n,
		    all->n == 1 ? "" : "s", c->ok, c->suspect, c->dormant, planned, c->unknown,
		    success);
	free(planned);
	free(never);
	free(success);
}

/* The latest instant that is stored: what lies behind it was neither answered nor missed. */
static int last_stored(struct db *db, int64_t *ret, struct err *err)
{
	struct query *q = query_new(db, "report_daemon", err);
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r >= 0)
		*ret = r > 0 && !query_is_null(q, 4) ? query_int(q, 4) : INT64_MAX;
	query_free(q);
	return r < 0 ? -1 : 0;
}

/* ---- charts --------------------------------------------------------------------------- */

/* One quantity of the health of the devices that stand first. */
static int add_health(struct db *db, int64_t from, int64_t to, struct polls_device *const *order,
		      size_t n, const char *quantity, struct doc_chart *chart, struct err *err)
{
	struct timeline *t = timeline_open(db, from, to, err);
	int r = t ? 0 : -1;

	for (size_t i = 0; i < n && r == 0; i++) {
		doc_curve(chart, order[i]->name, order[i]->name);
		r = timeline_named(t, "device", order[i]->name, "collector", quantity, err);
	}
	if (r == 0 && n)
		timeline_points(t, 0, n, NULL, 0, chart);
	timeline_close(t);
	return r;
}

static int add_delays(struct db *db, int64_t from, int64_t to, struct doc *doc, struct err *err)
{
	struct timeline *t = timeline_open(db, from, to, err);
	struct doc_chart *chart;
	int r = -1;

	if (t)
		r = timeline_named(t, "collector", "rackmeterd", "poll", "loop_lag_ms", err);
	if (r == 0) {
		chart = doc_chart(doc, "delays_ms", "Poll loop behind its timers", DOC_MS);
		doc_curve(chart, "loop_lag_ms", timeline_means(t));
		timeline_points(t, 0, 1, NULL, 0, chart);
	}
	timeline_close(t);
	return r;
}

static int add_charts(struct db *db, int64_t from, int64_t to, struct polls_device *const *order,
		      size_t n, struct doc *doc, struct err *err)
{
	size_t shown = n < CHART_DEVICES ? n : CHART_DEVICES;
	struct doc_chart *answered =
		doc_chart(doc, "answered_pct", "Polls answered", DOC_PERCENT);
	struct doc_chart *latency = doc_chart(doc, "latency_ms", "Mean latency", DOC_MS);

	if (add_health(db, from, to, order, shown, "success_pct", answered, err) < 0 ||
	    add_health(db, from, to, order, shown, "latency_ms", latency, err) < 0)
		return -1;
	return add_delays(db, from, to, doc, err);
}

static int fill(struct db *db, const struct report_options *o, const struct polls *all,
		const struct outages *away, const char *site, bool since, int64_t from,
		struct doc *doc, struct err *err)
{
	struct polls_device **order = xcalloc(all->n + 1, sizeof(struct polls_device *));
	struct counts c = count(all, away);
	int r;
	size_t top = o->top > 0 ? (size_t)o->top : TOP_DEFAULT;

	for (size_t i = 0; i < all->n; i++)
		order[i] = &all->d[i];
	qsort(order, all->n, sizeof(struct polls_device *), by_need);
	add_verdict(doc, all, &c);
	add_process_exceptions(doc, all);
	add_exceptions(doc, away, order, all->n);
	common_period(doc, site, from, o->to, since, o->period_text);
	add_fields(doc, all, &c);
	add_causes(doc, all);
	add_devices(doc, all, order, top < all->n ? top : all->n, o->now);
	if (top < all->n)
		doc_note(doc,
			 "The %zu devices that need attention most, of %zu; --top N for "
			 "more.",
			 top, all->n);
	doc_note(doc,
		 "State: now. Success: polls answered of those due while rackmeterd ran. "
		 "Latency and the latest answer are as fine as intervals.health; p95 is of its "
		 "means.");
	r = add_charts(db, from, o->to, order, all->n, doc, err);
	free(order);
	return r;
}

static int run(struct db *db, const struct report_options *o, struct doc *doc, struct err *err)
{
	struct polls all = { 0 };
	struct outages away = { 0 };
	int64_t last, from, to = o->to;
	bool since;
	char *site = NULL;
	int r;

	if (common_start(db, o, &from, &since, err) < 0 || last_stored(db, &last, err) < 0)
		return -1;
	if (last < to - 1)
		to = last + 1;
	const struct rack_filter devices = { from, o->to, o->rack, o->hall, NULL, NULL };
	if (common_setting(db, "site", o->to - 1, &site, err) < 0)
		return -1;
	r = polls_load(db, from, to, o->rack, o->hall, &all, err);
	if (r == 0 && all.n == 0 && (o->rack || o->hall))
		r = err_set(err, "there is no device there: see --rack and --hall");
	else if (r == 0 && all.n == 0)
		r = common_missing(err, "device", "devices.csv",
				   "PDU-R017-A,snmp://10.1.7.11,apc-rpdu2,R017,R017-A,it_in",
				   "device,endpoint,profile,rack,circuit,role");
	if (r == 0)
		r = common_collector(db, o, doc, err);
	if (r == 0)
		r = outages_load(db, &devices, &away, err);
	if (r == 0)
		r = fill(db, o, &all, &away, site ? site : "", since, from, doc, err);
	outages_done(&away);
	polls_done(&all);
	free(site);
	return r;
}

const struct report rep_collector = {
	.name = "collector",
	.summary = "how polling went: devices that do not answer, latency, late and dropped polls",
	.version = 1,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_TOP,
	.run = run,
};

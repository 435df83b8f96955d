/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report meters`: the register of meters: what devices.csv says of each, what it tells
 * of itself, its class, calibration and latest reading, and what is wrong with how it was put in.
 * Overdue calibration first, then what a check found; planned work excuses silence. Honours --hall,
 * --rack, --circuit (and what lies below it), --meter, --top, --only exceptions.
 *
 * JSON (version 1): site, period, span, from, to, meters, primary, overdue, due_soon (within 30
 * days), never_answered, serials_differ, suspicious; "meters_table": meter, device, part, use
 * (primary or check), role, circuit, rack, hall, profile, serial (devices.csv), serial_told, model,
 * firmware (as the device tells), acc_pct, ct_acc_pct, cal_due, cal_days (until then; less than 0:
 * overdue), factor, power_w, energy_wh (the register), read_at, state (of the device),
 * counter_ratio (register by integral of power), checks.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/commission.h"
#include "report/common.h"
#include "report/ledger_balance.h"
#include "report/report.h"
#include "report/suspect.h"
#include "store/query.h"

#define LATEST_S  3600 /* how far back the latest reading is looked for */
#define SOON_DAYS 30
#define RATIO_OFF 0.03
#define DAY_S     86400.0

struct device { /* a row of the register */
	char *name, *profile, *serial, *cal_due, *note, *state, *cause;
	char *serial_told, *model, *firmware; /* "" when it tells none */
	double acc_pct, ct_acc_pct;
	bool answered;
};

struct entry { /* a meter: a device, or a part of it */
	const struct topology_meter *m;
	const struct device *device;
	const struct ledger_line *line; /* NULL: a check, or one that was not read */
	char *name;
	double cal_days; /* NAN: not told */
	double power_w, energy_wh;
	int64_t read_at; /* 0: not of late */
	char *checks;    /* "" of nothing */
	int severity;
};

struct work {
	struct db *db;
	const struct report_options *options;
	struct ledger l;
	bool has_ledger; /* there is a primary meter at all */
	struct topology topology;
	struct oplog log;
	int64_t from, to;
	bool since;
	struct device *devices;
	size_t n_devices, cap_devices;
	struct entry *entries;
	size_t n;
};

/* ---- the register --------------------------------------------------------------- */

static int load_devices(struct work *w, struct err *err)
{
	struct query *q = query_new(w->db, "report_register", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", w->to - 1);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&w->devices, &w->cap_devices, w->n_devices + 1, sizeof(*w->devices));
		w->devices[w->n_devices++] = (struct device){
			.name = xstrdup(query_text(q, 0)),
			.profile = xstrdup(query_text(q, 1)),
			.serial = xstrdup(query_text(q, 2)),
			.cal_due = xstrdup(query_text(q, 3)),
			.acc_pct = query_real(q, 4),
			.ct_acc_pct = query_real(q, 5),
			.note = xstrdup(query_text(q, 6)),
			.state = xstrdup(query_text(q, 7)),
			.cause = xstrdup(query_text(q, 9)),
			.serial_told = xstrdup(query_text(q, 10)),
			.model = xstrdup(query_text(q, 11)),
			.firmware = xstrdup(query_text(q, 12)),
			.answered = query_int(q, 13) > 0,
		};
	}
	query_free(q);
	return r;
}

static int compare_device(const void *name, const void *device)
{
	return strcmp(name, ((const struct device *)device)->name);
}

static bool wanted(const struct work *w, const struct topology_meter *m)
{
	const struct report_options *o = w->options;
	const struct topology *t = &w->topology;
	const char *hall = m->rack != TOPOLOGY_NONE      ? t->racks[m->rack].hall
			   : m->circuit != TOPOLOGY_NONE ? t->c[m->circuit].hall
							 : "";

	if (o->hall && strcmp(hall, o->hall) != 0)
		return false;
	if (o->rack && (m->rack == TOPOLOGY_NONE || strcmp(t->racks[m->rack].name, o->rack) != 0))
		return false;
	if (o->circuit) {
		size_t up = topology_find(t, o->circuit);

		if (m->circuit == TOPOLOGY_NONE || up == TOPOLOGY_NONE ||
		    (m->circuit != up && !topology_feeds(t, up, m->circuit)))
			return false;
	}
	return true;
}

/* The lines are by name. */
static const struct ledger_line *line_of(const struct work *w, const char *name)
{
	size_t lo = 0, hi = w->l.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(w->l.line[mid].m->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->l.n && !strcmp(w->l.line[lo].m->name, name) ? &w->l.line[lo] : NULL;
}

static double days_until(const char *date, int64_t now)
{
	struct err ignored;
	int64_t due;

	if (!*date || zone_parse(date, &due, &ignored) < 0)
		return NAN;
	return floor((double)(due - now) / DAY_S);
}

static void make_entries(struct work *w)
{
	const struct topology *t = &w->topology;

	w->entries = xcalloc(t->n_meters + 1, sizeof(*w->entries));
	for (size_t i = 0; i < t->n_meters; i++) {
		const struct topology_meter *m = &t->meters[i];
		struct entry *e = &w->entries[w->n];
		char *name = *m->part ? xasprintf("%s/%s", m->device, m->part) : xstrdup(m->device);

		if (!wanted(w, m) || (w->options->meter && strcmp(name, w->options->meter) != 0 &&
				      strcmp(m->device, w->options->meter) != 0)) {
			free(name);
			continue;
		}
		*e = (struct entry){ .m = m,
				     .name = name,
				     .device =
					     w->n_devices
						     ? bsearch(m->device, w->devices, w->n_devices,
							       sizeof(*w->devices), compare_device)
						     : NULL,
				     .line = w->has_ledger ? line_of(w, name) : NULL,
				     .cal_days = NAN,
				     .power_w = NAN,
				     .energy_wh = NAN,
				     .checks = xstrdup("") };
		if (e->device)
			e->cal_days = days_until(e->device->cal_due, w->options->now);
		w->n++;
	}
}

/* ---- the latest reading ------------------------------------------------------------ */

static int latest_of(struct work *w, const struct topology_meter *m,
		     enum topology_quantity quantity, double *ret, int64_t *ret_at, struct err *err)
{
	double sum = NAN;

	for (size_t i = 0; i < m->n_series; i++) {
		struct samples s = { 0 };

		if (m->series[i].quantity != quantity || !m->series[i].main)
			continue;
		if (series_read(w->db, m->series[i].id, w->to - LATEST_S, w->to, false, &s, err) <
		    0)
			return -1;
		/* a sum without one of its members is none */
		if (!s.n) {
			samples_done(&s);
			return 0;
		}
		sum = (isnan(sum) ? 0 : sum) + s.s[s.n - 1].value * m->factor;
		*ret_at = s.s[s.n - 1].ts > *ret_at ? s.s[s.n - 1].ts : *ret_at;
		samples_done(&s);
	}
	*ret = sum;
	return 0;
}

static int read_latest(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];

		if (latest_of(w, e->m, TOPOLOGY_W, &e->power_w, &e->read_at, err) < 0 ||
		    latest_of(w, e->m, TOPOLOGY_WH, &e->energy_wh, &e->read_at, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what is wrong ------------------------------------------------------------------ */

static void found(struct entry *e, int severity, const char *kind, const char *text,
		  struct doc *doc)
{
	char *all = *e->checks ? xasprintf("%s; %s", e->checks, text) : xstrdup(text);

	free(e->checks);
	e->checks = all;
	e->severity = severity > e->severity ? severity : e->severity;
	doc_exception(doc, severity, kind, e->name, "%s", text);
}

static void check_serial(struct entry *e, struct doc *doc)
{
	const struct device *d = e->device;

	if (!d || *e->m->part || !*d->serial || !*d->serial_told ||
	    !strcmp(d->serial, d->serial_told))
		return;
	char *text = xasprintf("tells serial number %s, devices.csv has %s: the meter was "
			       "exchanged (correct serial, and `rackmeter log add replaced device "
			       "%s` tells when), or another one answers",
			       d->serial_told, d->serial, d->name);

	found(e, 1, "serial", text, doc);
	free(text);
}

static void check_calibration(struct entry *e, struct doc *doc)
{
	if (*e->m->part || !(e->cal_days < 0))
		return;
	char *text = xasprintf("calibration was due on %s", e->device->cal_due);

	found(e, 1, "calibration", text, doc);
	free(text);
}

static void check_line(struct entry *e, struct doc *doc)
{
	const struct ledger_line *line = e->line;
	double ratio = line ? ledger_ratio(line) : NAN;

	if (line && line->total.wh < -line->total.step_wh && strcmp(e->m->role, "generator") != 0 &&
	    strcmp(e->m->role, "utility") != 0)
		found(e, 2, "negative", "its energy is negative: it is turned round", doc);
	if (line && line->total.frozen)
		found(e, 2, "frozen", "its register stands still while power is drawn", doc);
	if (!isnan(ratio) && fabs(ratio - 1) > RATIO_OFF) {
		const char *meaning = suspect_ratio(ratio);
		char *text =
			xasprintf("its register counts %.4g times what its power adds up to%s%s",
				  ratio, meaning ? ": " : "", meaning ? meaning : "");

		found(e, meaning ? 2 : 1, "counter_ratio", text, doc);
		free(text);
	}
}

/* Whether it may be silent because of announced work. */
static bool is_excused(const struct work *w, const struct entry *e)
{
	return oplog_silent(&w->log, &w->topology, "device", e->m->device, w->to - 1);
}

static void check_answers(const struct work *w, struct entry *e, struct doc *doc)
{
	const struct device *d = e->device;
	char *text;

	if (!d || *e->m->part || d->answered || is_excused(w, e))
		return;
	text = xasprintf("never answered%s%s", *d->cause ? ": " : "", d->cause);
	found(e, 2, "never_answered", text, doc);
	free(text);
}

static void check_balances(struct work *w, struct doc *doc)
{
	struct ledger_balance *b;
	size_t n = w->has_ledger ? ledger_balances(&w->l, &b) : 0;

	for (size_t i = 0; i < n; i++) {
		int severity;
		char *text = ledger_balance_text(&b[i], &severity);

		for (size_t k = 0; text && k < w->n; k++)
			if (w->entries[k].line == b[i].own)
				found(&w->entries[k], severity, "balance", text, doc);
		free(text);
	}
	if (w->has_ledger)
		free(b);
}

static int check_phases(struct work *w, struct doc *doc, struct err *err)
{
	struct commission c = { 0 };

	if (commission_load(w->db, &w->topology, w->from, w->to, &c, err) < 0)
		return -1;
	for (size_t i = 0; i < c.n; i++)
		for (size_t k = 0; k < w->n; k++)
			if (w->entries[k].m == &w->topology.meters[c.f[i].meter])
				found(&w->entries[k], 2, "phases", c.f[i].text, doc);
	commission_done(&c);
	return 0;
}

static int check_all(struct work *w, struct doc *doc, struct err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		check_answers(w, &w->entries[i], doc);
		check_serial(&w->entries[i], doc);
		check_calibration(&w->entries[i], doc);
		check_line(&w->entries[i], doc);
	}
	check_balances(w, doc);
	return check_phases(w, doc, err);
}

/* ---- the document ------------------------------------------------------------------- */

static int by_need(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	bool late_a = a->cal_days < 0, late_b = b->cal_days < 0;

	if (late_a != late_b)
		return late_a ? -1 : 1;
	if (late_a && a->cal_days != b->cal_days)
		return a->cal_days < b->cal_days ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void add_row(const struct work *w, const struct entry *e, struct doc_table *t)
{
	const struct topology *p = &w->topology;
	const struct topology_meter *m = e->m;
	const struct device *d = e->device;
	struct err ignored;
	int64_t due;
	bool has_due = d && *d->cal_due && zone_parse(d->cal_due, &due, &ignored) == 0;
	bool racked = m->rack != TOPOLOGY_NONE, wired = m->circuit != TOPOLOGY_NONE;

	doc_row(t);
	doc_cell_text(t, e->name);
	doc_cell_text(t, m->device);
	doc_cell_text(t, m->part);
	doc_cell_text(t, m->primary ? "primary" : "check");
	doc_cell_text(t, m->role);
	doc_cell_text(t, wired ? p->c[m->circuit].name : NULL);
	doc_cell_text(t, racked ? p->racks[m->rack].name : NULL);
	doc_cell_text(t, racked ? p->racks[m->rack].hall : wired ? p->c[m->circuit].hall : NULL);
	doc_cell_text(t, d ? d->profile : NULL);
	doc_cell_text(t, d ? d->serial : NULL);
	doc_cell_text(t, d ? d->serial_told : NULL);
	doc_cell_text(t, d ? d->model : NULL);
	doc_cell_text(t, d ? d->firmware : NULL);
	doc_cell(t, d ? d->acc_pct : NAN);
	doc_cell(t, d ? d->ct_acc_pct : NAN);
	doc_cell(t, has_due ? (double)due : NAN);
	doc_cell(t, e->cal_days);
	doc_cell(t, m->factor);
	doc_cell(t, e->power_w);
	doc_cell(t, e->energy_wh);
	doc_cell(t, e->read_at ? (double)e->read_at : NAN);
	doc_cell_text(t, d ? d->state : NULL);
	doc_cell(t, e->line ? ledger_ratio(e->line) : NAN);
	doc_cell_text(t, e->checks);
}

static void add_table(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "meters_table", "Meters");
	size_t shown = 0, top = w->options->top > 0 ? (size_t)w->options->top : w->n;

	doc_main(doc, t);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "device", "", DOC_TEXT);
	doc_column(t, "part", "", DOC_TEXT);
	doc_column(t, "use", "Use", DOC_TEXT);
	doc_column(t, "role", "Role", DOC_TEXT);
	doc_column(t, "circuit", "Circuit", DOC_TEXT);
	doc_column(t, "rack", "", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "profile", "", DOC_TEXT);
	doc_column(t, "serial", "Serial", DOC_TEXT);
	doc_column(t, "serial_told", "", DOC_TEXT);
	doc_column(t, "model", "", DOC_TEXT);
	doc_column(t, "firmware", "", DOC_TEXT);
	doc_column(t, "acc_pct", "Class", DOC_PERCENT);
	doc_column(t, "ct_acc_pct", "CT", DOC_PERCENT);
	doc_column(t, "cal_due", "Cal. due", DOC_DATE);
	doc_column(t, "cal_days", "", DOC_COUNT);
	doc_column(t, "factor", "", DOC_RATIO);
	doc_column(t, "power_w", "Power", DOC_W);
	doc_column(t, "energy_wh", "", DOC_WH);
	doc_column(t, "read_at", "", DOC_TIME);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "counter_ratio", "", DOC_RATIO);
	doc_column(t, "checks", "", DOC_TEXT);
	for (size_t i = 0; i < w->n && shown < top; i++) {
		if (w->options->only_exceptions && !*w->entries[i].checks)
			continue;
		add_row(w, &w->entries[i], t);
		shown++;
	}
	if (shown < w->n)
		doc_note(doc, "%zu of %zu meters are shown.", shown, w->n);
}

static void fill(struct work *w, const char *site, struct doc *doc)
{
	size_t primary = 0, overdue = 0, soon = 0, silent = 0, differ = 0, suspicious = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct entry *e = &w->entries[i];
		const struct device *d = e->device;
		bool whole = !*e->m->part;

		primary += e->m->primary;
		overdue += whole && e->cal_days < 0;
		soon += whole && e->cal_days >= 0 && e->cal_days <= SOON_DAYS;
		silent += whole && d && !d->answered && !is_excused(w, e);
		differ += whole && d && *d->serial && *d->serial_told &&
			  strcmp(d->serial, d->serial_told) != 0;
		suspicious += e->severity == 2 && (!d || d->answered);
	}
	qsort(w->entries, w->n, sizeof(*w->entries), by_need);
	doc_verdict(doc, suspicious || silent ? 2 : overdue || differ,
		    "%zu meters: %zu suspicious, %zu never answered, %zu with another serial "
		    "number, calibration of %zu overdue",
		    w->n, suspicious, silent, differ, overdue);
	common_period(doc, site, w->from, w->to, w->since, w->options->period_text);
	doc_number(doc, "meters", "Meters", DOC_COUNT, (double)w->n);
	doc_number(doc, "primary", "Of them primary", DOC_COUNT, (double)primary);
	doc_number(doc, "overdue", "Calibration overdue", DOC_COUNT, (double)overdue);
	doc_number(doc, "due_soon", "Due within 30 days", DOC_COUNT, (double)soon);
	doc_number(doc, "never_answered", "Never answered", DOC_COUNT, (double)silent);
	doc_number(doc, "serials_differ", "Other serial number", DOC_COUNT, (double)differ);
	doc_number(doc, "suspicious", "Suspicious", DOC_COUNT, (double)suspicious);
	add_table(w, doc);
	doc_note(doc, "Checks over the period: sign of energy and of each phase, power against "
		      "volts and amps of the same phase, order of phases against the meter above, "
		      "register against the integral of power, meter against those below it.");
}

static int run_work(struct work *w, struct doc *doc, struct err *err)
{
	const struct report_options *o = w->options;
	const struct ledger_filter all = { 0 };
	struct err none;
	char *site = NULL;

	w->from = o->from;
	w->to = o->to;
	if (epochs_cut(w->db, o->now, &w->from, &w->to, &w->since, err) < 0)
		return -1;
	/* without any primary meter there may still be checks */
	w->has_ledger = ledger_load(w->db, w->from, w->to, o->now, &all, &w->l, &none) == 0;
	if (topology_load(w->db, w->to - 1, &w->topology, err) < 0 || load_devices(w, err) < 0 ||
	    oplog_load(w->db, w->from, w->to, &w->log, err) < 0)
		return -1;
	for (size_t i = 0; i < w->topology.n_meters && !w->has_ledger; i++)
		if (w->topology.meters[i].primary && *w->topology.meters[i].role)
			return err_set(err, "%s", none.text);
	make_entries(w);
	if (!w->n)
		return err_set(err, "there is no such meter: without --hall, --rack, --circuit and "
				    "--meter all are listed");
	if (read_latest(w, err) < 0 || check_all(w, doc, err) < 0 ||
	    common_collector(w->db, o, doc, err) < 0 ||
	    common_setting(w->db, "site", w->to - 1, &site, err) < 0)
		return -1;
	fill(w, site ? site : "", doc);
	free(site);
	return 0;
}

static void done(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->entries[i].name);
		free(w->entries[i].checks);
	}
	for (size_t i = 0; i < w->n_devices; i++) {
		struct device *d = &w->devices[i];

		free(d->name);
		free(d->profile);
		free(d->serial);
		free(d->cal_due);
		free(d->note);
		free(d->state);
		free(d->cause);
		free(d->serial_told);
		free(d->model);
		free(d->firmware);
	}
	free(w->entries);
	free(w->devices);
	oplog_done(&w->log);
	topology_done(&w->topology);
	if (w->has_ledger)
		ledger_done(&w->l);
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .db = db, .options = options };
	int r = run_work(&w, doc, err);

	done(&w);
	return r;
}

const struct report rep_meters = {
	.name = "meters",
	.summary = "the register of meters: serials, classes, calibration; how they were put in",
	.version = 1,
	.filters = REPORT_HALL | REPORT_RACK | REPORT_CIRCUIT | REPORT_METER | REPORT_TOP |
		   REPORT_EXCEPTIONS,
	.run = run,
};

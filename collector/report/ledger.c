/* SPDX-License-Identifier: Apache-2.0 */
/* See ledger.h. */
#include "report/ledger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/progress.h"

#define FULL        0.99 /* of a day, to hold two sources against each other */
#define LEAST_STEPS 100  /* of a register, for the same */

/* ---- which meters ---------------------------------------------------------- */

static bool wanted(const struct ledger *l, const struct meter *m, const struct ledger_filter *f)
{
	size_t at = topology_find(&l->topology, m->circuit), up;

	if (f->hall && strcmp(m->hall, f->hall) != 0)
		return false;
	if (f->rack && strcmp(m->rack, f->rack) != 0)
		return false;
	if (f->meter && strcmp(m->name, f->meter) != 0 && strcmp(m->device, f->meter) != 0)
		return false;
	if (!f->circuit)
		return true;
	up = topology_find(&l->topology, f->circuit);
	return at != TOPOLOGY_NONE &&
	       (at == up || (up != TOPOLOGY_NONE && topology_feeds(&l->topology, up, at)));
}

static int none_wanted(const struct ledger *l, const struct ledger_filter *f, struct err *err)
{
	const struct meters *meters = &l->epochs.e[l->epochs.n - 1].meters;
	const char **names = xcalloc(meters->n + 1, sizeof(*names));
	const char *asked = f->meter     ? f->meter
			    : f->rack    ? f->rack
			    : f->circuit ? f->circuit
					 : f->hall;
	const char *near = NULL;

	for (size_t i = 0; asked && i < meters->n; i++) {
		const struct meter *m = &meters->m[i];

		names[i] = f->meter     ? m->name
			   : f->rack    ? m->rack
			   : f->circuit ? m->circuit
					: m->hall;
	}
	if (asked)
		near = text_nearest(asked, names, meters->n);
	free(names);
	if (!asked)
		return err_set(err, "there is no primary meter: give a device a role in "
				    "devices.csv, for example it_in for a rack PDU");
	return err_set(err, "there is no primary meter for %s%s%s", asked,
		       near ? ": did you mean " : "", near ? near : "");
}

/* ---- one meter -------------------------------------------------------------- */

double ledger_declared_s(const struct oplog *log, const struct topology *t, const struct meter *m,
			 int64_t from, int64_t to)
{
	const char *kind = *m->part ? "channel" : "device";
	double declared_s = 0;

	for (int64_t at = from, next; at < to; at = next) {
		struct usage hole;

		next = oplog_next(log, at);
		next = next < to ? next : to;
		if (!oplog_silent(log, t, kind, m->name, at))
			continue;
		usage_day(m, at, next, &hole);
		declared_s += hole.window_s - hole.covered_s;
	}
	return declared_s;
}

/* A register that spans a silence covers it: then no more than the rest is declared. */
static double left_s(const struct usage *u)
{
	return fmax(u->window_s - u->covered_s - u->declared_s, 0);
}

static void hold_against_power(const struct meter *m, const struct period_part *day,
			       struct ledger_line *line)
{
	struct meter_energy c, p;

	if (!m->n_energy || !m->n_power)
		return;
	meter_energy_counter(m, day->from, day->to, &c);
	meter_energy_power(m, day->from, day->to, &p);
	if (c.covered_s < FULL * c.window_s || p.covered_s < FULL * p.window_s)
		return;
	line->register_step_wh = fmax(line->register_step_wh, c.step_wh);
	line->counter_wh += c.wh;
	line->power_wh += p.wh;
}

/* What the registers show at the end less what they showed at the beginning, believed or not. */
static double raw_wh(const struct meter *m)
{
	double wh = 0;

	for (size_t i = 0; i < m->n_energy; i++) {
		const struct samples *s = &m->energy[i].samples;
		const struct buckets *h = &m->energy[i].hours;

		if (m->energy[i].hourly && h->n)
			wh += h->b[h->n - 1].last - h->b[0].first;
		else if (s->n)
			wh += s->s[s->n - 1].value - s->s[0].value;
	}
	return wh;
}

/* A register that counts a thousand times too fast is one that is never believed. */
static void hold_raw_against_power(const struct epoch *e, const struct meter *m,
				   struct ledger_line *line)
{
	double factor = meter_factor_at(m, e->to - 1, true), step_wh = 0;
	struct meter_energy p;

	if (!m->n_energy || !m->n_power || line->counter_wh > 0 || line->power_wh > 0)
		return;
	meter_energy_power(m, e->from, e->to, &p);
	if (p.covered_s < FULL * p.window_s || meter_factor_at(m, e->from, true) != factor)
		return;
	for (size_t i = 0; i < m->n_energy; i++)
		step_wh += m->energy[i].counter.lsb_wh * fabs(factor);
	line->register_step_wh = step_wh;
	line->counter_wh = raw_wh(m) * factor;
	line->power_wh = p.wh;
}

struct pass { /* the meters of one epoch */
	struct ledger *l;
	const struct epoch *epoch;
	struct meter_reader *reader;
	struct period_list days; /* cut to the epoch */
	size_t first_day;        /* the first of them in l->days */
};

struct taking {
	const struct ledger *l;
	struct ledger_line *line;
	size_t first_day;
};

static size_t part_of(const struct ledger *l, size_t day)
{
	size_t part = day;

	if (l->monthly)
		for (part = 0; part + 1 < l->parts.n && l->parts.p[part].to <= l->days.p[day].from;)
			part++;
	return part;
}

static void take_piece(void *user, size_t day, const struct usage_span *span,
		       const struct usage *piece)
{
	const struct taking *t = user;

	usage_add(&t->line->part[part_of(t->l, t->first_day + day)], piece);
	usage_add(&t->line->total, piece);
	if (t->line->rate_wh)
		t->line->rate_wh[span->tag] += piece->wh;
}

/* Prices by the time of the week, or the time in one. */
static struct usage_span *spans_of(const struct epoch *e, const struct tariff *tariff,
				   size_t *ret_n)
{
	struct tariff_span *prices = NULL;
	size_t n = tariff ? tariff_spans(tariff, e->from, e->to, &prices) : 1;
	struct usage_span *spans = xcalloc(n + 1, sizeof(*spans));

	spans[0] = (struct usage_span){ e->from, e->to, 0 };
	for (size_t i = 0; prices && i < n; i++)
		spans[i] = (struct usage_span){ prices[i].from, prices[i].to, prices[i].rate };
	free(prices);
	*ret_n = n;
	return spans;
}

static void add_events(struct ledger_line *line, char *more)
{
	char *both = NULL;

	if (*line->events && *more)
		both = xasprintf("%s, %s", line->events, more);
	else
		both = xstrdup(*more ? more : line->events);
	free(line->events);
	free(more);
	line->events = both;
}

static void count(const struct pass *r, const struct meter *m, struct ledger_line *line)
{
	const struct ledger *l = r->l;
	struct taking t = { l, line, r->first_day };
	size_t n;
	struct usage_span *spans = spans_of(r->epoch, line->tariff, &n);
	double missing = line->total.window_s - line->total.covered_s;

	usage_divide(m, &r->days, spans, n, take_piece, &t);
	free(spans);
	for (size_t d = 0; d < r->days.n; d++)
		hold_against_power(m, &r->days.p[d], line);
	hold_raw_against_power(r->epoch, m, line);
	if (l->log.n && line->total.window_s - line->total.covered_s > missing)
		for (size_t d = 0; d < r->days.n; d++) {
			struct usage *part = &line->part[part_of(l, r->first_day + d)];
			double declared_s = ledger_declared_s(&l->log, &l->topology, m,
							      r->days.p[d].from, r->days.p[d].to);
			struct usage more = { .declared_s = fmin(
						      declared_s,
						      fmin(left_s(part), left_s(&line->total))) };

			usage_add(part, &more);
			usage_add(&line->total, &more);
		}
	add_events(line, meter_events_text(m, r->epoch->from, r->epoch->to, line->total.frozen));
}

/* Energy delivered back: the register beside that of what was drawn, with the same factors. */
static int count_export(struct db *db, const struct pass *pass, const struct meter *m,
			struct ledger_line *line, struct err *err)
{
	struct meter back = *m;
	struct usage day;
	int r = 0;

	back.power = back.energy = NULL;
	back.n_power = back.n_energy = 0;
	for (size_t i = 0; i < m->n_energy && r >= 0; i++) {
		int64_t series;

		r = common_sibling(db, m->energy[i].id, "energy_export_wh", &series, err);
		if (r <= 0)
			continue;
		back.energy = xrealloc(back.energy, back.n_energy + 1, sizeof(*back.energy));
		back.energy[back.n_energy++] = (struct meter_series){ .id = series };
	}
	if (r >= 0 && back.n_energy) {
		line->exports = true;
		r = meter_reader_read(pass->reader, &back, err);
		for (size_t d = 0; r >= 0 && d < pass->days.n; d++) {
			usage_day(&back, pass->days.p[d].from, pass->days.p[d].to, &day);
			usage_add(&line->export, &day);
		}
	}
	meter_drop(&back);
	free(back.energy);
	return r < 0 ? -1 : 0;
}

/* ---- all of them ------------------------------------------------------------- */

static const struct tariff *tariff_of(const struct ledger *l, const struct meter *m)
{
	for (size_t i = 0; i < l->tariffs.n; i++)
		if (*m->circuit && !strcmp(l->tariffs.t[i].name, m->circuit))
			return &l->tariffs.t[i];
	return tariffs_find(&l->tariffs, m->hall);
}

/* ---- lines -------------------------------------------------------------------- */

static bool same_place(const struct meter *a, const struct meter *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->role, b->role) &&
	       !strcmp(a->circuit, b->circuit) && !strcmp(a->rack, b->rack);
}

/* The line that the meter had in an earlier epoch, else a new one. Meters of all epochs come in
 * the same order, so it is looked for where the last one was found. */
static struct ledger_line *line_of(struct ledger *l, const struct meter *m, const struct epoch *e,
				   size_t n_before, size_t *at)
{
	const struct tariff *tariff = tariff_of(l, m);

	for (size_t i = 0; i < n_before; i++) {
		struct ledger_line *line = &l->line[(*at + i) % n_before];

		if (!same_place(line->m, m))
			continue;
		*at = (*at + i + 1) % n_before;
		line->m = m;
		line->to = e->to;
		return line;
	}
	xgrow(&l->line, &l->cap, l->n + 1, sizeof(*l->line));
	struct ledger_line *line = &l->line[l->n++];

	*line = (struct ledger_line){ .m = m,
				      .from = e->from,
				      .to = e->to,
				      .circuit = topology_find(&l->topology, m->circuit),
				      .tariff = tariff,
				      .part = xcalloc(l->parts.n, sizeof(*line->part)),
				      .events = xstrdup("") };
	if (tariff)
		line->rate_wh = xcalloc(tariff->n + 1, sizeof(*line->rate_wh));
	return line;
}

static int read_epoch(struct db *db, struct ledger *l, struct epoch *e,
		      const struct ledger_filter *filter, struct err *err)
{
	struct pass r = { .l = l, .epoch = e, .reader = meter_reader_new(db, e->from, e->to, err) };
	size_t n_before = l->n, at = 0;
	int rc = r.reader ? 0 : -1;

	period_days(e->from, e->to, &r.days);
	while (l->days.p[r.first_day].to <= e->from)
		r.first_day++;
	for (size_t i = 0; i < e->meters.n && rc == 0; i++) {
		struct meter *m = &e->meters.m[i];

		if (!wanted(l, m, filter))
			continue;
		struct ledger_line *line = line_of(l, m, e, n_before, &at);

		progress_tell(i, e->meters.n);
		rc = meter_reader_read(r.reader, m, err);
		if (rc == 0) {
			count(&r, m, line);
			rc = count_export(db, &r, m, line, err);
		}
		meter_drop(m);
	}
	meter_reader_free(r.reader);
	period_list_done(&r.days);
	return rc;
}

static int by_name(const void *pa, const void *pb)
{
	const struct ledger_line *a = pa, *b = pb;
	int order = strcmp(a->m->name, b->m->name);

	if (!order)
		order = strcmp(a->m->circuit, b->m->circuit);
	if (!order)
		order = strcmp(a->m->rack, b->m->rack);
	return order ? order : strcmp(a->m->role, b->m->role);
}

int ledger_load(struct db *db, int64_t from, int64_t to, int64_t now,
		const struct ledger_filter *filter, struct ledger *ret, struct err *err)
{
	struct ledger l = { .from = from, .to = to };

	if (epochs_cut(db, now, &l.from, &l.to, &l.since, err) < 0 ||
	    epochs_load(db, l.from, l.to, &l.epochs, err) < 0 ||
	    topology_load(db, l.to - 1, &l.topology, err) < 0 ||
	    oplog_load(db, l.from, l.to, &l.log, err) < 0 ||
	    tariffs_load(db, l.from, l.to, &l.tariffs, err) < 0)
		goto fail;
	period_days(l.from, l.to, &l.days);
	l.monthly = l.days.n > LEDGER_DAYS_MAX;
	if (l.monthly)
		period_months(l.from, l.to, &l.parts);
	else
		period_days(l.from, l.to, &l.parts);
	for (size_t i = 0; i < l.epochs.n; i++)
		if (read_epoch(db, &l, &l.epochs.e[i], filter, err) < 0)
			goto fail;
	if (!l.n) {
		none_wanted(&l, filter, err);
		goto fail;
	}
	qsort(l.line, l.n, sizeof(*l.line), by_name);
	*ret = l;
	return 0;
fail:
	ledger_done(&l);
	return -1;
}

void ledger_done(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->line[i].part);
		free(l->line[i].events);
		free(l->line[i].rate_wh);
	}
	free(l->line);
	period_list_done(&l->days);
	period_list_done(&l->parts);
	tariffs_done(&l->tariffs);
	oplog_done(&l->log);
	topology_done(&l->topology);
	epochs_done(&l->epochs);
	*l = (struct ledger){ 0 };
}

double ledger_ratio(const struct ledger_line *line)
{
	if (!(fabs(line->power_wh) > 0) ||
	    fabs(line->power_wh) < LEAST_STEPS * line->register_step_wh)
		return NAN;
	return line->counter_wh / line->power_wh;
}

double ledger_cost(const struct ledger_line *line)
{
	double cost = 0;

	if (!line->tariff)
		return NAN;
	for (size_t i = 0; i < line->tariff->n; i++)
		cost += tariff_energy_cost(line->tariff, i, line->rate_wh[i]);
	return cost;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See ledger.h. */
#include "report/ledger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "store/query.h"

#define FULL        0.99 /* of a day, to hold two sources against each other */
#define LEAST_STEPS 20   /* of a register, for the same */
#define LAST_S      600  /* a period that ends now ends with the last reading, if not longer ago */

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
	const char **names = xcalloc(l->meters.n + 1, sizeof(*names));
	const char *asked = f->meter     ? f->meter
			    : f->rack    ? f->rack
			    : f->circuit ? f->circuit
					 : f->hall;
	const char *near = NULL;

	for (size_t i = 0; asked && i < l->meters.n; i++) {
		const struct meter *m = &l->meters.m[i];

		names[i] = f->meter     ? m->name
			   : f->rack    ? m->rack
			   : f->circuit ? m->circuit
					: m->hall;
	}
	if (asked)
		near = text_nearest(asked, names, l->meters.n);
	free(names);
	if (!asked)
		return err_set(err, "there is no primary meter: give a device a role in "
				    "devices.csv, for example it_in for a rack PDU");
	return err_set(err, "there is no primary meter for %s%s%s", asked,
		       near ? ": did you mean " : "", near ? near : "");
}

/* ---- one meter -------------------------------------------------------------- */

static void declare(const struct ledger *l, const struct meter *m, int64_t from, int64_t to,
		    struct usage *u)
{
	const char *kind = *m->part ? "channel" : "device";

	for (int64_t at = from, next; at < to; at = next) {
		struct usage hole;

		next = oplog_next(&l->log, at);
		next = next < to ? next : to;
		if (!oplog_silent(&l->log, &l->topology, kind, m->name, at))
			continue;
		usage_day(m, at, next, &hole);
		u->declared_s += hole.window_s - hole.covered_s;
	}
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
static void hold_raw_against_power(const struct ledger *l, const struct meter *m,
				   struct ledger_line *line)
{
	double factor = meter_factor_at(m, l->to - 1, true);
	struct meter_energy p;

	if (!m->n_energy || !m->n_power || line->counter_wh > 0 || line->power_wh > 0)
		return;
	meter_energy_power(m, l->from, l->to, &p);
	if (p.covered_s < FULL * p.window_s || meter_factor_at(m, l->from, true) != factor)
		return;
	line->counter_wh = raw_wh(m) * factor;
	line->power_wh = p.wh;
}

struct taking {
	const struct ledger *l;
	struct ledger_line *line;
};

static void take_piece(void *user, size_t day, const struct usage_span *span,
		       const struct usage *piece)
{
	const struct taking *t = user;
	const struct period_part *d = &t->l->days.p[day];
	size_t part = day;

	if (t->l->monthly)
		for (part = 0; part + 1 < t->l->parts.n && t->l->parts.p[part].to <= d->from;)
			part++;
	usage_add(&t->line->part[part], piece);
	usage_add(&t->line->total, piece);
	if (t->line->rate_wh)
		t->line->rate_wh[span->tag] += piece->wh;
}

/* Prices by the time of the week, or the period in one. */
static struct usage_span *spans_of(const struct ledger *l, const struct tariff *tariff,
				   size_t *ret_n)
{
	struct tariff_span *prices = NULL;
	size_t n = tariff ? tariff_spans(tariff, l->from, l->to, &prices) : 1;
	struct usage_span *spans = xcalloc(n + 1, sizeof(*spans));

	spans[0] = (struct usage_span){ l->from, l->to, 0 };
	for (size_t i = 0; prices && i < n; i++)
		spans[i] = (struct usage_span){ prices[i].from, prices[i].to, prices[i].rate };
	free(prices);
	*ret_n = n;
	return spans;
}

static void count(const struct ledger *l, const struct usage_span *spans, size_t n,
		  struct ledger_line *line)
{
	struct taking t = { l, line };
	const struct meter *m = line->m;

	usage_divide(m, &l->days, spans, n, take_piece, &t);
	for (size_t d = 0; d < l->days.n; d++)
		hold_against_power(m, &l->days.p[d], line);
	hold_raw_against_power(l, m, line);
	if (line->total.covered_s < line->total.window_s && l->log.n)
		for (size_t i = 0; i < l->parts.n; i++) {
			struct usage more = { 0 };

			declare(l, m, l->parts.p[i].from, l->parts.p[i].to, &more);
			usage_add(&line->part[i], &more);
			usage_add(&line->total, &more);
		}
	line->events = meter_events_text(m, l->from, l->to, line->total.frozen);
}

/* Energy delivered back: the register beside that of what was drawn, with the same factors. */
static int count_export(struct db *db, struct meter_reader *reader, const struct ledger *l,
			struct ledger_line *line, struct err *err)
{
	struct meter back = *line->m;
	struct usage day;
	int r = 0;

	back.power = back.energy = NULL;
	back.n_power = back.n_energy = 0;
	for (size_t i = 0; i < line->m->n_energy && r >= 0; i++) {
		int64_t series;

		r = common_sibling(db, line->m->energy[i].id, "energy_export_wh", &series, err);
		if (r <= 0)
			continue;
		back.energy = xrealloc(back.energy, back.n_energy + 1, sizeof(*back.energy));
		back.energy[back.n_energy++] = (struct meter_series){ .id = series };
	}
	if (r >= 0 && back.n_energy) {
		line->exports = true;
		r = meter_reader_read(reader, &back, err);
		for (size_t d = 0; r >= 0 && d < l->days.n; d++) {
			usage_day(&back, l->days.p[d].from, l->days.p[d].to, &day);
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

static int read_line(struct db *db, struct meter_reader *reader, struct ledger *l, struct meter *m,
		     struct err *err)
{
	struct ledger_line *line = &l->line[l->n++];
	const struct tariff *tariff = tariff_of(l, m);
	size_t n;

	*line = (struct ledger_line){ .m = m,
				      .circuit = topology_find(&l->topology, m->circuit),
				      .tariff = tariff,
				      .part = xcalloc(l->parts.n, sizeof(*line->part)) };
	if (tariff)
		line->rate_wh = xcalloc(tariff->n + 1, sizeof(*line->rate_wh));
	if (meter_reader_read(reader, m, err) < 0)
		return -1;
	struct usage_span *spans = spans_of(l, tariff, &n);

	count(l, spans, n, line);
	free(spans);
	meter_drop(m);
	return count_export(db, reader, l, line, err);
}

static int read_lines(struct db *db, struct ledger *l, const struct ledger_filter *filter,
		      struct err *err)
{
	struct meter_reader *reader = meter_reader_new(db, l->from, l->to, err);
	int r = reader ? 0 : -1;

	l->line = xcalloc(l->meters.n + 1, sizeof(*l->line));
	for (size_t i = 0; i < l->meters.n && r == 0; i++)
		if (wanted(l, &l->meters.m[i], filter))
			r = read_line(db, reader, l, &l->meters.m[i], err);
	meter_reader_free(reader);
	if (r == 0 && !l->n)
		r = none_wanted(l, filter, err);
	return r;
}

/* From the first reading; to the last one when the period ends now. */
static int cut_period(struct db *db, int64_t now, struct ledger *l, struct err *err)
{
	struct query *q = query_new(db, "report_daemon", err);
	int64_t first, last = 0;
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0 && !query_is_null(q, 4))
		last = query_int(q, 4);
	query_free(q);
	if (r < 0 || common_first(db, &first, err) < 0)
		return -1;
	if (!first || first >= l->to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	l->since = l->from < first;
	if (l->since)
		l->from = first;
	if (l->to >= now && last < l->to && last > l->to - LAST_S && last > l->from)
		l->to = last;
	return 0;
}

int ledger_load(struct db *db, int64_t from, int64_t to, int64_t now,
		const struct ledger_filter *filter, struct ledger *ret, struct err *err)
{
	struct ledger l = { .from = from, .to = to };

	if (cut_period(db, now, &l, err) < 0 || meters_load(db, l.to, &l.meters, err) < 0 ||
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
	if (read_lines(db, &l, filter, err) < 0)
		goto fail;
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
	meters_done(&l->meters);
	*l = (struct ledger){ 0 };
}

double ledger_ratio(const struct ledger_line *line)
{
	if (!(fabs(line->power_wh) > 0) || fabs(line->power_wh) < LEAST_STEPS * line->total.step_wh)
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

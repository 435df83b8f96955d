/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people told of meters in log.csv, and serial numbers that changed, entered into the meters
 * it is about. A line is about all meters of its scope: channel ("BCM-3A/branch 1"), device,
 * circuit, rack, hall, site. Kinds:
 *   factor    value: a number that multiplies what is read, beside the factor of devices.csv
 *   replaced  value: last of the old register/first of the new, with its unit; empty: not read
 *   bad       that time is not data
 *   estimate  value with its unit: energy of that time, shown apart
 * quantity: power or energy (also power_w, energy_wh); * or empty: both.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/meters.h"
#include "report/oplog.h"
#include "store/query.h"

static int problem(const struct oplog_entry *e, const char *what, struct err *err)
{
	char when[48];

	return err_set(err, "log.csv, %s of %s %s from %s: value \"%s\", unit \"%s\": %s", e->kind,
		       e->scope, e->id, zone_format(e->from, when, sizeof(when)), e->value, e->unit,
		       what);
}

static bool concerns(const struct oplog_entry *e, const struct meter *m)
{
	if (!strcmp(e->scope, "site"))
		return true;
	if (!strcmp(e->scope, "channel"))
		return *m->part && !strcmp(e->id, m->name);
	if (!strcmp(e->scope, "device"))
		return !strcmp(e->id, m->device);
	if (!strcmp(e->scope, "circuit"))
		return !strcmp(e->id, m->circuit);
	if (!strcmp(e->scope, "rack"))
		return !strcmp(e->id, m->rack);
	return !strcmp(e->scope, "hall") && !strcmp(e->id, m->hall);
}

static bool quantity_is(const struct oplog_entry *e, const char *short_name, const char *name)
{
	return !*e->quantity || !strcmp(e->quantity, "*") || !strcmp(e->quantity, short_name) ||
	       !strcmp(e->quantity, name);
}

static bool of_power(const struct oplog_entry *e)
{
	return quantity_is(e, "power", "power_w");
}

static bool of_energy(const struct oplog_entry *e)
{
	return quantity_is(e, "energy", "energy_wh");
}

/* Wh per unit; NAN: no unit of energy. */
static double energy_unit(const char *unit)
{
	static const struct {
		const char *name;
		double wh;
	} units[] = { { "Wh", 1 }, { "kWh", 1e3 }, { "MWh", 1e6 }, { "GWh", 1e9 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].wh;
	return NAN;
}

/* ---- factor ---- */

static int by_from(const void *a, const void *b)
{
	int64_t x = ((const struct meter_factor *)a)->from,
		y = ((const struct meter_factor *)b)->from;

	return (x > y) - (x < y);
}

/* A change at ts, with the factors that hold there already. */
static void cut_factor(struct meter *m, int64_t ts)
{
	struct meter_factor f = { ts, 1, 1, false };

	for (size_t i = 0; i < m->n_factors && m->factors[i].from <= ts; i++) {
		if (m->factors[i].from == ts)
			return;
		f = m->factors[i];
	}
	f.from = ts;
	m->factors = xrealloc(m->factors, m->n_factors + 1, sizeof(*m->factors));
	m->factors[m->n_factors++] = f;
	qsort(m->factors, m->n_factors, sizeof(*m->factors), by_from);
}

static int add_factor(struct meter *m, const struct oplog_entry *e, struct err *err)
{
	double factor;

	if (text_to_double(e->value, &factor) < 0 || !(fabs(factor) > 0))
		return problem(e, "write a number other than 0", err);
	cut_factor(m, e->from);
	if (e->to < INT64_MAX)
		cut_factor(m, e->to);
	for (size_t i = 0; i < m->n_factors; i++) {
		struct meter_factor *f = &m->factors[i];

		if (f->from < e->from || f->from >= e->to)
			continue;
		if (of_power(e))
			f->power *= factor;
		if (of_energy(e))
			f->energy *= factor;
		f->corrected = true;
	}
	return 0;
}

/* ---- replaced, bad, estimate ---- */

static void add_break(struct meter *m, struct counter_break b)
{
	size_t i = m->n_breaks;

	m->breaks = xrealloc(m->breaks, m->n_breaks + 1, sizeof(*m->breaks));
	for (; i > 0 && m->breaks[i - 1].from > b.from; i--)
		m->breaks[i] = m->breaks[i - 1];
	m->breaks[i] = b;
	m->n_breaks++;
}

static int add_replaced(struct meter *m, const struct oplog_entry *e, struct err *err)
{
	struct counter_break b = { e->from, e->to, NAN, NAN, true };
	double wh = energy_unit(e->unit), last, first;
	const char *slash = strchr(e->value, '/');

	if (!of_energy(e))
		return 0;
	if (*e->value) {
		char *text = xasprintf("%.*s", slash ? (int)(slash - e->value) : 0, e->value);
		bool ok = slash && !isnan(wh) && text_to_double(text, &last) == 0 &&
			  text_to_double(slash + 1, &first) == 0;

		free(text);
		if (!ok)
			return problem(e,
				       "write last of the old meter/first of the new, 1204.6/0, "
				       "and the unit Wh, kWh, MWh or GWh",
				       err);
		b.last_wh = last * wh;
		b.first_wh = first * wh;
	}
	add_break(m, b);
	return 0;
}

static void add_bad(struct meter *m, const struct oplog_entry *e)
{
	if (of_power(e)) {
		m->bad = xrealloc(m->bad, m->n_bad + 1, sizeof(*m->bad));
		m->bad[m->n_bad++] = (struct meter_bad){ e->from, e->to };
	}
	/* What the register counted in that time is not data either. */
	if (of_energy(e))
		add_break(m, (struct counter_break){ e->from - 1, e->to, NAN, NAN, false });
}

static int add_estimate(struct meter *m, const struct oplog_entry *e, struct err *err)
{
	double value, wh = energy_unit(e->unit);

	if (text_to_double(e->value, &value) < 0 || isnan(wh))
		return problem(e, "write an energy in Wh, kWh, MWh or GWh", err);
	m->estimates = xrealloc(m->estimates, m->n_estimates + 1, sizeof(*m->estimates));
	m->estimates[m->n_estimates++] = (struct meter_estimate){
		.from = e->from,
		.to = e->to,
		.wh = value * wh,
		.text = xasprintf("%s%s%s", e->who, *e->who && *e->note ? ": " : "", e->note),
	};
	return 0;
}

static int apply_entry(struct meter *m, const struct oplog_entry *e, struct err *err)
{
	if (!strcmp(e->kind, "factor"))
		return add_factor(m, e, err);
	if (!strcmp(e->kind, "replaced"))
		return add_replaced(m, e, err);
	if (!strcmp(e->kind, "bad"))
		add_bad(m, e);
	/* A sum over several meters could not be divided among them. */
	if (!strcmp(e->kind, "estimate") &&
	    (!strcmp(e->scope, "channel") || !strcmp(e->scope, "circuit") || !*m->part))
		return add_estimate(m, e, err);
	return 0;
}

/* Kinds that are about what a meter reads. */
static bool is_about_data(const struct oplog_entry *e)
{
	return !strcmp(e->kind, "factor") || !strcmp(e->kind, "replaced") ||
	       !strcmp(e->kind, "bad") ||
	       (!strcmp(e->kind, "estimate") &&
		(!strcmp(e->scope, "channel") || !strcmp(e->scope, "device") ||
		 !strcmp(e->scope, "circuit")));
}

static int add_swaps(struct db *db, int64_t to, struct meters *meters, struct err *err)
{
	struct query *q = query_new(db, "report_swaps", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		for (size_t i = 0; i < meters->n; i++) {
			struct meter *m = &meters->m[i];

			if (strcmp(m->device, query_text(q, 0)) != 0)
				continue;
			m->swaps = xrealloc(m->swaps, m->n_swaps + 1, sizeof(*m->swaps));
			m->swaps[m->n_swaps++] = query_int(q, 1);
		}
	}
	query_free(q);
	return r;
}

int meters_apply_log(struct db *db, int64_t to, struct meters *meters, struct err *err)
{
	struct oplog log = { 0 };
	int r = oplog_load(db, INT64_MIN, to, &log, err);

	for (size_t i = 0; i < log.n && r == 0; i++) {
		if (!is_about_data(&log.e[i]))
			continue;
		for (size_t k = 0; k < meters->n && r == 0; k++)
			if (concerns(&log.e[i], &meters->m[k]))
				r = apply_entry(&meters->m[k], &log.e[i], err);
	}
	oplog_done(&log);
	return r == 0 ? add_swaps(db, to, meters, err) : r;
}

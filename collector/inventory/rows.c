/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as rows. One function per table, each column named as in
 * schema/migrations/0001_base.sql; a cell that was left empty stays empty (NULL for a
 * number, "" for a text), so that the database says what the site said.
 */
#include "inventory/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define YAML      "rackmeter.yaml"
#define CELLS_MAX 24

struct sink {
	int (*each)(void *user, const struct config_row *row);
	void *user;
	struct config_row row;
	struct cell cells[CELLS_MAX];
};

static void start(struct sink *s, const char *table, const char *key, const char *was, int64_t from,
		  const struct cfg_src *src)
{
	s->row = (struct config_row){
		.table = table,
		.key = key,
		.was = was,
		.valid_from = from,
		.file = src->file,
		.line = src->line,
		.cells = s->cells,
	};
}

static struct cell *next_cell(struct sink *s, const char *column, enum cell_type type)
{
	struct cell *c = &s->cells[s->row.n_cells++];

	*c = (struct cell){ .column = column, .type = type };
	return c;
}

static void text(struct sink *s, const char *column, const char *value)
{
	next_cell(s, column, CELL_TEXT)->t = value ? value : "";
}

static void integer(struct sink *s, const char *column, int64_t value)
{
	next_cell(s, column, CELL_INT)->i = value;
}

static void real(struct sink *s, const char *column, double value)
{
	struct cell *c = next_cell(s, column, isnan(value) ? CELL_NULL : CELL_REAL);

	if (!isnan(value))
		c->r = value;
}

/* INT64_MAX: open */
static void until(struct sink *s, const char *column, int64_t ts)
{
	struct cell *c = next_cell(s, column, ts == INT64_MAX ? CELL_NULL : CELL_INT);

	if (ts != INT64_MAX)
		c->i = ts;
}

static int finish(struct sink *s)
{
	return s->each(s->user, &s->row);
}

/* As finish, for a row whose key was made for it. */
static int finish_key(struct sink *s, char *key)
{
	int status = finish(s);

	free(key);
	return status;
}

/* ---- rackmeter.yaml: keys as written there, durations in seconds ----------- */

static int setting(struct sink *s, const struct settings *set, const char *key, const char *value)
{
	struct cfg_src src = { YAML, set->file_line };

	start(s, "setting", key, "", CFG_ALWAYS, &src);
	text(s, "value", value);
	return finish(s);
}

static int setting_int(struct sink *s, const struct settings *set, const char *key, int64_t value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%" PRId64, value);
	return setting(s, set, key, buf);
}

/* The shortest text that reads back as the same number; NAN: no row, nothing was said. */
static int setting_real(struct sink *s, const struct settings *set, const char *key, double value)
{
	char buf[40];

	if (isnan(value))
		return 0;
	for (int digits = 6; digits <= 17; digits++) {
		double back;

		snprintf(buf, sizeof(buf), "%.*g", digits, value);
		if (text_to_double(buf, &back) == 0 && back == value)
			break;
	}
	return setting(s, set, key, buf);
}

static int setting_rows(struct sink *s, const struct settings *set)
{
	int status = setting(s, set, "site", set->site);

	if (!status)
		status = setting(s, set, "zone", set->zone);
	if (!status)
		status = setting(s, set, "database", set->database);
	if (!status)
		status = setting_int(s, set, "intervals.default", set->every_s);
	if (!status)
		status = setting_int(s, set, "intervals.group", set->group_every_s);
	if (!status)
		status = setting_real(s, set, "polling.timeout", set->timeout_ms / 1000.0);
	if (!status)
		status = setting_int(s, set, "polling.in_flight", set->max_in_flight);
	if (!status)
		status = setting_int(s, set, "polling.queue", set->queue_rows);
	if (!status)
		status = setting_int(s, set, "retention.raw", set->keep_raw_s);
	if (!status)
		status = setting_int(s, set, "retention.dense_after", set->dense_after_s);
	if (!status)
		status = setting_int(s, set, "retention.five_minutes", set->keep_5m_s);
	if (!status)
		status = setting_int(s, set, "retention.hourly", set->keep_1h_s);
	if (!status)
		status = setting_real(s, set, "limits.warn", set->limit_warn);
	if (!status)
		status = setting_int(s, set, "limits.hold", set->hold_s);
	if (!status)
		status = setting_real(s, set, "limits.clear", set->limit_clear);
	if (!status)
		status = setting(s, set, "money.currency", set->currency);
	if (!status)
		status = setting_real(s, set, "money.price_per_kw", set->price_per_kw);
	return status;
}

/* "carriers.diesel.unit", ... */
static int carrier_rows(struct sink *s, const struct settings *set)
{
	for (size_t i = 0; i < set->n_carriers; i++) {
		const struct cfg_carrier *c = &set->carriers[i];
		char *unit = xasprintf("carriers.%s.unit", c->name);
		char *kwh = xasprintf("carriers.%s.kwh_per_unit", c->name);
		char *weight = xasprintf("carriers.%s.weight", c->name);
		char *source = xasprintf("carriers.%s.source", c->name);
		int status = setting(s, set, unit, c->unit);

		if (!status)
			status = setting_real(s, set, kwh, c->kwh_per_unit);
		if (!status)
			status = setting_real(s, set, weight, c->weight);
		if (!status)
			status = setting(s, set, source, c->source);
		free(unit);
		free(kwh);
		free(weight);
		free(source);
		if (status)
			return status;
	}
	return 0;
}

static int term_row(struct sink *s, const struct cfg_boundary *b, const char *side, size_t position,
		    const struct cfg_term *term)
{
	struct cfg_src src = { YAML, term->line };
	char *key = xasprintf("%s/%s/%zu", b->name, side, position);

	start(s, "boundary", key, "", CFG_ALWAYS, &src);
	text(s, "name", b->name);
	integer(s, "partial", b->partial);
	integer(s, "category", b->category);
	text(s, "side", side);
	integer(s, "position", (int64_t)position);
	integer(s, "sign", term->sign);
	text(s, "circuit", term->circuit);
	text(s, "role", meter_role_name(term->role));
	text(s, "hall", term->hall);
	return finish_key(s, key);
}

static int boundary_rows(struct sink *s, const struct settings *set)
{
	for (size_t i = 0; i < set->n_boundaries; i++) {
		const struct cfg_boundary *b = &set->boundaries[i];
		int status = 0;

		for (size_t t = 0; t < b->n_facility && !status; t++)
			status = term_row(s, b, "facility", t + 1, &b->facility[t]);
		for (size_t t = 0; t < b->n_it && !status; t++)
			status = term_row(s, b, "it", t + 1, &b->it[t]);
		if (status)
			return status;
	}
	return 0;
}

/* ---- the tables ----------------------------------------------------------- */

static int rack_row(struct sink *s, const struct cfg_rack *r)
{
	char *feeds = xstrdup("");

	for (size_t i = 0; i < r->feeds.n; i++) {
		char *longer = xasprintf("%s%s%s", feeds, i ? " " : "", r->feeds.name[i]);

		free(feeds);
		feeds = longer;
	}
	start(s, "rack", r->rack, r->was, r->valid_from, &r->src);
	text(s, "hall", r->hall);
	text(s, "row", r->row);
	text(s, "pos", r->pos);
	text(s, "status", rack_status_name(r->status));
	text(s, "tenant", r->tenant);
	text(s, "feeds", feeds);
	text(s, "redundancy", redundancy_name(r->redundancy));
	real(s, "budget_w", r->budget_w);
	real(s, "budget_va", r->budget_va);
	real(s, "nameplate_w", r->nameplate_w);
	text(s, "thermal_class", r->thermal_class);
	return finish_key(s, feeds);
}

static int circuit_row(struct sink *s, const struct cfg_circuit *c)
{
	start(s, "circuit", c->circuit, c->was, c->valid_from, &c->src);
	text(s, "kind", c->kind);
	text(s, "side", c->side);
	text(s, "hall", c->hall);
	text(s, "fed_by", c->fed_by);
	text(s, "system", circuit_system_name(c->system));
	real(s, "volts", c->volts);
	text(s, "phases", c->phases);
	real(s, "rated_a", c->rated_a);
	real(s, "rated_va", c->rated_va);
	real(s, "rated_w", c->rated_w);
	real(s, "trip_a", c->trip_a);
	real(s, "derate", c->derate);
	integer(s, "modules", c->modules);
	integer(s, "modules_needed", c->modules_needed);
	text(s, "note", c->note);
	return finish(s);
}

static int device_row(struct sink *s, const struct cfg_device *d, int every_s)
{
	start(s, "device", d->device, d->was, d->valid_from, &d->src);
	text(s, "endpoint", d->endpoint);
	text(s, "profile", d->profile);
	integer(s, "every_s", d->every_s ? d->every_s : every_s);
	text(s, "rack", d->rack);
	text(s, "circuit", d->circuit);
	text(s, "role", meter_role_name(d->role));
	text(s, "use", meter_use_name(d->use));
	real(s, "factor", d->factor);
	real(s, "acc_pct", d->acc_pct);
	real(s, "ct_acc_pct", d->ct_acc_pct);
	text(s, "serial", d->serial);
	text(s, "cal_due", d->cal_due);
	text(s, "note", d->note);
	return finish(s);
}

static int channel_row(struct sink *s, const struct cfg_channel *c)
{
	char *key = xasprintf("%s/%s", c->device, c->part);

	start(s, "channel", key, "", c->valid_from, &c->src);
	text(s, "device", c->device);
	text(s, "part", c->part);
	text(s, "rack", c->rack);
	text(s, "circuit", c->circuit);
	text(s, "phases", c->phases);
	text(s, "position", c->position);
	text(s, "role", meter_role_name(c->role));
	text(s, "use", meter_use_name(c->use));
	real(s, "factor", c->factor);
	real(s, "offset", c->offset);
	text(s, "note", c->note);
	return finish_key(s, key);
}

static int cord_row(struct sink *s, const struct cfg_cord *c)
{
	char *key = xasprintf("%s/%s", c->load, c->psu);

	start(s, "cord", key, "", c->valid_from, &c->src);
	text(s, "powered", c->load);
	text(s, "rack", c->rack);
	text(s, "u", c->u);
	text(s, "tenant", c->tenant);
	text(s, "psu", c->psu);
	integer(s, "psus_needed", c->psus_needed);
	text(s, "device", c->device);
	text(s, "part", c->part);
	text(s, "circuit", c->circuit);
	text(s, "phases", c->phases);
	real(s, "nameplate_w", c->nameplate_w);
	text(s, "bmc", c->bmc);
	return finish_key(s, key);
}

static int budget_row(struct sink *s, const struct cfg_budget *b)
{
	char *key = xasprintf("%s/%s/%s", b->scope, b->id, b->measure);

	start(s, "budget", key, "", b->valid_from, &b->src);
	text(s, "scope", b->scope);
	text(s, "scope_id", b->id);
	text(s, "measure", b->measure);
	real(s, "value", b->value);
	text(s, "unit", b->unit);
	text(s, "window", b->window);
	text(s, "source", b->source);
	return finish_key(s, key);
}

/* What is said about a span of time holds from its start: an edited row corrects it. */
static int log_row(struct sink *s, const struct cfg_log *l)
{
	char *key = xasprintf("%" PRId64 "/%s/%s/%s/%s", l->from, l->scope, l->id, l->kind,
			      l->quantity);

	start(s, "log", key, "", l->from, &l->src);
	integer(s, "from_ts", l->from);
	until(s, "to_ts", l->to);
	text(s, "scope", l->scope);
	text(s, "scope_id", l->id);
	text(s, "kind", l->kind);
	text(s, "quantity", l->quantity);
	text(s, "value", l->value);
	text(s, "unit", l->unit);
	text(s, "ref", l->ref);
	text(s, "who", l->who);
	text(s, "note", l->note);
	return finish_key(s, key);
}

static int fact_row(struct sink *s, const struct cfg_fact *f)
{
	char *key = xasprintf("%s/%" PRId64, f->key, f->from);

	start(s, "fact", key, "", f->from, &f->src);
	text(s, "name", f->key);
	integer(s, "from_ts", f->from);
	until(s, "to_ts", f->to);
	real(s, "value", f->value);
	text(s, "unit", f->unit);
	text(s, "quality", f->quality);
	text(s, "source", f->source);
	text(s, "note", f->note);
	return finish_key(s, key);
}

static int tariff_row(struct sink *s, const struct cfg_tariff *t)
{
	char *key = xasprintf("%s/%s/%s/%s/%s/%s", t->tariff, t->kind, t->days, t->start, t->end,
			      t->clock);

	start(s, "tariff", key, "", t->valid_from, &t->src);
	text(s, "name", t->tariff);
	until(s, "until_ts", t->valid_to);
	text(s, "days", t->days);
	text(s, "start", t->start);
	text(s, "end", t->end);
	text(s, "clock", t->clock);
	text(s, "kind", t->kind);
	real(s, "price", t->price);
	text(s, "unit", t->unit);
	text(s, "currency", t->currency);
	return finish_key(s, key);
}

int inventory_rows(const struct config *config,
		   int (*each)(void *user, const struct config_row *row), void *user)
{
	struct sink s = { .each = each, .user = user };
	int status = setting_rows(&s, &config->settings);

	if (!status)
		status = carrier_rows(&s, &config->settings);
	if (!status)
		status = boundary_rows(&s, &config->settings);
	for (size_t i = 0; i < config->n_racks && !status; i++)
		status = rack_row(&s, &config->racks[i]);
	for (size_t i = 0; i < config->n_circuits && !status; i++)
		status = circuit_row(&s, &config->circuits[i]);
	for (size_t i = 0; i < config->n_devices && !status; i++)
		status = device_row(&s, &config->devices[i], config->settings.every_s);
	for (size_t i = 0; i < config->n_channels && !status; i++)
		status = channel_row(&s, &config->channels[i]);
	for (size_t i = 0; i < config->n_cords && !status; i++)
		status = cord_row(&s, &config->cords[i]);
	for (size_t i = 0; i < config->n_budgets && !status; i++)
		status = budget_row(&s, &config->budgets[i]);
	for (size_t i = 0; i < config->n_log && !status; i++)
		status = log_row(&s, &config->log[i]);
	for (size_t i = 0; i < config->n_facts && !status; i++)
		status = fact_row(&s, &config->facts[i]);
	for (size_t i = 0; i < config->n_tariffs && !status; i++)
		status = tariff_row(&s, &config->tariffs[i]);
	return status;
}

/* ---- all rows at once ------------------------------------------------------ */

struct list {
	struct config_row *rows;
	size_t n, cap;
};

static int keep(void *user, const struct config_row *row)
{
	struct list *l = user;
	struct cell *cells = xcalloc(row->n_cells + 1, sizeof(*cells));

	xgrow(&l->rows, &l->cap, l->n + 1, sizeof(*l->rows));
	for (size_t i = 0; i < row->n_cells; i++) {
		cells[i] = row->cells[i];
		if (cells[i].type == CELL_TEXT)
			cells[i].t = xstrdup(cells[i].t);
	}

	struct config_row *copy = &l->rows[l->n++];

	*copy = *row;
	copy->key = xstrdup(row->key);
	copy->was = xstrdup(row->was);
	copy->file = xstrdup(row->file);
	copy->cells = cells;
	return 0;
}

struct config_row *inventory_rows_all(const struct config *config, size_t *ret_n)
{
	struct list l = { 0 };

	inventory_rows(config, keep, &l);
	*ret_n = l.n;
	return l.rows;
}

struct config_row *inventory_rows_free(struct config_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < rows[i].n_cells; k++)
			if (rows[i].cells[k].type == CELL_TEXT)
				free((char *)rows[i].cells[k].t);
		free((char *)rows[i].key);
		free((char *)rows[i].was);
		free((char *)rows[i].file);
		free((struct cell *)rows[i].cells);
	}
	free(rows);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every column of every table. Ranges catch slips of unit (watts in a kW column), not taste. */
#include "config/column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/price.h"
#include "base/text.h"
#include "base/week.h"

/* clang-format off */
static const struct word thermal_class_words[] = {
	{ "A1", 0 }, { "A2", 0 }, { "A3", 0 }, { "A4", 0 }, { "H1", 0 }, { NULL, 0 },
};
static const struct word log_kind_words[] = {
	{ "planned", 0 }, { "replaced", 0 }, { "factor", 0 }, { "bad", 0 },
	{ "estimate", 0 }, { "test", 0 }, { "note", 0 }, { NULL, 0 },
};
static const struct word log_scope_words[] = {
	{ "site", 0 }, { "hall", 0 }, { "row", 0 }, { "rack", 0 }, { "circuit", 0 },
	{ "device", 0 }, { "channel", 0 }, { "tenant", 0 }, { NULL, 0 },
};
static const struct word budget_scope_words[] = {
	{ "site", 0 }, { "hall", 0 }, { "row", 0 }, { "rack", 0 }, { "circuit", 0 },
	{ "tenant", 0 }, { NULL, 0 },
};
static const struct word clock_words[] = { { "local", 0 }, { "standard", 0 }, { NULL, 0 } };

#define AT(field) .offset = offsetof(ROW, field)
#define TEXT(column, field) { .name = column, .type = COLUMN_TEXT, AT(field) }
#define NAME(column, field) { .name = column, .type = COLUMN_NAME, AT(field) }
#define NAMED(column, field) { .name = column, .type = COLUMN_NAME, AT(field), .required = true }
#define NUMBER(column, field, low, high) \
	{ .name = column, .type = COLUMN_NUMBER, AT(field), .min = low, .max = high, .empty = NAN }
#define ABOVE(column, field, low, high)                                                         \
	{ .name = column, .type = COLUMN_NUMBER, AT(field), .min = low, .max = high,            \
	  .above_min = true, .empty = NAN }
#define KILO(column, field) \
	{ .name = column, .type = COLUMN_NUMBER, AT(field), .factor = 1000, .max = 1e7, \
	  .empty = NAN }
#define KILO_ABOVE(column, field)                                                               \
	{ .name = column, .type = COLUMN_NUMBER, AT(field), .factor = 1000, .max = 1e7,         \
	  .above_min = true, .empty = NAN }
#define FACTOR(field)                                                                           \
	{ .name = "factor", .type = COLUMN_NUMBER, AT(field), .min = -1e6, .max = 1e6,          \
	  .not_zero = true, .empty = 1 }
#define WORD(column, field, list) \
	{ .name = column, .type = COLUMN_WORD, AT(field), .words = list }
#define ENUM(column, field, list) \
	{ .name = column, .type = COLUMN_ENUM, AT(field), .words = list }
#define PHASES { .name = "phases", .type = COLUMN_PHASES, AT(phases) }
#define VALID_FROM { .name = "valid_from", .type = COLUMN_TIME, AT(valid_from) }
#define TIME(column, field) { .name = column, .type = COLUMN_TIME, AT(field), .required = true }

#define ROW struct cfg_rack
static const struct column rack_columns[] = {
	NAMED("rack", rack), NAME("hall", hall), NAME("row", row), NAME("pos", pos),
	ENUM("status", status, rack_status_words), /* empty: live */
	NAME("tenant", tenant),
	{ .name = "feeds", .type = COLUMN_NAMES, AT(feeds) },
	ENUM("redundancy", redundancy, redundancy_words),
	KILO("budget_kw", budget_w), KILO("budget_kva", budget_va),
	KILO("nameplate_kw", nameplate_w),
	WORD("thermal_class", thermal_class, thermal_class_words), VALID_FROM, NAME("was", was),
};
#undef ROW

#define ROW struct cfg_circuit
static const struct column circuit_columns[] = {
	NAMED("circuit", circuit), NAME("kind", kind), NAME("side", side), NAME("hall", hall),
	NAME("fed_by", fed_by), ENUM("system", system, circuit_system_words),
	ABOVE("volts", volts, 0, 1e6), PHASES, ABOVE("rated_a", rated_a, 0, 1e6),
	KILO_ABOVE("rated_kva", rated_va), KILO_ABOVE("rated_kw", rated_w),
	ABOVE("trip_a", trip_a, 0, 1e6), ABOVE("derate", derate, 0, 1),
	{ .name = "modules", .type = COLUMN_MODULES, AT(modules) },
	VALID_FROM, TEXT("note", note), NAME("was", was),
};
#undef ROW

#define ROW struct cfg_device
static const struct column device_columns[] = {
	NAMED("device", device), NAMED("endpoint", endpoint), NAMED("profile", profile),
	NAME("credential", credential), { .name = "every", .type = COLUMN_STEP, AT(every_s) },
	NAME("rack", rack), NAME("circuit", circuit), ENUM("role", role, meter_role_words),
	ENUM("use", use, meter_use_words), FACTOR(factor), NUMBER("acc_pct", acc_pct, 0, 100),
	NUMBER("ct_acc_pct", ct_acc_pct, 0, 100), TEXT("serial", serial),
	{ .name = "cal_due", .type = COLUMN_DATE, AT(cal_due) },
	VALID_FROM, TEXT("note", note), NAME("was", was),
};
#undef ROW

#define ROW struct cfg_channel
static const struct column channel_columns[] = {
	NAMED("device", device),
	{ .name = "part", .type = COLUMN_TEXT, AT(part), .required = true },
	NAME("rack", rack), NAME("circuit", circuit), PHASES,
	{ .name = "position", .type = COLUMN_POSITION, AT(position) },
	ENUM("role", role, meter_role_words), ENUM("use", use, meter_use_words), FACTOR(factor),
	{ .name = "offset", .type = COLUMN_NUMBER, AT(offset) }, VALID_FROM, TEXT("note", note),
};
#undef ROW

#define ROW struct cfg_cord
static const struct column cord_columns[] = {
	NAMED("load", load), NAME("rack", rack), NAME("u", u), NAME("tenant", tenant),
	NAME("psu", psu), { .name = "psus_needed", .type = COLUMN_INT, AT(psus_needed), .min = 1,
			    .max = 64, .empty = 1 },
	NAME("device", device), TEXT("part", part), NAME("circuit", circuit), PHASES,
	NUMBER("nameplate_w", nameplate_w, 0, 1e6), NAME("bmc", bmc), VALID_FROM,
};
#undef ROW

#define ROW struct cfg_budget
static const struct column budget_columns[] = {
	{ .name = "scope", .type = COLUMN_WORD, AT(scope), .required = true,
	  .words = budget_scope_words },
	NAME("id", id), NAMED("measure", measure),
	{ .name = "value", .type = COLUMN_NUMBER, AT(value), .required = true, .max = 1e12,
	  .empty = NAN },
	NAMED("unit", unit), TEXT("window", window), VALID_FROM, TEXT("source", source),
};
#undef ROW

#define ROW struct cfg_log
static const struct column log_columns[] = {
	TIME("from", from), TIME("to", to),
	{ .name = "scope", .type = COLUMN_WORD, AT(scope), .required = true,
	  .words = log_scope_words },
	TEXT("id", id),
	{ .name = "kind", .type = COLUMN_WORD, AT(kind), .required = true,
	  .words = log_kind_words },
	NAME("quantity", quantity), TEXT("value", value), NAME("unit", unit), TEXT("ref", ref),
	TEXT("who", who), TEXT("note", note),
};
#undef ROW

#define ROW struct cfg_fact
static const struct column fact_columns[] = {
	NAMED("key", key), TIME("from", from), TIME("to", to),
	{ .name = "value", .type = COLUMN_NUMBER, AT(value), .required = true, .empty = NAN },
	NAME("unit", unit), NAME("quality", quality), TEXT("source", source), TEXT("note", note),
};
#undef ROW

#define ROW struct cfg_tariff
static const struct column tariff_columns[] = {
	NAMED("tariff", tariff), VALID_FROM,
	{ .name = "valid_to", .type = COLUMN_TIME, AT(valid_to), .open_end = true },
	NAME("days", days), { .name = "start", .type = COLUMN_CLOCK, AT(start) },
	{ .name = "end", .type = COLUMN_CLOCK, AT(end) }, WORD("clock", clock, clock_words),
	NAMED("kind", kind),
	{ .name = "price", .type = COLUMN_NUMBER, AT(price), .required = true, .empty = NAN },
	NAMED("unit", unit), NAMED("currency", currency),
};
#undef ROW
/* clang-format on */

#define PROBLEM(src, ...) diag_add(diag, DIAG_ERROR, (src)->file, (src)->line, 0, __VA_ARGS__)

static void check_circuit(const void *row, const struct cfg_src *src, struct diag *diag)
{
	const struct cfg_circuit *c = row;
	bool rated = !isnan(c->rated_a) || !isnan(c->rated_va) || !isnan(c->rated_w);

	for (const char *p = c->circuit; *p; p++) {
		if (*p == '+' || *p == '>') {
			PROBLEM(src,
				"circuit: '%s' holds a '%c', which fed_by uses as a sign; "
				"choose a name without it",
				c->circuit, *p);
			break;
		}
	}
	/* 0.8 is NEC 210.20 for continuous loads; elsewhere the site knows better. */
	if (rated && isnan(c->derate))
		PROBLEM(src, "derate: is empty, and there is no silent default; write 0.8 where "
			     "NEC applies, 1 where the full rating may be used");
}

/* "1204.6/0": the last reading of the old meter and the first of the new one. */
static bool is_replaced(const char *value)
{
	const char *slash = strchr(value, '/');
	char *last = slash ? xasprintf("%.*s", (int)(slash - value), value) : NULL;
	double ignored;
	bool ok = slash && text_to_double(last, &ignored) == 0 &&
		  text_to_double(slash + 1, &ignored) == 0;

	free(last);
	return ok;
}

/* What the kind needs beside its span. */
static void check_log_kind(const struct cfg_log *l, const struct cfg_src *src, struct diag *diag)
{
	bool metered = !strcmp(l->scope, "device") || !strcmp(l->scope, "channel");
	double value = NAN;
	bool number = text_to_double(l->value, &value) == 0;

	if (!metered && (!strcmp(l->kind, "factor") || !strcmp(l->kind, "replaced")))
		PROBLEM(src, "scope: %s is about one meter; write device or channel", l->kind);
	if (!strcmp(l->kind, "factor") && (!number || value == 0))
		PROBLEM(src, "value: a factor is a number other than 0; write 2 where readings "
			     "must be doubled");
	if (!strcmp(l->kind, "replaced") && *l->value && !is_replaced(l->value))
		PROBLEM(src,
			"value: '%s' is not LAST/FIRST; write 1204.6/0: the last reading of "
			"the old meter and the first of the new one, or leave it empty",
			l->value);
	if (!strcmp(l->kind, "replaced") && *l->value && !*l->unit)
		PROBLEM(src, "unit: is empty; write the unit of the readings, for example kWh");
	if (!strcmp(l->kind, "estimate") && (!number || !*l->unit))
		PROBLEM(src, "value: an estimate needs a number and a unit, for example 120 and "
			     "kWh");
}

static void check_log(const void *row, const struct cfg_src *src, struct diag *diag)
{
	const struct cfg_log *l = row;
	bool site = l->scope[0] == 's';

	check_log_kind(l, src, diag);

	if (l->from != CFG_ALWAYS && l->to != CFG_ALWAYS && l->to <= l->from)
		PROBLEM(src, "to: is not after 'from'; correct one of them");
	if (l->scope[0] && !site && !l->id[0])
		PROBLEM(src, "id: is empty; name the %s it is about", l->scope);
}

static void check_fact(const void *row, const struct cfg_src *src, struct diag *diag)
{
	const struct cfg_fact *f = row;

	if (f->from != CFG_ALWAYS && f->to != CFG_ALWAYS && f->to <= f->from)
		PROBLEM(src, "to: is not after 'from'; correct one of them");
	if (!strncmp(f->key, "power_factor.", 13) &&
	    (!(f->value > 0 && f->value <= 1) || (*f->unit && strcmp(f->unit, "1") != 0)))
		PROBLEM(src, "value: the power factor of a circuit is above 0 and at most 1, "
			     "without a unit; write 0.9 and leave 'unit' empty");
}

static void check_tariff(const void *row, const struct cfg_src *src, struct diag *diag)
{
	const struct cfg_tariff *t = row;

	struct price price;
	struct week week;
	struct err err;

	if (t->valid_from != CFG_ALWAYS && t->valid_to <= t->valid_from)
		PROBLEM(src, "valid_to: is not after 'valid_from'; correct one of them");
	if (*t->kind && *t->unit && price_parse(t->kind, t->unit, &price, &err) < 0)
		PROBLEM(src, "%s", err.text);
	if (week_parse(t->days, t->start, t->end, t->clock, &week, &err) < 0)
		PROBLEM(src, "days, start, end: %s", err.text);
}

/* clang-format off */
#define TABLE(table, type, rows, count, list, ...)                                              \
	{ .name = table, .row_size = sizeof(struct type),                                       \
	  .rows_offset = offsetof(struct config, rows),                                         \
	  .n_offset = offsetof(struct config, count),                                           \
	  .incomplete_offset = offsetof(struct config, incomplete.rows),                        \
	  .columns = list, .n_columns = sizeof(list) / sizeof(list[0]), __VA_ARGS__ }

const struct table_schema table_schemas[] = {
	TABLE("racks", cfg_rack, racks, n_racks, rack_columns, .required = true,
	      .key = { "rack" }),
	TABLE("circuits", cfg_circuit, circuits, n_circuits, circuit_columns,
	      .key = { "circuit" }, .check = check_circuit),
	TABLE("devices", cfg_device, devices, n_devices, device_columns, .required = true,
	      .key = { "device" }),
	TABLE("channels", cfg_channel, channels, n_channels, channel_columns,
	      .key = { "device", "part" }),
	TABLE("cords", cfg_cord, cords, n_cords, cord_columns, .key = { "load", "psu" }),
	TABLE("budgets", cfg_budget, budgets, n_budgets, budget_columns,
	      .key = { "scope", "id", "measure" }),
	TABLE("log", cfg_log, log, n_log, log_columns,
	      .key = { "from", "scope", "id", "kind", "quantity" }, .check = check_log),
	TABLE("facts", cfg_fact, facts, n_facts, fact_columns, .key = { "key", "from" },
	      .check = check_fact),
	TABLE("tariffs", cfg_tariff, tariffs, n_tariffs, tariff_columns,
	      .key = { "tariff", "kind", "days", "start", "end", "clock" },
	      .check = check_tariff),
};
/* clang-format on */
const size_t n_table_schemas = sizeof(table_schemas) / sizeof(table_schemas[0]);

bool step_ok(int64_t step_s)
{
	return step_s >= 1 && step_s <= 86400 && (3600 % step_s == 0 || step_s % 3600 == 0);
}

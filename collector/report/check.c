/* SPDX-License-Identifier: Apache-2.0 */
/* See check.h. */
#include "report/check.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/doc_impl.h"

#define MORE_LINES 20

/* clang-format off */
const struct check checks[] = {
	{ .name = "racks", .summary = "load of racks against their budgets, in percent",
	  .report = "racks", .last = "15m",
	  .metrics = { { "load_max", "racks_table.load_pct", "%" }, { "power", "now_w", "W" },
		       { "racks_over", "racks_over", "" }, { "racks_near", "racks_warn", "" },
		       { "racks_partial", "racks_partial", "" },
		       { "devices_dead", "devices_dead", "" } },
	  .replaces = "over_budget near_budget" },
	{ .name = "failover",
	  .summary = "feeds after the loss of another, in percent of their derated rating",
	  .report = "failover", .last = "15m",
	  .metrics = { { "load_max", "racks_max_pct", "%" }, { "above_max", "above_max_pct", "%" },
		       { "racks_dark", "racks_dark", "" }, { "racks_trip", "racks_trip", "" },
		       { "racks_over", "racks_crit", "" }, { "racks_near", "racks_warn", "" },
		       { "racks_unknown", "racks_unknown", "" } },
	  .replaces = "failover" },
	{ .name = "pue", .summary = "power usage effectiveness",
	  .report = "pue", .last = "24h",
	  .metrics = { { "ratio", "ratio", "" }, { "coverage", "paired_coverage_pct", "%" },
		       { "facility", "facility_wh", "" }, { "it", "it_wh", "" } },
	  .scarce = "meter_partial paired carrier",
	  .coverage = "paired_coverage_pct", .enough_pct = 95 },
	{ .name = "thermal", .summary = "inlets against the limits of their class, hottest in C",
	  .report = "thermal", .last = "15m",
	  .metrics = { { "hottest", "hottest_c", "" }, { "racks_hot", "racks_hot", "" },
		       { "racks_warm", "racks_warm", "" }, { "racks_fast", "racks_fast", "" },
		       { "sensors_bad", "sensors_bad", "" } },
	  .replaces = "hot_inlet", .coverage = "racks_known_pct", .enough_pct = 95 },
	{ .name = "alarms", .summary = "devices that say that something is wrong with them",
	  .report = "alarms", .last = "15m",
	  .metrics = { { "devices_critical", "devices_critical", "" },
		       { "devices_warning", "devices_warning", "" },
		       { "alarms_critical", "alarms_critical", "" },
		       { "alarms_warning", "alarms_warning", "" },
		       { "devices_telling", "devices_telling", "" } },
	  .replaces = "alarm" },
	{ .name = "collector", .summary = "the collector itself: devices that do not answer",
	  .report = "collector", .last = "15m",
	  .metrics = { { "devices_away", "devices_away", "" }, { "answered", "success_pct", "%" },
		       { "late", "polls_late", "" }, { "dropped", "rows_dropped", "" },
		       { "queue", "queue_rows_max", "" } },
	  .replaces = "device" },
	{ .name = NULL },
};
/* clang-format on */

const struct check *check_find(const char *name)
{
	for (const struct check *c = checks; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

const char *check_state_name(enum check_state state)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	return names[state];
}

static bool is_among(const char *kinds, const char *kind)
{
	size_t n = strlen(kind);

	for (const char *p = kinds; p && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == n && !strncmp(p, kind, n))
			return true;
	return false;
}

static bool is_replaced(const struct check *check, const struct check_limits *limits,
			const char *kind)
{
	return (limits->has_warning || limits->has_critical) && is_among(check->replaces, kind);
}

/* ---- the state -------------------------------------------------------------------- */

static int rank(enum check_state state)
{
	static const int ranks[] = { 0, 2, 3, 1 }; /* UNKNOWN between OK and WARNING */

	return ranks[state];
}

static void raise_to(enum check_state *state, enum check_state other)
{
	if (rank(other) > rank(*state))
		*state = other;
}

/* A first line is a plugin's whole message on a pager: no '|', no line ends. */
static char *one_line(const char *text)
{
	char *line = xstrdup(text);

	for (char *p = line; *p; p++)
		if (*p == '|' || *p == '\n')
			*p = *p == '|' ? '/' : ' ';
	return line;
}

static void add_exceptions(const struct doc *doc, struct check_result *r)
{
	size_t size = 0, told = 0, left = 0;
	FILE *f = open_memstream(&r->more, &size);

	if (!f)
		abort();
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *item = &doc->items[i];

		if (item->severity < 1 || is_replaced(r->check, r->limits, item->kind))
			continue;
		raise_to(&r->state, is_among(r->check->scarce, item->kind) ? CHECK_UNKNOWN
				    : item->severity > 1		   ? CHECK_CRITICAL
									   : CHECK_WARNING);
		if (told++ >= MORE_LINES) {
			left++;
			continue;
		}
		char *line = one_line(item->text);
		fprintf(f, "%s%s%s%s\n", item->severity > 1 ? "!! " : "! ",
			item->entity ? item->entity : "",
			item->entity ? ": " : "", line);
		free(line);
	}
	if (left)
		fprintf(f, "and %zu more\n", left);
	if (fclose(f) != 0)
		abort();
}

/* Adds a reason in front of what the report says. */
static void because(struct check_result *r, char *reason)
{
	char *why = xasprintf("%s; %s", reason, r->why);

	free(reason);
	free(r->why);
	r->why = why;
}

static void apply_ranges(struct check_result *r)
{
	const struct check_limits *l = r->limits;
	const struct check_metric *m = &r->check->metrics[0];
	char range[64];
	bool critical = l->has_critical && range_alerts(&l->critical, r->values[0]);
	bool warning = l->has_warning && range_alerts(&l->warning, r->values[0]);

	if (!critical && !warning)
		return;
	raise_to(&r->state, critical ? CHECK_CRITICAL : CHECK_WARNING);
	range_text(critical ? &l->critical : &l->warning, range, sizeof(range));
	because(r, xasprintf("%s %.4g%s alerts by -%c %s", m->label, r->values[0], m->unit,
			     critical ? 'c' : 'w', range));
}

void check_judge(const struct check *check, const struct check_limits *limits,
		 const struct doc *doc, struct check_result *ret)
{
	struct check_result r = { .state = CHECK_OK, .check = check, .limits = limits };
	double coverage = check->coverage ? doc_number_of(doc, check->coverage) : NAN;

	r.why = one_line(doc->verdict ? doc->verdict : "");
	for (size_t i = 0; i < CHECK_METRICS; i++)
		r.values[i] =
			check->metrics[i].label ? doc_number_of(doc, check->metrics[i].key) : NAN;
	add_exceptions(doc, &r);
	apply_ranges(&r);
	if (check->coverage && !(coverage >= check->enough_pct)) {
		raise_to(&r.state, CHECK_UNKNOWN);
		because(&r, isnan(coverage) ? xstrdup("no data")
					    : xasprintf("data of only %.1f %%", coverage));
	} else if (isnan(r.values[0])) {
		raise_to(&r.state, CHECK_UNKNOWN);
		because(&r, xstrdup("no data"));
	}
	*ret = r;
}

void check_failed(const struct check *check, const struct check_limits *limits, const char *why,
		  struct check_result *ret)
{
	struct check_result r = {
		.state = CHECK_UNKNOWN, .check = check, .limits = limits, .more = xstrdup("")
	};

	r.why = one_line(why);
	for (size_t i = 0; i < CHECK_METRICS; i++)
		r.values[i] = NAN;
	*ret = r;
}

void check_result_done(struct check_result *result)
{
	free(result->why);
	free(result->more);
	*result = (struct check_result){ 0 };
}

/* ---- telling ---------------------------------------------------------------------- */

static void put_performance(FILE *f, const struct check_result *r)
{
	const char *begin = " | ";
	char range[64];

	for (size_t i = 0; i < CHECK_METRICS && r->check->metrics[i].label; i++) {
		const struct check_metric *m = &r->check->metrics[i];

		if (isnan(r->values[i]))
			continue;
		fprintf(f, "%s%s=%.12g%s", begin, m->label, r->values[i], m->unit);
		if (i == 0 && (r->limits->has_warning || r->limits->has_critical)) {
			fprintf(f, ";%s",
				r->limits->has_warning
					? range_text(&r->limits->warning, range, sizeof(range))
					: "");
			if (r->limits->has_critical)
				fprintf(f, ";%s",
					range_text(&r->limits->critical, range, sizeof(range)));
		}
		begin = " ";
	}
}

char *check_text(const struct check_result *result)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	for (const char *p = result->check->name; *p; p++)
		fputc(toupper((unsigned char)*p), f);
	fprintf(f, " %s - %s", check_state_name(result->state), result->why);
	put_performance(f, result);
	fprintf(f, "\n%s", result->more);
	if (fclose(f) != 0)
		abort();
	return text;
}

char *check_prometheus(const struct check_result *result, int64_t now)
{
	const char *name = result->check->name;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	fprintf(f,
		"# HELP rackmeter_check_state 0 ok, 1 warning, 2 critical, 3 unknown.\n"
		"# TYPE rackmeter_check_state gauge\n"
		"rackmeter_check_state{check=\"%s\"} %d\n"
		"# HELP rackmeter_check_time_seconds When it was checked.\n"
		"# TYPE rackmeter_check_time_seconds gauge\n"
		"rackmeter_check_time_seconds{check=\"%s\"} %lld\n"
		"# HELP rackmeter_check_value What the check found, as its performance data.\n"
		"# TYPE rackmeter_check_value gauge\n",
		name, (int)result->state, name, (long long)now);
	for (size_t i = 0; i < CHECK_METRICS && result->check->metrics[i].label; i++)
		if (!isnan(result->values[i]))
			fprintf(f, "rackmeter_check_value{check=\"%s\",value=\"%s\"} %.12g\n", name,
				result->check->metrics[i].label, result->values[i]);
	if (fclose(f) != 0)
		abort();
	return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See top_page.h. */
#include "cli/top_page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"

#define HEAD_LINES 3 /* site, choice, titles */
#define FOOT_MOST  6 /* hot spots, silent devices, devices with an alarm, two of each */
#define BAR_MOST   30
#define FIXED      66 /* columns beside the bar */
#define STALE_S    60

struct maker {
	const struct top_data *d;
	struct top_view *v;
	int64_t now;
	int rows, columns;
	bool utf8;
	struct top_page page;
	const struct top_rack **racks; /* those that pass the filter, in order */
	size_t n;
};

static __attribute__((format(printf, 3, 4))) void put(struct maker *m, enum top_mood mood,
						      const char *format, ...)
{
	char *text = NULL;
	va_list args;

	if (m->page.n >= (size_t)m->rows)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	xgrow(&m->page.lines, &m->page.cap, m->page.n + 1, sizeof(*m->page.lines));
	m->page.lines[m->page.n++] = (struct top_line){ text, mood };
}

void top_page_done(struct top_page *page)
{
	for (size_t i = 0; i < page->n; i++)
		free(page->lines[i].text);
	free(page->lines);
	free(page->chosen);
	*page = (struct top_page){ 0 };
}

/* "12.34", or "-". */
static const char *number(double value, int decimals, char *buf, size_t size)
{
	if (isnan(value))
		return "-";
	snprintf(buf, size, "%.*f", decimals, value);
	return buf;
}

/* ---- order ----------------------------------------------------------------------- */

static double load_pct(const struct top_rack *r)
{
	return r->budget_w > 0 ? 100 * r->power_w / r->budget_w : NAN;
}

static bool wanted(const struct top_rack *r, const char *filter)
{
	return !*filter || strstr(r->name, filter) || strstr(r->hall, filter) ||
	       strstr(r->row, filter);
}

static int compare(double x, double y)
{
	x = isnan(x) ? -INFINITY : x;
	y = isnan(y) ? -INFINITY : y;
	return (x < y) - (x > y); /* the greatest first */
}

static int by(const void *a, const void *b, void *user)
{
	const struct top_rack *x = *(const struct top_rack *const *)a;
	const struct top_rack *y = *(const struct top_rack *const *)b;
	int c = 0;

	switch (*(enum top_sort *)user) {
	case TOP_BY_LOAD: c = compare(load_pct(x), load_pct(y)); break;
	case TOP_BY_POWER: c = compare(x->power_w, y->power_w); break;
	case TOP_BY_INLET: c = compare(x->inlet_c, y->inlet_c); break;
	case TOP_BY_NAME:
	case TOP_SORTS: break;
	}
	return c ? c : strcmp(x->name, y->name);
}

static void choose_racks(struct maker *m, const char *filter, enum top_sort sort)
{
	m->racks = xcalloc(m->d->n_racks ? m->d->n_racks : 1, sizeof(*m->racks));
	m->n = 0;
	for (size_t i = 0; i < m->d->n_racks; i++)
		if (wanted(&m->d->racks[i], filter))
			m->racks[m->n++] = &m->d->racks[i];
	qsort_r(m->racks, m->n, sizeof(*m->racks), by, &sort);
}

/* ---- lines ----------------------------------------------------------------------- */

static void put_site(struct maker *m)
{
	const struct top_data *d = m->d;
	char when[64], it[32], facility[32], ratio[32], age[48];
	int64_t old = d->newest ? m->now - d->newest : 0;
	double r = d->it_w > 0 ? d->facility_w / d->it_w : NAN;

	put(m, TOP_HEAD, "%s  %s  IT %s kW%s  facility %s kW  ratio %s  %zu racks  %zu silent"
	    "  %zu alarms",
	    d->site && *d->site ? d->site : "rackmeter", zone_format(m->now, when, sizeof(when)),
	    number(d->it_w / 1000, 1, it, sizeof(it)), d->partial ? " (partial)" : "",
	    number(d->facility_w / 1000, 1, facility, sizeof(facility)),
	    number(r, 3, ratio, sizeof(ratio)), d->n_racks, d->n_silent,
	    d->n_alarms);
	if (!d->newest)
		put(m, TOP_BAD, "no rack has a reading of late: does the collector run?");
	else if (old > STALE_S)
		put(m, TOP_BAD, "nothing was stored for %s: the collector is down or stuck",
		    period_length(old, age, sizeof(age)));
	else if (m->v->typing)
		put(m, TOP_PLAIN, "filter: %s_  (part of a rack, hall or row; Enter keeps it)",
		    m->v->filter);
	else
		put(m, TOP_FAINT, "%s%s%s%sh help  q quit", m->v->paused ? "PAUSED  " : "",
		    *m->v->filter ? "filter " : "", m->v->filter, *m->v->filter ? "  " : "");
}

static void bar(const struct maker *m, double pct, int width, char *buf, size_t size)
{
	int full = isnan(pct) ? 0 : (int)lround(fmin(pct, 100) / 100 * width);
	size_t n = 0;

	for (int i = 0; i < width && n + 4 < size; i++) {
		const char *mark = i < full ? m->utf8 ? "\xe2\x96\x88" : "#" : ".";

		if (pct > 100 && i == width - 1)
			mark = "!";
		n += (size_t)snprintf(buf + n, size - n, "%s", mark);
	}
}

static enum top_mood mood_of(const struct top_data *d, const struct top_rack *r)
{
	double load = load_pct(r);

	if (load > 100 || r->inlet_c > r->allowable_c)
		return TOP_BAD;
	if (load > 100 * d->warn || r->inlet_c > r->recommended_c ||
	    (r->expected > 0 && r->present < r->expected))
		return TOP_WARN;
	return TOP_PLAIN;
}

static void put_rack(struct maker *m, const struct top_rack *r, bool chosen)
{
	int width = m->columns - FIXED < BAR_MOST ? m->columns - FIXED : BAR_MOST;
	char now[32], budget[32], load[32], inlet[32], meters[32] = "-",
						       bars[BAR_MOST * 3 + 8] = "";

	if (width > 2)
		bar(m, load_pct(r), width, bars, sizeof(bars));
	if (r->expected >= 0)
		snprintf(meters, sizeof(meters), "%d/%d", r->present < 0 ? 0 : r->present,
			 r->expected);
	put(m, chosen ? TOP_CHOSEN : mood_of(m->d, r),
	    "%c%-14.14s %-6.6s %-6.6s %8s %8s %6s %s %6s %5s", chosen ? '>' : ' ', r->name, r->hall,
	    r->row, number(r->power_w / 1000, 2, now, sizeof(now)),
	    number(r->budget_w / 1000, 2, budget, sizeof(budget)),
	    number(load_pct(r), 1, load, sizeof(load)), bars,
	    number(r->inlet_c, 1, inlet, sizeof(inlet)), meters);
}

static void put_titles(struct maker *m)
{
	static const char *const sorted[] = { "load", "power", "inlet", "name" };
	int width = m->columns - FIXED < BAR_MOST ? m->columns - FIXED : BAR_MOST;

	put(m, TOP_HEAD, " %-14s %-6s %-6s %8s %8s %6s %-*s %6s %5s  by %s", "RACK", "HALL", "ROW",
	    "kW", "BUDGET", "LOAD %", width > 2 ? width : 0, "", "INLET", "METER",
	    sorted[m->v->sort]);
}

/* What a full page hides: the hottest inlets and the latest silence. */
static void put_foot(struct maker *m)
{
	const struct top_rack *hot[2] = { NULL, NULL };

	for (size_t i = 0; i < m->d->n_racks; i++) {
		const struct top_rack *r = &m->d->racks[i];

		if (!(r->inlet_c > r->recommended_c))
			continue;
		if (!hot[0] || r->inlet_c > hot[0]->inlet_c) {
			hot[1] = hot[0];
			hot[0] = r;
		} else if (!hot[1] || r->inlet_c > hot[1]->inlet_c) {
			hot[1] = r;
		}
	}
	for (size_t i = 0; i < 2 && hot[i]; i++)
		put(m, hot[i]->inlet_c > hot[i]->allowable_c ? TOP_BAD : TOP_WARN,
		    "hot     %-14s %.1f C (class %s: recommended %.0f, allowable %.0f)",
		    hot[i]->name, hot[i]->inlet_c, hot[i]->thermal_class, hot[i]->recommended_c,
		    hot[i]->allowable_c);
	for (size_t i = 0; i < 2 && i < m->d->n_silent; i++) {
		const struct top_device *d = &m->d->silent[i];
		char when[64];

		put(m, d->planned ? TOP_FAINT : TOP_BAD, "%s %-14s %s%s%s%s%s%s, since %s",
		    d->planned ? "planned" : "silent ", d->name, *d->rack ? "rack " : "", d->rack,
		    *d->rack ? ", " : "", d->state, *d->cause ? ": " : "", d->cause,
		    zone_format(d->since, when, sizeof(when)));
	}
	for (size_t i = 0; i < 2 && i < m->d->n_alarms; i++) {
		const struct top_alarm *a = &m->d->alarms[i];
		char when[64];

		put(m,
		    a->planned    ? TOP_FAINT
		    : a->critical ? TOP_BAD
				  : TOP_WARN,
		    "%s %-14s %s, since %s", a->planned ? "planned" : "alarm  ", a->device, a->says,
		    zone_format(a->since, when, sizeof(when)));
	}
}

static size_t foot_lines(const struct top_data *d)
{
	size_t hot = 0, silent = d->n_silent < 2 ? d->n_silent : 2;
	size_t alarms = d->n_alarms < 2 ? d->n_alarms : 2;

	for (size_t i = 0; i < d->n_racks && hot < 2; i++)
		hot += d->racks[i].inlet_c > d->racks[i].recommended_c;
	return hot + silent + alarms;
}

static void put_list(struct maker *m)
{
	size_t foot = foot_lines(m->d), room;

	if (foot > FOOT_MOST || m->rows < (int)(HEAD_LINES + foot + 3))
		foot = 0;
	room = (size_t)m->rows > HEAD_LINES + foot ? (size_t)m->rows - HEAD_LINES - foot : 1;
	choose_racks(m, m->v->filter, m->v->sort);
	if (m->v->chosen >= m->n)
		m->v->chosen = m->n ? m->n - 1 : 0;
	if (m->v->first > m->v->chosen)
		m->v->first = m->v->chosen;
	if (m->v->chosen >= m->v->first + room)
		m->v->first = m->v->chosen - room + 1;
	put_titles(m);
	for (size_t i = m->v->first; i < m->n && i < m->v->first + room; i++)
		put_rack(m, m->racks[i], i == m->v->chosen);
	if (!m->n)
		put(m, TOP_WARN,
		    *m->v->filter ? " nothing is named so: / changes the filter"
				  : " no live rack is configured");
	else
		m->page.chosen = xstrdup(m->racks[m->v->chosen]->name);
	while (foot && m->page.n < HEAD_LINES + room)
		put(m, TOP_PLAIN, "%s", "");
	if (foot)
		put_foot(m);
}

/* ---- one rack --------------------------------------------------------------------- */

static void put_feed(struct maker *m, const struct top_feed *f)
{
	char power[32], a[3][32], derated[32];
	double most = fmax(fmax(f->a[0], f->a[1]), f->a[2]);

	for (int k = 0; k < 3; k++)
		number(f->a[k], 1, a[k], sizeof(a[k]));
	put(m,
	    most > f->derated_a                ? TOP_BAD
	    : most > f->derated_a * m->d->warn ? TOP_WARN
					       : TOP_PLAIN,
	    " %-20s %-4s %8s %8s %8s %8s %10s", f->name, f->side ? f->side : "",
	    number(f->power_w / 1000, 2, power, sizeof(power)),
	    number(f->a[0], 1, a[0], sizeof(a[0])), number(f->a[1], 1, a[1], sizeof(a[1])),
	    number(f->a[2], 1, a[2], sizeof(a[2])),
	    number(f->derated_a, 1, derated, sizeof(derated)));
}

static void put_rack_page(struct maker *m, const struct top_detail *d, const char *name)
{
	put(m, TOP_PLAIN, "%s", "");
	put(m, TOP_HEAD, " %-20s %-4s %8s %8s %8s %8s %10s", "FEED", "SIDE", "kW", "L1 A", "L2 A",
	    "L3 A", "DERATED A");
	for (size_t i = 0; i < d->n_feeds; i++)
		put_feed(m, &d->feeds[i]);
	if (!d->n_feeds)
		put(m, TOP_WARN, " racks.csv names no feed of %s", name);
	put(m, TOP_PLAIN, "%s", "");
	put(m, TOP_HEAD, " %-30s %-14s %6s", "SENSOR", "POSITION", "C");
	for (size_t i = 0; i < d->n_sensors; i++) {
		char c[32];

		put(m, isnan(d->sensors[i].c) ? TOP_WARN : TOP_PLAIN, " %-30s %-14s %6s",
		    d->sensors[i].name, d->sensors[i].position,
		    number(d->sensors[i].c, 1, c, sizeof(c)));
	}
	put(m, TOP_PLAIN, "%s", "");
	put(m, TOP_HEAD, " %-30s %-10s %s", "DEVICE", "STATE", "SINCE");
	for (size_t i = 0; i < d->n_devices; i++) {
		const struct top_device *e = &d->devices[i];
		bool away = !strcmp(e->state, "dormant") || !strcmp(e->state, "suspect");
		char when[64] = "-";

		if (e->since)
			zone_format(e->since, when, sizeof(when));
		put(m, away && !e->planned ? TOP_BAD : TOP_PLAIN, " %-30s %-10s %s%s%s%s", e->name,
		    e->state, when, *e->cause ? ", " : "", e->cause,
		    e->planned ? " (planned work)" : "");
	}
	put(m, TOP_PLAIN, "%s", "");
	put(m, TOP_FAINT, " Esc: back to the list");
}

static void put_help(struct maker *m)
{
	static const char *const lines[] = {
		"",
		" up, down, PgUp, PgDn   move       Enter   open the rack     Esc   back",
		" l   by load of the budget         p   by power",
		" i   by inlet temperature          n   by name",
		" /   filter by a part of a rack's, hall's or row's name",
		" space   pause                     h   this help           q   quit",
		"",
		" red: over its budget, or an inlet above allowable; yellow: near it, above",
		" recommended, or a sum that lacks meters (METER 1/2) and is too low",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		put(m, TOP_PLAIN, "%s", lines[i]);
}

void top_page_make(const struct top_data *data, const struct top_detail *detail,
		   struct top_view *view, int64_t now, int rows, int columns, bool utf8,
		   struct top_page *ret)
{
	struct maker m = {
		.d = data, .v = view, .now = now, .rows = rows, .columns = columns, .utf8 = utf8
	};

	put_site(&m);
	if (view->help) {
		put_help(&m);
	} else if (view->open && detail) {
		choose_racks(&m, view->filter, view->sort);
		if (view->chosen < m.n) {
			put_titles(&m);
			put_rack(&m, m.racks[view->chosen], true);
			m.page.chosen = xstrdup(m.racks[view->chosen]->name);
			put_rack_page(&m, detail, m.page.chosen);
		}
	} else {
		put_list(&m);
	}
	free(m.racks);
	*ret = m.page;
}

/* ---- keys ---------------------------------------------------------------------------- */

static void type(struct top_view *v, int key)
{
	size_t n = strlen(v->filter);

	if (key == TOP_KEY_ENTER) {
		v->typing = false;
	} else if (key == TOP_KEY_ESCAPE) {
		v->typing = false;
		v->filter[0] = '\0';
	} else if (key == TOP_KEY_BACKSPACE && n) {
		v->filter[n - 1] = '\0';
	} else if (key > ' ' && key < 0x7f && n + 1 < TOP_FILTER) {
		v->filter[n] = (char)key;
		v->filter[n + 1] = '\0';
	}
	v->chosen = 0;
}

static void sort(struct top_view *v, enum top_sort by)
{
	v->sort = by;
	v->chosen = 0;
}

bool top_view_key(struct top_view *v, int key, int rows)
{
	size_t page = rows > 8 ? (size_t)rows - 8 : 1;

	if (v->typing) {
		type(v, key);
		return true;
	}
	switch (key) {
	case 'q': return false;
	case 'h':
	case '?': v->help = !v->help; break;
	case ' ': v->paused = !v->paused; break;
	case '/':
		v->typing = true;
		v->open = v->help = false;
		v->filter[0] = '\0';
		break;
	case 'l': sort(v, TOP_BY_LOAD); break;
	case 'p': sort(v, TOP_BY_POWER); break;
	case 'i': sort(v, TOP_BY_INLET); break;
	case 'n': sort(v, TOP_BY_NAME); break;
	case TOP_KEY_UP: v->chosen -= v->chosen > 0; break;
	case TOP_KEY_DOWN: v->chosen++; break; /* the page keeps it within the list */
	case TOP_KEY_PAGE_UP: v->chosen -= v->chosen < page ? v->chosen : page; break;
	case TOP_KEY_PAGE_DOWN: v->chosen += page; break;
	case TOP_KEY_ENTER: v->open = !v->help; break;
	case TOP_KEY_ESCAPE:
		if (v->help)
			v->help = false;
		else if (v->open)
			v->open = false;
		else
			v->filter[0] = '\0';
		break;
	default: break;
	}
	return true;
}

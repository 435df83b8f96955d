/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report capacity`: what the site, its halls, rows and circuits can carry, what was
 * promised of it and what is used; what is built and cannot be used, by cause and in money; room
 * for more racks; where the load is going. Honours --hall, --row, --circuit (circuits and room on
 * it), --top (rows, circuits, places; 20 without it), --trend DAYS (90), --rack-kw KW and --racks N
 * (without them: as many as fit of the usual rack, the median of budgets).
 *
 * Loads are those of racks at the same instants (capacity_site.h); usable is what may be carried so
 * that no single loss takes anything over its derated rating. Of racks, rows and halls it is
 * also bound by the feeds that are there; more racks bring feeds of their own, so what fits is
 * bound by the circuits above. What nobody measures is taken to carry its whole rating. Causes of
 * what is stranded overlap and are not to be added up.
 *
 * JSON (version 2): site, period, span, from, to, currency, price_per_kw, price_low_per_kw,
 * price_high_per_kw, price_assumed, racks, mean_w, p99_w, peak_w, usable_w, limit_w (told in
 * budgets.csv), headroom_w (of the limit, else of what is usable, at the coincident peak),
 * oversubscription (budgets by that), diversity (sum of the racks' peaks by the coincident one),
 * facility_ratio (mean facility power by IT power), values (what p99 is of), rack_w, racks_wanted,
 * racks_fit, racks_without_position, unmetered_feeds; "capacity": scope (site, hall, row), id,
 * hall, racks, free, committed, nameplate_w, rated_w, derated_w (of the racks' feeds, all sides),
 * usable_w, usable_by (of the stage that is the least), stage_w (what that stage is rated for),
 * limit_w, cooling_w, budget_w, committed_w, p99_w, mean_w, peak_w, peak_at, load_pct, unknown_w
 * (of unmetered feeds, at most; null: none, or not rated), headroom_w, fit (racks), sum_of_peaks_w,
 * diversity, oversubscription, known_pct; "circuits_table": circuit, kind, hall, rated_w,
 * derated_w, usable_w, p99_w, mean_w, peak_w, peak_at, load_pct (of usable), unknown_w, headroom_w,
 * source, coverage_pct, partial; "stranded": scope, id, cause, stranded_w, cost, cost_low,
 * cost_high (only of an assumed price); "room": hall, row, supply, racks, free, fit, largest_w
 * (that would fit then), tightest, survives (some feed is left whatever is lost), dark_by (else:
 * the nearest circuit whose loss leaves none); "trend": scope, id, days, line_w (on the last day),
 * line_half_w, per_day_w, per_day_error_w (standard), per_day_low_w, per_day_high_w (95 %), limit_w
 * (of a daily mean), full_days, full_soonest_days, full_latest_days (null: never, or not known),
 * full_on, full; chart "daily_w": mean_w, line_w, limit_w.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/capacity_doc.h"
#include "report/capacity_unknown.h"
#include "report/common.h"

#define FULL_SOON_DAYS 90
#define NAMES_TOLD     8

/* ---- what needs a person -------------------------------------------------------------------- */

/* A row that is over with its hall is no news of its own. */
static bool told_with_hall(const struct capacity_page *p, const struct capacity_scope *s)
{
	const struct capacity_scope *hall =
		!strcmp(s->scope, "row") && *s->hall
			? capacity_find(p->site, "hall", s->hall, s->hall)
			: NULL;

	return hall && capacity_page_scope(p, hall) &&
	       hall->peak_w / capacity_limit_w(hall) > p->site->warn;
}

static int tell_scope(const struct capacity_page *p, const struct capacity_scope *s,
		      struct doc *doc)
{
	double limit = capacity_limit_w(s), pct = 100 * s->peak_w / limit;
	int severity = pct > 100 ? 2 : pct > 100 * p->site->warn ? 1 : 0;
	char when[64];

	if (severity)
		doc_exception(
			doc, severity, severity == 2 ? "over_capacity" : "near_capacity", s->id,
			"%s %s: peak %.1f kW at %s of %.1f kW %s (%.1f %%)", s->scope, s->id,
			s->peak_w / 1000, zone_format(s->peak_at, when, sizeof(when)), limit / 1000,
			isnan(s->limit_w) ? "usable after a failover" : "told as its limit", pct);
	if (s->peak_w > s->cooling_w) {
		doc_exception(doc, 2, "over_cooling", s->id,
			      "%s %s: peak %.1f kW, its cooling is told to be for %.1f kW",
			      s->scope, s->id, s->peak_w / 1000, s->cooling_w / 1000);
		severity = 2;
	}
	return severity;
}

static int tell_trend(const struct capacity_trend *t, struct doc *doc)
{
	char *when;

	if (!t->enough || !(t->full.soonest > 0 && t->full.soonest <= FULL_SOON_DAYS))
		return 0;
	when = capacity_when(t);
	doc_exception(doc, 1, "full_soon", t->scope->id, "%s %s: full %s", t->scope->scope,
		      t->scope->id, when);
	free(when);
	return 1;
}

/* The first names of a list; caller frees. */
static char *few(char *names, const char *name, size_t n)
{
	char *longer;

	if (n > NAMES_TOLD)
		return names;
	longer = xasprintf("%s%s%s", names, *names ? " " : "", n == NAMES_TOLD ? "..." : name);
	free(names);
	return longer;
}

static int tell_unmetered(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_unknowns *all = p->site->unknowns;
	size_t n = 0, unbounded = 0;
	char *names = xstrdup("");
	double w = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct capacity_unknown *u = &all->u[i];

		if (!capacity_page_circuit(p, u->circuit))
			continue;
		names = few(names, p->site->t.c[u->circuit].name, n++);
		unbounded += isinf(u->w) ? 1 : 0;
		w += isinf(u->w) ? 0 : u->w;
	}
	if (n)
		doc_exception(doc, 1, "unmetered", n == 1 ? names : "",
			      "%zu feed%s without a reading in the period (%s): taken to carry "
			      "%.1f kW, what %s rated for%s", n, n == 1 ? "" : "s", names, w / 1000,
			      n == 1 ? "it is" : "they are",
			      unbounded ? "; nothing fits above those that are not rated" : "");
	free(names);
	return n > 0;
}

static int tell_unrated(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_site *c = p->site;
	char *names = xstrdup("");
	size_t n = 0;

	for (size_t i = 0; i < c->t.n; i++)
		if (c->t.c[i].n_children && isnan(c->derated_w[i]) &&
		    capacity_page_circuit(p, i))
			names = few(names, c->t.c[i].name, n++);
	if (n)
		doc_exception(doc, 1, "unrated", n == 1 ? names : "",
			      "%zu circuit%s above racks without a rating (%s): nothing is bound "
			      "by %s; rated_a, rated_kva or rated_kw in circuits.csv tells it",
			      n, n == 1 ? "" : "s", names, n == 1 ? "it" : "them");
	free(names);
	return n > 0;
}

static int tell_all(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_room *room = &p->room;
	int worst = 0;

	for (size_t i = 0; i < p->site->n; i++)
		if (capacity_page_scope(p, &p->site->s[i]) && !told_with_hall(p, &p->site->s[i])) {
			int severity = tell_scope(p, &p->site->s[i], doc);

			worst = severity > worst ? severity : worst;
		}
	for (size_t i = 0; i < p->trends.n; i++)
		if (capacity_page_scope(p, p->trends.t[i].scope) &&
		    tell_trend(&p->trends.t[i], doc) > worst)
			worst = 1;
	if (tell_unmetered(p, doc) + tell_unrated(p, doc) + capacity_page_no_va(p, doc) &&
	    worst < 1)
		worst = 1;
	if (room->wanted && room->placed < room->wanted) {
		doc_exception(doc, 1, "no_room", p->site->name, "%zu of %zu racks of %.1f kW fit",
			      room->placed, room->wanted, room->rack_w / 1000);
		worst = worst > 1 ? worst : 1;
	}
	return worst;
}

/* ---- fields ------------------------------------------------------------------------------------
 */

/* What the report is about as a whole: the site, or the hall or row that was asked for. */
static const struct capacity_scope *whole(const struct capacity_page *p)
{
	for (size_t i = 0; i < p->site->n; i++)
		if (capacity_page_scope(p, &p->site->s[i]))
			return &p->site->s[i];
	return NULL;
}

static size_t fits_here(const struct capacity_page *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->room.n; i++)
		if (capacity_page_place(p, &p->room.p[i]))
			n += p->room.p[i].placed;
	return n;
}

/* The circuit whose loss leaves racks that fit without any supply; NULL: none does. */
static const char *dark_by(const struct capacity_page *p)
{
	for (size_t i = 0; i < p->room.n; i++)
		if (p->room.p[i].placed && !p->room.p[i].survives &&
		    capacity_page_place(p, &p->room.p[i]))
			return p->site->t.c[p->room.p[i].dark_by].name;
	return NULL;
}

static void add_verdict(const struct capacity_page *p, const struct capacity_scope *s, int severity,
			struct doc *doc)
{
	double limit = capacity_limit_w(s);
	char *used = isnan(s->mean_w) ? xstrdup("no load is known")
		     : isnan(s->peak_w)
			     ? xasprintf("mean %.1f kW, no 15 minutes of it", s->mean_w / 1000)
		     : isnan(limit)
			     ? xasprintf("peak %.1f kW", s->peak_w / 1000)
			     : xasprintf("peak %.1f kW of %.1f kW %s (%.1f %%)", s->peak_w / 1000,
					 limit / 1000, isnan(s->limit_w) ? "usable" : "limit",
					 100 * s->peak_w / limit);
	const char *dark = dark_by(p);
	char *room = isnan(p->room.rack_w)
			     ? xstrdup("")
			     : xasprintf(", %zu more rack%s of %.1f kW fit%s%s%s%s%s",
					 fits_here(p), fits_here(p) == 1 ? "" : "s",
					 p->room.rack_w / 1000,
					 p->options->circuit ? " on " : "",
					 p->options->circuit ? p->options->circuit : "",
					 dark ? " (dark if " : "", dark ? dark : "",
					 dark ? " is lost)" : "");
	char *full = NULL;

	for (size_t i = 0; i < p->trends.n && !full; i++)
		if (p->trends.t[i].scope == s && p->trends.t[i].enough) {
			char *when = capacity_when(&p->trends.t[i]);

			full = xasprintf(", full %s", when);
			free(when);
		}
	doc_verdict(doc, severity, "%s %s: %s%s%s", s->scope, s->id, used, room, full ? full : "");
	free(used);
	free(room);
	free(full);
}

static void add_fields(const struct capacity_page *p, const struct capacity_scope *s,
		       struct doc *doc)
{
	double limit = capacity_limit_w(s);

	doc_number(doc, "price_per_kw", p->price.assumed ? "Assumed per kW" : "Price per kW",
		   DOC_MONEY, p->price.per_kw);
	doc_number(doc, "price_low_per_kw", "", DOC_MONEY, p->price.low_per_kw);
	doc_number(doc, "price_high_per_kw", "", DOC_MONEY, p->price.high_per_kw);
	doc_number(doc, "price_assumed", "", DOC_BOOL, p->price.assumed);
	doc_number(doc, "racks", "", DOC_COUNT, (double)s->racks);
	doc_number(doc, "mean_w", "Mean", DOC_W, s->mean_w);
	doc_number(doc, "p99_w", "p99", DOC_W, s->p99_w);
	doc_number(doc, "peak_w", "Peak", DOC_W, s->peak_w);
	doc_number(doc, "usable_w", "Usable", DOC_W, s->usable_w);
	doc_number(doc, "limit_w", isnan(s->limit_w) ? "" : "Limit", DOC_W, s->limit_w);
	doc_number(doc, "headroom_w", "Left", DOC_W,
		   capacity_left_w(limit, s->peak_w, s->unknown_w));
	doc_number(doc, "oversubscription", "Promised", DOC_RATIO,
		   capacity_oversubscription(s->budget_w, limit));
	doc_number(doc, "diversity", "Diversity", DOC_RATIO,
		   capacity_diversity(s->sum_of_peaks_w, s->peak_w));
	doc_number(doc, "facility_ratio", "", DOC_RATIO, p->site->facility_w / p->site->it_w);
	doc_text(doc, "values", "", p->site->step_s == 300 ? "5-minute means" : "hourly means");
	doc_number(doc, "rack_w", "Rack", DOC_W, p->room.rack_w);
	doc_number(doc, "racks_wanted", "", DOC_COUNT,
		   p->room.wanted ? (double)p->room.wanted : NAN);
	doc_number(doc, "racks_fit", "Racks that fit", DOC_COUNT,
		   isnan(p->room.rack_w) ? NAN : (double)fits_here(p));
	doc_number(doc, "racks_without_position", "", DOC_COUNT,
		   p->room.positions ? (double)p->room.unplaceable : NAN);
	doc_number(doc, "unmetered_feeds", "", DOC_COUNT, (double)p->site->unknowns->n);
}

static void add_notes(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_site *c = p->site;

	doc_note(
		doc,
		"Peak: of the sum of racks, highest %s. Usable: no single loss takes anything over "
		"its derated rating, all load growing alike; of racks, rows and halls also by "
		"their feeds that are there. Fit: more racks, with feeds of their own. Promised: "
		"budgets by the limit, else by what is usable. Div.: sum of the racks' own peaks "
		"by that of the sum.",
		c->step_s == 300 ? "mean over 15 minutes (every 5)" : "mean of an hour");
	doc_note(doc, "Causes of what cannot be used overlap: they are not to be added up.");
	if (p->price.assumed)
		doc_note(doc, "No price is configured (money: price_per_kw): 50,000 $ per kW is "
			      "assumed, from 40 to 60 $ per W.");
	if (c->unknowns->n)
		doc_note(doc, "Unread: feeds without a reading are taken to carry their derated "
			      "rating, those of a rack together what is left after a loss; it is "
			      "in what is left and in what fits, not in peaks and means.");
	capacity_page_skipped(p, doc);
	if (!c->has_failover)
		doc_note(doc,
			 "No rack has a feed in circuits.csv: what is usable and where racks fit "
			 "is not known.");
	else if (!isnan(p->room.rack_w))
		doc_note(doc,
			 "Room: placed one by one where most is left, so at least so many fit; "
			 "after "
			 "any one loss, at the worst instant of the period, and with reserved and "
			 "planned racks at their budgets.%s",
			 p->room.positions
				 ? ""
				 : " racks.csv tells of no empty position (status empty): "
				   "space is not looked at.");
	doc_note(doc,
		 "Trend: least squares through %zu daily means, band of 95 %%; days are not "
		 "independent, so it is the narrowest there can be. The limit is scaled by mean / "
		 "peak of the period.",
		 p->trends.days.n);
}

/* ---- making it ---------------------------------------------------------------------------------
 */

static int read_price(struct db *db, int64_t at, char **ret_currency, struct capacity_price *ret,
		      struct err *err)
{
	double per_kw;

	if (common_setting_number(db, "money.price_per_kw", at, NAN, &per_kw, err) < 0 ||
	    common_setting(db, "money.currency", at, ret_currency, err) < 0)
		return -1;
	*ret = capacity_price_of(per_kw, *ret_currency ? *ret_currency : "USD");
	return 0;
}

static int check_filter(struct capacity_page *p, struct err *err)
{
	const struct report_options *o = p->options;
	const char **names;
	const char *near;
	size_t n = 0;

	if (o->circuit && topology_need(&p->site->t, o->circuit, &p->only, err) < 0)
		return -1;
	if (!p->site->s[0].racks)
		return common_missing(err, "live rack", "racks.csv", "R017,H1,live",
				      "rack,hall,status");
	if (whole(p))
		return 0;
	names = xcalloc(p->site->n, sizeof(*names));
	for (size_t i = 0; i < p->site->n; i++)
		if (!strcmp(p->site->s[i].scope, o->row ? "row" : "hall"))
			names[n++] = p->site->s[i].id;
	near = text_nearest(o->row ? o->row : o->hall, names, n);
	err_set(err, "no rack stands in %s %s%s%s%s%s", o->row ? "row" : "hall",
		o->row ? o->row : o->hall, o->row && o->hall ? " of hall " : "",
		o->row && o->hall ? o->hall : "", near ? ": did you mean " : "", near ? near : "");
	free(names);
	return -1;
}

static int fill(struct db *db, struct capacity_page *p, int64_t from, bool since, struct doc *doc,
		struct err *err)
{
	const struct report_options *o = p->options;
	const struct capacity_scope *s;
	double rack_w = o->room_rack_w > 0 ? o->room_rack_w : capacity_usual_rack_w(p->site);
	int days = o->trend_days > 0 ? o->trend_days : CAPACITY_TREND_DAYS, severity;
	int64_t first;

	p->room.rack_w = NAN;
	if (check_filter(p, err) < 0 || common_first(db, &first, err) < 0 ||
	    capacity_trends_read(db, p->site, first, o->to, days, &p->trends, err) < 0 ||
	    common_collector(db, o, doc, err) < 0)
		return -1;
	if (!isnan(rack_w) && p->site->has_failover)
		capacity_room_find(p->site, rack_w, (size_t)o->room_racks, &p->room);
	s = whole(p);
	doc_currency(doc, p->price.currency);
	severity = tell_all(p, doc);
	add_verdict(p, s, severity, doc);
	common_period(doc, p->site->name, from, o->to, since, o->period_text);
	add_fields(p, s, doc);
	capacity_page_scopes(p, doc);
	capacity_page_circuits(p, doc);
	capacity_page_stranded(p, doc);
	capacity_page_room(p, doc);
	capacity_page_trend(p, doc);
	add_notes(p, doc);
	return 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct capacity_page p = { .options = options, .only = TOPOLOGY_NONE };
	struct capacity_site *c = NULL;
	char *site = NULL, *currency = NULL;
	int64_t from;
	bool since;
	int r = -1;

	if (common_start(db, options, &from, &since, err) == 0 &&
	    common_setting(db, "site", options->to - 1, &site, err) == 0 &&
	    read_price(db, options->to - 1, &currency, &p.price, err) == 0)
		c = capacity_site_new(db, options, from, site ? site : "", err);
	p.site = c;
	if (c)
		r = fill(db, &p, from, since, doc, err);
	capacity_room_done(&p.room);
	capacity_trends_done(&p.trends);
	capacity_site_free(c);
	free(site);
	free(currency);
	return r;
}

const struct report rep_capacity = {
	.name = "capacity",
	.summary = "what can be carried, promised and used; what is stranded; room; trend",
	.version = 2,
	.formula = 1,
	.filters = REPORT_HALL | REPORT_ROW | REPORT_CIRCUIT | REPORT_TOP | REPORT_TREND |
		   REPORT_ROOM,
	.default_period = "trailing-30-days",
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gaps against the instants of the grids, hour by hour: which of a scan's instants have a value is
 * a bit each, what the gaps say is read a day at a time, and a few words per scan carry over from
 * hour to hour. What a start leaves unexplained by design is no finding: a device has neither
 * rows nor gaps before its first survey, and what was on its way when the collector ended is gone
 * with it. Of a single slot only a gap over a value can be told: "not fitted" is absent, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cause.h"
#include "base/text.h"
#include "store/grid.h"
#include "store/verify_int.h"

#define EXCUSE_S 600 /* how long before an absence what excuses it may lie */

enum last { UNKNOWN, HERE, GAP, AWAY }; /* of an instant; AWAY: nobody wanted it */

struct gap {
	int64_t scan, slot; /* slot -1: the row, scan 0: everything */
	int64_t from, to, n, id;
	int cause;
};

struct scan_state {
	unsigned char *bits;      /* of the hour at hand: which instants have a value */
	int64_t origin, unit;     /* of the bits, seconds */
	int64_t run_from, run_to; /* first and last absent instant without a gap; n of them */
	uint32_t run_n;
	unsigned char last, before; /* of the latest instant, and of that before the run */
};

struct hit { /* instants within a gap that have a value */
	int64_t gap;
	int64_t n;
};

struct verify_gaps {
	struct verify *v;
	int64_t hour, day;
	struct gap *gaps; /* of the day, by scan, slot and time */
	size_t n, cap;
	size_t down; /* the first of them are of everything */
	struct scan_state *scans;
	size_t n_scans, cap_scans;
	struct hit *hits;
	size_t n_hits, cap_hits;
	struct grid grid;
};

struct verify_gaps *verify_gaps_new(struct verify *v)
{
	struct verify_gaps *g = xcalloc(1, sizeof(*g));

	g->v = v;
	g->day = INT64_MIN;
	return g;
}

struct verify_gaps *verify_gaps_free(struct verify_gaps *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->n_scans; i++)
		free(g->scans[i].bits);
	free(g->scans);
	free(g->gaps);
	free(g->hits);
	grid_done(&g->grid);
	free(g);
	return NULL;
}

static struct scan_state *state_of(struct verify_gaps *g, int64_t scan)
{
	size_t need = (size_t)scan + 1;

	if (need > g->n_scans) {
		xgrow(&g->scans, &g->cap_scans, need, sizeof(*g->scans));
		memset(&g->scans[g->n_scans], 0, (need - g->n_scans) * sizeof(*g->scans));
		g->n_scans = need;
	}
	return &g->scans[scan];
}

/* ---- what the gaps say ------------------------------------------------------- */

static int load_day(struct verify_gaps *g, int64_t day)
{
	struct query *q = query_kept(g->v->db, "store_verify_gaps", g->v->err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", day);
	query_bind_int(q, ":to", day + DAY_S);
	g->n = g->down = 0;
	while ((rc = query_step(q, g->v->err)) > 0) {
		xgrow(&g->gaps, &g->cap, g->n + 1, sizeof(*g->gaps));
		g->gaps[g->n++] = (struct gap){
			.scan = query_int(q, 0),
			.slot = query_int(q, 1),
			.from = query_int(q, 2),
			.to = query_is_null(q, 3) ? INT64_MAX : query_int(q, 3),
			.n = query_int(q, 4),
			.id = query_int(q, 5),
			.cause = (int)query_int(q, 6),
		};
		g->down += !g->gaps[g->n - 1].scan;
	}
	g->day = rc ? INT64_MIN : day;
	return rc;
}

/* The first gap that is not before this scan and slot. */
static size_t find(const struct verify_gaps *g, int64_t scan, int64_t slot)
{
	size_t lo = 0, hi = g->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct gap *gap = &g->gaps[mid];
		if (gap->scan < scan || (gap->scan == scan && gap->slot < slot))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* They come gap by gap, of a few scans in turn: what is met again later is added up at the end. */
static void hit(struct verify_gaps *g, int64_t gap)
{
	for (size_t i = g->n_hits; i > 0 && i + 8 > g->n_hits; i--)
		if (g->hits[i - 1].gap == gap) {
			g->hits[i - 1].n++;
			return;
		}
	xgrow(&g->hits, &g->cap_hits, g->n_hits + 1, sizeof(*g->hits));
	g->hits[g->n_hits++] = (struct hit){ gap, 1 };
}

/* The gap of [at, end) of the list that holds ts; *at moves on. Ascending ts. */
static const struct gap *holds(const struct verify_gaps *g, size_t *at, size_t end, int64_t ts)
{
	while (*at < end && g->gaps[*at].to < ts)
		++*at;
	return *at < end && g->gaps[*at].from <= ts ? &g->gaps[*at] : NULL;
}

/* ---- what is present ---------------------------------------------------------- */

int verify_gaps_begin(struct verify_gaps *g, int64_t hour)
{
	int64_t day = hour - (hour % DAY_S + DAY_S) % DAY_S;

	g->hour = hour;
	return day == g->day ? 0 : load_day(g, day);
}

/* A bit for each instant of the one grid of the hour, or for each second when there are more. */
static int make_bits(struct verify_gaps *g, int64_t scan, struct scan_state *s)
{
	const struct grid_epoch *one = NULL;
	size_t in_force = 0;

	if (grid_load(g->v->db, scan, &g->grid, g->v->err))
		return -1;
	for (size_t i = 0; i < g->grid.n; i++) {
		const struct grid_epoch *e = &g->grid.epochs[i];
		if (e->from < g->hour + HOUR_S && e->to > g->hour) {
			in_force++;
			one = e;
		}
	}
	s->origin = in_force == 1 ? grid_first(one, g->hour) : g->hour;
	s->unit = in_force == 1 ? one->step : 1;
	s->bits = xcalloc((size_t)(HOUR_S / s->unit) / 8 + 1, 1);
	return 0;
}

/* Of the grid that was in force; what was imported lies where it will. */
static int is_instant(struct verify_gaps *g, int64_t scan, int64_t ts)
{
	if (grid_load(g->v->db, scan, &g->grid, g->v->err))
		return -1;
	for (size_t i = 0; i < g->grid.n; i++) {
		const struct grid_epoch *e = &g->grid.epochs[i];
		if (ts >= e->from && ts < e->to)
			return grid_first(e, ts) == ts;
	}
	return 0;
}

static bool bit_at(const struct scan_state *s, int64_t ts)
{
	int64_t off = ts - s->origin;

	return s->bits && off >= 0 && off % s->unit == 0 &&
	       s->bits[off / s->unit / 8] >> (off / s->unit % 8) & 1;
}

int verify_gaps_present(struct verify_gaps *g, int64_t scan, int64_t slot,
			const struct hour_block *b)
{
	if (scan <= 0 || scan > INT32_MAX)
		return 0; /* not of our making, and told elsewhere */
	struct scan_state *s = state_of(g, scan);
	size_t at = find(g, scan, slot), end = at;

	if (!s->bits && make_bits(g, scan, s))
		return -1;
	while (end < g->n && g->gaps[end].scan == scan && g->gaps[end].slot == slot)
		end++;
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t ts = b->hour + b->phase + (int64_t)i * b->step, off = ts - s->origin;
		const struct gap *gap;
		if (!b->present[i])
			continue;
		if (off >= 0 && off % s->unit == 0)
			s->bits[off / s->unit / 8] |= (unsigned char)(1 << (off / s->unit % 8));
		if (at < end && (gap = holds(g, &at, end, ts))) {
			int rc = is_instant(g, scan, ts);
			if (rc < 0)
				return -1;
			if (rc)
				hit(g, gap->id);
		}
	}
	return 0;
}

/* ---- the two against each other ------------------------------------------------ */

/* Something that happened to the device or to all of them in that time explains it. */
static int excused(struct verify_gaps *g, int64_t scan, int64_t from, int64_t to)
{
	struct query *q = query_kept(g->v->db, "store_verify_excuse", g->v->err);
	int64_t n;

	if (!q)
		return -1;
	query_bind_int(q, ":scan", scan);
	query_bind_int(q, ":from", from - EXCUSE_S);
	query_bind_int(q, ":to", to);
	return query_first(q, &n, g->v->err) < 0 ? -1 : n > 0;
}

static char *scan_name(struct verify_gaps *g, int64_t scan)
{
	struct query *q = query_kept(g->v->db, "store_verify_scan", g->v->err);
	char *name = NULL;

	if (q) {
		query_bind_int(q, ":scan", scan);
		if (query_step(q, g->v->err) > 0)
			name = xasprintf("%s %s, scan %s", query_text(q, 0), query_text(q, 1),
					 query_text(q, 2));
		query_reset(q);
	}
	return name ? name : xasprintf("scan %lld", (long long)scan);
}

/* The run of absent instants without a gap is over; behind: what comes then. */
static int end_run(struct verify_gaps *g, int64_t scan, enum last behind)
{
	struct scan_state *s = &g->scans[scan];
	uint32_t n = s->run_n;

	s->run_n = 0;
	if (!n || s->before == UNKNOWN || s->before == AWAY || behind == UNKNOWN || behind == AWAY)
		return 0;
	int rc = excused(g, scan, s->run_from, s->run_to);
	if (rc)
		return rc < 0 ? -1 : 0;
	char *name = scan_name(g, scan), *from = verify_time(s->run_from);
	char *to = verify_time(s->run_to);
	if (n == 1)
		verify_tell(g->v, VERIFY_GAP, "%s: the instant %s is absent, and no gap says why",
			    name, from);
	else
		verify_tell(g->v, VERIFY_GAP,
			    "%s: %u instants from %s to %s are absent, and no gap says why", name,
			    n, from, to);
	free(name);
	free(from);
	free(to);
	return 0;
}

/* A row without any value, of slots that have reasons of their own; only some of them may be here
 * (extract.h). */
static bool slots_say_why(const struct verify_gaps *g, int64_t scan, int64_t ts)
{
	for (size_t i = find(g, scan, 0); i < g->n && g->gaps[i].scan == scan; i++)
		if (g->gaps[i].from <= ts && g->gaps[i].to >= ts)
			return true;
	return false;
}

/* An instant of the grid: there, absent with a reason, or absent. */
static int look(struct verify_gaps *g, int64_t scan, int64_t ts, const struct gap *gap,
		const struct gap *down)
{
	struct scan_state *s = &g->scans[scan];
	enum last is = HERE;

	if (bit_at(s, ts)) {
		if (gap)
			hit(g, gap->id);
		if (down)
			hit(g, down->id);
	} else if (down || (gap && gap->cause == CAUSE_CONFIG)) {
		is = AWAY;
	} else if (gap || slots_say_why(g, scan, ts)) {
		is = GAP;
	} else {
		if (!s->run_n++) {
			s->run_from = ts;
			s->before = s->last;
		}
		s->run_to = ts;
		return 0;
	}
	if (s->run_n && end_run(g, scan, is))
		return -1;
	s->last = (unsigned char)is;
	return 0;
}

static int end_scan(struct verify_gaps *g, int64_t scan)
{
	size_t row = find(g, scan, -1), end = row, down = 0;

	if (grid_load(g->v->db, scan, &g->grid, g->v->err))
		return -1;
	state_of(g, scan);
	while (end < g->n && g->gaps[end].scan == scan && g->gaps[end].slot < 0)
		end++;
	for (size_t i = 0; i < g->grid.n; i++) {
		const struct grid_epoch *e = &g->grid.epochs[i];
		int64_t from = e->from > g->hour ? e->from : g->hour;
		int64_t to = e->to < g->hour + HOUR_S ? e->to : g->hour + HOUR_S;
		for (int64_t ts = grid_first(e, from); ts < to; ts += e->step)
			if (look(g, scan, ts, holds(g, &row, end, ts),
				 holds(g, &down, g->down, ts)))
				return -1;
	}
	return 0;
}

int verify_gaps_end(struct verify_gaps *g)
{
	struct query *q = query_kept(g->v->db, "store_verify_scans", g->v->err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":to", g->hour + HOUR_S);
	while ((rc = query_step(q, g->v->err)) > 0)
		if (end_scan(g, query_int(q, 0))) {
			query_reset(q);
			return -1;
		}
	for (size_t i = 0; i < g->n_scans; i++) {
		free(g->scans[i].bits);
		g->scans[i].bits = NULL;
	}
	return rc;
}

void verify_gaps_unknown(struct verify_gaps *g)
{
	for (size_t i = 0; i < g->n_scans; i++) {
		g->scans[i].last = UNKNOWN;
		g->scans[i].run_n = 0;
	}
}

int verify_gaps_away(struct verify_gaps *g, int64_t from, int64_t to, bool *ret)
{
	*ret = false;
	if (verify_gaps_begin(g, from))
		return -1;
	for (size_t i = 0; i < g->down && !*ret; i++)
		*ret = g->gaps[i].from <= from && g->gaps[i].to >= to - 1;
	for (size_t i = 0; *ret && i < g->n_scans; i++) {
		g->scans[i].run_n = 0; /* what ran into it is explained by it */
		g->scans[i].last = AWAY;
	}
	return 0;
}

/* ---- gaps as a whole ------------------------------------------------------------- */

/* A gap may hold a few instants that came after all: n says how many of its are absent. What was
 * imported afterwards fills it, and the poll was missed all the same. */
static int check_hit(struct verify_gaps *g, const struct hit *h)
{
	struct query *q = query_kept(g->v->db, "store_verify_gap", g->v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", h->gap);
	int rc = query_step(q, g->v->err);
	if (rc <= 0)
		return rc;
	int64_t scan = query_int(q, 0), from = query_int(q, 1), to = query_int(q, 2);
	int64_t absent = query_int(q, 3);
	bool open = query_is_null(q, 2), imported = query_int(q, 4);
	char *cause = xstrdup(query_text(q, 5));
	query_reset(q);
	rc = scan ? grid_load(g->v->db, scan, &g->grid, g->v->err) : 0;
	int64_t may = scan && !open ? grid_instants(&g->grid, from, to + 1) - absent : 0;
	if (!rc && !imported && h->n > may) {
		char *name = scan ? scan_name(g, scan) : xstrdup("everything");
		char *time = verify_time(from);
		verify_tell(g->v, VERIFY_GAP,
			    "%s: the gap from %s (%s) lies over %lld instant%s with a value", name,
			    time, cause, (long long)h->n, h->n == 1 ? "" : "s");
		free(name);
		free(time);
	}
	free(cause);
	return rc;
}

static int by_gap(const void *a, const void *b)
{
	int64_t x = ((const struct hit *)a)->gap, y = ((const struct hit *)b)->gap;

	return (x > y) - (x < y);
}

static void add_up_hits(struct verify_gaps *g)
{
	size_t n = 0;

	if (g->n_hits)
		qsort(g->hits, g->n_hits, sizeof(*g->hits), by_gap);
	for (size_t i = 0; i < g->n_hits; i++) {
		if (n && g->hits[n - 1].gap == g->hits[i].gap)
			g->hits[n - 1].n += g->hits[i].n;
		else
			g->hits[n++] = g->hits[i];
	}
	g->n_hits = n;
}

int verify_gaps_finish(struct verify_gaps *g)
{
	struct query *q = query_kept(g->v->db, "store_verify_gap_rows", g->v->err);
	int rc;

	add_up_hits(g);
	for (size_t i = 0; i < g->n_hits; i++)
		if (check_hit(g, &g->hits[i]))
			return -1;
	if (!q)
		return -1;
	while ((rc = query_step(q, g->v->err)) > 0) {
		char *name =
			query_is_null(q, 1) ? xstrdup("everything") : scan_name(g, query_int(q, 1));
		verify_tell(g->v, VERIFY_GAP, "%s: the gap %lld %s", name,
			    (long long)query_int(q, 0), query_text(q, 2));
		free(name);
	}
	return rc;
}

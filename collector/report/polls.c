/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over each table: grids say how many instants were due, gaps take from them, the
 * collector's own rows give latency. Devices are found by name in a sorted array, scans by id.
 */
#include "report/polls.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cause.h"
#include "base/text.h"
#include "report/percentile.h"
#include "store/query.h"
#include "store/scanread.h"
#include "store/series.h"

struct grid {
	int64_t scan, from, to, step, phase;
	struct polls_device *device;
};

struct span {
	int64_t from, to; /* from <= t < to */
};

struct slot { /* of a row of the collector's */
	struct polls_device *device;
	enum { SLOT_OTHER, SLOT_LATENCY, SLOT_SUCCESS, SLOT_AGE } what;
	double scale;
	size_t list; /* of a latency: which of the lists */
};

struct list {
	struct polls_device *device;
	double *ms;
	size_t n, cap;
};

struct load {
	struct db *db;
	int64_t from, to;
	struct polls *all;
	struct grid *grids; /* by scan and date */
	size_t n_grids, cap_grids;
	struct span *down;
	size_t n_down, cap_down;
	struct slot *slots; /* of the scan that is read */
	size_t n_slots, cap_slots;
	struct list *lists;
	size_t n_lists, cap_lists;
	struct err *err;
};

static struct polls_device *find(const struct polls *all, const char *name)
{
	size_t lo = 0, hi = all->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(all->d[mid].name, name);

		if (!c)
			return &all->d[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ---- devices ------------------------------------------------------------- */

static int load_devices(struct load *l, const char *rack, const char *hall)
{
	struct query *q = query_new(l->db, "report_collector_devices", l->err);
	struct polls *all = l->all;
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":at", l->to - 1);
	query_bind_text(q, ":rack", rack);
	query_bind_text(q, ":hall", hall);
	while ((r = query_step(q, l->err)) > 0) {
		bool bad = strcmp(query_text(q, 2), "ok") != 0 && query_int(q, 5) != CAUSE_NONE;

		xgrow(&all->d, &all->cap, all->n + 1, sizeof(*all->d));
		all->d[all->n++] = (struct polls_device){
			.name = xstrdup(query_text(q, 0)),
			.rack = xstrdup(query_text(q, 1)),
			.state = xstrdup(query_text(q, 2)),
			.since = query_int(q, 3),
			.cause = xstrdup(bad ? query_text(q, 4) : ""),
			.success_pct = NAN,
			.median_ms = NAN,
			.p95_ms = NAN,
		};
	}
	query_free(q);
	return r;
}

/* ---- what was due -------------------------------------------------------- */

/* Instants k * step + phase with from <= t < to. */
static int64_t instants(int64_t step, int64_t phase, int64_t from, int64_t to)
{
	int64_t first = from - phase + step - 1, last = to - phase + step - 1;

	/* floor division; times before 1970 are nobody's */
	return from >= to ? 0 : last / step - first / step;
}

/* The same within a gap or a grid, and only while the collector ran. */
static int64_t due_within(const struct load *l, const struct grid *g, int64_t from, int64_t to)
{
	int64_t n;

	from = from < g->from ? g->from : from;
	from = from < l->from ? l->from : from;
	to = to > g->to ? g->to : to;
	to = to > l->to ? l->to : to;
	n = instants(g->step, g->phase, from, to);
	for (size_t i = 0; i < l->n_down; i++) {
		const struct span *s = &l->down[i];

		n -= instants(g->step, g->phase, s->from > from ? s->from : from,
			      s->to < to ? s->to : to);
	}
	return n;
}

static int load_down(struct load *l)
{
	struct query *q = query_new(l->db, "report_down", l->err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":from", l->from);
	query_bind_int(q, ":to", l->to);
	while ((r = query_step(q, l->err)) > 0) {
		xgrow(&l->down, &l->cap_down, l->n_down + 1, sizeof(*l->down));
		l->down[l->n_down++] = (struct span){ query_int(q, 0), query_int(q, 1) + 1 };
	}
	query_free(q);
	return r;
}

static int load_grids(struct load *l)
{
	struct query *q = query_new(l->db, "report_collector_grids", l->err);
	int r = -1;

	if (!q)
		return -1;
	while ((r = query_step(q, l->err)) > 0) {
		struct polls_device *d = find(l->all, query_text(q, 1));
		struct grid g = { query_int(q, 0), query_int(q, 2), INT64_MAX,
				  query_int(q, 3), query_int(q, 4), d };

		if (!d || g.step <= 0)
			continue;
		if (l->n_grids && l->grids[l->n_grids - 1].scan == g.scan)
			l->grids[l->n_grids - 1].to = g.from;
		xgrow(&l->grids, &l->cap_grids, l->n_grids + 1, sizeof(*l->grids));
		l->grids[l->n_grids++] = g;
	}
	query_free(q);
	for (size_t i = 0; i < l->n_grids; i++)
		l->grids[i].device->due += due_within(l, &l->grids[i], l->from, l->to);
	return r;
}

static size_t first_grid(const struct load *l, int64_t scan)
{
	size_t lo = 0, hi = l->n_grids;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->grids[mid].scan < scan)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- what was missed ----------------------------------------------------- */

static void add_kind(struct polls_device *d, int cause, int64_t n)
{
	for (size_t i = 0; i < POLLS_KINDS; i++) {
		struct polls_kind *k = &d->kinds[i];

		if (k->n > 0 && k->cause != cause && i + 1 < POLLS_KINDS)
			continue;
		k->cause = k->n > 0 && k->cause != cause ? CAUSE_NONE : cause;
		k->n += n;
		return;
	}
}

static void add_cause(struct polls *all, int cause, const char *name, int64_t n)
{
	size_t i = 0;

	while (i < all->n_causes && all->causes[i].cause != cause)
		i++;
	if (i == all->n_causes) {
		xgrow(&all->causes, &all->cap_causes, i + 1, sizeof(*all->causes));
		all->causes[all->n_causes++] =
			(struct polls_cause){ .cause = cause, .name = xstrdup(name) };
	}
	all->causes[i].n += n;
}

/* What nobody asked for was not due: removed from the configuration, or we were not running. */
static bool is_due(int cause)
{
	return cause != CAUSE_CONFIG && cause != CAUSE_DAEMON_DOWN;
}

static int load_gaps(struct load *l)
{
	struct query *q = query_new(l->db, "report_collector_gaps", l->err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":from", l->from);
	query_bind_int(q, ":to", l->to);
	while ((r = query_step(q, l->err)) > 0) {
		int64_t scan = query_int(q, 0), n = 0;
		int64_t to = query_is_null(q, 2) ? INT64_MAX : query_int(q, 2) + 1;
		int cause = (int)query_int(q, 3);
		size_t i = first_grid(l, scan);
		struct polls_device *d;

		if (i == l->n_grids || l->grids[i].scan != scan)
			continue; /* of a sum, or of a device that is not asked for */
		d = l->grids[i].device;
		for (; i < l->n_grids && l->grids[i].scan == scan; i++)
			n += due_within(l, &l->grids[i], query_int(q, 1), to);
		if (!is_due(cause)) {
			d->due -= n;
		} else if (n > 0) {
			d->missed += n;
			add_kind(d, cause, n);
			add_cause(l->all, cause, query_text(q, 4), n);
		}
	}
	query_free(q);
	return r;
}

/* ---- latency ------------------------------------------------------------- */

static int take_row(void *user, int64_t ts, const int64_t *raw, size_t n)
{
	struct load *l = user;

	for (size_t i = 0; i < n && i < l->n_slots; i++) {
		const struct slot *s = &l->slots[i];
		double value = (double)raw[i] * s->scale;
		struct list *list;

		if (raw[i] == SCAN_ABSENT)
			continue;
		switch (s->what) {
		case SLOT_OTHER: break;
		case SLOT_LATENCY:
			list = &l->lists[s->list];
			xgrow(&list->ms, &list->cap, list->n + 1, sizeof(*list->ms));
			list->ms[list->n++] = value;
			break;
		case SLOT_SUCCESS:
			s->device->noted_pct += value;
			s->device->n_noted++;
			break;
		case SLOT_AGE:
			if (ts - (int64_t)value > s->device->answered_at)
				s->device->answered_at = ts - (int64_t)value;
			break;
		}
	}
	return 0;
}

static int read_pool(struct load *l, int64_t scan)
{
	int r = scan_read(l->db, scan, l->from, l->to, take_row, l, l->err);

	for (size_t i = 0; i < l->n_lists; i++) {
		struct list *list = &l->lists[i];

		if (list->n) {
			list->device->median_ms = percentile(list->ms, list->n, 50,
							     PERCENTILE_NEAREST_RANK);
			list->device->p95_ms = percentile(list->ms, list->n, 95,
							  PERCENTILE_NEAREST_RANK);
		}
		free(list->ms);
	}
	l->n_lists = l->n_slots = 0;
	return r;
}

static void add_slot(struct load *l, int64_t at, const char *device, const char *quantity,
		     double scale)
{
	struct slot s = { .device = find(l->all, device), .scale = scale };

	if (at < 0 || at > 1000000)
		return; /* not of our making */
	if (s.device && !strcmp(quantity, "latency_ms"))
		s.what = SLOT_LATENCY;
	else if (s.device && !strcmp(quantity, "success_pct"))
		s.what = SLOT_SUCCESS;
	else if (s.device && !strcmp(quantity, "answer_age_s"))
		s.what = SLOT_AGE;
	if (s.what == SLOT_LATENCY) {
		s.list = l->n_lists;
		xgrow(&l->lists, &l->cap_lists, l->n_lists + 1, sizeof(*l->lists));
		l->lists[l->n_lists++] = (struct list){ .device = s.device };
	}
	xgrow(&l->slots, &l->cap_slots, (size_t)at + 1, sizeof(*l->slots));
	while (l->n_slots <= (size_t)at)
		l->slots[l->n_slots++] = (struct slot){ .what = SLOT_OTHER };
	l->slots[at] = s;
}

static int load_latency(struct load *l)
{
	struct query *q = query_new(l->db, "report_collector_points", l->err);
	int64_t scan = 0;
	int r = -1;

	if (!q)
		return -1;
	while ((r = query_step(q, l->err)) > 0) {
		if (query_int(q, 0) != scan && l->n_slots > 0 && read_pool(l, scan) < 0) {
			r = -1;
			break;
		}
		scan = query_int(q, 0);
		add_slot(l, query_int(q, 1), query_text(q, 2), query_text(q, 3),
			 (double)query_int(q, 4) / (double)query_int(q, 5));
	}
	query_free(q);
	if (l->n_slots > 0 && read_pool(l, scan) < 0)
		r = -1;
	return r;
}

/* ---- the process --------------------------------------------------------- */

/* A counter begins at 0 with each start of the collector. */
static double increase(const struct samples *s, int64_t from)
{
	double sum = NAN;

	for (size_t i = 0; i < s->n; i++) {
		double before = i > 0 ? s->s[i - 1].value : 0;

		if (s->s[i].ts < from)
			continue;
		sum = isnan(sum) ? 0 : sum;
		sum += s->s[i].value >= before ? s->s[i].value - before : s->s[i].value;
	}
	return sum;
}

static double highest(const struct samples *s, int64_t from, int64_t to)
{
	double most = NAN;

	for (size_t i = 0; i < s->n; i++) {
		if (s->s[i].ts >= from && s->s[i].ts < to && !(s->s[i].value <= most))
			most = s->s[i].value;
	}
	return most;
}

static int load_process(struct load *l)
{
	struct polls *all = l->all;
	const struct {
		const char *name;
		double *sum, *most;
	} wanted[] = {
		{ "polls", &all->polls, NULL },
		{ "late_polls", &all->late, NULL },
		{ "overrun_polls", &all->overrun, NULL },
		{ "stored_rows", &all->rows, NULL },
		{ "dropped_rows", &all->dropped, NULL },
		{ "commits", &all->commits, NULL },
		{ "queued_rows", NULL, &all->queued_max },
		{ "loop_lag_ms", NULL, &all->lag_ms_max },
	};
	struct query *q = query_new(l->db, "report_collector_process", l->err);
	int r = -1;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		*(wanted[i].sum ? wanted[i].sum : wanted[i].most) = NAN;
	if (!q)
		return -1;
	while ((r = query_step(q, l->err)) > 0) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			struct samples s = { 0 };

			if (strcmp(wanted[i].name, query_text(q, 1)) != 0)
				continue;
			if (series_read(l->db, query_int(q, 0), l->from, l->to - 1, true, &s,
					l->err) < 0) {
				query_free(q);
				return -1;
			}
			while (s.n > 0 && s.s[s.n - 1].ts >= l->to)
				s.n--;
			if (wanted[i].sum)
				*wanted[i].sum = increase(&s, l->from);
			else
				*wanted[i].most = highest(&s, l->from, l->to);
			samples_done(&s);
		}
	}
	query_free(q);
	return r;
}

/* ---- all of it ----------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
	const struct polls_kind *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static int by_misses(const void *a, const void *b)
{
	const struct polls_cause *x = a, *y = b;

	if (x->n != y->n)
		return (x->n < y->n) - (x->n > y->n);
	return (x->cause > y->cause) - (x->cause < y->cause);
}

static void finish(struct polls *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct polls_device *d = &all->d[i];

		if (d->missed > d->due)
			d->missed = d->due; /* gaps of before the first grid */
		if (d->due > 0)
			d->success_pct = 100 * (double)(d->due - d->missed) / (double)d->due;
		else if (d->n_noted > 0) /* never surveyed: its surveys failed */
			d->success_pct = d->noted_pct / (double)d->n_noted;
		for (size_t k = 0; k < POLLS_KINDS; k++) {
			for (size_t c = 0; d->kinds[k].n > 0 && c < all->n_causes; c++)
				all->causes[c].devices += all->causes[c].cause == d->kinds[k].cause;
		}
		qsort(d->kinds, POLLS_KINDS, sizeof(d->kinds[0]), by_count);
	}
	if (all->n_causes)
		qsort(all->causes, all->n_causes, sizeof(*all->causes), by_misses);
}

int polls_load(struct db *db, int64_t from, int64_t to, const char *rack, const char *hall,
	       struct polls *ret, struct err *err)
{
	struct polls all = { 0 };
	struct load l = { .db = db, .from = from, .to = to, .all = &all, .err = err };
	int r = -1;

	if (load_devices(&l, rack, hall) == 0 && load_down(&l) == 0 && load_grids(&l) == 0 &&
	    load_gaps(&l) == 0 && load_latency(&l) == 0 && load_process(&l) == 0)
		r = 0;
	free(l.grids);
	free(l.down);
	free(l.slots);
	free(l.lists);
	if (r < 0) {
		polls_done(&all);
		return -1;
	}
	finish(&all);
	*ret = all;
	return 0;
}

void polls_done(struct polls *polls)
{
	for (size_t i = 0; i < polls->n; i++) {
		free(polls->d[i].name);
		free(polls->d[i].rack);
		free(polls->d[i].state);
		free(polls->d[i].cause);
	}
	for (size_t i = 0; i < polls->n_causes; i++)
		free(polls->causes[i].name);
	free(polls->d);
	free(polls->causes);
	*polls = (struct polls){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the meters of a tenancy, one at a time: its pieces to their owners, its means to their
 * demand, its days to the sides of the boundary. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/ledger.h"
#include "report/progress.h"
#include "report/tenancy_impl.h"

#define ENOUGH_PCT 95

/* ---- one meter -------------------------------------------------------------------- */

static void add_piece(struct tenancy_visit *r, int64_t from, int64_t to, struct tenancy_piece piece)
{
	if (to <= from)
		return;
	xgrow(&r->pieces, &r->cap_pieces, r->n + 1, sizeof(*r->pieces));
	xgrow(&r->spans, &r->cap_spans, r->n + 1, sizeof(*r->spans));
	r->pieces[r->n] = piece;
	r->spans[r->n] = (struct usage_span){ from, to, r->n };
	r->n++;
}

/* A stretch of one owner, divided by his prices. */
static void add_owned(struct tenancy_visit *r, int64_t from, int64_t to, size_t rack, size_t owner)
{
	const struct tariff *tariff = r->t->owner[owner].tariff;
	struct tariff_span *prices = NULL;
	size_t n = tariff && to > from ? tariff_spans(tariff, from, to, &prices) : 0;

	if (!tariff)
		add_piece(r, from, to, (struct tenancy_piece){ rack, owner, 0 });
	for (size_t i = 0; i < n; i++)
		add_piece(r, prices[i].from, prices[i].to,
			  (struct tenancy_piece){ rack, owner, prices[i].rate });
	free(prices);
}

size_t tenancy_first_rack(const struct tenancy *t, const char *name)
{
	size_t lo = 0, hi = t->n_racks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(t->rack[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void divide_time(struct tenancy_visit *r)
{
	struct tenancy *t = r->t;
	int64_t at = r->epoch->from, end = r->epoch->to;

	r->n = 0;
	for (size_t k = tenancy_first_rack(t, r->m->rack);
	     k < t->n_racks && !strcmp(t->rack[k].name, r->m->rack); k++) {
		int64_t from = t->rack[k].from > at ? t->rack[k].from : at;
		int64_t to = t->rack[k].to < end ? t->rack[k].to : end;

		if (to <= from)
			continue;
		add_owned(r, at, from, t->n_racks, 0); /* the rack was not there yet */
		add_owned(r, from, to, k, t->rack[k].owner);
		if (++t->rack[k].counted > t->rack[k].meters)
			t->rack[k].meters = t->rack[k].counted;
		at = to;
	}
	add_owned(r, at, end, t->n_racks, 0);
}

double tenancy_declared_s(const struct tenancy_visit *r, int64_t from, int64_t to,
			  const struct usage *u)
{
	if (!r->log->n || u->covered_s >= u->window_s)
		return 0;
	/* a register that spans a silence covers it */
	return fmin(ledger_declared_s(r->log, r->topology, r->m, from, to),
		    u->window_s - u->covered_s);
}

void tenancy_credit(struct tenancy_visit *r, size_t owner, size_t rate, size_t day,
		    const struct usage *u)
{
	struct tenancy_owner *o = &r->t->owner[owner];

	usage_add(&o->total, u);
	usage_add(&o->day[r->first_day + day], u);
	if (o->tariff)
		o->bill.rate_wh[rate] += u->wh;
}

static void take(void *user, size_t day, const struct usage_span *span, const struct usage *piece)
{
	struct tenancy_visit *r = user;
	const struct tenancy_piece *p = &r->pieces[span->tag];
	const struct period_part *d = &r->days.p[day];
	struct usage u = *piece;

	u.declared_s = tenancy_declared_s(r, span->from > d->from ? span->from : d->from,
				  span->to < d->to ? span->to : d->to, &u);
	tenancy_credit(r, p->owner, p->rate, day, &u);
	if (p->rack < r->t->n_racks)
		usage_add(&r->t->rack[p->rack].total, &u);
}

void tenancy_note_lacking(struct tenancy_visit *r, size_t owner, const struct usage *u)
{
	struct tenancy *t = r->t;

	if (usage_coverage_pct(u) >= ENOUGH_PCT)
		return;
	xgrow(&t->lacking, &t->cap_lacking, t->n_lacking + 1, sizeof(*t->lacking));
	t->lacking[t->n_lacking++] =
		(struct tenancy_meter){ xstrdup(r->m->name), owner, usage_coverage_pct(u) };
}

/* How complete each owner's share of this meter is. */
static void weigh(struct tenancy_visit *r)
{
	struct tenancy *t = r->t;
	struct usage whole;
	double weight;

	usage_day(r->m, r->epoch->from, r->epoch->to, &whole);
	weight = whole.covered_s > 0 ? fabs(whole.wh) / whole.covered_s : 0;
	r->mean_w = weight * 3600;
	for (size_t i = 0; i < r->n; i++) {
		struct tenancy_owner *o = &t->owner[r->pieces[i].owner];
		struct usage u;

		/* pieces of one owner that follow each other are one */
		size_t last = i;
		while (last + 1 < r->n && r->pieces[last + 1].owner == r->pieces[i].owner)
			last++;
		usage_day(r->m, r->spans[i].from, r->spans[last].to, &u);
		u.declared_s = tenancy_declared_s(r, r->spans[i].from, r->spans[last].to, &u);
		o->have += weight * (u.covered_s + u.declared_s);
		o->want += weight * u.window_s;
		if (r->pieces[i].owner)
			tenancy_note_lacking(r, r->pieces[i].owner, &u);
		i = last;
	}
}

/* ---- demand -------------------------------------------------------------------------- */

static int join(struct tenancy_visit *r, struct tenancy_owner *o, bool va, int64_t from, int64_t to,
		bool less, struct err *err)
{
	struct blocks *b = va ? &o->va : &o->blocks;
	bool *has = va ? &o->has_va : &o->has_blocks;
	int rc;

	if (!b->n) {
		int step_s = o->tariff ? tariff_power_step(o->tariff) : 0;

		blocks_init(b, r->t->from, r->t->to, step_s ? step_s : TENANCY_WINDOW_S);
		if (!step_s) { /* nobody charges for more than the highest */
			b->peak_from = r->t->from;
			b->peak_to = r->t->to;
		}
		*has = true;
	}
	rc = blocks_join(&r->members, r->db, b, r->m, va, from, to, r->mean_w, err);
	if (rc == 0)
		*has = false; /* a sum without one of its members is none */
	else if (rc > 0)
		r->members.m[r->members.n - 1].less = less;
	return rc < 0 ? -1 : 0;
}

int tenancy_demand(struct tenancy_visit *r, size_t owner, int64_t from, int64_t to, bool less,
		   struct err *err)
{
	struct tenancy_owner *o = &r->t->owner[owner];

	if (!owner || (r->only && strcmp(r->only, o->name) != 0))
		return 0;
	if (join(r, o, false, from, to, less, err) < 0)
		return -1;
	return o->tariff && bill_wants_demand(&o->bill, true)
		       ? join(r, o, true, from, to, less, err)
		       : 0;
}

static int add_demand(struct tenancy_visit *r, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->n && rc == 0; i++) {
		size_t last = i;

		while (last + 1 < r->n && r->pieces[last + 1].owner == r->pieces[i].owner)
			last++;
		rc = tenancy_demand(r, r->pieces[i].owner, r->spans[i].from, r->spans[last].to,
				    false, err);
		i = last;
	}
	return rc;
}

/* ---- the boundary's sides --------------------------------------------------------------- */

struct sides {
	struct boundaries all;
	struct boundary_member *members[BOUNDARY_SIDES];
	size_t n[BOUNDARY_SIDES];
};

static void sides_done(struct sides *s)
{
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		free(s->members[side]);
	boundaries_done(&s->all);
}

/* Which meters of an epoch make up the sides. Without any the report goes on, and says why. */
static int sides_load(struct db *db, struct tenancy *t, const struct epoch *e, struct sides *ret,
		      struct err *err)
{
	struct err why;

	*ret = (struct sides){ 0 };
	if (boundaries_load(db, e->to - 1, &ret->all, err) < 0)
		return -1;
	bool found = ret->all.n > 0;

	if (!found)
		err_set(&why, "no boundary is configured in rackmeter.yaml");
	for (int side = 0; side < BOUNDARY_SIDES && found; side++)
		found = boundary_members(&ret->all.b[0], side, &e->meters, &ret->members[side],
					 &ret->n[side], &why) == 0;
	if (!found) {
		free(t->no_boundary);
		t->no_boundary = xstrdup(why.text);
		ret->n[BOUNDARY_FACILITY] = ret->n[BOUNDARY_IT] = 0;
		return 0;
	}
	t->bounded = true;
	free(t->boundary);
	t->boundary = xstrdup(ret->all.b[0].name);
	t->category = ret->all.b[0].category;
	return 0;
}

static void add_side(struct tenancy_visit *r, int side, int sign)
{
	struct tenancy *t = r->t;
	struct usage whole;

	usage_day(r->m, r->epoch->from, r->epoch->to, &whole);
	double weight = whole.covered_s > 0 ? fabs(whole.wh) / whole.covered_s : 0;

	for (size_t d = 0; d < r->days.n; d++) {
		struct usage u;

		usage_day(r->m, r->days.p[d].from, r->days.p[d].to, &u);
		u.wh *= sign;
		u.declared_s = tenancy_declared_s(r, r->days.p[d].from, r->days.p[d].to, &u);
		/* by weight, as far as the sum of a side is known */
		u.covered_s *= weight;
		u.declared_s *= weight;
		u.window_s *= weight;
		t->side_have[side] += u.covered_s + u.declared_s;
		t->side_want[side] += u.window_s;
		usage_add(&t->side_day[side][r->first_day + d], &u);
		usage_add(&t->side[side], &u);
	}
}

/* ---- all meters -------------------------------------------------------------------------- */

static int read_meter(struct tenancy_visit *r, struct meter *m, size_t index,
		      const struct sides *sides, struct err *err)
{
	bool it = !strcmp(m->role, "it_in"), used = it;
	int rc;

	for (int side = 0; side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < sides->n[side] && !used; i++)
			used = sides->members[side][i].meter == index;
	if (!used)
		return 0;
	r->m = m;
	rc = meter_reader_read(r->reader, m, err);
	if (rc == 0 && it) {
		divide_time(r);
		usage_divide(m, &r->days, r->spans, r->n, take, r);
		weigh(r);
		rc = add_demand(r, err);
	}
	for (int side = 0; rc == 0 && side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < sides->n[side]; i++)
			if (sides->members[side][i].meter == index)
				add_side(r, side, sides->members[side][i].sign);
	meter_drop(m);
	return rc;
}

static int read_epoch(struct tenancy_visit *r, struct epoch *e, struct err *err)
{
	struct sides sides;
	int rc = sides_load(r->db, r->t, e, &sides, err);

	for (size_t i = 0; i < r->t->n_racks; i++)
		r->t->rack[i].counted = 0;
	r->epoch = e;
	r->reader = rc < 0 ? NULL : meter_reader_new(r->db, e->from, e->to, err);
	if (!r->reader)
		rc = -1;
	period_days(e->from, e->to, &r->days);
	r->first_day = 0;
	while (r->t->days.p[r->first_day].to <= e->from)
		r->first_day++;
	for (size_t i = 0; i < e->meters.n && rc == 0; i++) {
		progress_tell(i, e->meters.n);
		rc = read_meter(r, &e->meters.m[i], i, &sides, err);
	}
	if (rc == 0)
		rc = tenancy_shares_read(r, err);
	r->reader = meter_reader_free(r->reader);
	period_list_done(&r->days);
	sides_done(&sides);
	return rc;
}

int tenancy_read(struct tenancy *t, struct db *db, struct epochs *epochs, const struct oplog *log,
		 const struct topology *topology, const char *only, struct err *err)
{
	struct tenancy_visit r = {
		.t = t, .db = db, .log = log, .topology = topology, .only = only
	};
	int rc = 0;

	for (size_t i = 0; i < epochs->n && rc == 0; i++)
		rc = read_epoch(&r, &epochs->e[i], err);
	if (rc == 0 && r.members.n)
		rc = blocks_read(db, &r.members, err);
	blocks_members_done(&r.members);
	free(r.pieces);
	free(r.spans);
	return rc;
}

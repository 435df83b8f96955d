/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Racks that tenants share: an outlet whose cord carries another tenant than the rack moves what it
 * measures from the rack's owner to its own, piece by piece, so the rack closes. What such an
 * outlet does not measure stays with the rack, and is told.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters_tables.h"
#include "report/tenancy_impl.h"
#include "store/query.h"

/* ---- which outlets ------------------------------------------------------------------ */

static int load(struct db *db, struct tenancy *t, struct err *err)
{
	struct query *q = query_new(db, "report_tenant_cords", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", t->from);
	query_bind_int(q, ":to", t->to);
	while ((r = query_step(q, err)) > 0) {
		int64_t from = query_int(q, 3), to = query_int(q, 4);

		xgrow(&t->share, &t->cap_shares, t->n_shares + 1, sizeof(*t->share));
		t->share[t->n_shares++] = (struct tenancy_share){
			.device = xstrdup(query_text(q, 0)),
			.part = xstrdup(query_text(q, 1)),
			.tenant = xstrdup(query_text(q, 2)),
			.circuit = xstrdup(query_text(q, 5)),
			.rack = xstrdup(query_text(q, 6)),
			.from = from > t->from ? from : t->from,
			.to = to < t->to ? to : t->to,
			.meter = SIZE_MAX,
		};
	}
	query_free(q);
	return r;
}

int tenancy_shares_load(struct db *db, struct tenancy *t, struct err *err)
{
	if (load(db, t, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n_shares; i++)
		tenancy_owner_of(t, t->share[i].tenant);
	return 0;
}

/* Two cords on one outlet at one time: of one tenant they are one, of two nobody can divide it. */
static void find_doubles(struct tenancy *t)
{
	for (size_t i = 0; i < t->n_shares; i++) {
		struct tenancy_share *a = &t->share[i];

		if (!*a->part) /* no outlet at all: many cords may be on none */
			continue;
		for (size_t k = i + 1; k < t->n_shares; k++) {
			struct tenancy_share *b = &t->share[k];

			if (strcmp(a->device, b->device) != 0 || strcmp(a->part, b->part) != 0)
				break;
			if (b->from >= a->to || b->to <= a->from)
				continue;
			if (strcmp(a->tenant, b->tenant) != 0)
				a->divided = b->divided = true;
			else if (b->to <= a->to)
				b->to = b->from;
			else
				b->from = a->to;
		}
	}
}

/* The rows of a share's rack in turn: rack = first, then the next one; n_racks: no more. */
static size_t row_of(const struct tenancy *t, const struct tenancy_share *s, size_t rack)
{
	return rack < t->n_racks && !strcmp(t->rack[rack].name, s->rack) ? rack : t->n_racks;
}

static bool is_foreign(const struct tenancy_rack *r, const struct tenancy_share *s)
{
	return r->owner != s->owner && r->from < s->to && r->to > s->from;
}

static size_t place_of(struct tenancy *t, const struct tenancy_share *s,
		       const struct tenancy_rack *r)
{
	size_t i = t->n_places; /* most likely the last one */

	while (i > 0 &&
	       (t->place[i - 1].owner != s->owner || strcmp(t->place[i - 1].name, s->rack) != 0))
		i--;
	i = i > 0 ? i - 1 : t->n_places;
	int64_t from = r->from > s->from ? r->from : s->from, to = r->to < s->to ? r->to : s->to;

	if (i == t->n_places) {
		xgrow(&t->place, &t->cap_places, i + 1, sizeof(*t->place));
		t->place[t->n_places++] = (struct tenancy_rack){ .name = xstrdup(r->name),
								 .hall = xstrdup(r->hall),
								 .owner = s->owner,
								 .from = from,
								 .to = to };
	}
	t->place[i].from = from < t->place[i].from ? from : t->place[i].from;
	t->place[i].to = to > t->place[i].to ? to : t->place[i].to;
	return i;
}

int tenancy_shares_place(struct db *db, struct tenancy *t, struct err *err)
{
	struct meter_tables tables = { 0 };
	int rc;

	if (!t->n_shares)
		return 0;
	find_doubles(t);
	rc = meter_tables_load(db, t->to - 1, &tables, err);
	for (size_t i = 0; i < t->n_shares && rc == 0; i++) {
		struct tenancy_share *s = &t->share[i];
		bool foreign = false;

		s->owner = tenancy_find(t, s->tenant);
		size_t k = row_of(t, s, tenancy_first_rack(t, s->rack));
		for (; k < t->n_racks && s->to > s->from; k = row_of(t, s, k + 1))
			if (is_foreign(&t->rack[k], s)) {
				foreign = true;
				s->place = place_of(t, s, &t->rack[k]);
			}
		if (!foreign)
			continue;
		t->place[s->place].meters++;
		if (!s->divided && *s->part &&
		    meters_add_part(&t->outlets, &tables, s->device, s->part, s->circuit, s->rack))
			s->meter = t->outlets.n - 1;
		else
			t->owner[s->owner].unmetered_outlets++;
	}
	meter_tables_done(&tables);
	return rc ? rc : meters_finish(db, t->to, &t->outlets, err);
}

void tenancy_shares_done(struct tenancy *t)
{
	for (size_t i = 0; i < t->n_shares; i++) {
		free(t->share[i].device);
		free(t->share[i].part);
		free(t->share[i].tenant);
		free(t->share[i].circuit);
		free(t->share[i].rack);
	}
	free(t->share);
	for (size_t i = 0; i < t->n_places; i++) {
		free(t->place[i].name);
		free(t->place[i].hall);
	}
	free(t->place);
	meters_done(&t->outlets);
}

/* ---- what they measured --------------------------------------------------------------- */

struct move { /* of one outlet, from its rack to its tenant */
	struct tenancy_visit *r;
	struct tenancy_share *s;
	struct move_piece {
		size_t rack; /* n_racks: nothing is moved in this time */
		size_t rate, rack_rate;
	} * pieces;
	struct usage_span *spans;
	size_t n, cap_pieces, cap_spans;
};

static void add_piece(struct move *m, int64_t from, int64_t to, struct move_piece piece)
{
	if (to <= from)
		return;
	xgrow(&m->pieces, &m->cap_pieces, m->n + 1, sizeof(*m->pieces));
	xgrow(&m->spans, &m->cap_spans, m->n + 1, sizeof(*m->spans));
	m->pieces[m->n] = piece;
	m->spans[m->n] = (struct usage_span){ from, to, m->n };
	m->n++;
}

static size_t spans_of(const struct tenancy *t, size_t owner, int64_t from, int64_t to,
		       struct tariff_span **ret)
{
	const struct tariff *tariff = t->owner[owner].tariff;

	if (tariff)
		return tariff_spans(tariff, from, to, ret);
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)[0] = (struct tariff_span){ .from = from, .to = to };
	return 1;
}

/* Cut where the price of either changes, so that both sides are the same pieces. */
static void add_moved(struct move *m, int64_t from, int64_t to, size_t rack)
{
	const struct tenancy *t = m->r->t;
	struct tariff_span *own, *racks;
	size_t n_own = spans_of(t, m->s->owner, from, to, &own);
	size_t n_racks = spans_of(t, t->rack[rack].owner, from, to, &racks);

	for (size_t i = 0, k = 0; i < n_own && k < n_racks;) {
		int64_t end = own[i].to < racks[k].to ? own[i].to : racks[k].to;

		add_piece(m, from, end, (struct move_piece){ rack, own[i].rate, racks[k].rate });
		from = end;
		i += own[i].to <= end;
		k += racks[k].to <= end;
	}
	free(own);
	free(racks);
}

/* What happens to each stretch of the epoch. */
static void divide_time(struct move *m)
{
	const struct tenancy *t = m->r->t;
	const struct tenancy_share *s = m->s;
	const struct move_piece nothing = { .rack = t->n_racks };
	int64_t at = m->r->epoch->from, end = m->r->epoch->to;

	m->n = 0;
	for (size_t k = row_of(t, s, tenancy_first_rack(t, s->rack)); k < t->n_racks;
	     k = row_of(t, s, k + 1)) {
		const struct tenancy_rack *r = &t->rack[k];
		int64_t from = r->from > s->from ? r->from : s->from;
		int64_t to = r->to < s->to ? r->to : s->to;

		if (!is_foreign(r, s) || !r->counted)
			continue;
		from = from > at ? from : at;
		to = to < end ? to : end;
		if (to <= from)
			continue;
		add_piece(m, at, from, nothing);
		add_moved(m, from, to, k);
		at = to;
	}
	add_piece(m, at, end, nothing);
}

static void take(void *user, size_t day, const struct usage_span *span, const struct usage *piece)
{
	struct move *m = user;
	const struct move_piece *p = &m->pieces[span->tag];
	struct tenancy *t = m->r->t;
	struct usage u = *piece, off;

	if (p->rack == t->n_racks)
		return;
	const struct period_part *d = &m->r->days.p[day];

	u.declared_s = tenancy_declared_s(m->r, span->from > d->from ? span->from : d->from,
					  span->to < d->to ? span->to : d->to, &u);
	off = (struct usage){ .wh = -u.wh,
			      .divided_wh = -u.divided_wh,
			      .estimate_wh = -u.estimate_wh };
	tenancy_credit(m->r, m->s->owner, p->rate, day, &u);
	usage_add(&t->place[m->s->place].total, &u);
	t->place[m->s->place].counted = 1;
	tenancy_credit(m->r, t->rack[p->rack].owner, p->rack_rate, day, &off);
	usage_add(&t->rack[p->rack].total, &off);
}

/* How complete its tenant's share is; what power it adds to one demand and takes off another. */
static int weigh(struct move *m, struct err *err)
{
	struct tenancy_visit *r = m->r;
	struct tenancy_owner *o = &r->t->owner[m->s->owner];
	int rc = 0;

	for (size_t i = 0, last; i < m->n && rc == 0; i = last + 1) {
		size_t rack = m->pieces[i].rack;
		struct usage u;

		for (last = i; last + 1 < m->n && m->pieces[last + 1].rack == rack; last++)
			;
		if (rack == r->t->n_racks)
			continue;
		int64_t from = m->spans[i].from, to = m->spans[last].to;

		usage_day(r->m, from, to, &u);
		double weight = u.covered_s > 0 ? fabs(u.wh) / u.covered_s : 0;

		r->mean_w = weight * 3600;
		u.declared_s = tenancy_declared_s(r, from, to, &u);
		o->have += weight * (u.covered_s + u.declared_s);
		o->want += weight * u.window_s;
		tenancy_note_lacking(r, m->s->owner, &u);
		rc = tenancy_demand(r, m->s->owner, from, to, false, err);
		if (rc == 0)
			rc = tenancy_demand(r, r->t->rack[rack].owner, from, to, true, err);
	}
	return rc;
}

int tenancy_shares_read(struct tenancy_visit *r, struct err *err)
{
	struct tenancy *t = r->t;
	struct move m = { .r = r };
	int rc = 0;

	for (size_t i = 0; i < t->n_shares && rc == 0; i++) {
		struct tenancy_share *s = &t->share[i];

		if (s->meter == SIZE_MAX || s->from >= r->epoch->to || s->to <= r->epoch->from)
			continue;
		m.s = s;
		divide_time(&m);
		r->m = &t->outlets.m[s->meter];
		rc = meter_reader_read(r->reader, &t->outlets.m[s->meter], err);
		if (rc == 0) {
			usage_divide(r->m, &r->days, m.spans, m.n, take, &m);
			rc = weigh(&m, err);
		}
		meter_drop(&t->outlets.m[s->meter]);
	}
	free(m.pieces);
	free(m.spans);
	return rc;
}

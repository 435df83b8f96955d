/* SPDX-License-Identifier: Apache-2.0 */
/* See tenancy.h. */
#include "report/tenancy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/tenancy_impl.h"
#include "store/query.h"

#define SIDE_PCT 98 /* of a side's energy in a day, for the day to count in the ratio */

/* ---- whose racks ---------------------------------------------------------------- */

size_t tenancy_find(const struct tenancy *t, const char *tenant)
{
	size_t i = 1;

	while (i < t->n_owners && strcmp(t->owner[i].name, tenant) != 0)
		i++;
	return i;
}

size_t tenancy_owner_of(struct tenancy *t, const char *tenant)
{
	size_t owner = *tenant ? tenancy_find(t, tenant) : 0;

	if (owner == t->n_owners) {
		xgrow(&t->owner, &t->cap_owners, owner + 1, sizeof(*t->owner));
		t->owner[t->n_owners++] = (struct tenancy_owner){ .name = xstrdup(tenant) };
	}
	return owner;
}

static int load_racks(struct db *db, struct tenancy *t, struct err *err)
{
	struct query *q = query_new(db, "report_tenants", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", t->from);
	query_bind_int(q, ":to", t->to);
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0);
		int64_t from = query_int(q, 1), to = query_int(q, 2);
		size_t owner = tenancy_owner_of(t, query_text(q, 3));

		xgrow(&t->rack, &t->cap_racks, t->n_racks + 1, sizeof(*t->rack));
		t->rack[t->n_racks++] = (struct tenancy_rack){
			.name = xstrdup(name),
			.hall = xstrdup(query_text(q, 4)),
			.owner = owner,
			.from = from > t->from ? from : t->from,
			.to = to < t->to ? to : t->to,
		};
		t->owner[owner].racks += to >= t->to;
	}
	query_free(q);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct tenancy_owner *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Owners by name; racks point at them again. */
static void sort_owners(struct tenancy *t)
{
	char **names = xcalloc(t->n_owners, sizeof(*names));

	for (size_t i = 0; i < t->n_owners; i++)
		names[i] = t->owner[i].name;
	qsort(t->owner + 1, t->n_owners - 1, sizeof(*t->owner), by_name);
	for (size_t i = 0; i < t->n_racks; i++)
		if (t->rack[i].owner)
			t->rack[i].owner = tenancy_find(t, names[t->rack[i].owner]);
	free(names);
}

static void prepare_owners(struct tenancy *t)
{
	for (size_t i = 0; i < t->n_owners; i++) {
		struct tenancy_owner *o = &t->owner[i];

		o->day = xcalloc(t->days.n, sizeof(*o->day));
		o->peak.w = NAN;
		o->window_s = TENANCY_WINDOW_S;
		o->tariff = i ? tariffs_find(&t->tariffs, o->name) : NULL;
		if (o->tariff)
			bill_init(&o->bill, o->tariff);
	}
}

/* ---- figures from what was read ------------------------------------------------- */

static void close_owner(struct tenancy *t, struct tenancy_owner *o)
{
	struct tariff_rate plain = { .week = { .days = 0x7f, .end_s = 86400 },
				     .price = { .kind = PRICE_DEMAND,
						.window_s = TENANCY_WINDOW_S } };
	struct tariff_power power = { 0 }, va = { 0 };

	if (o->has_blocks)
		power = blocks_power(&o->blocks);
	if (o->has_va)
		va = blocks_power(&o->va);
	if (o->tariff)
		bill_close(&o->bill, o->has_blocks ? &power : NULL, o->has_va ? &va : NULL, t->from,
			   t->to);
	for (size_t i = 0; o->tariff && i < o->tariff->n; i++) {
		const struct price *p = &o->tariff->rates[i].price;

		if (p->kind != PRICE_DEMAND || p->va)
			continue;
		plain.price.window_s = o->window_s = p->window_s;
		plain.week.standard = o->tariff->rates[i].week.standard;
		break;
	}
	if (o->has_blocks)
		tariff_peak(&plain, &power, t->from, t->to, &o->peak);
}

static void ratio(struct tenancy *t)
{
	double facility = 0, it = 0, seconds = 0;

	for (size_t d = 0; d < t->days.n; d++) {
		bool both = true;

		for (int side = 0; side < BOUNDARY_SIDES; side++)
			both = both && usage_coverage_pct(&t->side_day[side][d]) >= SIDE_PCT;
		if (!both)
			continue;
		facility += t->side_day[BOUNDARY_FACILITY][d].wh;
		it += t->side_day[BOUNDARY_IT][d].wh;
		seconds += (double)(t->days.p[d].to - t->days.p[d].from);
	}
	t->pue = it > 0 ? facility / it : NAN;
	t->pue_days_pct = 100 * seconds / (double)(t->to - t->from);
}

/* Without a boundary all that is measured at the input of IT equipment is the total. */
static void total_of_owners(struct tenancy *t)
{
	for (size_t i = 0; i < t->n_owners; i++) {
		usage_add(&t->side[BOUNDARY_IT], &t->owner[i].total);
		for (size_t d = 0; d < t->days.n; d++)
			usage_add(&t->side_day[BOUNDARY_IT][d], &t->owner[i].day[d]);
		t->side_have[BOUNDARY_IT] += t->owner[i].have;
		t->side_want[BOUNDARY_IT] += t->owner[i].want;
	}
	t->pue = NAN;
}

static int load(struct db *db, int64_t now, const char *only, struct tenancy *t, struct err *err)
{
	struct topology topology = { 0 };
	struct epochs epochs = { 0 };
	struct oplog log = { 0 };
	int rc = -1;

	t->owner = xcalloc(1, sizeof(*t->owner));
	t->n_owners = t->cap_owners = 1;
	t->owner[0].name = xstrdup("");
	if (epochs_cut(db, now, &t->from, &t->to, &t->since, err) == 0 &&
	    tariffs_load(db, t->from, t->to, &t->tariffs, err) == 0 &&
	    load_racks(db, t, err) == 0 && tenancy_shares_load(db, t, err) == 0 &&
	    epochs_load(db, t->from, t->to, &epochs, err) == 0 &&
	    topology_load(db, t->to - 1, &topology, err) == 0 &&
	    oplog_load(db, t->from, t->to, &log, err) == 0) {
		period_days(t->from, t->to, &t->days);
		sort_owners(t);
		prepare_owners(t);
		for (int side = 0; side < BOUNDARY_SIDES; side++)
			t->side_day[side] = xcalloc(t->days.n, sizeof(struct usage));
		rc = tenancy_shares_place(db, t, err);
		if (rc == 0)
			rc = tenancy_read(t, db, &epochs, &log, &topology, only, err);
	}
	oplog_done(&log);
	topology_done(&topology);
	epochs_done(&epochs);
	return rc;
}

int tenancy_load(struct db *db, int64_t from, int64_t to, int64_t now, const char *only,
		 struct tenancy *ret, struct err *err)
{
	struct tenancy t = { .from = from, .to = to };

	if (load(db, now, only, &t, err) < 0) {
		tenancy_done(&t);
		return -1;
	}
	for (size_t i = 1; i < t.n_owners; i++)
		close_owner(&t, &t.owner[i]);
	if (t.bounded)
		ratio(&t);
	else
		total_of_owners(&t);
	*ret = t;
	return 0;
}

void tenancy_done(struct tenancy *t)
{
	for (size_t i = 0; i < t->n_owners; i++) {
		struct tenancy_owner *o = &t->owner[i];

		free(o->name);
		free(o->day);
		bill_done(&o->bill);
		blocks_done(&o->blocks);
		blocks_done(&o->va);
	}
	for (size_t i = 0; i < t->n_racks; i++) {
		free(t->rack[i].name);
		free(t->rack[i].hall);
	}
	tenancy_shares_done(t);
	for (size_t i = 0; i < t->n_lacking; i++)
		free(t->lacking[i].name);
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		free(t->side_day[side]);
	free(t->owner);
	free(t->rack);
	free(t->lacking);
	free(t->boundary);
	free(t->no_boundary);
	period_list_done(&t->days);
	tariffs_done(&t->tariffs);
	*t = (struct tenancy){ 0 };
}

double tenancy_unallocated_wh(const struct tenancy *t)
{
	double wh = t->side[BOUNDARY_IT].wh;

	for (size_t i = 1; i < t->n_owners; i++)
		wh -= t->owner[i].total.wh;
	return wh;
}

double tenancy_shared_rest_wh(const struct tenancy *t)
{
	double wh = 0;

	for (size_t i = 0; i < t->n_racks; i++)
		for (size_t k = 0; k < t->n_places && !t->rack[i].owner; k++)
			if (!strcmp(t->place[k].name, t->rack[i].name)) {
				wh += t->rack[i].total.wh;
				break;
			}
	return wh;
}

double tenancy_unallocated_day_wh(const struct tenancy *t, size_t day)
{
	double wh = t->side_day[BOUNDARY_IT][day].wh;

	for (size_t i = 1; i < t->n_owners; i++)
		wh -= t->owner[i].day[day].wh;
	return wh;
}

double tenancy_coverage_pct(const struct tenancy_owner *o)
{
	return o->want > 0 ? 100 * o->have / o->want : usage_coverage_pct(&o->total);
}

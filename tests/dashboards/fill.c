/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the database that dashboards are tested on: the site of site.py with each tier as a
 * collector that ran for two years leaves it. The raw days and the open hour pass through the
 * writer's own steps (batch, ring, compaction), older tiers are written with the store's codec and
 * statements from the same loads (load.h). Which sums there are is asked of the product (group.h);
 * the last instant is always NOW, so the same sources make the same samples.
 *
 *   dashboards_fill FILE CONFIG RACKS RAW_DAYS FIVE_DAYS DAYS   makes FILE, in FILE.new at first
 *   dashboards_fill FILE                                        gives it the views of this build
 *
 * Where there are 100 racks and more only the first FULL_RACKS have all their points from the
 * beginning; of the others the rack's sum, the energy of both PDUs and the inlet temperature go
 * back so far, the rest (feeds, phases, the health of each device) has been known for seven hours:
 * as much as fits into 600 MB.
 */
#include "../bench/keep.h"

#include <math.h>

#include "daemon/site.h"
#include "group/group.h"
#include "load.h"
#include "schedule/sched.h"
#include "store/alarmlog.h"
#include "store/chunk.h"
#include "store/civil.h"
#include "store/confdb.h"
#include "store/days.h"
#include "store/limitstate.h"
#include "store/rolled.h"
#include "inventory/rows.h"

#define MIDNIGHT   INT64_C(1795132800) /* 2026-11-20 00:00 UTC */
#define NOW        (MIDNIGHT + 5010)   /* 01:23:30; site.py says it too */
#define FULL_RACKS 5
#define RECENT     (MIDNIGHT - 6 * 3600) /* what does not go back */
#define POOLS      64 /* of devices whose health is stored in one row */
#define DOWN_DAYS  200 /* so long ago the collector stood still for a day */
#define DOWN_FROM  (MIDNIGHT - 26 * 3600)
#define DOWN_TO    (DOWN_FROM + 600)

struct point {
	int64_t id;
	const struct value *value;
	enum chunk_kind kind;
	struct scale scale;
	uint32_t slot;
	double spread; /* how far an hour's least and greatest lie from its mean */
	/* the hour and its five minutes that are being made, raw */
	struct rolled day, hour;
};

struct scan {
	int64_t id;
	int step_s, phase_s;
	struct point *points;
	size_t n, n_old; /* the first n_old have all the history, the others since RECENT */
	uint32_t n_slots;
	const enum cause *silent; /* NULL: never */
};

static const enum cause answers = CAUSE_NONE;
static struct scan *scans;
static size_t n_scans, cap_scans;
static struct loads loads;
static struct keeper keeper;
static struct chunk_put *put;
static int64_t start, five_from, raw_from;

static struct query *kept(const char *name)
{
	struct err err;
	struct query *q = query_kept(keeper.db, name, &err);

	if (!q)
		fail(name, err.text);
	return q;
}

static void begin(void)
{
	struct err err;

	must_be(db_begin(keeper.db, &err), &err);
}

static void commit(void)
{
	struct err err;

	must_be(db_commit(keeper.db, &err), &err);
}

/* ---- what there is ----------------------------------------------------------------- */

static struct point point_of(const struct reg_scan *scan, const struct reg_point *p)
{
	const char *kind = p->entity_kind ? p->entity_kind : scan->entity_kind;
	const char *entity = p->entity ? p->entity : scan->entity;
	struct point point = { .id = p->point,
			       .kind = chunk_kind(quantity_kind_name(p->quantity->kind)),
			       .scale = p->scale,
			       .slot = p->slot };

	point.value = loads_find(&loads, kind, entity, p->part, p->quantity->name);
	if (!point.value) {
		fprintf(stderr, "%s: %s %s %s %s: load.c does not know it\n", program, kind, entity,
			p->part, p->quantity->name);
		exit(1);
	}
	if (point.kind == CHUNK_GAUGE && strncmp(p->quantity->name, "members", 7) != 0)
		point.spread = !strcmp(p->quantity->name, "temperature_c") ? 0.01 : 0.02;
	return point;
}

/* The first n_old points are known since the beginning, the others since RECENT. */
static void add_scan(struct reg_scan *reg, size_t n_old, const enum cause *silent)
{
	struct err err;
	struct scan s = { .step_s = reg->step_s, .phase_s = reg->phase_s, .silent = silent };

	s.n = reg->n_points;
	s.n_old = n_old;
	if (n_old) {
		reg->valid_from = start;
		reg->n_points = n_old;
		must_be(registry_sync(keeper.db, reg, &err), &err);
	}
	reg->n_points = s.n;
	if (n_old < s.n) {
		reg->valid_from = RECENT;
		must_be(registry_sync(keeper.db, reg, &err), &err);
	}
	s.id = reg->scan;
	s.n_slots = reg->n_slots;
	s.points = xcalloc(s.n, sizeof(*s.points));
	for (size_t i = 0; i < s.n; i++)
		s.points[i] = point_of(reg, &reg->points[i]);
	xgrow(&scans, &cap_scans, n_scans + 1, sizeof(*scans));
	scans[n_scans++] = s;
}

static bool is_full(int rack)
{
	return loads.n_racks < 100 || (rack >= 0 && rack < FULL_RACKS) || rack == LOAD_OVER_RACK ||
	       rack == LOAD_HOT_RACK;
}

static int rack_of(const char *name)
{
	int n = 0;

	return sscanf(name, "PDU-R%d", &n) == 1 || sscanf(name, "R%d", &n) == 1 ? n - 1 : -1;
}

static void add_groups(const struct inventory *inv)
{
	struct group *g = group_new(inv);

	for (size_t i = 0; i < group_n_scans(g); i++) {
		const struct group_scan *s = group_scan(g, i);
		struct reg_point *points = xcalloc(s->n_points, sizeof(*points));
		size_t n_old = 0;
		for (size_t k = 0; k < s->n_points; k++) {
			const struct group_point *p = &s->points[k];
			points[k] = (struct reg_point){ .entity_kind = p->entity_kind,
							.entity = p->entity,
							.part = p->part,
							.label = "",
							.quantity = p->quantity,
							.scale = group_scale(p->quantity),
							.phase = p->phase };
			/* a rack's own stand before those of its feeds, currents last */
			if (n_old == k && (is_full(rack_of(s->entity)) ||
					   (strcmp(p->quantity->name, "current_a") != 0 &&
					    (strcmp(s->entity_kind, "rack") != 0 ||
					     !strcmp(p->entity_kind, "rack")))))
				n_old++;
		}
		struct reg_scan reg = { .entity_kind = s->entity_kind,
					.entity = s->entity,
					.name = "main",
					.step_s = inv->config->settings.group_every_s,
					.points = points,
					.n_points = s->n_points };
		add_scan(&reg, n_old, NULL);
		free(points);
	}
	group_free(g);
}

static struct reg_point device_point(const char *part, const char *quantity, int64_t mul,
				     int64_t div, bool main, int phase)
{
	return (struct reg_point){ .part = part,
				   .label = "",
				   .quantity = schema_quantity(quantity),
				   .scale = { mul, div, 0 },
				   .main = main,
				   .phase = phase };
}

static void add_probes(const struct inv_device *d)
{
	struct reg_point p[4];

	for (int i = 0; i < 4; i++)
		p[i] = device_point(i < 2 ? "port 1" : "port 2",
				    i % 2 ? "humidity_pct" : "temperature_c", 1, 10, false, 0);
	struct reg_scan reg = { .entity_kind = "device",
				.entity = d->cfg->device,
				.name = "main",
				.step_s = d->every_s,
				.phase_s = sched_phase(d->cfg->device, d->every_s),
				.points = p,
				.n_points = 4 };
	add_scan(&reg, 4, NULL);
}

static void add_device(const struct inv_device *d)
{
	const char *name = d->cfg->device;
	int rack = rack_of(name);
	bool pdu = rack >= 0, side = name[strlen(name) - 1] == 'B';
	struct reg_point temperature = device_point("sensor 1", "temperature_c", 1, 10, false, 0);
	struct reg_point power =
		device_point("main", "power_w", pdu ? 10 : 1, pdu ? 1 : 10, true, 0);
	struct reg_point p[8] = { device_point("main", "energy_wh", pdu ? 100 : 1, 1, true, 0) };
	size_t n = 1, n_old;

	if (pdu && !side)
		p[n++] = temperature;
	n_old = n;
	p[n++] = power;
	for (int line = 0; line < LOAD_LINES; line++)
		p[n++] = device_point(line == 0	  ? "phase L1"
				      : line == 1 ? "phase L2"
						  : "phase L3",
				      "current_a", 1, pdu ? 10 : 1000, false, line + 1);
	if (pdu && side && is_full(rack))
		p[n++] = temperature;
	if (pdu && !side && is_full(rack)) {
		p[n++] = device_point("sensor 1", "humidity_pct", 1, 10, false, 0);
		p[n] = device_point("main", "state", 1, 1, false, 0);
		p[n].names = "{\"2\":\"normal\",\"3\":\"near overload\",\"4\":\"overload\"}";
		p[n++].severities = "{\"3\":\"warning\",\"4\":\"critical\"}";
	}
	struct reg_scan reg = { .entity_kind = "device",
				.entity = name,
				.name = "main",
				.step_s = d->every_s,
				.phase_s = sched_phase(name, d->every_s),
				.points = p,
				.n_points = n };
	add_scan(&reg, pdu && !is_full(rack) ? n_old : n,
		 pdu ? &loads.racks[rack].silent[side] : NULL);
}

static void add_health(const struct inventory *inv)
{
	static const char *const quantities[] = { "latency_ms", "success_pct", "answer_age_s" };
	static const struct {
		const char *part, *quantity;
	} process[] = { { "poll", "polls" },         { "poll", "late_polls" },
			{ "poll", "overrun_polls" }, { "poll", "loop_lag_ms" },
			{ "store", "stored_rows" },  { "store", "dropped_rows" },
			{ "store", "queued_rows" },  { "store", "commits" } };
	struct reg_point *p = xcalloc(inv->n_devices * 3 + 8, sizeof(*p));

	for (int pool = 0; pool < POOLS; pool++) {
		char name[16];
		size_t n = 0;
		snprintf(name, sizeof(name), "pool %03d", pool);
		for (size_t i = 0; i < inv->n_devices * 3; i++) {
			const char *device = inv->devices[i / 3].cfg->device;
			const struct quantity *q = schema_quantity(quantities[i % 3]);
			if (sched_phase(device, POOLS) != pool)
				continue;
			p[n] = device_point("collector", q->name, q->step_num, q->step_den, false,
					    0);
			p[n].entity_kind = "device";
			p[n++].entity = device;
		}
		struct reg_scan reg = { .entity_kind = "collector",
					.entity = name,
					.name = "devices",
					.step_s = inv->config->settings.health_every_s,
					.points = p,
					.n_points = n };
		reg.phase_s = sched_phase(name, reg.step_s);
		if (n)
			add_scan(&reg, loads.n_racks < 100 ? n : 0, NULL);
	}
	for (size_t i = 0; i < 8; i++) {
		const struct quantity *q = schema_quantity(process[i].quantity);
		p[i] = device_point(process[i].part, q->name, q->step_num, q->step_den, false, 0);
	}
	struct reg_scan reg = { .entity_kind = "collector",
				.entity = "rackmeterd",
				.name = "main",
				.step_s = 60,
				.points = p,
				.n_points = 8 };
	add_scan(&reg, 8, NULL);
	free(p);
}

static void enter_site(const char *dir)
{
	struct site *site = site_load(dir, NOW);
	struct err err;
	size_t n;

	if (!site->inventory) {
		diag_print(&site->diag, stderr);
		fail(dir, "is not a site");
	}
	struct confdb_load load = { .ts = start, .user = "bench", .dir = "/etc/rackmeter" };
	struct config_row *rows = inventory_rows_all(site->config, &n);
	begin();
	must_be(confdb_apply(keeper.db, &load, rows, n, false, NULL, NULL, &err), &err);
	add_groups(site->inventory);
	for (size_t i = 0; i < site->inventory->n_devices; i++) {
		const struct inv_device *d = &site->inventory->devices[i];
		if (!strncmp(d->cfg->device, "AIR-", 4))
			add_probes(d);
		else
			add_device(d);
	}
	add_health(site->inventory);
	commit();
	inventory_rows_free(rows, n);
	site_free(site);
}

/* ---- hours of coarser tiers alone ---------------------------------------------------- */

static int64_t raw_of(const struct point *p)
{
	return llround(p->value->v * (double)p->scale.div / (double)p->scale.mul);
}

/* Position i of the finer of the tiers that are being made. */
static void note(const struct scan *s, struct point *p, int i, int64_t before)
{
	struct rolled *h = &p->hour;
	int64_t raw = raw_of(p), spread = llround(fabs((double)raw) * p->spread);

	h->n[i] = p->value->absent || *s->silent ? 0 : 1;
	h->value[i] = raw * (p->kind == CHUNK_GAUGE ? CHUNK_FINE : 1);
	h->low[i] = p->kind == CHUNK_COUNTER ? before : raw - spread;
	h->high[i] = p->kind == CHUNK_COUNTER ? raw : raw + spread;
}

static void put_five(const struct scan *s, const struct point *p, int64_t hour)
{
	static struct codec c;
	unsigned char present[ROLLED_5M], some = 0;
	struct query *q = kept("store_rollup_5m_put");
	struct err err;

	for (int i = 0; i < ROLLED_5M; i++)
		some |= present[i] = p->hour.n[i] > 0;
	if (!some)
		return;
	codec_encode(p->hour.value, present, ROLLED_5M,
		     p->kind == CHUNK_COUNTER ? CODEC_SLOPE : CODEC_PLAIN, &c);
	query_bind_int(q, ":id", chunk_id(hour, p->id));
	query_bind_int(q, ":f", p->kind == CHUNK_GAUGE ? CHUNK_FINE : 1);
	query_bind_int(q, ":w", c.w);
	query_bind_int(q, ":base", c.base);
	query_bind_int(q, ":slope", c.slope);
	query_lend_blob(q, ":v", c.v, c.bytes);
	query_bind_int(q, ":full", s->step_s < 300 ? 300 / s->step_s : 1);
	query_bind_null(q, ":n");
	must_be(query_run(q, &err), &err);
}

/* What n positions of the hour come to, into the day. */
static void put_hour(const struct scan *s, struct point *p, int64_t hour, int n)
{
	struct rolled *d = &p->day, *h = &p->hour;
	int at = (int)(hour % DAY_S / HOUR_S), there = 0, last = 0;
	int64_t sum = 0;

	d->f = p->kind == CHUNK_GAUGE ? CHUNK_FINE : 1;
	d->full = (uint32_t)(HOUR_S / s->step_s);
	d->n[at] = 0;
	for (int i = 0; i < n; i++) {
		if (!h->n[i])
			continue;
		if (!there++) {
			d->low[at] = h->low[i];
			d->high[at] = h->high[i];
		}
		sum += h->value[i];
		d->low[at] = h->low[i] < d->low[at] ? h->low[i] : d->low[at];
		d->high[at] = h->high[i] > d->high[at] ? h->high[i] : d->high[at];
		last = i;
	}
	if (!there)
		return;
	d->n[at] = d->full * (uint32_t)there / (uint32_t)n;
	d->value[at] = p->kind == CHUNK_GAUGE ? sum / there : h->value[last];
	/* a lost poll here and there */
	if (load_hash((uint64_t)p->id, (uint64_t)(hour / DAY_S)) % 960 == (uint64_t)at &&
	    d->n[at] > 1)
		d->n[at]--;
}

static void old_hour(int64_t hour)
{
	int n = hour >= five_from ? ROLLED_5M : 1;
	struct err err;
	char text[160];

	for (int i = 0; i < n; i++) {
		loads_at(&loads, hour + HOUR_S * (2 * i + 1) / (2 * n));
		for (size_t k = 0; k < n_scans; k++)
			for (size_t j = 0; j < scans[k].n_old; j++)
				scans[k].points[j].hour.low[i] = raw_of(&scans[k].points[j]);
		loads_pass(&loads, (double)HOUR_S / n);
		for (size_t k = 0; k < n_scans; k++)
			for (size_t j = 0; j < scans[k].n_old; j++)
				note(&scans[k], &scans[k].points[j], i,
				     scans[k].points[j].hour.low[i]);
	}
	for (size_t k = 0; k < n_scans; k++)
		for (size_t j = 0; j < scans[k].n_old; j++) {
			if (n > 1)
				put_five(&scans[k], &scans[k].points[j], hour);
			put_hour(&scans[k], &scans[k].points[j], hour, n);
		}
	snprintf(text, sizeof(text),
		 "INSERT INTO period VALUES (%lld, 0, %d, 1, %lld, %lld, 1)", (long long)hour,
		 n > 1, (long long)hour, (long long)(hour + HOUR_S - 10));
	must_be(db_exec(keeper.db, text, &err), &err);
}

static void old_day(int64_t day)
{
	struct err err;

	begin();
	for (int64_t hour = day; hour < day + DAY_S; hour += HOUR_S)
		old_hour(hour);
	for (size_t k = 0; k < n_scans; k++)
		for (size_t j = 0; j < scans[k].n_old; j++) {
			struct point *p = &scans[k].points[j];
			bool some = false;
			for (size_t i = 0; i < ROLLED_1H; i++)
				some |= p->day.n[i] > 0;
			if (some)
				must_be(chunk_put_day(put, keeper.db, p->id, day, &p->day, &err),
					&err);
		}
	commit();
	keeper_tend(&keeper);
}

/* ---- raw days, as the writer does them ------------------------------------------------- */

static void absent(const struct scan *s, int64_t ts, enum cause cause)
{
	struct item *item = batch_put(&keeper.batch, ITEM_ABSENT, sizeof(struct item_absent));

	item->scan = s->id;
	item->ts = ts;
	item->number = cause;
	*(struct item_absent *)(void *)(item + 1) = (struct item_absent){ .last = ts, .n = 1 };
}

static void poll_scan(const struct scan *s, int64_t ts)
{
	bool lost = *s->silent != CAUSE_NONE;

	if (!lost && s->silent != &answers) /* a device */
		lost = load_hash((uint64_t)s->id, (uint64_t)ts) % 2000 == 0;
	if (lost) {
		absent(s, ts, CAUSE_NO_ANSWER);
		return;
	}
	struct item *item = batch_put(&keeper.batch, ITEM_ROW, s->n_slots * sizeof(struct reading));
	struct reading *r = (struct reading *)(void *)(item + 1);
	item->scan = s->id;
	item->ts = ts;
	item->number = s->n_slots;
	for (size_t j = 0; j < s->n; j++) {
		const struct point *p = &s->points[j];
		enum cause cause = j >= s->n_old && ts < RECENT ? CAUSE_NOT_FITTED
								 : p->value->absent;
		r[p->slot] = (struct reading){ .raw = raw_of(p), .cause = cause };
	}
}

static void raw_days(void)
{
	struct err err;
	int64_t id;

	if (query_first(kept("store_gap_next"), &id, &err) <= 0)
		fail("gaps", err.text);
	gaps_next_id(keeper.gaps, id);
	for (int64_t ts = raw_from; ts <= NOW; ts++) {
		bool tens = ts % 10 == 0;
		if (tens)
			loads_at(&loads, ts);
		for (size_t k = 0; k < n_scans && (ts < DOWN_FROM || ts >= DOWN_TO); k++)
			if (ts % scans[k].step_s == scans[k].phase_s &&
			    (scans[k].n_old || ts >= RECENT))
				poll_scan(&scans[k], ts);
		if (tens)
			loads_pass(&loads, 10);
		if (ts % 60 == 0 || ts == NOW)
			keeper_commit(&keeper, ts);
		if (ts % 60 == 0)
			while (keeper_work(&keeper, ts))
				;
	}
}

/* ---- what happened ----------------------------------------------------------------------- */

static void tell(enum item_kind kind, int64_t ts, uint32_t number, const char *const *texts,
		 size_t n)
{
	struct item *item = batch_put_texts(&keeper.batch, kind, texts, n);

	item->ts = ts;
	item->number = number;
}

static void tell_event(int64_t ts, const char *kind, const char *entity, const char *what,
		       uint32_t severity, const char *text)
{
	tell(ITEM_EVENT, ts, severity, (const char *const[]){ kind, entity, what, text }, 4);
}

static void tell_device(int rack, int side)
{
	char name[32], serial[32];
	bool silent = loads.racks[rack].silent[side] != CAUSE_NONE;

	snprintf(name, sizeof(name), "PDU-R%04d-%c", rack + 1, "AB"[side]);
	snprintf(serial, sizeof(serial), "ZA%05d%d", rack, side);
	int64_t since = NOW - (side ? 3540 : 2340) - rack % 50;
	if (!silent || (rack == 13 && side))
		since = silent ? NOW - 72000 : start;
	tell(ITEM_FACT, start, 0, (const char *const[]){ name, "model", "AP8886" }, 3);
	tell(ITEM_FACT, start, 0, (const char *const[]){ name, "serial", serial }, 3);
	tell(ITEM_STATE, since, silent ? CAUSE_NO_ANSWER : CAUSE_NONE,
	     (const char *const[]){ name, silent ? "dormant" : "ok" }, 2);
	if (silent)
		tell_event(since, "device", name, "device_state", 1, "no answer");
}

static void tell_limit(const char *kind, const char *entity, const char *part, const char *quantity,
		       const char *level, double value, double limit)
{
	struct err err;
	struct limit_row row = { kind, entity, part, quantity, level, NOW - LOAD_OVERLOAD_S, value,
				  limit };

	must_be(limitstate_put(keeper.db, &row, &err), &err);
	tell_event(row.since, kind, entity, "limit", 1, level);
}

static void tell_all(void)
{
	struct err err;
	char name[32];

	for (int i = 0; i < loads.n_racks; i++)
		for (int k = 0; k < LOAD_SIDES; k++)
			tell_device(i, k);
	for (int day = 1; day * DAY_S < NOW - start; day += 2) /* what a quiet site has to tell */
		tell_event(NOW - day * DAY_S, "", "", day % 10 ? "config" : "store", 0,
			   "configuration read, nothing changed");
	begin();
	tell_limit("rack", "R0007", "total", "power_w", "over", 17300, 16000);
	for (int i = LOAD_NEAR; i < loads.n_racks; i += 50) { /* each second one is so no more */
		snprintf(name, sizeof(name), "R%04d", i + 1);
		tell_limit("rack", name, "total", "power_w", i % 100 == LOAD_NEAR ? "warn" : "ok",
			   14600, 16000);
	}
	struct alarm_row overload = { "PDU-R0007-A", "main", "state", 4,
				      "critical",    NOW - LOAD_OVERLOAD_S, 0 };
	must_be(alarmlog_put(keeper.db, &overload, &err), &err);
	tell_limit("circuit", "R0005-A", "L1", "current_a", "warn", 6.3, 6.4);
	tell_limit("circuit", "R0005-A", "L2", "current_a", "over", 7.3, 6.4);
	tell_limit("circuit", "R0005-A", "L3", "current_a", "over", 7.4, 6.4);
	commit();
	keeper_commit(&keeper, NOW);
}

static void down(int64_t from, int64_t to)
{
	struct query *q = kept("store_down_add");
	struct err err;

	query_bind_int(q, ":from_ts", from);
	query_bind_int(q, ":to_ts", to);
	query_bind_int(q, ":cause", CAUSE_DAEMON_DOWN);
	must_be(query_run(q, &err), &err);
}

/* What stands in the ring of hours that are over is waste until it is overwritten: it goes, and the
 * file is written anew without the room it took. */
static void settle(const char *path)
{
	char text[4096];
	struct err err;

	snprintf(text, sizeof(text), "DELETE FROM hot WHERE ts < %lld",
		 (long long)(NOW - NOW % HOUR_S));
	must_be(db_exec(keeper.db, text, &err), &err);
	snprintf(text, sizeof(text), "VACUUM INTO '%s'", path);
	must_be(db_exec(keeper.db, text, &err), &err);
}

/* The daily tier, as the collector makes it in the night. */
static void make_days(void)
{
	struct days *d = days_new(keeper.db);
	struct err err;
	int rc;

	must_be(civil_fill(keeper.db, NOW, &err), &err);
	while ((rc = days_step(d, NOW, MIDNIGHT + HOUR_S, &err)) > 0)
		;
	must_be(rc, &err);
	days_free(d);
}

static void as_of_now(void)
{
	char text[256];
	struct err err;

	snprintf(text, sizeof(text),
		 "UPDATE daemon SET started = %lld, stopped = NULL, last_commit = %lld, last_ts = "
		 "%lld, pid = 1, host = 'bench'; UPDATE migration SET applied = %lld",
		 (long long)DOWN_TO, (long long)NOW, (long long)NOW, (long long)start);
	must_be(db_exec(keeper.db, text, &err), &err);
}

static int64_t days_before(const char *text)
{
	long n = strtol(text, NULL, 10);

	if (n < 1 || n > 4000)
		fail(text, "is not a number of days");
	return MIDNIGHT - n * DAY_S;
}

static void say(const char *what)
{
	static double before;
	double now = cpu_s();

	printf("%-12s %5.1f s of CPU, %4.0f MB\n", what, now - before,
	       keeper_bytes(&keeper) / 1e6);
	fflush(stdout);
	before = now;
}

static void renew_views(const char *path)
{
	struct err err;

	if (access(path, F_OK))
		fail(path, "is not there");
	struct db *db = db_open_write(path, &err);
	if (!db)
		fail(path, err.text);
	db_close(db);
}

int main(int argc, char **argv)
{
	struct err err;
	int racks = argc == 7 ? (int)strtol(argv[3], NULL, 10) : 0;

	program = "dashboards_fill";
	if (argc == 2) {
		renew_views(argv[1]);
		return 0;
	}
	if (racks < 20 || racks > 9999)
		fail("usage", "dashboards_fill FILE CONFIG RACKS RAW_DAYS FIVE_DAYS DAYS");
	raw_from = days_before(argv[4]);
	five_from = days_before(argv[5]);
	start = days_before(argv[6]);
	if (start > five_from || five_from > raw_from)
		fail("usage", "RAW_DAYS <= FIVE_DAYS <= DAYS");
	char *work = xasprintf("%s.new", argv[1]);
	keeper_begin(&keeper, work);
	must_be(db_exec(keeper.db, "PRAGMA synchronous = OFF", &err), &err);
	put = chunk_put_new();
	loads_init(&loads, racks, NOW);
	enter_site(argv[2]);
	for (size_t i = 0; i < n_scans; i++)
		if (!scans[i].silent)
			scans[i].silent = &answers;
	say("site");
	for (int64_t day = start; day < raw_from; day += DAY_S)
		if (day != MIDNIGHT - DOWN_DAYS * DAY_S)
			old_day(day);
		else
			down(day, day + DAY_S - 1);
	say("old hours");
	raw_days();
	down(DOWN_FROM, DOWN_TO - 1);
	say("raw days");
	make_days();
	say("civil days");
	tell_all();
	as_of_now();
	settle(argv[1]);
	say("settled");
	for (size_t i = 0; i < n_scans; i++)
		free(scans[i].points);
	free(scans);
	loads_done(&loads);
	chunk_put_free(put);
	keeper_done(&keeper);
	unlink(work);
	free(work);
	renew_views(argv[1]);
	return 0;
}

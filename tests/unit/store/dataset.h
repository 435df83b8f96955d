/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small site of two tenants over four hours and twenty minutes, every value of which follows from
 * its place and time: what a database can hold at all, in few rows. tests/fixtures/db/ keeps it as
 * each released schema stored it, so nothing here may change: a test that needs more adds it
 * behind data_write().
 */
#pragma once

#include "storetest.h"

#include "base/text.h"
#include "store/batch.h"
#include "store/chunk.h"
#include "store/densify.h"
#include "store/late.h"
#include "store/registry.h"

#define DATA_FROM 1795388400 /* 2026-11-22 23:00 UTC: a day begins amid it */
#define DATA_TO   (DATA_FROM + 4 * 3600 + 1200)
#define DATA_RESCALE                                                                               \
	(DATA_FROM + 5400 + 17) /* PDU-R1-A tells watts instead of tenths from here                \
				 */
#define DATA_FASTER                                                                                \
	(DATA_FROM + 9000 + 100) /* and PDU-R2-A is asked each minute, not each fifth              \
				  */
#define DATA_SCANS 4
#define DATA_SLOTS 8
#define DATA_WIDE  6 /* numbers of up to 19 digits */

static struct reg_point data_points[DATA_SCANS][DATA_SLOTS];
static struct reg_scan data_scans[DATA_SCANS];

static uint32_t data_mix(int64_t a, int64_t b, int64_t c)
{
	uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15u ^ (uint64_t)b * 0xbf58476d1ce4e5b9u ^
		     (uint64_t)c * 0x94d049bb133111ebu;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(x >> 32);
}

static int data_step(int s, int64_t ts)
{
	return s == 1 && ts < DATA_FASTER ? 300 : 60;
}

static bool data_instant(int s, int64_t ts)
{
	return ts % data_step(s, ts) == (s < 2 ? 3 + s : 0);
}

/* The slots that a row of the scan has at that time. */
static uint32_t data_slots(int s, int64_t ts)
{
	return s == 2 ? 3 : s == 3 ? 1 : s == 0 && ts >= DATA_RESCALE ? 8 : 7;
}

/* CAUSE_NONE: *ret is the integer of the slot at this instant. */
static enum cause data_value(int s, uint32_t slot, int64_t ts, int64_t *ret)
{
	uint32_t r = data_mix(s, slot, ts);
	int64_t t = ts - DATA_FROM;

	*ret = 0;
	if (s < 2 && t >= 3000 && t < 4200 + s * 600) /* the whole row */
		return CAUSE_NO_ANSWER;
	if (slot == 2 && t / 900 % 5 == 3)
		return CAUSE_NO_SUCH;
	if (s == 0 && slot == (ts < DATA_RESCALE ? 7 : 0))
		return CAUSE_NOT_FITTED;
	if (s > 1) {
		*ret = slot == 0 ? 40000 + (int64_t)(r % 900) : 2;
		return CAUSE_NONE;
	}
	switch (slot) {
	case 0: *ret = 23000 + s * 1000 + (int64_t)(r % 100); break;
	case 1: *ret = (s ? 7000 : 88000000000) + t * 137 - (t > 8000 ? 1100000 : 0); break;
	case 2: *ret = -40 + (int64_t)(t / 60 % 70) + (int64_t)(r % 9); break;
	case 3: *ret = (int64_t)(r % 20 == 0 ? 1 + r % 3 : 0); break;
	case 4: *ret = 1 << (t / 900 % 7) | 1 << (r % 3); break;
	case 5: *ret = 16; break;
	case DATA_WIDE: *ret = r % 2 ? INT64_MAX / 8 - r : r; break;
	default: *ret = 2300 + (int64_t)(r % 10);
	}
	return CAUSE_NONE;
}

static void data_point(int s, int slot, const char *part, const char *quantity, int64_t div)
{
	data_points[s][slot] = (struct reg_point){ .part = part,
						   .quantity = schema_quantity(quantity),
						   .scale = { 1, div, 0 },
						   .main = !strcmp(part, "inlet") };
	assert_non_null(data_points[s][slot].quantity);
	if (!strcmp(quantity, "state"))
		data_points[s][slot].names = "{\"0\":\"normal\",\"1\":\"warning\",\"2\":\"low\"}";
}

/* The scans as they are found at that time. */
static void data_describe(int64_t at)
{
	static const char *const kind[] = { "device", "device", "rack", "site" };
	static const char *const name[] = { "PDU-R1-A", "PDU-R2-A", "R1", "dataset" };

	for (int s = 0; s < 2; s++) {
		data_point(s, 0, "inlet", "power_w", s == 0 && at >= DATA_RESCALE ? 1 : 10);
		data_point(s, 1, "inlet", "energy_wh", 1);
		data_point(s, 2, "sensor 1", "temperature_c", 10);
		data_point(s, 3, "input", "state", 1);
		data_point(s, 4, "input", "alarm_flags", 1);
		data_point(s, 5, "phase L1", "current_a", 10);
		data_point(s, DATA_WIDE, "inlet", "reactive_energy_varh", 1000);
	}
	data_point(2, 0, "total", "power_w", 10);
	data_point(2, 1, "total", "members_present", 1);
	data_point(2, 2, "total", "members_expected", 1);
	data_point(3, 0, "it", "power_w", 10);
	for (int s = 0; s < DATA_SCANS; s++)
		data_scans[s] = (struct reg_scan){ .entity_kind = kind[s],
						   .entity = name[s],
						   .name = "main",
						   .step_s = data_step(s, at),
						   .phase_s = s < 2 ? 3 + s : 0,
						   .valid_from = at,
						   .points = data_points[s],
						   .n_points = s < 2    ? 7
							       : s == 2 ? 3
									: 1,
						   .scan = data_scans[s].scan };
}

static void data_register(struct db *db, int64_t at)
{
	struct err err;

	data_describe(at);
	must(db_begin(db, &err), &err);
	for (int s = 0; s < DATA_SCANS; s++) {
		must(registry_sync(db, &data_scans[s], &err), &err);
		assert_int_equal(data_scans[s].n_slots, data_slots(s, at));
	}
	must(db_commit(db, &err), &err);
}

static void data_row(struct batch *b, int s, int64_t ts)
{
	uint32_t n = data_slots(s, ts);
	struct item *item = batch_put(b, ITEM_ROW, n * sizeof(struct reading));
	struct reading *r = (struct reading *)(void *)(item + 1);

	item->scan = data_scans[s].scan;
	item->ts = ts;
	item->number = n;
	for (uint32_t i = 0; i < n; i++)
		r[i].cause = data_value(s, i, ts, &r[i].raw);
	b->rows++;
}

static void data_commit(struct db *db, struct hours *h, struct gaps *g, struct batch *b,
			int64_t now)
{
	struct err err;
	bool again;

	must(batch_prepare(b, h, &err) || db_begin(db, &err), &err);
	batch_derive(b, g);
	must(hours_enter(h, &err) || batch_apply(b, db, h, &again, &err) || db_commit(db, &err),
	     &err);
	hours_committed(h, now);
	batch_clear(b);
}

static void data_poll(struct db *db, struct hours *h)
{
	struct batch b = { .last_ts = INT64_MIN };
	struct gaps *g = gaps_new();
	struct err err;

	data_register(db, DATA_FROM);
	for (int64_t ts = DATA_FROM; ts < DATA_TO; ts++) {
		if (ts == DATA_RESCALE || ts == DATA_FASTER)
			data_register(db, ts);
		for (int s = 0; s < DATA_SCANS; s++)
			if (data_instant(s, ts))
				data_row(&b, s, ts);
		if (ts % 300 == 299)
			data_commit(db, h, g, &b, ts);
		while (ts % 300 == 299 && hours_work(h, ts, ts, &err) > 0)
			;
	}
	gaps_close(g, &b.gaps);
	b.derived = true;
	data_commit(db, h, g, &b, DATA_TO);
	batch_done(&b);
	gaps_free(g);
}

/* Three values of a meter's own log, beside the grid, in an hour that is over. */
static void data_import(struct db *db)
{
	struct late_item items[3];
	struct late_result result = { 0 };
	struct err err;

	for (int i = 0; i < 3; i++)
		items[i] = (struct late_item){ data_points[1][2].point,
					       DATA_FROM + 7200 + 31 + i * 777, 500 + i };
	must(late_put(db, items, 3, MERGE_KEEP, false, &result, &err), &err);
	assert_int_equal(result.changed, 3);
}

/* What the site says, with a correction, and what happened. */
/* clang-format off */
static const char data_site[] =
	"INSERT INTO config_load VALUES (1, 1795380000, 'ops', 'etc', '00000000000000aa', 1, "
	"''), (2, 1795388000, 'ops', 'etc', '00000000000000ab', 1, '');"
	"INSERT INTO config_file VALUES (1, 'racks.csv', 'aa'), (2, 'racks.csv', 'ab');"
	"INSERT INTO setting (key, valid_from, load, value) VALUES ('site', 0, 1, 'dataset'), "
	"('zone', 0, 1, 'Europe/Berlin');"
	"INSERT INTO boundary (key, valid_from, load, name, partial, category, side, position, "
	"sign, role) VALUES ('site/it/1', 0, 1, 'site', 0, 2, 'it', 1, 1, 'it_in');"
	"INSERT INTO rack (key, valid_from, load, corrected_by, hall, tenant, feeds, budget_w) "
	"VALUES ('R1', 0, 1, 2, 'H1', 'blue', 'R1-A', 9000), ('R1', 0, 2, NULL, 'H1', 'blue', "
	"'R1-A', 8000), ('R2', 0, 1, NULL, 'H1', 'green', 'R2-A', 7000);"
	"INSERT INTO circuit (key, valid_from, load, kind, hall, fed_by, volts, phases, "
	"rated_a) VALUES ('UPS-1', 0, 1, 'ups', 'H1', '', 400, 'L1L2L3', 400), ('R1-A', 0, 1, "
	"'feed', 'H1', 'UPS-1', 400, 'L1L2L3', 32), ('R2-A', 0, 1, 'feed', 'H1', 'UPS-1', 400, "
	"'L1L2L3', 32);"
	"INSERT INTO device (key, valid_from, load, endpoint, profile, rack, circuit, role) "
	"VALUES ('PDU-R1-A', 0, 1, 'snmp://127.1.0.1', 'apc-rpdu2', 'R1', 'R1-A', 'it_in'), "
	"('PDU-R2-A', 0, 1, 'snmp://127.1.0.2', 'apc-rpdu2', 'R2', 'R2-A', 'it_in');"
	"INSERT INTO channel (key, valid_from, load, device, part, rack) VALUES "
	"('PDU-R2-A/outlet 1', 0, 1, 'PDU-R2-A', 'outlet 1', 'R2');"
	"INSERT INTO cord (key, valid_from, load, powered, rack, tenant, psu, device, part) "
	"VALUES ('srv-blue-1/1', 0, 1, 'srv-blue-1', 'R1', 'blue', '1', 'PDU-R1-A', "
	"'outlet 1'), ('srv-green-1/1', 0, 1, 'srv-green-1', 'R2', 'green', '1', 'PDU-R2-A', "
	"'outlet 1');"
	"INSERT INTO budget (key, valid_from, load, scope, scope_id, measure, value, unit) "
	"VALUES ('rack/R1/power', 0, 1, 'rack', 'R1', 'power', 8000, 'W');"
	"INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind, note) "
	"VALUES ('1795391400/rack/R1/planned/', 0, 1, 1795391400, 1795393200, 'rack', 'R1', "
	"'planned',  'blue moves in'), ('1795391400/rack/R2/planned/', 0, 1, 1795391400, "
	"1795393200, 'rack', 'R2', 'planned',  'green moves in');"
	"INSERT INTO fact (key, valid_from, load, name, from_ts, value, unit) VALUES "
	"('pue_target/0', 0, 1, 'pue_target', 0, 1.2, '1');"
	"INSERT INTO tariff (key, valid_from, load, name, kind, price, unit, currency) VALUES "
	"('day/energy////', 0, 1, 'day', 'energy', 0.2, 'kWh', 'EUR');"
	"INSERT INTO event (ts, entity, kind, severity, text) SELECT 1795391400, id, "
	"'device_state', 1, 'suspect: no answer' FROM entity WHERE name = 'PDU-R1-A';"
	"INSERT INTO event (ts, kind, severity, text) VALUES (1795388400, 'config', 0, "
	"'loaded');"
	"INSERT INTO device_state SELECT id, 'ok', 1795392600, 0 FROM entity WHERE kind = "
	"'device';"
	"INSERT INTO device_fact SELECT id, 'serial', 'S-' || name, 1795388400, NULL FROM "
	"entity WHERE kind = 'device';"
	"INSERT INTO gap (scan, from_ts, to_ts, cause) VALUES (NULL, 1795381200, 1795388399, "
	"44);"
	"INSERT INTO daemon VALUES (1, '0.1.0', 4711, 'collector', 1795388400, NULL, "
	"1795404000, 1795403980);";
/* clang-format on */

/* Into an empty database: four hours finished, the samples of the first past their retention. */
__attribute__((unused)) static void data_write(struct db *db)
{
	struct hours *h = hours_new(db, 10800);
	struct err err;

	data_poll(db, h);
	data_import(db);
	must(db_exec(db, data_site, &err), &err);
	must(db_exec(db,
		     "UPDATE period SET raw = 0 WHERE hour = 1795388400;"
		     "DELETE FROM chunk WHERE id >> 32 = 1795388400 / 3600",
		     &err),
	     &err);
	hours_free(h);
}

/* What is finished and smaller that way into the denser form. */
__attribute__((unused)) static void data_densify(struct db *db)
{
	struct err err = { "" };
	int rc;

	while ((rc = densify_step(db, 1, DATA_TO + 86400, &err)) > 0)
		;
	must(rc, &err);
	assert_true(ask_int(db, "SELECT count(*) FROM chunk_dense") > 10);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a database as files of their own: what was asked for reads the same by the same views,
 * what belongs to others is in no byte of the file.
 */
#include "dataset.h"

#include "base/zone.h"
#include "store/civil.h"
#include "store/extract.h"
#include "store/verify.h"

#define NOW (DATA_TO + 10)

static char out_file[80];
static struct extract_result result;

static void run(struct db *db, const char *sql)
{
	struct err err;

	must(db_exec(db, sql, &err), &err);
}

/* Four hours finished, one open, the day that ended made. */
static int make(void **state)
{
	struct err err;

	if (scratch_make(state))
		return -1;
	snprintf(out_file, sizeof(out_file), "%s/out 50%%.db", scratch);
	struct db *db = open_write();
	data_write(db);
	/* a zone whose day ends amid the data, at 02:00 UTC */
	run(db, "UPDATE setting SET value = 'Etc/GMT+2' WHERE key = 'zone';"
		"INSERT INTO event (ts, kind, severity, text) VALUES (1795400000, 'import', 0, "
		"'3 values imported from green.csv'), (1795400000, 'store', 1, 'green.db: slow')");
	must(civil_fill(db, NOW, &err), &err);
	struct hours *h = hours_new(db, 10800);
	must(hours_load(h, NOW, &err), &err);
	while (hours_work(h, NOW, NOW, &err) > 0)
		;
	hours_free(h);
	assert_int_equal(ask_int(db, "SELECT count(*) > 10 FROM rollup_1d JOIN civil_day ON d1 AND "
				     "id >> 32 = day"),
			 1);
	db_close(db);
	return 0;
}

/* The same, what is old in the denser form. */
static int make_dense(void **state)
{
	if (make(state))
		return -1;
	struct db *db = open_write();
	data_densify(db);
	db_close(db);
	return 0;
}

static int unmake(void **state)
{
	unlink(out_file);
	return scratch_remove(state);
}

static struct db *taken(const struct extract_what *what)
{
	struct err err;
	struct db *db = db_open_read(db_file, &err);

	if (!db)
		fail_msg("%s", err.text);
	unlink(out_file);
	must(extract(db, what, out_file, NOW, &result, &err), &err);
	db_close(db);
	db = db_open_read(out_file, &err);
	if (!db)
		fail_msg("%s", err.text);
	return db;
}

static void problem(void *user, enum verify_kind kind, const char *text)
{
	(void)user;
	fail_msg("verify: %d: %s", (int)kind, text);
}

static void must_be_fine(struct db *db)
{
	struct verify_options options = { .problem = problem };
	struct verify_result r;
	struct err err;

	must(verify(db, &options, &r, &err), &err);
	assert_string_equal(ask(db, "PRAGMA freelist_count"), "0");
}

static uint64_t hash_rows(struct db *db, const char *sql, int *ret_rows)
{
	sqlite3_stmt *stmt;
	uint64_t hash = text_hash("", 0);

	*ret_rows = 0;
	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db->sqlite));
	for (; sqlite3_step(stmt) == SQLITE_ROW; ++*ret_rows)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *p = (const char *)sqlite3_column_text(stmt, i);
			hash = text_hash_more(hash, p ? p : "", p ? strlen(p) + 1 : 0);
		}
	sqlite3_finalize(stmt);
	return hash;
}

/* The query says the same here as there, with another condition. */
static void must_agree(struct db *out, const char *select, const char *where, const char *order,
		       int least)
{
	struct err err;
	struct db *db = db_open_read(db_file, &err);
	char *here = xasprintf("%s ORDER BY %s", select, order);
	char *there = xasprintf("%s %s %s ORDER BY %s", select,
				strstr(select, " WHERE ") ? "AND" : "WHERE", where, order);
	int n, m;

	assert_non_null(db);
	uint64_t a = hash_rows(out, here, &n), b = hash_rows(db, there, &m);
	if (n != m || a != b)
		fail_msg("%s: %d rows, not %d, of the same content", there, n, m);
	if (n < least)
		fail_msg("%s: %d rows, %d at least are meant", there, n, least);
	free(here);
	free(there);
	db_close(db);
}

#define READING "SELECT entity_kind, entity, part, quantity, unit, ts, value FROM v_reading"
/* of finished hours: means of open ones are not rounded yet */
#define OPEN "1795402800"
#define FIVE "SELECT entity, part, quantity, ts, value, n FROM v_reading_5m WHERE hour < " OPEN
#define HOUR                                                                                       \
	"SELECT entity, part, quantity, ts, value, n, min, max, first, last FROM v_reading_1h "    \
	"WHERE hour < " OPEN
#define DAY                                                                                        \
	"SELECT entity, part, quantity, date, value, n, min, max, first, last FROM v_reading_1d "  \
	"WHERE date = '2026-11-22'"
#define PLACE "entity, part, quantity, ts"

static void must_lack(const char *const *words)
{
	size_t n;
	unsigned char *bytes = file_get(out_file, &n);

	assert_non_null(bytes);
	for (; *words; words++)
		if (memmem(bytes, n, *words, strlen(*words)))
			fail_msg("%s is in the file", *words);
	free(bytes);
}

static void must_have(const char *const *words)
{
	size_t n;
	unsigned char *bytes = file_get(out_file, &n);

	for (; *words; words++)
		if (!memmem(bytes, n, *words, strlen(*words)))
			fail_msg("%s is not in the file", *words);
	free(bytes);
}

static void test_whole(void **state)
{
	struct db *db = taken(&(struct extract_what){ .from = 0, .to = NOW });

	(void)state;
	must_be_fine(db);
	must_agree(db, READING, "1", PLACE, 1000);
	must_agree(db, FIVE, "1", PLACE, 300);
	must_agree(db, HOUR, "1", PLACE, 60);
	must_agree(db, DAY, "1", "1, 2, 3, 4", 15);
	must_agree(db, "SELECT entity, scan, part, quantity, from_ts, cause, n FROM v_gap",
		   "to_ts IS NOT NULL OR 1", "5, 1, 3", 5);
	must_agree(db, "SELECT ts, entity, kind, text FROM v_event", "1", "1, 2, 4", 3);
	must_agree(db, "SELECT * FROM rack", "1", "id", 3);
	must_agree(db, "SELECT * FROM log", "1", "id", 2);
	must_agree(db, "SELECT * FROM setting", "1", "id", 2);
	must_agree(db, "SELECT name, note FROM v_channel", "1", "1", 1);
	assert_string_equal(ask(db, "SELECT count(*) FROM open_hour"), "0");
	assert_int_equal(result.samples, ask_int(db, "SELECT sum(samples) FROM period WHERE raw"));
	db_close(db);
	/* whole or not there, and never over another */
	struct err err;
	db = db_open_read(db_file, &err);
	assert_int_equal(
		extract(db, &(struct extract_what){ .to = NOW }, out_file, NOW, &result, &err), -1);
	assert_non_null(strstr(err.text, "already"));
	assert_int_equal(extract(db, &(struct extract_what){ .to = NOW }, "/nowhere/x.db", NOW,
				 &result, &err),
			 -1);
	assert_non_null(strstr(err.text, "/nowhere"));
	db_close(db);
	char *rest = xasprintf("%s.build", out_file);
	assert_int_equal(access(rest, F_OK), -1);
	free(rest);
}

static void test_tenant(void **state)
{
	static const char *const others[] = { "green", "R2",  "127.1.0", "srv-green",
					      "UPS-1", "ops", "serving", NULL };
	static const char *const own[] = { "blue", "PDU-R1-A", "srv-blue-1", "blue moves in",
					   NULL };
	struct db *db = taken(&(struct extract_what){ .tenant = "blue", .from = 0, .to = NOW });

	(void)state;
	must_be_fine(db);
	must_agree(db, READING, "entity IN ('PDU-R1-A', 'R1')", PLACE, 1000);
	must_agree(db, FIVE, "entity IN ('PDU-R1-A', 'R1')", PLACE, 100);
	must_agree(db, HOUR, "entity IN ('PDU-R1-A', 'R1')", PLACE, 40);
	must_agree(db, DAY, "entity IN ('PDU-R1-A', 'R1')", "1, 2, 3, 4", 8);
	must_agree(db, "SELECT entity, part, quantity, from_ts, cause, n FROM v_gap",
		   "entity IS NULL OR entity IN ('PDU-R1-A', 'R1')", "4, 1, 2, 3", 3);
	must_agree(db, "SELECT name, tenant, budget_w, valid_from FROM v_rack", "name = 'R1'", "1",
		   1);
	must_agree(db, "SELECT ts, kind, text FROM v_event",
		   "entity = 'PDU-R1-A' AND kind = 'device_state'", "1", 1);
	assert_string_equal(ask(db, "SELECT group_concat(key || endpoint) FROM device"),
			    "PDU-R1-A");
	assert_string_equal(ask(db, "SELECT group_concat(key || fed_by) FROM circuit"), "R1-A");
	assert_string_equal(ask(db, "SELECT group_concat(key) FROM setting"), "site,zone");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM fact"), 0);
	assert_int_equal(result.racks, 1);
	db_close(db);
	must_lack(others);
	must_have(own);
	db = taken(&(struct extract_what){ .tenant = "green", .from = 0, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING, "entity IN ('PDU-R2-A')", PLACE, 200);
	db_close(db);
	must_lack((const char *const[]){ "blue", "R1", NULL });
}

/* Ends amid an hour and amid five minutes. */
static void test_period(void **state)
{
	int64_t from = DATA_FROM + 3600 + 1234, to = DATA_FROM + 3 * 3600 + 777;
	struct db *db = taken(&(struct extract_what){ .rack = "R1", .from = from, .to = to });
	char *within = xasprintf("entity IN ('PDU-R1-A', 'R1') AND ts >= %lld AND ts < %lld",
				 (long long)from, (long long)to);
	char *whole = xasprintf("entity IN ('PDU-R1-A', 'R1') AND ts >= %lld AND ts + 3600 <= %lld",
				(long long)from, (long long)to);

	(void)state;
	must_be_fine(db);
	must_agree(db, READING, within, PLACE, 500);
	char *here = xasprintf("SELECT count(*) FROM v_reading_1h WHERE NOT (ts >= %lld AND ts + "
			       "3600 <= %lld)",
			       (long long)from, (long long)to);
	assert_int_equal(ask_int(db, here), 7 + 1 + 3 + 7 + 3); /* a scale changed in one */
	free(here);
	here = xasprintf(HOUR " AND ts >= %lld AND ts + 3600 <= %lld", (long long)from,
			 (long long)to);
	int n, m;
	struct err err;
	struct db *source = db_open_read(db_file, &err);
	char *there = xasprintf(HOUR " AND %s ORDER BY " PLACE, whole);
	char *ordered = xasprintf("%s ORDER BY " PLACE, here);
	assert_int_equal(hash_rows(db, ordered, &n), hash_rows(source, there, &m));
	assert_int_equal(n, m);
	assert_true(n >= 8);
	db_close(source);
	assert_string_equal(ask(db, "SELECT min(from_ts) >= 1795393234 AND max(to_ts) < 1795399977 "
				    "FROM gap"),
			    "1");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 0);
	db_close(db);
	free(here);
	free(there);
	free(ordered);
	free(within);
	free(whole);
}

/* The day that is made, of which each has a part, against its hours. */
static void must_add_up(struct db *db)
{
	assert_string_equal(ask(db, "SELECT d1 FROM civil_day WHERE date = '2026-11-22'"), "1");
	assert_string_equal(
		ask(db,
		    "SELECT count(*) > 5 AND min(d.n = h.n AND d.min IS h.min AND d.max IS h.max) "
		    "FROM v_reading_1d AS d JOIN (SELECT entity, part, quantity, sum(n) AS n, "
		    "min(min) AS min, max(max) AS max FROM v_reading_1h WHERE ts < 1795399200 "
		    "GROUP BY 1, 2, 3) AS h USING (entity, part, quantity) WHERE d.date = "
		    "'2026-11-22' AND NOT (d.entity = 'PDU-R1-A' AND d.quantity = 'power_w')"),
		"1");
}

/* A rack changes hands amid an hour: each has its time of it, and together they have it all. */
static void test_tenancy(void **state)
{
	struct db *db = open_write();

	(void)state;
	run(db, "INSERT INTO rack (key, valid_from, load, hall, tenant, feeds, budget_w) VALUES "
		"('R1', 1795397555, 2, 'H1', 'green', 'R1-A', 8500)");
	db_close(db);
	db = taken(&(struct extract_what){ .tenant = "blue", .from = 0, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING, "entity IN ('PDU-R1-A', 'R1') AND ts < 1795397555", PLACE, 500);
	assert_string_equal(ask(db, "SELECT group_concat(tenant || ' ' || valid_to) FROM rack"),
			    "blue 1795397555");
	must_add_up(db);
	assert_string_equal(ask(db, "SELECT count(*) FROM v_rack"), "0"); /* no longer theirs */
	db_close(db);
	must_lack((const char *const[]){ "green", "R2", NULL });
	db = taken(&(struct extract_what){ .tenant = "green", .from = 0, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING,
		   "(entity = 'PDU-R2-A' OR (entity IN ('PDU-R1-A', 'R1') AND ts >= 1795397555))",
		   PLACE, 800);
	must_add_up(db);
	db_close(db);
	must_lack((const char *const[]){ "blue", NULL });
	db = open_write();
	run(db, "DELETE FROM rack WHERE valid_from = 1795397555");
	db_close(db);
}

/* A series was polled with another rack's before: that is over, and nobody is told. */
static void test_former_points(void **state)
{
	struct db *db = open_write();

	(void)state;
	run(db,
	    "INSERT INTO entity (kind, name) VALUES ('rack', 'R2');"
	    "INSERT INTO scan (entity, name) SELECT id, 'bygone' FROM entity WHERE name = 'R2';"
	    "INSERT INTO point (series, scan, slot, kind, mul, div, offset, valid_from, valid_to) "
	    "SELECT s.id, c.id, 0, 'gauge', 1, 10, 0, 1795300000, 1795300100 FROM scan AS c, "
	    "series "
	    "AS s JOIN entity AS e ON e.id = s.entity WHERE c.name = 'bygone' AND e.name = 'R1' "
	    "AND "
	    "s.part = 'total' AND s.quantity = 1");
	db_close(db);
	db = taken(&(struct extract_what){ .tenant = "blue", .from = DATA_FROM, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING, "entity IN ('PDU-R1-A', 'R1')", PLACE, 1000);
	db_close(db);
	must_lack((const char *const[]){ "R2", "bygone", NULL });
	db = open_write();
	run(db, "DELETE FROM point WHERE valid_to = 1795300100; DELETE FROM scan WHERE name = "
		"'bygone'; DELETE FROM entity WHERE name = 'R2'");
	db_close(db);
}

/* Alarms go with their device; one that lasted beyond the end lasts. */
static void test_alarms(void **state)
{
	struct db *db = open_write();
	char *text = xasprintf(
		"INSERT INTO alarm SELECT s.entity, s.part, s.quantity, x.state, 'critical', x.a, "
		"x.b FROM (SELECT 1 AS state, %lld AS a, %lld AS b UNION ALL SELECT 2, %lld, %lld "
		"UNION ALL SELECT 3, %lld, NULL UNION ALL SELECT 4, %lld, NULL) AS x "
		"JOIN series AS s ON s.part = 'input' JOIN quantity AS q ON q.id = s.quantity "
		"WHERE q.name = 'state'",
		(long long)DATA_FROM, (long long)DATA_FROM + 50, (long long)DATA_FROM + 100,
		(long long)DATA_FROM + 9000, (long long)DATA_FROM + 200,
		(long long)DATA_FROM + 5000);

	(void)state;
	run(db, text);
	free(text);
	db_close(db);
	db = taken(&(struct extract_what){
		.rack = "R1", .from = DATA_FROM + 60, .to = DATA_FROM + 4000 });
	must_be_fine(db);
	/* of 1 it is over before, 4 begins behind; the other rack's are not there */
	assert_string_equal(ask(db, "SELECT group_concat(device || ' ' || state || ' ' || "
				    "coalesce(to_ts, '-'), ', ') FROM v_alarm"),
			    "PDU-R1-A 2 -, PDU-R1-A 3 -");
	db_close(db);
	db = taken(&(struct extract_what){ .from = 0, .to = NOW });
	assert_int_equal(ask_int(db, "SELECT count(*) FROM alarm"), 8);
	assert_int_equal(ask_int(db, "SELECT count(to_ts) FROM alarm"), 4);
	db_close(db);
	db = open_write();
	run(db, "DELETE FROM alarm");
	db_close(db);
}

/* A sensor of one rack's device hangs in the next one, and a shared meter has parts in both. */
static void test_channels(void **state)
{
	struct db *db = open_write();

	(void)state;
	run(db, "INSERT INTO channel (key, valid_from, load, device, part, rack) VALUES"
		" ('PDU-R2-A/sensor 1', 0, 1, 'PDU-R2-A', 'sensor 1', 'R1')");
	db_close(db);
	/* it stands in somebody else's rack: for the tenant nothing of it, for the rack its value
	 */
	db = taken(&(struct extract_what){ .tenant = "blue", .from = 0, .to = NOW });
	must_agree(db, READING, "entity IN ('PDU-R1-A', 'R1')", PLACE, 1000);
	db_close(db);
	must_lack((const char *const[]){ "R2", NULL });
	db = taken(&(struct extract_what){ .rack = "R1", .from = 0, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING,
		   "entity IN ('PDU-R1-A', 'R1') OR (entity = 'PDU-R2-A' AND part = 'sensor 1')",
		   PLACE, 1000);
	db_close(db);
	db = taken(&(struct extract_what){ .tenant = "green", .from = 0, .to = NOW });
	must_agree(db, READING, "entity = 'PDU-R2-A' AND part <> 'sensor 1'", PLACE, 200);
	db_close(db);
	/* no rack of its own: whoever has the part */
	db = open_write();
	run(db, "UPDATE device SET rack = '', circuit = 'UPS-1' WHERE key = 'PDU-R2-A'");
	db_close(db);
	db = taken(&(struct extract_what){ .tenant = "blue", .from = 0, .to = NOW });
	must_agree(db, READING,
		   "entity IN ('PDU-R1-A', 'R1') OR (entity = 'PDU-R2-A' AND part = 'sensor 1')",
		   PLACE, 1000);
	db_close(db);
	must_lack((const char *const[]){ "green", "R2-A/outlet", NULL });
	db = open_write();
	run(db, "UPDATE device SET rack = 'R2', circuit = 'R2-A' WHERE key = 'PDU-R2-A';"
		"DELETE FROM channel WHERE part = 'sensor 1'");
	db_close(db);
}

static void test_others(void **state)
{
	struct err err;
	struct db *db = taken(&(struct extract_what){ .device = "PDU-R2-A", .from = 0, .to = NOW });

	(void)state;
	must_be_fine(db);
	must_agree(db, READING, "entity = 'PDU-R2-A'", PLACE, 200);
	must_agree(db, "SELECT key, endpoint FROM device", "key = 'PDU-R2-A'", "1", 1);
	assert_string_equal(ask(db, "SELECT group_concat(key) FROM circuit"), "R2-A,UPS-1");
	db_close(db);
	must_lack((const char *const[]){ "R1", "blue", NULL });
	db = taken(&(struct extract_what){ .hall = "H1", .from = 0, .to = NOW });
	must_be_fine(db);
	must_agree(db, READING, "entity_kind <> 'site'", PLACE, 1000);
	db_close(db);
	db = db_open_read(db_file, &err);
	assert_int_equal(extract(db, &(struct extract_what){ .tenant = "red", .to = NOW }, out_file,
				 NOW, &result, &err),
			 -1);
	assert_non_null(strstr(err.text, "already"));
	unlink(out_file);
	assert_int_equal(extract(db, &(struct extract_what){ .tenant = "red", .to = NOW }, out_file,
				 NOW, &result, &err),
			 -1);
	assert_non_null(strstr(err.text, "tenant red has nothing"));
	assert_int_equal(access(out_file, F_OK), -1);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),         cmocka_unit_test(test_tenant),
		cmocka_unit_test(test_period),        cmocka_unit_test(test_tenancy),
		cmocka_unit_test(test_channels),      cmocka_unit_test(test_others),
		cmocka_unit_test(test_former_points),
		cmocka_unit_test(test_alarms),
	};

	int failed = cmocka_run_group_tests(tests, make, unmake);

	return failed + cmocka_run_group_tests_name("dense", tests, make_dense, unmake);
}

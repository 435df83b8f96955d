/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of open hours: every width and its edges in C and by the formula in SQL, the bases that rows
 * stand on, and what must not move them. */
#include "storetest.h"

#include "base/text.h"
#include "schema/schema.h"
#include "store/hotrow.h"
#include "store/registry.h"
#include "store/ring.h"
#include "store/ringread.h"

#define SLOTS 3
#define HOUR  1800000000

static struct reading row[SLOTS];

static const struct reading *values(int64_t a, int64_t b, int64_t c)
{
	row[0] = (struct reading){ .raw = a, .cause = CAUSE_NONE };
	row[1] = (struct reading){ .raw = b, .cause = CAUSE_NONE };
	row[2] = (struct reading){ .raw = c, .cause = CAUSE_NONE };
	return row;
}

static const struct reading *lacking(const struct reading *r, int slot)
{
	row[slot].cause = CAUSE_NO_SUCH;
	return r;
}

/* ---- bytes ------------------------------------------------------------------ */

static void check_bytes(sqlite3_stmt *formula, int64_t base, int64_t raw, int w)
{
	const struct reading *r = lacking(values(raw, base, 1), 2);
	int64_t bases[SLOTS] = { base, base, 5 }, got[SLOTS], one;
	unsigned char v[HOTROW_BYTES(SLOTS)], present[SLOTS];

	assert_int_equal(hotrow_width(r, SLOTS, bases, SLOTS), w);
	if (!w)
		return;
	hotrow_put(r, SLOTS, bases, SLOTS, w, v);
	assert_false(hotrow_get(v, (size_t)w * 3, w, 0, 3, bases, 3, got, present));
	assert_true(got[0] == raw && got[1] == base && got[2] == 0);
	assert_true(present[0] && present[1] && !present[2]);
	assert_true(hotrow_get(v, (size_t)w * 3, w, 1, 1, bases + 1, 1, got, present));
	assert_true(got[0] == base);
	assert_true(hotrow_at(v, (size_t)w * 3, w, 0, base, &one) && one == raw);
	assert_false(hotrow_at(v, (size_t)w * 3, w, 2, base, &one));
	assert_false(hotrow_at(v, (size_t)w * 3, w, 3, base, &one));
	sqlite3_bind_blob(formula, 1, v, w * 3, SQLITE_STATIC);
	sqlite3_bind_int(formula, 2, w);
	sqlite3_bind_int64(formula, 3, base);
	for (int slot = 0; slot < 4; slot++) {
		sqlite3_bind_int(formula, 4, slot);
		assert_int_equal(sqlite3_step(formula), SQLITE_ROW);
		if (slot < 2)
			assert_true(sqlite3_column_int64(formula, 0) == (slot ? base : raw));
		else
			assert_int_equal(sqlite3_column_type(formula, 0), SQLITE_NULL);
		sqlite3_reset(formula);
	}
}

static void test_bytes(void **state)
{
	static const struct {
		int64_t off;
		int w;
	} edges[] = { { 63, 1 },     { -63, 1 },     { 64, 2 },     { -64, 2 },
		      { 959, 2 },    { -960, 2 },    { 960, 3 },    { -961, 3 },
		      { 26623, 3 },  { -26624, 3 },  { 26624, 4 },  { -26625, 4 },
		      { 524287, 4 }, { -524288, 4 }, { 524288, 0 }, { -524289, 0 } };
	static const int64_t bases[] = {
		0, 1, -1, 2300, -70000, HOTROW_BASE_LIMIT / 2, -HOTROW_BASE_LIMIT / 2
	};
	sqlite3 *sqlite;
	sqlite3_stmt *formula;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(sqlite,
				   "SELECT ?3 + unicode(substr(?1, ?2 * ?4 + 1, ?2)) - CASE ?2 "
				   "WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 "
				   "END",
				   -1, &formula, NULL),
		SQLITE_OK);
	for (size_t b = 0; b < sizeof(bases) / sizeof(*bases); b++)
		for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
			check_bytes(formula, bases[b], bases[b] + edges[i].off, edges[i].w);
	/* every code of the narrow widths */
	for (int64_t off = -30000; off < 30000; off++)
		check_bytes(formula, 12345, 12345 + off,
			    off >= -63 && off <= 63         ? 1
			    : off >= -960 && off <= 959     ? 2
			    : off >= -26624 && off <= 26623 ? 3
							    : 4);
	sqlite3_finalize(formula);
	sqlite3_close(sqlite);
	/* beyond what sums in SQL can hold there is no base */
	int64_t huge[SLOTS] = { INT64_MAX, 0, 0 }, none[SLOTS] = { 0 };
	assert_int_equal(hotrow_width(values(INT64_MAX, 0, 0), SLOTS, huge, SLOTS), 0);
	assert_int_equal(hotrow_width(values(INT64_MIN, 0, 0), SLOTS, none, SLOTS), 0);
	/* slots that the base lacks stand on 0 */
	int64_t got[SLOTS];
	unsigned char v[HOTROW_BYTES(SLOTS)], present[SLOTS];
	none[0] = 7000;
	assert_int_equal(hotrow_width(values(7001, 50, -60), SLOTS, none, 1), 1);
	hotrow_put(row, SLOTS, none, 1, 1, v);
	assert_true(hotrow_get(v, 3, 1, 0, 3, none, 1, got, present));
	assert_true(got[0] == 7001 && got[1] == 50 && got[2] == -60);
}

static void test_text(void **state)
{
	char text[HOTROW_TEXT(SLOTS)];
	int64_t got[4];
	unsigned char present[4];

	(void)state;
	size_t n = hotrow_text(lacking(values(INT64_MIN, 0, INT64_MAX), 1), SLOTS, text);
	assert_string_equal(text, "[-9223372036854775808,null,9223372036854775807]");
	assert_int_equal(n, strlen(text));
	assert_int_equal(hotrow_length(text), 3);
	assert_false(hotrow_parse(text, 0, 4, got, present));
	assert_true(got[0] == INT64_MIN && !present[1] && got[1] == 0 && got[2] == INT64_MAX);
	assert_false(present[3]);
	assert_true(hotrow_parse(text, 2, 1, got, present));
	assert_true(got[0] == INT64_MAX);
	/* not of our making */
	static const char *const broken[] = { "",          "[",       "[]",
					      "{\"a\":1}", "[1.5,2]", "[9223372036854775808]",
					      "[\"x\"]",   "[1" };
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		assert_false(hotrow_parse(broken[i], 0, 4, got, present));
	assert_int_equal(hotrow_length("{}"), 0);
}

/* ---- rows ------------------------------------------------------------------- */

static struct reg_point points[SLOTS];
static struct reg_scan scan;

static struct db *start(void)
{
	static const char *const part[] = { "a", "b", "c" };
	struct err err;
	struct db *db = open_write();

	for (int i = 0; i < SLOTS; i++)
		points[i] = (struct reg_point){ .part = part[i],
						.quantity = schema_quantity("power_w"),
						.scale = { 1, 1, 0 } };
	scan = (struct reg_scan){ .entity_kind = "device",
				  .entity = "D",
				  .name = "main",
				  .step_s = 10,
				  .valid_from = HOUR,
				  .points = points,
				  .n_points = SLOTS };
	must(db_begin(db, &err), &err);
	must(registry_sync(db, &scan, &err), &err);
	must(db_exec(db, "INSERT INTO open_hour VALUES (1800000000), (1800003600)", &err), &err);
	must(db_commit(db, &err), &err);
	return db;
}

static void put(struct ring *r, int64_t ts, const struct reading *readings)
{
	struct err err;

	must(ring_put(r, scan.scan, ts, readings, SLOTS, &err), &err);
}

static void commit(struct db *db, struct ring *r)
{
	struct err err;

	must(db_commit(db, &err), &err);
	ring_committed(r);
	must(db_begin(db, &err), &err);
}

static const char *forms(struct db *db)
{
	return ask(db,
		   "SELECT group_concat((ts - 1800000000) || ':' || CASE back WHEN 0 THEN 'json' "
		   "ELSE back || '/' || w END, ' ') FROM (SELECT * FROM hot ORDER BY ts)");
}

static const char *seen(struct db *db)
{
	return ask(db, "SELECT group_concat(x, ' ') FROM (SELECT (ts - 1800000000) || ':' || "
		       "group_concat(raw) AS x FROM (SELECT ts, raw FROM v_open_reading "
		       "ORDER BY ts, part) GROUP BY ts)");
}

/* What the reader in C finds, in the form of seen(). */
static const char *found(struct db *db)
{
	static char text[1024];
	struct err err;
	struct ringread *r = ringread_new(db, &err);
	int64_t raw;
	size_t at = 0;

	if (!r)
		fail_msg("%s", err.text);
	for (int64_t ts = HOUR; ts < HOUR + 7200; ts++) {
		int rc = ringread_row(r, scan.scan, ts, &err);
		assert_true(rc >= 0);
		if (!rc)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%lld:", at ? " " : "",
				       (long long)ts - HOUR);
		assert_false(ringread_at(r, 99, &raw));
		for (size_t slot = 0, n = 0; slot < ringread_slots(r); slot++)
			if (ringread_at(r, slot, &raw))
				at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%lld",
						       n++ ? "," : "", (long long)raw);
	}
	ringread_free(r);
	return text;
}

static void test_bases(void **state)
{
	struct db *db = start();
	struct ring *r = ring_new(db, 10800);
	struct err err;

	(void)state;
	must(db_begin(db, &err), &err);
	put(r, HOUR, lacking(values(1000, 2000, 0), 2));
	put(r, HOUR + 10, values(1001, 1990, 5));
	put(r, HOUR + 20, lacking(values(900, 0, 70), 1));
	put(r, HOUR + 30, values(1000, 2000, 5000));  /* far from the base, which is young */
	put(r, HOUR + 310, values(1000, 2000, 5001)); /* and now it is old */
	put(r, HOUR + 320, values(1010, 2010, 5011));
	put(r, HOUR + 330, values(1010, 2010, 9000000)); /* no width holds it */
	put(r, HOUR + 340, values(1010, 2010, 9000001));
	put(r, HOUR + 325, values(1, 2, 3)); /* came late: stands alone, and is nobody's base */
	put(r, HOUR + 350, values(1011, 2010, 9000001));
	put(r, HOUR + 3600, values(1011, 2010, 9000001)); /* another hour */
	put(r, HOUR + 3610, lacking(lacking(lacking(values(0, 0, 0), 0), 1), 2));
	assert_string_equal(forms(db), "0:json 10:10/1 20:20/2 30:30/3 310:json 320:10/1 325:json "
				       "330:json 340:10/1 350:20/1 3600:json");
	commit(db, r);
	static const char want[] =
		"0:1000,2000 10:1001,1990,5 20:900,70 30:1000,2000,5000 310:1000,2000,5001 "
		"320:1010,2010,5011 %s330:1010,2010,9000000 340:1010,2010,9000001 "
		"350:1011,2010,9000001 3600:1011,2010,9000001";
	/* 325 is no instant of the grid, so the view does not ask for it */
	char *text = xasprintf(want, "");
	assert_string_equal(seen(db), text);
	free(text);
	text = xasprintf(want, "325:1,2,3 ");
	assert_string_equal(found(db), text);
	free(text);
	ring_free(r);
	db_close(db);
}

/* What was written first stays: a base that changed would change the rows that stand on it. */
static void test_twice(void **state)
{
	struct db *db = start();
	struct ring *r = ring_new(db, 10800);
	struct err err;

	(void)state;
	must(db_begin(db, &err), &err);
	put(r, HOUR, values(100, 200, 300));
	put(r, HOUR + 10, values(101, 201, 301));
	commit(db, r);
	ring_free(r);
	r = ring_new(db, 10800); /* a restart within the instant */
	put(r, HOUR, values(7, 7, 7));
	put(r, HOUR + 10, values(8, 8, 8));
	put(r, HOUR + 20, values(102, 202, 302));
	commit(db, r);
	assert_string_equal(seen(db), "0:100,200,300 10:101,201,301 20:102,202,302");
	assert_string_equal(forms(db), "0:json 10:10/1 20:json");
	/* a ring's length later it is written over */
	must(db_exec(db,
		     "INSERT INTO open_hour VALUES (1800010800); DELETE FROM open_hour WHERE "
		     "hour < 1800010800",
		     &err),
	     &err);
	put(r, HOUR + 10800, values(9, 9, 9));
	assert_string_equal(seen(db), "10800:9,9,9");
	ring_free(r);
	db_close(db);
}

static void test_rollback(void **state)
{
	struct db *db = start();
	struct ring *r = ring_new(db, 10800);
	struct err err;

	(void)state;
	must(db_begin(db, &err), &err);
	put(r, HOUR, values(100, 200, 300));
	put(r, HOUR + 10, values(101, 201, 301));
	db_rollback(db);
	ring_rolled_back(r);
	must(db_begin(db, &err), &err);
	put(r, HOUR, values(100, 200, 300));
	put(r, HOUR + 10, values(101, 201, 301));
	put(r, HOUR + 20, values(9000000, 201, 301)); /* a new base ... */
	commit(db, r);
	put(r, HOUR + 30, values(100, 201, 301)); /* ... and another, which is taken back */
	put(r, HOUR + 40, values(101, 201, 301));
	db_rollback(db);
	ring_rolled_back(r);
	must(db_begin(db, &err), &err);
	put(r, HOUR + 40, values(102, 201, 301));
	put(r, HOUR + 50, values(103, 201, 301));
	commit(db, r);
	assert_string_equal(seen(db), "0:100,200,300 10:101,201,301 20:9000000,201,301 "
				      "40:102,201,301 50:103,201,301");
	assert_string_equal(found(db), seen(db));
	assert_string_equal(forms(db), "0:json 10:10/1 20:json 40:json 50:10/1");
	ring_free(r);
	db_close(db);
}

/* However many scans there are, bases take no more than they may. */
static void test_memory(void **state)
{
	struct db *db = start();
	struct ring *r = ring_new(db, 10800);
	struct err err;

	(void)state;
	ring_limit(r, 100); /* two scans */
	must(db_begin(db, &err), &err);
	for (int64_t other = 1; other <= 4; other++)
		for (int64_t ts = HOUR; ts < HOUR + 30; ts += 10)
			must(ring_put(r, other, ts, values(ts, other, 1), SLOTS, &err), &err);
	assert_int_equal(ask_int(db, "SELECT sum(back > 0) FROM hot"), 4);
	assert_int_equal(ask_int(db, "SELECT count(DISTINCT scan) FROM hot WHERE back > 0"), 2);
	/* scans that are gone make room in the next hour */
	for (int64_t other = 3; other <= 4; other++)
		for (int64_t ts = HOUR + 3600; ts < HOUR + 3630; ts += 10)
			must(ring_put(r, other, ts, values(ts, other, 1), SLOTS, &err), &err);
	assert_int_equal(ask_int(db, "SELECT count(DISTINCT scan) FROM hot WHERE back > 0 AND ts > "
				     "1800003600"),
			 2);
	ring_free(r);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_text),
		cmocka_unit_test_setup_teardown(test_bases, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_twice, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_rollback, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_memory, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

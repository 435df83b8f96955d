/* SPDX-License-Identifier: Apache-2.0 */
/* The operating log: which entries are in force, and what planned work covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/oplog.h"
#include "site.h"

#define LOG "from_ts, to_ts, scope, scope_id, kind, quantity, value, unit, ref, who, note"

static void entry(struct site *s, int64_t from, int64_t to, const char *scope, const char *id,
		  const char *kind, const char *more)
{
	char *key = xasprintf("%lld/%s/%s/%s/", (long long)from, scope, id, kind);

	sql(s,
	    "INSERT INTO log (key, valid_from, load, " LOG ") VALUES ('%s', %lld, 1, %lld, %lld, "
	    "'%s', '%s', '%s', '', '', '', 'CHG-1', 'fm', 'busway')",
	    key, (long long)from, (long long)from, (long long)to, scope, id, kind);
	if (more)
		sql(s, "UPDATE log SET %s WHERE id = (SELECT max(id) FROM log)", more);
	free(key);
}

static void test_in_force(void **state)
{
	struct oplog log;
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	entry(&s, T0 + 100, T0 + 200, "circuit", "BUS-3A", "planned", NULL);
	entry(&s, T0 - 500, T0 + 50, "device", "M", "factor", "quantity = '*', value = '2'");
	/* corrected; over before; begins after; withdrawn before it began; withdrawn within */
	entry(&s, T0 + 100, T0 + 900, "circuit", "BUS-4A", "planned", "corrected_by = 1");
	entry(&s, T0 - 500, T0, "circuit", "BUS-5A", "planned", NULL);
	entry(&s, T0 + 1000, T0 + 2000, "circuit", "BUS-6A", "planned", NULL);
	sql(&s, "UPDATE log SET valid_to = %d WHERE scope_id = 'BUS-6A'", T0);
	entry(&s, T0 + 300, T0 + 400, "circuit", "BUS-7A", "planned", NULL);
	sql(&s, "UPDATE log SET valid_to = %d WHERE scope_id = 'BUS-7A'", T0 + 340);

	must(oplog_load(s.db, T0, T0 + 1000, &log, &err), &err);
	assert_int_equal(log.n, 3);
	assert_string_equal(log.e[0].kind, "factor");
	assert_string_equal(log.e[0].value, "2");
	assert_string_equal(log.e[1].id, "BUS-3A");
	assert_string_equal(log.e[1].ref, "CHG-1");
	assert_int_equal(log.e[2].to, T0 + 340);
	oplog_done(&log);
	must(oplog_load(s.db, T0, T0 + 3000, &log, &err), &err);
	assert_int_equal(log.n, 3);
	oplog_done(&log);
	site_close(&s);
}

static void test_planned_itself(void **state)
{
	struct oplog_entry e[] = {
		{ .from = 100, .to = 200, .scope = "circuit", .id = "A", .kind = "planned" },
		{ .from = 150, .to = 900, .scope = "device", .id = "BCM", .kind = "planned" },
		{ .from = 300, .to = 400, .scope = "site", .id = "", .kind = "test" },
		{ .from = 500, .to = 600, .scope = "site", .id = "", .kind = "planned" },
	};
	struct oplog log = { .e = e, .n = 4 };

	(void)state;
	assert_false(oplog_planned(&log, NULL, "circuit", "A", 99));
	assert_true(oplog_planned(&log, NULL, "circuit", "A", 100));
	assert_true(oplog_planned(&log, NULL, "circuit", "A", 199));
	assert_false(oplog_planned(&log, NULL, "circuit", "A", 200));
	assert_false(oplog_planned(&log, NULL, "rack", "A", 150));
	assert_true(oplog_planned(&log, NULL, "device", "BCM", 150));
	assert_true(oplog_planned(&log, NULL, "channel", "BCM/branch 1", 150));
	assert_false(oplog_planned(&log, NULL, "channel", "BC/branch 1", 150));
	assert_false(oplog_planned(&log, NULL, "rack", "R1", 350)); /* a test is no planned work */
	assert_true(oplog_planned(&log, NULL, "rack", "R1", 500));
	assert_true(oplog_silent(&log, NULL, "site", "", 599));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_force),
		cmocka_unit_test(test_planned_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

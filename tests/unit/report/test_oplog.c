/* SPDX-License-Identifier: Apache-2.0 */
/* The operating log: which entries are in force, and what planned work covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/oplog.h"
#include "report/topology.h"
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

/* BUS-3A is fed by UPS-A, with UPS-R as its alternate; R1 has feeds of both buses. */
static void fill(struct site *s)
{
	static const char circuit[] = "kind, hall, fed_by, system, volts";

	site_row(s, "circuit", "UPS-A", INT64_MIN, circuit, "'ups', 'H1', '', '3ph-wye', 400");
	site_row(s, "circuit", "UPS-R", INT64_MIN, circuit, "'ups', 'H1', '', '3ph-wye', 400");
	site_row(s, "circuit", "BUS-3A", INT64_MIN, circuit,
		 "'busway', 'H1', 'UPS-A>UPS-R', '3ph-wye', 400");
	site_row(s, "circuit", "BUS-3B", INT64_MIN, circuit,
		 "'busway', 'H1', 'UPS-R', '3ph-wye', 400");
	site_row(s, "circuit", "R1-A", INT64_MIN, circuit, "'feed', '', 'BUS-3A', '3ph-wye', 400");
	site_row(s, "circuit", "R1-B", INT64_MIN, circuit, "'feed', '', 'BUS-3B', '3ph-wye', 400");
	site_row(s, "rack", "R1", INT64_MIN, "hall, row, tenant, status, feeds",
		 "'H1', 'r3', 'acme', 'live', 'R1-A R1-B'");
	site_row(s, "rack", "R2", INT64_MIN, "hall, row, tenant, status, feeds",
		 "'H1', 'r4', '', 'live', ''");
	site_row(s, "device", "PDU-A", INT64_MIN, "endpoint, profile, rack, circuit, role",
		 "'x', 'p', 'R1', 'R1-A', 'it_in'");
	site_row(s, "device", "PDU-B", INT64_MIN, "endpoint, profile, rack, circuit, role",
		 "'x', 'p', 'R1', 'R1-B', 'it_in'");
	site_row(s, "device", "BMC", INT64_MIN, "endpoint, profile, rack, circuit, role",
		 "'x', 'p', 'R1', '', ''");
	site_row(s, "device", "BCM", INT64_MIN, "endpoint, profile, rack, circuit, role",
		 "'x', 'p', '', 'BUS-3B', ''");
	site_row(s, "channel", "BCM/branch 1", INT64_MIN, "device, part, rack, circuit",
		 "'BCM', 'branch 1', 'R1', 'R1-A'");
}

struct covered {
	const char *scope, *id;
	/* what it covers, "kind id" each; and what of it may be silent */
	const char *planned, *silent;
};

static const char *const things[] = {
	"circuit UPS-A",        "circuit UPS-R",        "circuit BUS-3A", "circuit BUS-3B",
	"circuit R1-A",         "circuit R1-B",         "rack R1",        "rack R2",
	"device PDU-A",         "device PDU-B",         "device BMC",     "device BCM",
	"channel BCM/branch 1", "channel BCM/branch 2", "hall H1",        "row r3",
	"tenant acme",          "device GONE",          "site ",
};

static char *covered(const struct oplog *log, const struct topology *t, bool silent)
{
	char *text = NULL, kind[16];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		const char *id = strchr(things[i], ' ') + 1;

		snprintf(kind, sizeof(kind), "%.*s", (int)(id - things[i]) - 1, things[i]);
		if (silent ? oplog_silent(log, t, kind, id, 150)
			   : oplog_planned(log, t, kind, id, 150))
			fprintf(f, " %s", *id ? id : "site");
	}
	fclose(f);
	return text;
}

static void test_below(void **state)
{
	static const struct covered cases[] = {
		{ "circuit", "BUS-3A", " BUS-3A R1-A R1 PDU-A BMC BCM/branch 1",
		  " BUS-3A R1-A PDU-A BCM/branch 1" },
		/* the alternate as well: nobody knows what the transfer will do */
		{ "circuit", "UPS-R",
		  " UPS-R BUS-3A BUS-3B R1-A R1-B R1 PDU-A PDU-B BMC BCM BCM/branch 1 BCM/branch 2",
		  " UPS-R BUS-3A BUS-3B R1-A R1-B R1 PDU-A PDU-B BMC BCM BCM/branch 1 BCM/branch "
		  "2" },
		{ "circuit", "GONE", "", "" },
		{ "rack", "R1", " R1 PDU-A PDU-B BMC BCM/branch 1",
		  " R1 PDU-A PDU-B BMC BCM/branch 1" },
		{ "device", "BCM", " BCM BCM/branch 1 BCM/branch 2",
		  " BCM BCM/branch 1 BCM/branch 2" },
		{ "channel", "BCM/branch 1", " BCM/branch 1", " BCM/branch 1" },
		{ "row", "r3", " R1 PDU-A PDU-B BMC BCM/branch 1 r3",
		  " R1 PDU-A PDU-B BMC BCM/branch 1 r3" },
		{ "tenant", "acme", " R1 PDU-A PDU-B BMC BCM/branch 1 acme",
		  " R1 PDU-A PDU-B BMC BCM/branch 1 acme" },
		{ "hall", "H1",
		  " UPS-A UPS-R BUS-3A BUS-3B R1 R2 PDU-A PDU-B BMC BCM BCM/branch 1 BCM/branch 2 "
		  "H1",
		  " UPS-A UPS-R BUS-3A BUS-3B R1 R2 PDU-A PDU-B BMC BCM BCM/branch 1 BCM/branch 2 "
		  "H1" },
	};
	struct topology t;
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	must(topology_load(s.db, T0, &t, &err), &err);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct oplog_entry e = { .from = 100,
					 .to = 200,
					 .scope = (char *)(uintptr_t)cases[i].scope,
					 .id = (char *)(uintptr_t)cases[i].id,
					 .kind = "planned" };
		struct oplog log = { .e = &e, .n = 1 };
		char *planned = covered(&log, &t, false), *silent = covered(&log, &t, true);

		assert_string_equal(planned, cases[i].planned);
		assert_string_equal(silent, cases[i].silent);
		assert_int_equal(oplog_next(&log, 50), 100);
		assert_int_equal(oplog_next(&log, 100), 200);
		assert_true(oplog_next(&log, 200) == INT64_MAX);
		free(planned);
		free(silent);
		e.kind = "test";
		planned = covered(&log, &t, false);
		assert_string_equal(planned, "");
		free(planned);
	}
	topology_done(&t);
	site_close(&s);
}

/* Work on both feeds at once: now the rack may be silent. */
static void test_both_feeds(void **state)
{
	struct oplog_entry e[] = {
		{ .from = 100, .to = 200, .scope = "circuit", .id = "BUS-3A", .kind = "planned" },
		{ .from = 140, .to = 160, .scope = "circuit", .id = "R1-B", .kind = "planned" },
	};
	struct oplog log = { .e = e, .n = 2 };
	struct topology t;
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	must(topology_load(s.db, T0, &t, &err), &err);
	assert_false(oplog_silent(&log, &t, "rack", "R1", 139));
	assert_true(oplog_silent(&log, &t, "rack", "R1", 140));
	assert_true(oplog_silent(&log, &t, "device", "BMC", 140));
	assert_false(oplog_silent(&log, &t, "rack", "R2", 140));
	assert_false(oplog_silent(&log, &t, "rack", "R1", 160));
	topology_done(&t);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_force),
		cmocka_unit_test(test_planned_itself),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_both_feeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of a rack and a feed by the real writer into a real database: stored on change with their
 * event, kept over a reload and a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "daemon/limits.h"
#include "inventory/inventory_build.h"
#include "store/query.h"

#define T0 1790000000

static struct cfg_circuit circuits[] = {
	{ .circuit = "R1-A", .hall = "H1", .phases = "", .rated_a = 32, .derate = 0.8 },
	{ .circuit = "R1-B",
	  .hall = "H1",
	  .phases = "",
	  .rated_a = 32 }, /* no derating: no limit */
};
static struct cfg_rack racks[] = {
	{ .rack = "R1", .hall = "H1", .status = RACK_LIVE, .budget_w = 16000 },
};
static struct cfg_device devices[] = {
	{ .device = "PDU-A", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "PDU-B", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
};
static struct config config = {
	.settings = { .site = "Nord", .limit_warn = 0.9, .limit_clear = 0.03, .hold_s = 300 }
};
static size_t feeds[] = { 0, 1 };
static struct inv_circuit inv_circuits[] = { { .cfg = &circuits[0] }, { .cfg = &circuits[1] } };
static struct inv_rack inv_racks[] = { { .cfg = &racks[0], .feeds = feeds, .n_feeds = 2 } };
static struct profile profile;
static struct inv_device inv_devices[] = {
	{ .cfg = &devices[0], .profile = &profile, .every_s = 10, .rack = 0, .circuit = 0 },
	{ .cfg = &devices[1], .profile = &profile, .every_s = 10, .rack = 0, .circuit = 1 },
};
static struct inventory_all all = { .inv = { .config = &config,
					     .racks = inv_racks,
					     .n_racks = 1,
					     .circuits = inv_circuits,
					     .n_circuits = 2,
					     .devices = inv_devices,
					     .n_devices = 2 } };

struct site {
	char dir[64];
	char *path;
	struct writer *writer;
	struct group *group;
	struct limits *limits;
	size_t scan; /* of the rack and its feeds */
	struct reading row[64];
};

static void name_all(void)
{
	if (all.racks.in_force.n)
		return;
	lookup_set(&all.racks.in_force, "R1", 0, 0);
	lookup_set(&all.circuits.in_force, "R1-A", 0, 0);
	lookup_set(&all.circuits.in_force, "R1-B", 0, 1);
}

static void forget_names(void)
{
	lookup_done(&all.racks.in_force);
	lookup_done(&all.circuits.in_force);
}

static void start_writer(struct site *s)
{
	struct writer_settings settings = { .queue_rows = 1000, .commit_every_ms = 20 };
	struct err err;
	struct db *db = db_open_write(s->path, &err);

	if (!db)
		fail_msg("%s", err.text);
	s->writer = writer_start(db, &settings, &err);
	assert_non_null(s->writer);
}

static void open_site(struct site *s)
{
	*s = (struct site){ .dir = "/tmp/rackmeter-limits-XXXXXX" };
	assert_non_null(mkdtemp(s->dir));
	s->path = xasprintf("%s/test.db", s->dir);
	name_all();
	start_writer(s);
	s->group = group_new(&all.inv);
	s->limits = limits_new(&all.inv, s->group);
	while (strcmp(group_scan(s->group, s->scan)->entity_kind, "rack") != 0)
		s->scan++;
}

static void close_site(struct site *s)
{
	char *command = xasprintf("rm -r %s", s->dir);

	writer_stop(s->writer);
	limits_free(s->limits);
	group_free(s->group);
	assert_int_equal(system(command), 0);
	free(command);
	free(s->path);
}

/* A value of the row, in the quantity's unit; the rest is absent. */
static void put(struct site *s, const char *entity, const char *part, const char *quantity,
		double value)
{
	const struct group_scan *scan = group_scan(s->group, s->scan);

	for (size_t i = 0; i < scan->n_points; i++) {
		const struct group_point *p = &scan->points[i];
		struct scale scale = group_scale(p->quantity);

		if (strcmp(p->entity, entity) != 0 || strcmp(p->part, part) != 0 ||
		    strcmp(p->quantity->name, quantity) != 0)
			continue;
		s->row[i].raw = (int64_t)(value * (double)scale.div / (double)scale.mul + 0.5);
		s->row[i].cause = CAUSE_NONE;
		return;
	}
	fail_msg("no %s %s %s", entity, part, quantity);
}

static void run(struct site *s, int from, int to, double power_w, double present, double amps)
{
	for (int t = from; t <= to; t += 10) {
		for (size_t i = 0; i < 64; i++)
			s->row[i] = (struct reading){ 0, CAUSE_NO_ANSWER };
		put(s, "R1", "total", "power_w", power_w);
		put(s, "R1", "total", "members_present", present);
		put(s, "R1", "total", "members_expected", 2);
		put(s, "R1-A", "L2", "current_a", amps);
		put(s, "R1-B", "L2", "current_a", 60);
		limits_row(s->limits, s->writer, s->scan, T0 + t, s->row);
	}
}

static void select_levels(struct site *s, char *ret, size_t size)
{
	struct err err;
	struct db *db;
	struct query *q;

	writer_flush(s->writer);
	db = db_open_read(s->path, &err);
	assert_non_null(db);
	q = query_new(db, "store_limits", &err);
	assert_non_null(q);
	*ret = '\0';
	while (query_step(q, &err) > 0) {
		size_t n = strlen(ret);

		snprintf(ret + n, size - n, "%s %s %s %lld; ", query_text(q, 1), query_text(q, 2),
			 query_text(q, 4), (long long)query_int(q, 5) - T0);
	}
	query_free(q);
	db_close(db);
}

static void expect(struct site *s, const char *levels)
{
	char text[512];

	select_levels(s, text, sizeof(text));
	assert_string_equal(text, levels);
}

static void stored_on_change(void **state)
{
	struct site s;

	(void)state;
	open_site(&s);
	run(&s, 0, 290, 17000, 2, 20);
	expect(&s, "");
	run(&s, 300, 600, 17000, 2, 20);
	expect(&s, "R1 total over 300; ");
	run(&s, 610, 1200, 100, 1, 30); /* a partial sum ends nothing; the feed is over, 25.6 A */
	expect(&s, "R1 total over 300; R1-A L2 over 910; ");
	run(&s, 1210, 1300, 100, 2, 25);
	expect(&s, "R1-A L2 over 910; ");
	run(&s, 1310, 1320, 100, 2, 24);
	expect(&s, "R1-A L2 warn 1310; ");
	close_site(&s);
}

static void kept_over_reload_and_restart(void **state)
{
	struct limits *former;
	struct err err;
	struct site s;

	(void)state;
	open_site(&s);
	run(&s, 0, 300, 17000, 2, 20);
	former = s.limits;
	s.limits = limits_new(&all.inv, s.group);
	limits_take_over(s.limits, former);
	limits_free(former);
	run(&s, 310, 400, 15900, 2, 20); /* under the budget, within the margin */
	expect(&s, "R1 total over 300; ");

	writer_stop(s.writer);
	start_writer(&s);
	limits_free(s.limits);
	s.limits = limits_new(&all.inv, s.group);
	assert_int_equal(limits_restore(s.limits, s.writer, &err), 0);
	run(&s, 410, 500, 15900, 2, 20);
	expect(&s, "R1 total over 300; ");
	run(&s, 510, 520, 15000, 2, 20);
	expect(&s, "R1 total warn 510; ");

	/* the budget leaves the configuration */
	racks[0].budget_w = 0;
	limits_free(s.limits);
	s.limits = limits_new(&all.inv, s.group);
	assert_int_equal(limits_restore(s.limits, s.writer, &err), 0);
	racks[0].budget_w = 16000;
	expect(&s, "");
	close_site(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_on_change),
		cmocka_unit_test(kept_over_reload_and_restart),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	forget_names();
	return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kill or a loss of power at any operation of a database's life: the file that it leaves holds
 * what was committed and nothing else, and living on from it comes to the same rows, those of
 * the hours that were being finished to the same bytes.
 */
#include "life.h"

struct crash {
	int k, apart,
		go_on; /* step at hand; every how manyth operation is met, and lived on from */
	bool power, inside;
	int64_t seen, unnoticed;
};

/* Both before the step's transaction and behind it are right, but nothing else: of a step of
 * several, the readings. */
static int crash_moment(const struct crash *c)
{
	sqlite3 *db = look_at(crash_file);
	uint64_t all = hash_all(db), readings = hash_readings(db);

	must_be_whole(db);
	sqlite3_close(db);
	if (all == moments[c->k].all || all == moments[c->k + 1].all)
		return all == moments[c->k].all ? c->k : c->k + 1;
	if (steps[c->k].what != ROWS && steps[c->k].what != LATE &&
	    (readings == moments[c->k].readings || readings == moments[c->k + 1].readings))
		return c->k;
	fail_msg("step %d, operation %lld: %s leaves more or less than was committed", c->k,
		 (long long)fault.ops, c->power ? "a loss of power" : "a kill");
	return -1;
}

static void live_on(int from)
{
	struct reg_scan scans[DATA_SCANS];
	struct reg_point points[DATA_SCANS][DATA_SLOTS];
	struct site s;

	memcpy(scans, data_scans, sizeof(scans));
	memcpy(points, data_points, sizeof(points));
	know(from);
	site_open(&s, crash_file, now_before(from), false);
	for (int k = from; k < N_STEPS; k++)
		run_step(&s, k, false);
	site_close(&s);
	must_be_as_before(crash_file, N_STEPS);
	memcpy(data_scans, scans, sizeof(scans));
	memcpy(data_points, points, sizeof(points));
}

static void crash_here(void *user)
{
	struct crash *c = user;

	/* what is done to look at it, and to live on, is no part of it */
	if (c->inside || fault.ops % c->apart)
		return;
	c->inside = true;
	fault_image(db_file, crash_file, c->power ? (unsigned)fault.ops + 1 : 0);
	int k = crash_moment(c);
	if (++c->seen % c->go_on == 0)
		live_on(k);
	c->inside = false;
}

static void crash_everywhere(bool power, int apart)
{
	struct crash c = { .apart = apart, .go_on = apart == 1 ? 5 : 6, .power = power };
	struct site s;

	restore(db_file, 0);
	fault.remember = true;
	site_open(&s, db_file, DATA_FROM, true);
	fault.remember = false;
	fault_set(0, 0, 0, false);
	fault.user = &c;
	for (c.k = 0; c.k < N_STEPS; c.k++) {
		fault.look = crash_here;
		run_step(&s, c.k, false);
		fault.look = NULL;
	}
	site_close(&s);
	must_be_as_before(db_file, N_STEPS);
	print_message("%lld crashes\n", (long long)c.seen);
	assert_true(c.seen > 400 / apart);
}

static void test_kill(void **state)
{
	(void)state;
	crash_everywhere(false, every(23));
}

static void test_power(void **state)
{
	(void)state;
	crash_everywhere(true, every(29));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_power),
	};

	return cmocka_run_group_tests(tests, life_make, life_unmake);
}

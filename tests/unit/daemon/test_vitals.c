/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's own health in virtual time: rows on the grid, pools that stay as they are when
 * other devices come and go, clock steps, and reloads while a pool is still being entered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/device.h"
#include "daemon/vitals.h"

#define T0     INT64_C(1790000000)
#define SECOND INT64_C(1000000)
#define MANY   2000

/* ---- devices and the writer ----------------------------------------------- */

struct device {
	char name[16];
	struct device_vitals v;
};

const char *device_name(const struct device *d)
{
	return d->name;
}

struct device_vitals device_take_vitals(struct device *d)
{
	struct device_vitals v = d->v;

	d->v = (struct device_vitals){ .answered_at = v.answered_at };
	return v;
}

static struct row {
	int64_t scan, ts, raw[3];
	bool present[3];
	uint32_t n;
} rows[20000];
static size_t n_rows, n_absent, n_registered, n_kept_back;
static bool keep_back; /* the writer is slow */
static bool refuse;
static struct {
	struct reg_scan *scan;
	void (*done)(void *user, struct reg_scan *scan, const char *failed);
	void *user;
} kept_back[2 * VITALS_POOLS + 2];
static struct writer_counters writer;

int writer_row(struct writer *w, int64_t scan, int64_t ts, const struct reading *r, uint32_t n)
{
	struct row *row = &rows[n_rows++];

	(void)w;
	assert_true(n_rows < 20000);
	*row = (struct row){ .scan = scan, .ts = ts, .n = n };
	for (uint32_t i = 0; i < 3 && i < n; i++) {
		row->raw[i] = r[i].raw;
		row->present[i] = r[i].cause == CAUSE_NONE;
	}
	return 0;
}

int writer_absent_run(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n,
		      enum cause cause)
{
	(void)w, (void)scan, (void)first, (void)last, (void)cause;
	n_absent += n;
	return 0;
}

static int64_t scan_id(const struct reg_scan *scan)
{
	int pool;

	return sscanf(scan->entity, "pool %d", &pool) == 1 ? pool + 1 : 1000;
}

int writer_register(struct writer *w, struct reg_scan *scan,
		    void (*done)(void *user, struct reg_scan *scan, const char *failed), void *user)
{
	(void)w;
	n_registered++;
	for (size_t i = 0; i < scan->n_points; i++) {
		assert_non_null(scan->points[i].quantity);
		assert_true(scan->points[i].scale.div > 0);
		scan->points[i].slot = (uint32_t)i;
	}
	scan->scan = scan_id(scan);
	scan->n_slots = (uint32_t)scan->n_points;
	if (!keep_back) {
		done(user, scan, refuse ? "the disk is full" : NULL);
		return 0;
	}
	kept_back[n_kept_back].scan = scan;
	kept_back[n_kept_back].done = done;
	kept_back[n_kept_back++].user = user;
	return 0;
}

struct writer_counters writer_counters(struct writer *w)
{
	(void)w;
	return writer;
}

/* ---- the bench ------------------------------------------------------------ */

static struct config config;
static struct inventory inv = { .config = &config };
static struct poller p;
static struct device devices[MANY];

static void finish_registrations(void)
{
	struct registration *list = p.registered;

	p.registered = NULL;
	while (list) {
		struct registration *next = list->next;

		list->finished(&p, list);
		list = next;
	}
}

static void advance(int64_t s)
{
	struct mono end = { p.now.us + s * SECOND };

	for (;;) {
		struct sched_item *item;

		finish_registrations();
		item = sched_first(p.sched);
		if (!item || item->due.us >= end.us)
			break;
		if (item->due.us > p.now.us)
			p.now = item->due;
		sched_remove(p.sched, item);
		((struct timer *)item)->fire(&p, (struct timer *)item);
	}
	p.now = end;
}

static void use_devices(size_t n)
{
	free(p.devices);
	p.devices = xcalloc(n + 1, sizeof(p.devices[0]));
	for (size_t i = 0; i < n; i++)
		p.devices[i] = &devices[n - 1 - i]; /* their order does not matter */
	p.n_devices = n;
}

static int setup(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	memset(&writer, 0, sizeof(writer));
	memset(rows, 0, sizeof(rows));
	n_rows = n_absent = n_registered = n_kept_back = 0;
	keep_back = refuse = false;
	log_set_level((enum log_level)0);
	for (int i = 0; i < MANY; i++) {
		devices[i] = (struct device){ .v = { 0 } };
		snprintf(devices[i].name, sizeof(devices[i].name), "PDU-%04d", i);
	}
	config.settings.health_every_s = 300;
	p.inv = &inv;
	p.sched = sched_new();
	p.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	p.now.us = 1000 * SECOND;
	sched_clock_update(&p.clock, p.now, (struct wall){ T0 * SECOND });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	p.vitals = vitals_stop(p.vitals);
	for (size_t i = 0; i < n_kept_back; i++)
		kept_back[i].done(kept_back[i].user, kept_back[i].scan, NULL);
	finish_registrations();
	sched_free(p.sched);
	close(p.wake_fd);
	free(p.devices);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	return 0;
}

/* ---- tests ---------------------------------------------------------------- */

static void test_values(void **state)
{
	(void)state;
	use_devices(1);
	p.vitals = vitals_start(&p);
	advance(1);
	devices[0].v = (struct device_vitals){ .due = 30,
					       .answered = 29,
					       .n_rtt = 60,
					       .rtt_sum_us = 60 * 1500,
					       .answered_at = { p.now.us - 7 * SECOND } };
	p.counters.scans = 30;
	writer.queued = 17;
	p.lag_us = 12345;
	vitals_second(p.vitals);
	writer.queued = 3;
	vitals_second(p.vitals);
	assert_int_equal(p.counters.lag_us_minute, 12345);
	advance(299);
	assert_int_equal(n_registered, 2);
	const struct row *device = NULL, *process = NULL;
	for (size_t i = 0; i < n_rows; i++) {
		if (rows[i].scan != 1000)
			device = &rows[i];
		else if (!process)
			process = &rows[i];
	}
	assert_non_null(device);
	assert_non_null(process);
	assert_int_equal(device->n, 3);
	assert_int_equal(device->raw[0], 1500); /* us: 1.5 ms */
	assert_int_equal(device->raw[1], 966);  /* 96.6 %, never rounded up to 100 */
	assert_in_range(device->raw[2], 7, 310);
	assert_int_equal(process->n, 8);
	assert_int_equal(process->raw[0], 30);
	assert_int_equal(process->ts % 60, 0);
	/* nothing happened since: absent, but the age goes on */
	size_t before = n_rows;
	advance(300);
	assert_true(n_rows > before);
	for (size_t i = before; i < n_rows; i++) {
		if (rows[i].scan == 1000)
			continue;
		assert_false(rows[i].present[0]);
		assert_false(rows[i].present[1]);
		assert_true(rows[i].present[2]);
	}
}

static void test_cost(void **state)
{
	(void)state;
	use_devices(MANY);
	p.vitals = vitals_start(&p);
	advance(3600);
	/* a row of each pool in five minutes, one of the process each minute */
	assert_true(n_registered <= VITALS_POOLS + 1);
	assert_in_range(n_rows, 60 + 11 * VITALS_POOLS * 9 / 10, 60 + 12 * VITALS_POOLS);
	assert_int_equal(n_absent, 0);
	/* spread over the five minutes, not all at once */
	size_t at_once = 0;
	for (size_t i = 0; i < n_rows; i++)
		at_once += rows[i].ts == rows[n_rows - 1].ts;
	assert_true(at_once < 20);
}

static void test_reload_touches_few(void **state)
{
	size_t before;

	(void)state;
	use_devices(MANY - 3);
	p.vitals = vitals_start(&p);
	advance(600);
	before = n_registered;
	use_devices(MANY); /* three more */
	vitals_reload(p.vitals);
	assert_in_range(n_registered - before, 1, 3);
	use_devices(MANY - 3);
	vitals_reload(p.vitals);
	assert_in_range(n_registered - before, 2, 6);
	advance(3600);
	/* no instant of a pool twice */
	for (size_t i = 0; i < n_rows; i++)
		for (size_t k = i + 1; k < n_rows; k++)
			assert_false(rows[i].scan == rows[k].scan && rows[i].ts == rows[k].ts);
	config.settings.health_every_s = 60; /* another grid: all of them */
	before = n_registered;
	vitals_reload(p.vitals);
	assert_in_range(n_registered - before, VITALS_POOLS * 9 / 10, VITALS_POOLS + 1);
}

static void test_slow_registration(void **state)
{
	(void)state;
	use_devices(5);
	keep_back = true;
	p.vitals = vitals_start(&p);
	use_devices(0); /* all gone, and the writer has not come to it */
	vitals_reload(p.vitals);
	advance(600);
	assert_int_equal(n_rows, 0);
	keep_back = false;
	for (size_t i = 0; i < n_kept_back; i++)
		kept_back[i].done(kept_back[i].user, kept_back[i].scan, NULL);
	n_kept_back = 0;
	advance(600);
	for (size_t i = 0; i < n_rows; i++)
		assert_int_equal(rows[i].scan, 1000); /* the process alone */
	assert_in_range(n_rows, 9, 10);
}

static void test_refused_registration(void **state)
{
	(void)state;
	use_devices(5);
	refuse = true;
	p.vitals = vitals_start(&p);
	advance(600);
	assert_int_equal(n_rows, 0);
	refuse = false;
	vitals_reload(p.vitals); /* tried again with the next reload */
	advance(600);
	assert_true(n_rows > 10);
}

static void test_clock_steps(void **state)
{
	int64_t last = 0, step;
	size_t before;

	(void)state;
	use_devices(1);
	p.vitals = vitals_start(&p);
	advance(600);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 600 + 3600) * SECOND });
	assert_int_equal(step, 3600 * SECOND);
	vitals_clock_step(p.vitals, step);
	assert_in_range(n_absent, 60 + 12, 60 + 13);
	advance(600);
	for (size_t i = 0; i < n_rows; i++)
		last = rows[i].ts > last ? rows[i].ts : last;
	assert_in_range(last, T0 + 4700, T0 + 4800);
	/* back by an hour: no instant twice */
	before = n_rows;
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 1200) * SECOND });
	vitals_clock_step(p.vitals, step);
	advance(3500);
	assert_int_equal(n_rows, before);
	advance(700);
	assert_true(n_rows > before + 8);
	for (size_t i = before; i < n_rows; i++)
		assert_true(rows[i].ts > last - 300);
}

static void test_stalled_loop(void **state)
{
	size_t before;

	(void)state;
	use_devices(0);
	p.vitals = vitals_start(&p);
	advance(300);
	before = n_rows;
	p.now.us += 250 * SECOND;
	advance(1);
	assert_int_equal(n_rows, before + 1); /* one row tells of the time between */
	assert_in_range(n_absent, 3, 4);
	assert_int_equal(p.counters.late, 0); /* no poll was late */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_cost),
		TEST(test_reload_touches_few),
		TEST(test_slow_registration),
		TEST(test_refused_registration),
		TEST(test_clock_steps),
		TEST(test_stalled_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

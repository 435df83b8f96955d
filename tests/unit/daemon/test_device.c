/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device in virtual time: the writer, the driver and the clock are the test's, so hours
 * pass in no time and every row, gap and event is seen. The symbols of the writer and of
 * transport_for() defined here stand in for the library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent.h"
#include "base/log.h"
#include "daemon/device_int.h"
#include "daemon/subnet.h"
#include "deaf_writer.h"
#include "inventory/inventory_build.h"

#define T0     INT64_C(1700000000) /* wall seconds when the monotonic clock shows 1000 s */
#define SECOND INT64_C(1000000)

/* ---- what the writer got -------------------------------------------------- */

struct note {
	int64_t scan, ts;
	enum cause cause; /* of an absence, or of the first absent reading */
	size_t n, present;
	int64_t last_raw;
};

static struct {
	struct note rows[5000], absences[15000];
	size_t n_rows, n_absences, n_runs, n_registered;
	char state[16], events[4000], facts[500];
	bool refuse, backwards;
} told;

int writer_row(struct writer *w, int64_t scan, int64_t ts, const struct reading *readings,
	       uint32_t n)
{
	struct note *note = &told.rows[told.n_rows++];

	(void)w;
	assert_true(told.n_rows < 5000);
	*note = (struct note){ .scan = scan, .ts = ts, .n = n, .last_raw = readings[n - 1].raw };
	for (uint32_t i = 0; i < n; i++) {
		if (readings[i].cause == CAUSE_NONE)
			note->present++;
		else if (note->cause == CAUSE_NONE)
			note->cause = readings[i].cause;
	}
	return 0;
}

int writer_absent_run(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n,
		      enum cause cause)
{
	int64_t step = n > 1 ? (last - first) / (n - 1) : 0;

	(void)w;
	assert_int_equal(first + (n - 1) * step, last);
	assert_true(told.n_absences + n < 15000);
	told.n_runs += n > 1;
	for (uint32_t i = 0; i < n; i++)
		told.absences[told.n_absences++] =
			(struct note){ .scan = scan, .ts = first + i * step, .cause = cause };
	return 0;
}

int writer_register(struct writer *w, struct reg_scan *scan,
		    void (*done)(void *user, struct reg_scan *scan, const char *failed), void *user)
{
	(void)w;
	if (told.refuse) {
		done(user, scan, "the disk is full");
		return 0;
	}
	told.n_registered++;
	scan->scan = scan->step_s; /* so the test knows it */
	scan->n_slots = (uint32_t)scan->n_points;
	for (size_t i = 0; i < scan->n_points; i++)
		scan->points[i].slot = (uint32_t)i;
	if (told.backwards) { /* slot 0 was a point that is gone */
		scan->n_slots++;
		for (size_t i = 0; i < scan->n_points; i++)
			scan->points[i].slot = (uint32_t)(scan->n_points - i);
	}
	done(user, scan, NULL);
	return 0;
}

int writer_event(struct writer *w, int64_t ts, const char *entity_kind, const char *entity,
		 const char *kind, enum event_severity severity, const char *text)
{
	(void)w, (void)ts, (void)entity_kind, (void)entity, (void)severity, (void)text;
	snprintf(told.events + strlen(told.events), sizeof(told.events) - strlen(told.events),
		 "%s ", kind);
	return 0;
}

int writer_device_state(struct writer *w, int64_t ts, const char *device, const char *state,
			enum cause cause)
{
	(void)w, (void)ts, (void)device, (void)cause;
	snprintf(told.state, sizeof(told.state), "%s", state);
	return 0;
}

int writer_call(struct writer *w, int (*fn)(void *user, struct db *db, struct err *err), void *user,
		struct err *err)
{
	(void)w, (void)fn, (void)user, (void)err; /* nothing is stored of a former run */
	return 0;
}

int writer_device_fact(struct writer *w, int64_t ts, const char *device, const char *key,
		       const char *value)
{
	(void)w, (void)ts, (void)device;
	snprintf(told.facts + strlen(told.facts), sizeof(told.facts) - strlen(told.facts), "%s=%s ",
		 key, value);
	return 0;
}

/* ---- the driver ----------------------------------------------------------- */

static struct agent *agent;
static struct request *pending;
static struct mono answer_at;
static int64_t answer_us;
static bool silent;
static struct poller p;

static struct transport *fake_open(int fd, const struct transport_limits *limits, struct err *err)
{
	(void)fd, (void)limits, (void)err;
	return (struct transport *)&pending;
}

static struct target *fake_target(struct transport *t, const struct endpoint *endpoint,
				  const struct sockaddr_storage *addr,
				  const struct cfg_credential *credential, int delay_ms,
				  struct err *err)
{
	(void)t, (void)endpoint, (void)addr, (void)credential, (void)delay_ms, (void)err;
	return (struct target *)&agent;
}

static void fake_target_free(struct target *target)
{
	(void)target;
}

static void fake_submit(struct transport *t, struct request *r)
{
	(void)t;
	assert_null(pending); /* one in flight per device */
	pending = r;
	answer_at.us = p.now.us + answer_us;
	if (silent)
		answer_at.us = p.now.us + (r->no_retry ? SECOND : 2 * SECOND);
	if (answer_at.us > r->deadline.us)
		answer_at = r->deadline;
}

static void fake_cancel(struct transport *t, struct request *r)
{
	(void)t;
	assert_ptr_equal(pending, r);
	pending = NULL;
}

static const struct transport_ops fake = { .name = "fake",
					   .open = fake_open,
					   .target_new = fake_target,
					   .target_free = fake_target_free,
					   .submit = fake_submit,
					   .cancel = fake_cancel };

const struct transport_ops *transport_for(enum protocol protocol)
{
	(void)protocol;
	return &fake;
}

static void answer(void)
{
	struct request *r = pending;
	struct reply reply;
	enum cause cause;

	pending = NULL;
	if (silent || answer_at.us >= r->deadline.us) {
		agent->n_requests++;
		r->done(r, CAUSE_NO_ANSWER, NULL);
		return;
	}
	cause = agent_answer(agent, r->what, &reply);
	r->done(r, cause, &reply);
}

/* ---- the bench ------------------------------------------------------------ */

static struct profile *mini;
static struct config config;
static struct cfg_device cfg = { .device = (char[]){ "PDU-1" }, .endpoint = (char[]){ "fake" } };
static struct inv_device inv_device = { .cfg = &cfg, .every_s = 10, .rack = -1, .circuit = -1 };
static struct inventory_all all = {
	.inv = { .config = &config, .devices = &inv_device, .n_devices = 1 }
};
static struct cfg_credential credential = { .snmp_version = 2 };
static struct device *device;

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
		struct mono next = end;

		finish_registrations();
		item = sched_first(p.sched);
		if (item && item->due.us < next.us)
			next = item->due;
		if (pending && answer_at.us < next.us)
			next = answer_at;
		if (next.us >= end.us)
			break;
		if (next.us > p.now.us)
			p.now = next;
		if (pending && answer_at.us <= p.now.us) {
			answer();
		} else {
			sched_remove(p.sched, item);
			((struct timer *)item)->fire(&p, (struct timer *)item);
		}
	}
	p.now = end;
}

static int setup(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	memset(&told, 0, sizeof(told));
	memset(&p, 0, sizeof(p));
	log_set_level((enum log_level)0);
	mini = profile_load(FIXTURES "/daemon/mini-pdu.yaml", &diag);
	diag_done(&diag);
	agent = agent_mini(5);
	answer_us = 1000;
	silent = false;
	pending = NULL;
	config.settings.group_every_s = 10;
	config.settings.site = (char[]){ "test" };
	inv_device.profile = mini;
	inv_device.endpoint =
		(struct endpoint){ .protocol = PROTOCOL_SNMP, .host = "127.0.0.1", .port = 161 };
	inv_device.credential = &credential;
	p.inv = &all.inv;
	p.sched = sched_new();
	p.shapes = shapes_new();
	p.subnets = subnets_new(0, device_place);
	p.chains = subnets_new_hosts(device_chain);
	p.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	p.now.us = 1000 * SECOND;
	sched_clock_update(&p.clock, p.now, (struct wall){ T0 * SECOND });
	p.groups = groups_start(&p, &all.inv, NULL);
	return mini ? 0 : -1;
}

static void begin(void)
{
	p.devices = calloc(1, sizeof(p.devices[0]));
	p.n_devices = 1;
	device = p.devices[0] = device_new(&p, 0, 42);
}

static int teardown(void **state)
{
	(void)state;
	device_free(device);
	device = NULL;
	assert_null(pending);
	groups_stop(p.groups);
	finish_registrations();
	assert_int_equal(
		p.counters.ok + p.counters.suspect + p.counters.dormant + p.counters.unknown, 0);
	assert_int_equal(p.n_surveys, 0);
	shapes_free(p.shapes);
	subnets_free(p.subnets);
	subnets_free(p.chains);
	sched_free(p.sched);
	close(p.wake_fd);
	free(p.devices);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	free(agent);
	profile_free(mini);
	return 0;
}

static size_t rows_of(int64_t scan)
{
	size_t n = 0;

	for (size_t i = 0; i < told.n_rows; i++)
		n += told.rows[i].scan == scan;
	return n;
}

static size_t absent_with(enum cause cause)
{
	size_t n = 0;

	for (size_t i = 0; i < told.n_absences; i++)
		n += told.absences[i].cause == cause;
	return n;
}

static bool event_told(const char *kind)
{
	return strstr(told.events, kind) != NULL;
}

/* Every instant of the scan's grid from its first to its last row stands exactly once,
 * as a row or as an absence. */
static void assert_grid_is_whole(int64_t scan)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	size_t n = 0;

	for (size_t i = 0; i < told.n_rows + told.n_absences; i++) {
		const struct note *note =
			i < told.n_rows ? &told.rows[i] : &told.absences[i - told.n_rows];

		if (note->scan != scan)
			continue;
		assert_int_equal(note->ts % scan, sched_phase("PDU-1", (int)scan));
		first = note->ts < first ? note->ts : first;
		last = note->ts > last ? note->ts : last;
		n++;
	}
	assert_int_equal(n, (last - first) / scan + 1);
}

/* ---- tests ---------------------------------------------------------------- */

static void test_survey_then_rows_on_the_grid(void **state)
{
	(void)state;
	begin();
	advance(600);
	assert_string_equal(told.state, "ok");
	assert_string_equal(told.facts, "serial=SN42 ");
	assert_in_range(rows_of(10), 59, 60);
	assert_in_range(rows_of(60), 9, 10);
	assert_int_equal(told.n_absences, 0);
	assert_int_equal(told.rows[0].present, told.rows[0].n);
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
	assert_int_equal(p.counters.late, 0);
	assert_int_equal(p.counters.ok, 1);
	assert_int_equal(p.counters.surveys, 1);
}

static void test_silence_dormancy_and_back(void **state)
{
	size_t before, requests;

	(void)state;
	begin();
	advance(100);
	silent = true;
	advance(12);
	assert_string_equal(told.state, "suspect");
	advance(20);
	assert_string_equal(told.state, "dormant");
	before = rows_of(10);
	requests = agent->n_requests;
	advance(600);
	/* only probes: 15, 30, 60, then each 120 s, a little less */
	assert_in_range(agent->n_requests - requests, 6, 9);
	assert_int_equal(rows_of(10), before);
	assert_in_range(absent_with(CAUSE_DORMANT), 68, 72);
	silent = false;
	advance(125);
	assert_string_equal(told.state, "ok");
	before = rows_of(10);
	advance(60);
	assert_int_equal(rows_of(10), before + 6);
	assert_grid_is_whole(10);
	assert_int_equal(p.counters.surveys, 1); /* nothing changed meanwhile */
}

static void test_dead_from_the_start(void **state)
{
	(void)state;
	silent = true;
	begin();
	advance(300);
	assert_string_equal(told.state, "dormant");
	assert_int_equal(told.n_rows + told.n_absences, 0);
	assert_int_equal(p.counters.dormant, 1);
	silent = false;
	advance(125);
	assert_string_equal(told.state, "ok");
	advance(60);
	assert_in_range(rows_of(10), 6, 18);
}

static void test_slow_device_is_skipped_not_queued(void **state)
{
	(void)state;
	begin();
	advance(60);
	answer_us = 6 * SECOND; /* two requests a scan: 12 s, the deadline is at 9.9 s */
	advance(200);
	assert_true(p.counters.overrun >= 15);
	assert_string_equal(told.state, "ok");
	assert_true(told.rows[told.n_rows - 1].present > 0);
	assert_int_equal(told.rows[told.n_rows - 1].cause, CAUSE_DEADLINE);
	assert_grid_is_whole(10);
}

static void test_restart_is_seen(void **state)
{
	(void)state;
	begin();
	advance(60);
	assert_int_equal(p.counters.surveys, 1);
	agent->values[2].value.integer = 300; /* sysUpTime */
	advance(20);
	assert_true(event_told("restart"));
	assert_int_equal(p.counters.surveys, 2);
	assert_grid_is_whole(10);
}

static void test_uptime_wrap_is_no_restart(void **state)
{
	(void)state;
	agent->values[2].value.integer = INT64_C(4294967295) - 1500;
	begin();
	for (int i = 0; i < 6; i++) { /* it runs on, over 2^32 */
		advance(5);
		agent->values[2].value.integer =
			(agent->values[2].value.integer + 500) & INT64_C(0xffffffff);
	}
	assert_true(agent->values[2].value.integer < 10000);
	advance(1);
	assert_false(event_told("restart"));
	assert_int_equal(p.counters.surveys, 1);
}

static void test_vanished_instance_is_surveyed_once(void **state)
{
	(void)state;
	begin();
	advance(60);
	/* an outlet is gone, for the walk too */
	memmove(&agent->values[10], &agent->values[11], (agent->n - 11) * sizeof(agent->values[0]));
	agent->n--;
	advance(100);
	assert_int_equal(p.counters.surveys, 2);
	assert_int_equal(told.rows[told.n_rows - 1].present, told.rows[told.n_rows - 1].n);
	assert_grid_is_whole(10);
}

static void test_flapping_instance_costs_few_surveys(void **state)
{
	(void)state;
	begin();
	advance(60);
	agent->values[5].value.type = VB_NO_SUCH_INSTANCE; /* in a GET; the survey skips it */
	advance(30);
	assert_int_equal(p.counters.surveys, 2);
	agent->values[5].value.type = VB_GAUGE32;
	agent->values[4].value.type = VB_NO_SUCH_INSTANCE;
	advance(300);
	assert_int_equal(p.counters.surveys, 2); /* not again within ten minutes */
	advance(400);
	assert_int_equal(p.counters.surveys, 3);
}

static void test_split_is_told_once(void **state)
{
	const char *first;

	(void)state;
	begin();
	advance(30);
	agent->too_big = 3;
	advance(100);
	first = strstr(told.events, "split");
	assert_non_null(first);
	assert_null(strstr(first + 1, "split"));
	assert_int_equal(told.rows[told.n_rows - 1].present, told.rows[told.n_rows - 1].n);
}

static void test_clock_forward_is_a_gap(void **state)
{
	int64_t step;

	(void)state;
	begin();
	advance(100);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 100 + 300) * SECOND });
	assert_int_equal(step, 300 * SECOND);
	device_clock_step(device, step);
	advance(100);
	assert_in_range(absent_with(CAUSE_CLOCK), 35, 36); /* 30 of 10 s, 5 of 60 s */
	assert_int_equal(absent_with(CAUSE_LATE), 0);
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
}

static void test_clock_back_uses_no_instant_twice(void **state)
{
	size_t before;
	int64_t step;

	(void)state;
	begin();
	advance(200);
	before = rows_of(10);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 200 - 100) * SECOND });
	device_clock_step(device, step);
	advance(95);
	assert_int_equal(rows_of(10), before);
	advance(60);
	assert_in_range(rows_of(10) - before, 5, 6);
	assert_grid_is_whole(10);
}

/* However long: one word to the writer per scan, and each instant counted. */
static void test_clock_a_day_forward(void **state)
{
	int64_t step;

	(void)state;
	begin();
	advance(100);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 100 + 86400) * SECOND });
	device_clock_step(device, step);
	assert_int_equal(told.n_runs, 2); /* scans of 10 and of 60 s */
	advance(100);
	assert_in_range(absent_with(CAUSE_CLOCK), 8640 + 1440 - 1, 8640 + 1440 + 1);
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
}

/* An hour, as a wrong zone or a dead battery makes it. */
static void test_clock_an_hour_forward(void **state)
{
	int64_t step;

	(void)state;
	begin();
	advance(100);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 100 + 3600) * SECOND });
	assert_int_equal(step, 3600 * SECOND);
	device_clock_step(device, step);
	advance(200);
	assert_in_range(absent_with(CAUSE_CLOCK), 419, 421); /* 360 of 10 s, 60 of 60 s */
	assert_int_equal(absent_with(CAUSE_LATE), 0);
	assert_int_equal(absent_with(CAUSE_NO_ANSWER), 0);
	assert_in_range(rows_of(10), 29, 31); /* polled as before */
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
}

static void test_clock_an_hour_back(void **state)
{
	size_t before;
	int64_t step;

	(void)state;
	begin();
	advance(200);
	before = rows_of(10);
	step = sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 200 - 3600) * SECOND });
	assert_int_equal(step, -3600 * SECOND);
	device_clock_step(device, step);
	advance(3590);
	assert_int_equal(rows_of(10), before); /* these instants are there already */
	advance(100);
	assert_in_range(rows_of(10) - before, 8, 10);
	assert_int_equal(absent_with(CAUSE_LATE), 0);
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
}

/* Forward and back again within a minute: what the wrong hour stored is not stored over. */
static void test_clock_there_and_back(void **state)
{
	size_t before;

	(void)state;
	begin();
	advance(60);
	device_clock_step(
		device, sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 3660) * SECOND }));
	advance(40);
	before = rows_of(10);
	device_clock_step(
		device, sched_clock_update(&p.clock, p.now, (struct wall){ (T0 + 100) * SECOND }));
	advance(3500);
	assert_int_equal(rows_of(10), before);
	advance(200);
	assert_true(rows_of(10) > before);
	assert_grid_is_whole(10);
	assert_grid_is_whole(60);
}

static void test_stalled_loop_is_late(void **state)
{
	(void)state;
	begin();
	advance(60);
	p.now.us += 35 * SECOND; /* nobody looked for 35 s */
	advance(30);
	assert_in_range(absent_with(CAUSE_LATE), 3, 4);
	assert_int_equal(p.counters.late, absent_with(CAUSE_LATE));
	assert_grid_is_whole(10);
}

static void test_refused_registration_is_tried_again(void **state)
{
	(void)state;
	told.refuse = true;
	begin();
	advance(30);
	assert_int_equal(told.n_rows, 0);
	told.refuse = false;
	advance(120);
	assert_true(told.n_rows > 3);
}

static void test_rows_are_in_slot_order(void **state)
{
	const struct note *row;

	(void)state;
	told.backwards = true;
	begin();
	advance(65);
	row = &told.rows[told.n_rows - 1];
	if (row->scan != 10)
		row--;
	assert_int_equal(row->n, 8);
	assert_int_equal(row->present, 7);
	assert_int_equal(row->cause, CAUSE_NOT_FITTED);
	assert_int_equal(row->last_raw, 4321); /* the first point, in the last slot */
}

static void test_facts_hourly(void **state)
{
	(void)state;
	begin();
	advance(600);
	agent->values[3].value.octets = (const uint8_t *)"SN43";
	advance(5400);
	assert_non_null(strstr(told.facts, "serial=SN43"));
}

/* A look asks one column; only what it finds changed is surveyed. */
static void test_fitted_hourly(void **state)
{
	size_t requests;

	(void)state;
	agent_fitted(mini);
	begin();
	advance(60);
	requests = agent->n_requests;
	advance(3600); /* polls: 2 requests each 10 s, 2 each 60 s */
	requests = agent->n_requests - requests;
	assert_in_range(requests, 840, 844);
	agent->values[8].value.integer--; /* another current: as fitted as before */
	advance(7200);
	assert_int_equal(p.counters.surveys, 1);
	assert_int_equal(told.rows[told.n_rows - 1].present, told.rows[told.n_rows - 1].n);
	agent->values[8].value.integer = 0;
	advance(3600);
	assert_int_equal(p.counters.surveys, 2);
	assert_int_equal(absent_with(CAUSE_NOT_FITTED), 0);
	assert_int_equal(told.rows[told.n_rows - 1].cause, CAUSE_NOT_FITTED);
	advance(7200);
	assert_int_equal(p.counters.surveys, 2);
}

/* Silence and a restart amid a look. */
static void test_look_that_fails(void **state)
{
	(void)state;
	agent_fitted(mini);
	begin();
	advance(60);
	silent = true;
	device_want_look(device);
	device_kick(device);
	advance(20);
	silent = false;
	advance(300);
	assert_int_equal(p.counters.surveys, 1);
	assert_string_equal(told.state, "ok");
	device_want_look(device);
	device_want_survey(device);
	advance(60);
	assert_int_equal(p.counters.surveys, 2);
	assert_grid_is_whole(10);
}

static void test_history_of_a_wrong_clock(void **state)
{
	(void)state;
	p.clock.last_used_s = T0 + 50; /* the database is ahead of us */
	begin();
	advance(49);
	assert_int_equal(told.n_rows, 0);
	advance(30);
	assert_true(told.n_rows > 0);
	assert_true(told.rows[0].ts > T0 + 50);
}

static void test_nothing_to_read(void **state)
{
	(void)state;
	agent->n = 3;
	begin();
	advance(100);
	assert_true(event_told("survey"));
	assert_int_equal(told.n_rows, 0);
	assert_int_equal(p.counters.surveys, 1); /* not again and again */
	advance(600);
	assert_int_equal(p.counters.surveys, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_survey_then_rows_on_the_grid),
		TEST(test_silence_dormancy_and_back),
		TEST(test_dead_from_the_start),
		TEST(test_slow_device_is_skipped_not_queued),
		TEST(test_restart_is_seen),
		TEST(test_uptime_wrap_is_no_restart),
		TEST(test_vanished_instance_is_surveyed_once),
		TEST(test_flapping_instance_costs_few_surveys),
		TEST(test_split_is_told_once),
		TEST(test_clock_forward_is_a_gap),
		TEST(test_clock_back_uses_no_instant_twice),
		TEST(test_clock_a_day_forward),
		TEST(test_clock_an_hour_forward),
		TEST(test_clock_an_hour_back),
		TEST(test_clock_there_and_back),
		TEST(test_stalled_loop_is_late),
		TEST(test_refused_registration_is_tried_again),
		TEST(test_rows_are_in_slot_order),
		TEST(test_facts_hourly),
		TEST(test_fitted_hourly),
		TEST(test_look_that_fails),
		TEST(test_history_of_a_wrong_clock),
		TEST(test_nothing_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

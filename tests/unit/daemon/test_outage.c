/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hundred devices in virtual time: a fifth of them falls silent at once and returns, and the
 * clock is set by an hour either way. The others never lose an instant, everybody is back within
 * the cadence of the probes, and no instant of a grid is told twice or left out.
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

#include "agent.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/core.h"
#include "daemon/device.h"
#include "daemon/subnet.h"
#include "deaf_writer.h"
#include "inventory/inventory_build.h"

#define T0      INT64_C(1790000000)
#define SECOND  INT64_C(1000000)
#define N       200
#define DEAD    40 /* of them */
#define STEP    10
#define CHAINED 4       /* of the first, when there is a chain */
#define METERS  4       /* at the rack: the last two that die and the first two that do not */
#define SCANS   (2 * N) /* of 10 s and of 60 s */

/* ---- the writer: keeps count ------------------------------------------------ */

static struct poller p;
static struct scan_told {
	int device, step_s;
	int64_t first, last;
	size_t rows, absent[CAUSE_SURVEY + 1];
} scans[2 * SCANS + 1];
static size_t n_scans, sum_rows, sum_gaps;
static struct reading first_sum[3];
static struct {
	bool ok;
	int64_t ok_us;
	size_t requests;
} seen[N];

static int number_of(const char *name)
{
	int i = -1;

	assert_int_equal(sscanf(name, "PDU-%d", &i), 1);
	return i;
}

/* Each instant once, in order, none left out. */
static struct scan_told *on_the_grid(int64_t scan, int64_t ts)
{
	struct scan_told *s = &scans[scan];

	if (s->first)
		assert_int_equal(ts, s->last + s->step_s);
	else
		s->first = ts;
	s->last = ts;
	return s;
}

int writer_row(struct writer *w, int64_t scan, int64_t ts, const struct reading *readings,
	       uint32_t n)
{
	(void)w;
	if (scan == 0) {                /* a sum */
		assert_int_equal(n, 3); /* of the one rack: power, members present, expected */
		if (!sum_rows++)
			memcpy(first_sum, readings, sizeof(first_sum));
		sum_gaps += readings[0].cause != CAUSE_NONE;
		return 0;
	}
	if (readings[0].cause == CAUSE_NONE && readings[n - 1].cause == CAUSE_NONE)
		on_the_grid(scan, ts)->rows++;
	else
		on_the_grid(scan, ts)->absent[readings[0].cause]++;
	return 0;
}

int writer_absent_run(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n,
		      enum cause cause)
{
	int64_t step = n > 1 ? (last - first) / (n - 1) : 0;

	(void)w;
	for (uint32_t i = 0; scan != 0 && i < n; i++)
		on_the_grid(scan, first + i * step)->absent[cause]++;
	return 0;
}

int writer_register(struct writer *w, struct reg_scan *scan,
		    void (*done)(void *user, struct reg_scan *scan, const char *failed), void *user)
{
	(void)w;
	scan->n_slots = (uint32_t)scan->n_points;
	for (size_t i = 0; i < scan->n_points; i++)
		scan->points[i].slot = (uint32_t)i;
	if (!strcmp(scan->entity_kind, "device")) {
		scan->scan = (int64_t)++n_scans;
		assert_true(n_scans <= 2 * SCANS);
		scans[n_scans] = (struct scan_told){ .device = number_of(scan->entity),
						     .step_s = scan->step_s };
	}
	done(user, scan, NULL);
	return 0;
}

int writer_event(struct writer *w, int64_t ts, const char *entity_kind, const char *entity,
		 const char *kind, enum event_severity severity, const char *text)
{
	(void)w, (void)ts, (void)entity_kind, (void)entity, (void)kind, (void)severity, (void)text;
	return 0;
}

int writer_device_state(struct writer *w, int64_t ts, const char *device, const char *state,
			enum cause cause)
{
	int i = number_of(device);

	(void)w, (void)ts, (void)cause;
	seen[i].ok = !strcmp(state, "ok");
	if (seen[i].ok)
		seen[i].ok_us = p.now.us;
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
	(void)w, (void)ts, (void)device, (void)key, (void)value;
	return 0;
}

/* ---- the driver: one agent speaks for all ------------------------------------ */

struct target {
	int number;
};

static struct agent *agent;
static struct target targets[2 * N];
static int n_targets;
static bool silent; /* the first DEAD of them */
static struct request *flying[N];
static int n_flying, most_flying, n_chained, most_chained;

static struct transport *fake_open(int fd, const struct transport_limits *limits, struct err *err)
{
	(void)fd, (void)limits, (void)err;
	return (struct transport *)targets;
}

static struct target *fake_target(struct transport *t, const struct endpoint *endpoint,
				  const struct sockaddr_storage *addr,
				  const struct cfg_credential *credential, int delay_ms,
				  struct err *err)
{
	(void)t, (void)endpoint, (void)addr, (void)credential, (void)delay_ms, (void)err;
	targets[n_targets].number = n_targets % N; /* the first ones come back */
	return &targets[n_targets++];
}

static void fake_target_free(struct target *target)
{
	(void)target;
}

static bool is_silent(const struct request *r)
{
	return silent && r->target->number < DEAD;
}

static void fake_submit(struct transport *t, struct request *r)
{
	int64_t us = 2000;

	(void)t;
	if (is_silent(r))
		us = r->no_retry ? SECOND : 2 * SECOND;
	r->expires.us = p.now.us + us < r->deadline.us ? p.now.us + us : r->deadline.us;
	seen[r->target->number].requests++;
	n_chained = 1;
	for (int i = 0; i < n_flying; i++)
		n_chained += flying[i]->target->number < CHAINED;
	if (r->target->number < CHAINED && n_chained > most_chained)
		most_chained = n_chained;
	flying[n_flying++] = r;
	most_flying = n_flying > most_flying ? n_flying : most_flying;
}

static void fake_cancel(struct transport *t, struct request *r)
{
	(void)t;
	for (int i = 0; i < n_flying; i++) {
		if (flying[i] == r) {
			flying[i] = flying[--n_flying];
			return;
		}
	}
	fail_msg("cancelled what was not in flight");
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

static void land(int i)
{
	struct request *r = flying[i];
	struct reply reply;
	enum cause cause = CAUSE_NO_ANSWER;

	flying[i] = flying[--n_flying];
	if (!is_silent(r))
		cause = agent_answer(agent, r->what, &reply);
	r->done(r, cause, cause == CAUSE_NO_ANSWER ? NULL : &reply);
}

/* ---- the bench ------------------------------------------------------------ */

static struct profile *mini;
static struct config config;
static struct cfg_device cfgs[N];
static char names[N][16];
static struct inv_device inv_devices[N];
static struct cfg_rack rack = { .rack = (char[]){ "R1" }, .hall = (char[]){ "" } };
static struct inv_rack inv_rack = { .cfg = &rack };
static struct inventory_all all = { .inv = { .config = &config,
					     .devices = inv_devices,
					     .n_devices = N,
					     .racks = &inv_rack,
					     .n_racks = 1 } };
static struct cfg_credential credential = { .snmp_version = 2 };

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
		int first = -1;

		finish_registrations();
		while (p.survey_first && p.n_surveys < SURVEYS_MAX)
			device_survey_turn(p.survey_first);
		item = sched_first(p.sched);
		if (item && item->due.us < next.us)
			next = item->due;
		for (int i = 0; i < n_flying; i++) {
			if (flying[i]->expires.us < next.us) {
				next = flying[i]->expires;
				first = i;
			}
		}
		if (next.us >= end.us)
			break;
		if (next.us > p.now.us)
			p.now = next;
		if (first >= 0) {
			land(first);
		} else {
			sched_remove(p.sched, item);
			((struct timer *)item)->fire(&p, (struct timer *)item);
		}
	}
	p.now = end;
}

static int chained; /* so many are members of one chain */

static void begin(bool dead, int per_subnet)
{
	struct diag diag = { 0 };

	memset(&p, 0, sizeof(p));
	memset(seen, 0, sizeof(seen));
	memset(scans, 0, sizeof(scans));
	n_scans = sum_rows = sum_gaps = 0;
	n_targets = n_flying = most_chained = 0;
	silent = dead;
	log_set_level((enum log_level)0);
	mini = profile_load(FIXTURES "/daemon/mini-pdu.yaml", &diag);
	diag_done(&diag);
	agent = agent_mini(5);
	config.settings.group_every_s = STEP;
	config.settings.site = (char[]){ "test" };
	p.inv = &all.inv;
	p.sched = sched_new();
	p.shapes = shapes_new();
	p.subnets = subnets_new(per_subnet, device_place);
	p.chains = subnets_new_hosts(device_chain);
	p.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	p.now.us = 1000 * SECOND;
	p.random = 1;
	sched_clock_update(&p.clock, p.now, (struct wall){ T0 * SECOND });
	p.devices = xcalloc(N, sizeof(p.devices[0]));
	p.n_devices = N;
	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "PDU-%d", i);
		cfgs[i] = (struct cfg_device){ .device = names[i],
					       .endpoint = (char[]){ "fake" },
					       .role = ROLE_IT_IN,
					       .use = USE_PRIMARY,
					       .factor = 1 };
		inv_devices[i] = (struct inv_device){
			.cfg = &cfgs[i],
			.every_s = STEP,
			.rack = i >= DEAD - METERS / 2 && i < DEAD + METERS / 2 ? 0 : -1,
			.circuit = -1,
			.profile = mini,
			.credential = &credential,
			.endpoint = { .protocol = PROTOCOL_SNMP,
				      .host = "127.0.0.1",
				      .port = 161,
				      .member = (uint16_t)(i < chained ? i + 1 : 0) }
		};
	}
	p.groups = groups_start(&p, &all.inv, NULL);
	for (size_t i = 0; i < N; i++)
		p.devices[i] = device_new(&p, i, 42);
}

static int setup(void **state)
{
	(void)state;
	begin(false, 0);
	advance(120);
	for (int i = 0; i < N; i++)
		assert_true(seen[i].ok);
	assert_int_equal(n_scans, SCANS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		device_free(p.devices[i]);
	assert_int_equal(n_flying, 0);
	groups_stop(p.groups);
	finish_registrations();
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

static size_t absent_of(const struct scan_told *s)
{
	size_t n = 0;

	for (size_t i = 0; i <= CAUSE_SURVEY; i++)
		n += s->absent[i];
	return n;
}

/* ---- tests ---------------------------------------------------------------- */

static void test_first_sum_is_whole(void **state)
{
	(void)state;
	assert_in_range(sum_rows, 9, 12);
	assert_int_equal(sum_gaps, 0);
	assert_int_equal(first_sum[1].raw, METERS);
	assert_int_equal(first_sum[2].raw, METERS);
}

/* Meters that did not answer were asked: what lacks at the first sum is missing. */
static void test_first_sum_of_silent(void **state)
{
	(void)state;
	begin(true, 0);
	advance(25);
	assert_in_range(sum_rows, 1, 2);
	assert_int_equal(sum_gaps, 0);
	assert_int_equal(first_sum[1].raw, METERS / 2);
	assert_int_equal(first_sum[2].raw, METERS);
}

/* Nobody came to ask the meters yet: no sum, no gap, but not for ever. */
static void test_sums_wait_a_while(void **state)
{
	(void)state;
	begin(true, 1);
	advance(29);
	assert_int_equal(sum_rows, 0);
	advance(20);
	assert_in_range(sum_rows, 1, 3);
	assert_int_equal(sum_gaps, sum_rows);
}

static void test_fifth_falls_silent(void **state)
{
	size_t before[N], per_second[130] = { 0 };
	int64_t back_us;

	(void)state;
	silent = true;
	advance(60);
	assert_int_equal(p.counters.dormant, DEAD);
	for (int i = 0; i < N; i++)
		before[i] = seen[i].requests;
	advance(3600);
	for (int i = 0; i < DEAD; i++) /* a probe in two minutes at most, in 96 s at least */
		assert_in_range(seen[i].requests - before[i], 29, 42);
	silent = false;
	back_us = p.now.us;
	advance(130);
	assert_int_equal(p.counters.ok, N);
	for (int i = 0; i < DEAD; i++) {
		int64_t us = seen[i].ok_us - back_us;

		assert_in_range(us, 0, 125 * SECOND);
		per_second[us / SECOND]++;
	}
	/* devices that died together are not asked together */
	for (size_t s = 0; s < 130; s++)
		assert_true(per_second[s] <= DEAD / 3);
	advance(60);
	for (size_t i = 1; i <= n_scans; i++) {
		const struct scan_told *s = &scans[i];

		if (s->device >= DEAD) { /* unaffected: not an instant is missing */
			assert_int_equal(absent_of(s), 0);
			assert_true(s->last + s->step_s > T0 + 120 + 60 + 3600 + 190 - 1);
		} else { /* silent is told apart from not asked; each instant has its reason */
			assert_true(s->absent[CAUSE_DORMANT] > (size_t)(3500 / s->step_s));
			assert_true(s->absent[CAUSE_NO_ANSWER] <= 5);
			assert_true(absent_of(s) <= (size_t)((60 + 3600 + 130) / s->step_s + 1));
		}
	}
	assert_int_equal(p.counters.late, 0);
	assert_int_equal(p.counters.overrun, 0);
}

/* All stand in one /24 of which a handful may be asked at a time: the line moves on, nobody
 * waits for ever, and there are never more. */
static void test_subnet(void **state)
{
	(void)state;
	subnets_limit(p.subnets, 2);
	most_flying = 0;
	advance(600);
	assert_int_equal(most_flying, 2);
	for (size_t i = 1; i <= n_scans; i++) {
		assert_int_equal(absent_of(&scans[i]), 0);
		assert_true(scans[i].last + scans[i].step_s >= T0 + 120 + 600 - 2);
	}
	/* with a fifth silent there is too little room for all: what is not asked in time is told
	 * so, and everybody still gets turns */
	silent = true;
	advance(600);
	assert_int_equal(most_flying, 2);
	silent = false;
	subnets_limit(p.subnets, 256);
	advance(200);
	assert_int_equal(p.counters.ok, N);
	for (int i = DEAD; i < N; i++)
		assert_true(seen[i].ok);
}

/* A device that waits in line is taken out of the configuration. */
static void test_subnet_left(void **state)
{
	(void)state;
	subnets_limit(p.subnets, 1);
	silent = true;
	advance(15);
	for (size_t i = 0; i < 2 * DEAD; i++)
		p.devices[i] = device_free(p.devices[i]);
	silent = false;
	advance(120);
	for (size_t i = 1; i <= n_scans; i++) {
		if (scans[i].device >= 2 * DEAD)
			assert_true(scans[i].last + scans[i].step_s >= T0 + 120 + 135 - 2);
	}
	for (size_t i = 0; i < 2 * DEAD; i++)
		p.devices[i] = device_new(&p, i, 42);
	advance(60);
	assert_int_equal(p.counters.ok, N);
}

/* Members of a chain take turns: their surveys begin together, and not two requests meet. */
static void test_chain(void **state)
{
	(void)state;
	begin(false, 0);
	advance(120);
	assert_true(most_chained > 1); /* four devices of their own do meet */
	teardown(NULL);
	chained = CHAINED;
	begin(false, 3); /* and the subnet has a line as well */
	chained = 0;
	advance(120);
	assert_int_equal(p.counters.ok, N);
	silent = true; /* one that does not answer does not hold the others up for ever */
	advance(300);
	silent = false;
	advance(200);
	assert_int_equal(p.counters.ok, N);
	assert_int_equal(most_chained, 1);
	for (size_t i = 1; i <= n_scans; i++) /* and each is still polled */
		assert_true(scans[i].last + scans[i].step_s >= T0 + 120 + 500 - 2);
	/* one leaves, perhaps with its request under way, and comes back */
	p.devices[0] = device_free(p.devices[0]);
	p.devices[0] = device_new(&p, 0, 42);
	advance(60);
	assert_int_equal(p.counters.ok, N);
}

static void step_clock(int64_t wall_s)
{
	int64_t step = sched_clock_update(&p.clock, p.now, (struct wall){ wall_s * SECOND });

	assert_int_not_equal(step, 0);
	for (size_t i = 0; i < N; i++)
		device_clock_step(p.devices[i], step);
	groups_clock_step(p.groups, step);
}

static void test_clock_an_hour_forward(void **state)
{
	(void)state;
	step_clock(T0 + 120 + 3600);
	advance(120);
	for (size_t i = 1; i <= n_scans; i++) {
		const struct scan_told *s = &scans[i];

		assert_in_range(s->absent[CAUSE_CLOCK], 3600 / s->step_s - 1, 3600 / s->step_s + 1);
		assert_int_equal(absent_of(s), s->absent[CAUSE_CLOCK]);
		assert_true(s->last + s->step_s >= T0 + 120 + 3600 + 120 - 2);
	}
	assert_int_equal(p.counters.late, 0);
}

static void test_clock_an_hour_back(void **state)
{
	size_t rows[SCANS + 1];

	(void)state;
	advance(3600);
	for (size_t i = 1; i <= n_scans; i++)
		rows[i] = scans[i].rows;
	step_clock(T0 + 120);
	advance(3590);
	for (size_t i = 1; i <= n_scans; i++) /* time has been there */
		assert_true(scans[i].rows <= rows[i]);
	advance(130);
	for (size_t i = 1; i <= n_scans; i++) {
		assert_true(scans[i].rows > rows[i]);
		assert_int_equal(absent_of(&scans[i]), 0); /* on the grid there is no hole */
	}
	assert_int_equal(p.counters.late, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_first_sum_is_whole),
		cmocka_unit_test_teardown(test_first_sum_of_silent, teardown),
		cmocka_unit_test_teardown(test_sums_wait_a_while, teardown),
		cmocka_unit_test_teardown(test_chain, teardown),
		TEST(test_fifth_falls_silent),
		TEST(test_subnet),
		TEST(test_subnet_left),
		TEST(test_clock_an_hour_forward),
		TEST(test_clock_an_hour_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The text that Prometheus reads: heads once, base units, escaped labels, and nothing where
 * nothing is known. Readers beside a writer never see half a sum. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "daemon/exposition.h"
#include "inventory/inventory_build.h"

#define SECOND INT64_C(1000000)

static struct cfg_circuit circuit = { .circuit = "R1-A", .hall = "H1", .phases = "", .side = "A" };
static struct cfg_rack racks[] = {
	{ .rack = "R1", .hall = "H\"1\\\n", .status = RACK_LIVE, .budget_w = 16000 },
	{ .rack = "R2", .hall = "H2", .status = RACK_LIVE, .budget_w = NAN },
};
static struct cfg_device devices[] = {
	{ .device = "PDU-1", .rack = "R1", .role = ROLE_IT_IN, .factor = 1 },
	{ .device = "PDU-2", .rack = "", .role = ROLE_NONE, .factor = 1 },
};
static struct config config = { .settings = { .site = "Nord", .group_every_s = 10 } };
static size_t feeds[] = { 0 };
static struct inv_circuit inv_circuit = { .cfg = &circuit };
static struct inv_rack inv_racks[] = { { &racks[0], feeds, 1 }, { &racks[1], NULL, 0 } };
static struct inv_device inv_devices[] = {
	{ .cfg = &devices[0], .rack = 0, .circuit = 0 },
	{ .cfg = &devices[1], .rack = -1, .circuit = -1 },
};
static struct inventory_all all = { .inv = { .config = &config,
					     .racks = inv_racks,
					     .n_racks = 2,
					     .circuits = &inv_circuit,
					     .n_circuits = 1,
					     .devices = inv_devices,
					     .n_devices = 2 } };
static struct group *group;
static struct board *board;
static struct mono now = { 5000 * SECOND };

static int setup(void **state)
{
	(void)state;
	lookup_set(&all.circuits.in_force, "R1-A", 0, 0);
	for (size_t i = 0; i < 2; i++)
		lookup_set(&all.racks.in_force, racks[i].rack, 0, i);
	group = group_new(&all.inv);
	board = board_new(&all.inv, group);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	board_unref(board);
	group_free(group);
	lookup_done(&all.circuits.in_force);
	lookup_done(&all.racks.in_force);
	return 0;
}

static char *text_of(struct board *b)
{
	struct exposition x = { .board = b, .now = now, .config_ok = true };
	size_t size;
	char *text;

	x.poller.scans = 12;
	x.poller.socket_drops = 7;
	x.poller.failures[CAUSE_NO_ANSWER] = 3;
	x.poller.failures[CAUSE_EXCEPTION + 2] = 1;
	text = exposition_text(&x, &size);
	assert_int_equal(size, strlen(text));
	return text;
}

static void contains(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void lacks(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("\"%s\" is in:\n%s", what, text);
}

/* Each line is a head or a sample of the family whose head came last, each family once. */
static void assert_form(const char *text)
{
	char seen[100][80] = { "" };
	size_t n = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t length = strcspn(line, "{ ");

		assert_non_null(strchr(line, '\n'));
		if (!strncmp(line, "# HELP ", 7)) {
			snprintf(seen[n], sizeof(seen[n]), "%.*s", (int)strcspn(line + 7, " "),
				 line + 7);
			for (size_t i = 0; i < n; i++)
				assert_string_not_equal(seen[i], seen[n]);
			n++;
		} else if (!strncmp(line, "# TYPE ", 7)) {
			assert_int_equal(strncmp(line + 7, seen[n - 1], strlen(seen[n - 1])), 0);
		} else {
			assert_int_equal(strlen(seen[n - 1]), length);
			assert_int_equal(strncmp(line, seen[n - 1], length), 0);
		}
	}
	assert_true(n > 10);
}

static void test_nothing_known(void **state)
{
	char *text = text_of(board);

	(void)state;
	assert_form(text);
	contains(text, "rackmeter_polls_total 12\n");
	contains(text, "rackmeter_snmp_packets_dropped_total 7\n");
	contains(text, "# TYPE rackmeter_polls_total counter\n");
	contains(text, "rackmeter_config_ok 1\n");
	contains(text, "rackmeter_poll_failures_total{cause=\"no answer\"} 3\n");
	contains(text, "{cause=\"exception 2 (illegal data address)\"} 1\n");
	lacks(text, "rackmeter_rack_power_watts");
	lacks(text, "rackmeter_device_up");
	lacks(text, "commit_age");
	lacks(text, "nan");
	free(text);
	text = text_of(NULL);
	assert_form(text);
	free(text);
}

static size_t scan_of(const char *entity)
{
	size_t i = 0;

	while (strcmp(group_scan(group, i)->entity, entity) != 0)
		i++;
	return i;
}

static void test_sums(void **state)
{
	size_t scan = scan_of("R1");
	/* rack: W, present, expected; feed: the same, and A */
	struct reading r[] = {
		{ .raw = 123456 }, { .raw = 1 }, { .raw = 1 },     { .raw = 123456 },
		{ .raw = 1 },      { .raw = 1 }, { .raw = 17500 }, { .cause = CAUSE_NO_ANSWER },
		{ .raw = 0 },
	};
	char *text;

	(void)state;
	assert_int_equal(group_scan(group, scan)->n_points, 9);
	board_sums(board, scan, r, now);
	text = text_of(board);
	assert_form(text);
	contains(text, "rackmeter_rack_power_watts{rack=\"R1\",hall=\"H\\\"1\\\\\\n\"} 12345.6\n");
	contains(text,
		 "rackmeter_rack_headroom_watts{rack=\"R1\",hall=\"H\\\"1\\\\\\n\"} 3654.4\n");
	contains(text, "rackmeter_rack_budget_watts{rack=\"R1\",hall=\"H\\\"1\\\\\\n\"} 16000\n");
	contains(text, "rackmeter_feed_power_watts{feed=\"R1-A\",side=\"A\"} 12345.6\n");
	contains(text, "{feed=\"R1-A\",side=\"A\",phase=\"L1\"} 17.5\n");
	contains(text, "{feed=\"R1-A\",side=\"A\",phase=\"L3\"} 0\n");
	lacks(text, "L2"); /* absent is not 0 */
	lacks(text, "R2"); /* neither a sum nor a budget */
	free(text);

	r[2].raw = 2; /* partial: it says so, and promises no headroom */
	board_sums(board, scan, r, now);
	text = text_of(board);
	contains(text, "rackmeter_rack_power_watts{rack=\"R1\"");
	contains(text, "rackmeter_rack_members_expected{rack=\"R1\",hall=\"H\\\"1\\\\\\n\"} 2\n");
	lacks(text, "headroom");
	free(text);

	now.us += 36 * SECOND; /* nobody computes any more */
	text = text_of(board);
	lacks(text, "rackmeter_rack_power_watts");
	lacks(text, "rackmeter_feed_current_amperes");
	contains(text, "rackmeter_rack_budget_watts{"); /* which does not age */
	free(text);
}

static void test_devices(void **state)
{
	struct board *next;
	char *text;

	(void)state;
	board_state(board, 0, HEALTH_OK);
	board_answer(board, 0, 1500);
	board_state(board, 1, HEALTH_DORMANT);
	board_answer(board, 1, 9000);
	board_failure(board, 1, CAUSE_NO_ANSWER);
	board_failure(board, 1, CAUSE_NO_ANSWER);
	board_failure(board, 1, CAUSE_REFUSED);
	board_failure(board, 1, CAUSE_MALFORMED);
	board_failure(board, 1, CAUSE_UNREACHABLE); /* more kinds than have a place */
	board_failure(board, 1, CAUSE_DEVICE_ERROR);
	board_failure(board, 1, CAUSE_NO_ANSWER);
	text = text_of(board);
	assert_form(text);
	contains(text, "rackmeter_device_up{device=\"PDU-1\",rack=\"R1\"} 1\n");
	contains(text, "rackmeter_device_up{device=\"PDU-2\",rack=\"\"} 0\n");
	contains(text, "rackmeter_device_latency_seconds{device=\"PDU-1\",rack=\"R1\"} 0.0015\n");
	lacks(text, "latency_seconds{device=\"PDU-2\"");
	contains(text, "{device=\"PDU-2\",rack=\"\",cause=\"no answer\"} 3\n");
	contains(text, "{device=\"PDU-2\",rack=\"\",cause=\"other\"} 2\n");
	free(text);

	/* a reload: counts go on */
	next = board_new(&all.inv, group);
	board_keep(next, 1, board, 1);
	board_failure(next, 1, CAUSE_NO_ANSWER);
	text = text_of(next);
	contains(text, "{device=\"PDU-2\",rack=\"\",cause=\"no answer\"} 4\n");
	contains(text, "rackmeter_device_up{device=\"PDU-2\",rack=\"\"} 0\n");
	lacks(text, "rackmeter_device_up{device=\"PDU-1\"");
	free(text);
	board_unref(next);
	board_failure(NULL, 0, CAUSE_NO_ANSWER); /* nobody wants metrics */
	board_state(NULL, 0, HEALTH_OK);
	board_answer(NULL, 0, 1);
	board_sums(NULL, 0, NULL, now);
}

static atomic_bool stop;

static void *write_sums(void *arg)
{
	size_t scan = *(size_t *)arg;

	for (int64_t v = 1; !atomic_load(&stop); v++) {
		struct reading r[9];

		for (size_t i = 0; i < 9; i++)
			r[i] = (struct reading){ .raw = i == 0 || i == 3 ? 10 * v : v };
		board_sums(board, scan, r, now);
	}
	return NULL;
}

static void test_no_torn_sum(void **state)
{
	size_t scan = scan_of("R1");
	pthread_t thread;
	double last = 0;

	(void)state;
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, write_sums, &scan), 0);
	for (int i = 0; i < 20000; i++) {
		struct board_values v;

		if (!board_read(board, &board->sums[0], now, &v))
			continue;
		if (v.power_w != v.present || v.present != v.expected || v.power_w < last) {
			atomic_store(&stop, true);
			pthread_join(thread, NULL);
			fail_msg("torn: %g %g %g after %g", v.power_w, v.present, v.expected, last);
		}
		last = v.power_w;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_torn_sum, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

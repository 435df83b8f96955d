/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 at arbitrary moments: what was said to be committed is there, and the next start
 * works. The child tells through a pipe how far it has been flushed. RACKMETER_ROUNDS: how many
 * kills, other moments each time. */
#include "storetest.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/writer.h"

#define ROUNDS 10

static int rounds = ROUNDS;

static struct reg_point point = { .part = "inlet", .scale = { 1, 1, 0 } };

/* step: of the scan; more than one makes hours pass while it runs, which are then finished. */
static void child(int out, int64_t first, int step)
{
	struct writer_settings settings = {
		.queue_rows = 10000,
		.commit_every_ms = 5,
		.dense_after_s = 7200,
	};
	struct err err;
	struct db *db = db_open_write(db_file, &err);
	struct writer *w = db ? writer_start(db, &settings, &err) : NULL;
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = "D",
				 .name = "main",
				 .step_s = step,
				 .valid_from = 1,
				 .points = &point,
				 .n_points = 1 };

	if (!w || writer_register(w, &scan, NULL, NULL))
		_exit(1);
	writer_flush(w);
	for (int64_t ts = first;; ts += step) {
		struct reading r = { .raw = ts * 3 };
		if (writer_row(w, scan.scan, ts, &r, 1))
			_exit(2);
		if (ts / step % 7)
			continue;
		writer_flush(w);
		if (write(out, &ts, sizeof(ts)) != sizeof(ts))
			_exit(3);
	}
}

static void kill_again_and_again(int step)
{
	int64_t acknowledged = 0;
	unsigned random = rounds == ROUNDS ? 20261123 : (unsigned)clock_mono().us;

	point.quantity = schema_quantity("power_w");
	for (int round = 0; round < rounds; round++) {
		int out[2], status;
		assert_int_equal(pipe(out), 0);
		pid_t pid = fork();
		if (!pid) {
			close(out[0]);
			child(out[1], acknowledged + step, step);
		}
		close(out[1]);
		random = random * 1103515245 + 12345;
		int64_t until = 0, ts;
		/* some moment within 60 ms after the first acknowledgement */
		while (!until || clock_mono().us < until) {
			struct pollfd p = { .fd = out[0], .events = POLLIN };
			int n = poll(&p, 1, until ? 1 : 30000);
			if (n == 1) {
				assert_int_equal(read(out[0], &ts, sizeof(ts)), sizeof(ts));
				acknowledged = ts;
			}
			assert_true(n || until);
			if (!until)
				until = clock_mono().us + random / 65536 % 60 * 1000;
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		while (read(out[0], &ts, sizeof(ts)) == sizeof(ts))
			acknowledged = ts;
		close(out[0]);

		struct db *db = open_write();
		assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
		char sql[128];
		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM v_reading WHERE ts <= %lld AND value = ts * 3.0",
			 (long long)acknowledged);
		assert_int_equal(ask_int(db, sql), acknowledged / step);
		assert_string_equal(ask(db, "SELECT max(ts) = (SELECT last_ts FROM daemon) AND "
					    "count(*) = count(DISTINCT ts) FROM v_reading"),
				    "1");
		assert_string_equal(ask(db, "PRAGMA foreign_key_check"), "(none)");
		assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk WHERE id IN (SELECT id "
					     "FROM chunk_dense)"),
				 0);
		db_close(db);
	}
	assert_true(acknowledged >= rounds * 7 * step);
	struct db *db = open_write();
	if (step > 1)
		assert_true(ask_int(db, "SELECT count(*) FROM period") > 10 &&
			    ask_int(db, "SELECT count(*) FROM chunk_dense") > 3);
	assert_true(ask_int(db, "SELECT count(*) FROM open_hour") <= 3);
	db_close(db);
}

static void test_kill(void **state)
{
	(void)state;
	kill_again_and_again(1);
}

/* Three hours pass with every 54 rows: the kill meets hours that are being finished, and older ones
 * that move into their denser form. */
static void test_kill_hours(void **state)
{
	(void)state;
	kill_again_and_again(200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_kill_hours, scratch_make, scratch_remove),
	};

	const char *told = getenv("RACKMETER_ROUNDS");

	if (told && strtol(told, NULL, 10) > 0)
		rounds = (int)strtol(told, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that fails at any moment: a step of a database's life is done again and again, and each
 * time another of its operations on the file fails. What was committed must be there, once, and
 * the rest must come to the same rows. Then the writer's own thread the same way.
 */
#include "life.h"

#include <sys/wait.h>

#include "store/writer.h"

/* The scripted life says itself what is in it. */
static void test_life(void **state)
{
	sqlite3 *db;

	(void)state;
	restore(db_file, N_STEPS);
	must_be_as_before(db_file, N_STEPS);
	struct err err;
	struct db *ours = db_open_read(db_file, &err);
	assert_non_null(ours);
	assert_string_equal(
		ask(ours, "SELECT group_concat(hour || ' ' || raw || r5 || h1) FROM period"),
		"1795388400 000,1795392000 011,1795395600 111");
	assert_int_equal(ask_int(ours, "SELECT count(*) FROM open_hour"), 1);
	assert_true(ask_int(ours, "SELECT count(*) FROM v_reading") > 1000);
	assert_true(ask_int(ours, "SELECT count(*) FROM event WHERE kind = 'replaced'") >= 5);
	assert_int_equal(ask_int(ours, "SELECT count(*) FROM point"), 7 + 7 + 3 + 1 + 1);
	db_close(ours);
	/* what came late met an hour in the denser form */
	restore(db_file, 13);
	ours = db_open_read(db_file, &err);
	assert_non_null(ours);
	assert_true(ask_int(ours, "SELECT count(*) FROM chunk_dense") > 3);
	assert_int_equal(ask_int(ours, "SELECT count(*) FROM chunk_dense AS d JOIN v_series AS s "
				       "ON d.id & 4294967295 = s.point WHERE s.entity = "
				       "'PDU-R1-A' AND s.quantity = 'temperature_c'"),
			 1);
	db_close(ours);
	restore(db_file, 14);
	db = look_at(db_file);
	assert_int_equal(hash_readings(db), moments[14].readings);
	assert_true(moments[13].readings != moments[14].readings);
	sqlite3_close(db);
}

static const struct {
	int rc;
	int64_t n;
	bool torn;
} kinds[] = {
	{ SQLITE_IOERR, 1, false },
	{ SQLITE_FULL, 7, true },
	{ SQLITE_IOERR, 25, true },
	{ SQLITE_FULL, 1, false },
};
#define KINDS ((int)(sizeof(kinds) / sizeof(*kinds)))

/* The at-th operation of step k fails, and kinds[kind].n - 1 more; then all is well, and the next
 * step too. Returns how many failed. */
static int64_t fail_at(int k, int64_t at, int kind)
{
	struct site s;

	restore(db_file, k);
	site_open(&s, db_file, now_before(k), true);
	fault_set(at, kinds[kind].n, kinds[kind].rc, kinds[kind].torn);
	run_step(&s, k, true);
	int64_t failed = fault.failed;
	fault_set(0, 0, 0, false);
	if (failed) {
		if (k + 1 < N_STEPS)
			run_step(&s, k + 1, true);
		must_be_as_before(db_file, k + 1 < N_STEPS ? k + 2 : k + 1);
	}
	site_close(&s);
	return failed;
}

static void test_failing_operations(void **state)
{
	int apart = every(19), seen = 0, kind = 0;

	(void)state;
	for (int k = 0; k < N_STEPS; k++)
		for (int64_t at = 1 + k % apart; at < OPS_MAX; at += apart) {
			int64_t failed = 0;
			for (int i = 0; i < (apart == 1 ? KINDS : 1); i++)
				failed += fail_at(k, at, kind++ % KINDS);
			if (!failed)
				break;
			seen++;
		}
	print_message("%d operations failed\n", seen);
	assert_true(seen > 300 / apart);
}

/* ---- the writer's thread itself ---------------------------------------------- */

#define CHILDREN  10
#define ROWS_EACH 300

static struct reg_point one_point = { .part = "inlet", .scale = { 1, 1, 0 } };

/* In a process of its own: rows, hours that pass, events, a stop; some operations in between
 * fail. The exit status says whether all is there. */
static int child_life(const char *file, int64_t at, int kind)
{
	struct writer_settings settings = { .queue_rows = 10000, .commit_every_ms = 5 };
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = "D",
				 .name = "main",
				 .step_s = 60,
				 .valid_from = 1,
				 .points = &one_point,
				 .n_points = 1 };
	struct err err;
	struct writer *w = NULL;

	fault.watching = true;
	/* its pauses grow: with two that fail it waits for 0.2 and 0.4 s */
	fault_set(at, kinds[kind].n > 2 ? 2 : 1, kinds[kind].rc, kinds[kind].torn);
	/* what cannot be started is started again, as systemd does */
	for (int i = 0; !w && i < ATTEMPTS; i++) {
		struct db *db = db_open_write(file, &err);
		w = db ? writer_start(db, &settings, &err) : NULL;
	}
	if (!w)
		return 1;
	writer_register(w, &scan, NULL, NULL);
	while (!writer_counters(w).commits)
		writer_flush(w);
	for (int i = 0; i < ROWS_EACH; i++) {
		struct reading r = { .raw = i * 3 };
		if (writer_row(w, scan.scan, 60 * (i + 1), &r, 1))
			return 2;
		if (i % 20 == 0)
			writer_device_state(w, 60 * i, "D", i % 40 ? "ok" : "suspect", CAUSE_NONE);
		if (i % 30 == 29)
			writer_flush(w);
	}
	while (writer_counters(w).queued)
		writer_flush(w);
	writer_stop(w);
	if (!fault.failed)
		return 8; /* too late to meet anything */
	fault_set(0, 0, 0, false);
	struct db *db = db_open_write(file, &err);
	if (!db)
		return 3;
	if (strcmp(ask(db, "PRAGMA integrity_check"), "ok") != 0)
		return 4;
	if (strcmp(ask(db,
		       "SELECT count(*) || ' ' || count(DISTINCT ts) || ' ' || min(value = (ts / "
		       "60 - 1) * 3.0) || ' ' || sum(value) FROM v_reading"),
		   "300 300 1 134550.0") != 0)
		return 5;
	if (ask_int(db, "SELECT count(*) FROM gap WHERE scan IS NOT NULL") ||
	    ask_int(db, "SELECT count(*) FROM event WHERE kind = 'device_state'") != 15)
		return 6;
	if (ask_int(db, "SELECT count(*) FROM period") < 2)
		return 7;
	db_close(db);
	return 0;
}

/* Many at once: each spends its time in the writer's pauses. */
static void test_writer(void **state)
{
	pid_t pid[CHILDREN];
	char file[CHILDREN][96];

	(void)state;
	fault.look = NULL;
	one_point.quantity = schema_quantity("power_w");
	for (int i = 0; i < CHILDREN; i++) {
		snprintf(file[i], sizeof(file[i]), "%s/%d.db", scratch, i);
		pid[i] = fork();
		if (!pid[i])
			_exit(child_life(file[i], i * 45 + 3, i % KINDS));
	}
	for (int i = 0; i < CHILDREN; i++) {
		static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
		int status;
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		if (status)
			fail_msg("operation %d: exit status %x", i * 45 + 3, (unsigned)status);
		for (size_t k = 0; k < 4; k++) {
			char *name = xasprintf("%s%s", file[i], suffix[k]);
			unlink(name);
			free(name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_failing_operations),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, life_make, life_unmake);
}

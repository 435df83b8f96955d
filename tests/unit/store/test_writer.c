/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: rows, gaps as run lengths, a full queue, a full disk, stop and start. */
#include "storetest.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/writer.h"

#define MISSING(c)                                                                                 \
	{                                                                                          \
		.cause = (c)                                                                       \
	}
#define VALUE(v)                                                                                   \
	{                                                                                          \
		.raw = (v)                                                                         \
	}

static struct reg_point points[4];
static struct reg_scan scan;

/* What the callbacks heard, from the writer's thread. */
static pthread_mutex_t heard_mutex = PTHREAD_MUTEX_INITIALIZER;
static char heard[4096];

static void hear(void *user, int level, const char *text)
{
	(void)user;
	pthread_mutex_lock(&heard_mutex);
	size_t n = strlen(heard);
	snprintf(heard + n, sizeof(heard) - n, "%d %s\n", level, text);
	pthread_mutex_unlock(&heard_mutex);
}

static bool was_heard(const char *text)
{
	pthread_mutex_lock(&heard_mutex);
	bool found = strstr(heard, text);
	pthread_mutex_unlock(&heard_mutex);
	return found;
}

static int make(void **state)
{
	*heard = 0;
	for (int i = 0; i < 4; i++) {
		static const char *const parts[] = { "a", "b", "c", "d" };
		points[i] = (struct reg_point){ .part = parts[i],
						.scale = { 1, 1, 0 },
						.quantity = schema_quantity("power_w") };
	}
	scan = (struct reg_scan){ .entity_kind = "device",
				  .entity = "D",
				  .name = "main",
				  .step_s = 10,
				  .phase_s = 0,
				  .valid_from = 1000,
				  .points = points,
				  .n_points = 4 };
	return scratch_make(state);
}

static struct writer *start(int queue_rows, int commit_every_ms)
{
	struct writer_settings settings = { .queue_rows = queue_rows,
					    .event = hear,
					    .commit_every_ms = commit_every_ms };
	struct err err;
	struct writer *w = writer_start(open_write(), &settings, &err);

	if (!w)
		fail_msg("%s", err.text);
	return w;
}

static void registered(void *user, struct reg_scan *done, const char *failed)
{
	(void)done;
	hear(NULL, 0, failed ? failed : "registered");
	if (user)
		*(int *)user += 1;
}

static void add_scan(struct writer *w)
{
	int done = 0;

	assert_int_equal(writer_register(w, &scan, registered, &done), 0);
	writer_flush(w);
	assert_int_equal(done, 1);
	assert_true(was_heard("registered"));
	assert_true(scan.scan > 0);
}

static struct db *reader(void)
{
	struct err err;
	struct db *db = db_open_read(db_file, &err);

	if (!db)
		fail_msg("%s", err.text);
	return db;
}

#define GAPS                                                                                       \
	"SELECT group_concat(coalesce(slot, '*') || ' ' || from_ts || '-' || "                     \
	"coalesce(to_ts, '') || ' ' || cause || ' ' || n, ', ') FROM gap WHERE scan IS NOT NULL"

static void test_rows_and_gaps(void **state)
{
	struct writer *w = start(1000, 1000);
	static const struct reading rows[][4] = {
		{ VALUE(INT64_MIN), VALUE(INT64_MAX), MISSING(CAUSE_NOT_FITTED), VALUE(0) },
		{ VALUE(1), MISSING(CAUSE_NO_SUCH), MISSING(CAUSE_NOT_FITTED), VALUE(-1) },
		{ VALUE(1), MISSING(CAUSE_NO_SUCH), MISSING(CAUSE_NOT_FITTED), VALUE(-10) },
		{ VALUE(1), MISSING(CAUSE_OUT_OF_RANGE), MISSING(CAUSE_NOT_FITTED),
		  MISSING(CAUSE_NO_SUCH) },
		{ MISSING(CAUSE_NO_ANSWER), MISSING(CAUSE_NO_ANSWER), MISSING(CAUSE_NOT_FITTED),
		  MISSING(CAUSE_NO_ANSWER) },
		{ MISSING(CAUSE_NO_ANSWER), MISSING(CAUSE_NO_ANSWER), MISSING(CAUSE_NOT_FITTED),
		  MISSING(CAUSE_NO_ANSWER) },
	};

	(void)state;
	add_scan(w);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(writer_row(w, scan.scan, 1000 + i * 10, rows[i], 4), 0);
		if (i == 2)
			writer_flush(w); /* a run goes on across commits */
	}
	assert_int_equal(writer_absent(w, scan.scan, 1060, CAUSE_LATE), 0);
	assert_int_equal(writer_row(w, scan.scan, 1070, rows[0], 4), 0);
	assert_int_equal(writer_row(w, scan.scan, 1080, rows[3], 4), 0);
	writer_flush(w);
	struct db *db = reader();
	assert_string_equal(
		ask(db, "SELECT group_concat(x, ' ') FROM (SELECT ts || '[' || "
			"group_concat(raw) || ']' AS x FROM (SELECT ts, raw FROM v_open_reading "
			"ORDER BY ts, part) GROUP BY ts)"),
		"1000[-9223372036854775808,9223372036854775807,0] 1010[1,-1] 1020[1,-10] 1030[1] "
		"1070[-9223372036854775808,9223372036854775807,0] 1080[1]");
	assert_string_equal(
		ask(db, GAPS),
		"1 1010-1020 20 2, 1 1030-1030 22 1, 3 1030-1030 20 1, * 1040-1050 1 2, "
		"* 1060-1060 40 1, 1 1080- 22 0, 3 1080- 20 0");
	assert_int_equal(ask_int(db, "SELECT last_ts FROM daemon"), 1080);
	writer_event(w, 2000, NULL, NULL, "clock", EVENT_INFO, "no sample");
	writer_flush(w);
	assert_int_equal(ask_int(db, "SELECT last_ts FROM daemon"), 1080);
	struct writer_counters c = writer_counters(w);
	assert_int_equal(c.rows, 8);
	assert_int_equal(c.readings, 32);
	assert_int_equal(c.dropped, 0);
	assert_null(writer_stop(w));
	assert_string_equal(ask(db,
				"SELECT group_concat(slot || ' ' || to_ts || ' ' || n) FROM gap "
				"WHERE from_ts = 1080"),
			    "1 1080 1,3 1080 1");
	/* the absence of the daemon begins behind the last instant ... */
	assert_string_equal(ask(db,
				"SELECT from_ts || quote(to_ts) || cause FROM gap WHERE scan IS "
				"NULL"),
			    "1081NULL44");
	assert_string_equal(ask(db, "SELECT stopped IS NOT NULL FROM daemon"), "1");
	writer_stop(start(10, 1000));
	/* ... and ends at the next start; the one behind that is open */
	assert_string_equal(ask(db,
				"SELECT (to_ts BETWEEN unixepoch() - 60 AND unixepoch()) || cause "
				"FROM gap WHERE scan IS NULL AND to_ts IS NOT NULL"),
			    "144");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM gap WHERE scan IS NULL"), 2);
	db_close(db);
}

static int close_badly(void *user, struct db *db, struct err *err)
{
	(void)user;
	return db_exec(db,
		       "UPDATE daemon SET stopped = NULL; DELETE FROM gap WHERE scan IS NULL;"
		       "UPDATE gap SET to_ts = NULL, n = 0",
		       err);
}

static void test_killed(void **state)
{
	struct writer *w = start(1000, 1000);
	static const struct reading row[] = { VALUE(1), MISSING(CAUSE_NO_SUCH), VALUE(2),
					      VALUE(3) };
	struct err err;

	(void)state;
	add_scan(w);
	for (int i = 0; i < 4; i++)
		writer_row(w, scan.scan, 1000 + 10 * i, row, 4);
	writer_stop(w);
	/* as a kill would have left it */
	struct db *db = open_write();
	must(close_badly(NULL, db, &err), &err);
	db_close(db);
	w = start(1000, 1000);
	db = reader();
	assert_string_equal(ask(db, GAPS), "1 1000-1030 20 4");
	assert_string_equal(ask(db,
				"SELECT from_ts || ' ' || (to_ts > unixepoch() - 60) || cause FROM "
				"gap WHERE scan IS NULL"),
			    "1031 144");
	db_close(db);
	writer_stop(w);
}

/* Runs that store nothing, whether stopped or killed: the time without a collector is told once. */
static void test_idle_runs(void **state)
{
	static const struct reading row[] = { VALUE(1), VALUE(1), VALUE(2), VALUE(3) };
	struct writer *w = start(1000, 1000);
	struct err err;

	(void)state;
	add_scan(w);
	writer_row(w, scan.scan, 1000, row, 4);
	writer_stop(w);
	for (int i = 0; i < 4; i++) {
		writer_stop(start(1000, 1000));
		struct db *db = open_write();
		if (i % 2)
			must(close_badly(NULL, db, &err), &err);
		assert_string_equal(
			ask(db, "SELECT count(*) FROM gap AS a JOIN gap AS b ON a.id < b.id AND "
				"a.scan IS NULL AND b.scan IS NULL AND a.from_ts <= "
				"coalesce(b.to_ts, 1 << 40) AND b.from_ts <= coalesce(a.to_ts, 1 "
				"<< 40)"),
			"0");
		db_close(db);
	}
}

static int hold(void *user, struct db *db, struct err *err)
{
	pthread_mutex_t *gate = user;

	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return db_exec(db, "SELECT 1", err);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *hold_thread(void *user)
{
	struct err err;

	writer_call(user, hold, &gate, &err);
	return NULL;
}

static void test_queue_full(void **state)
{
	struct writer *w = start(10, 60000);
	static const struct reading row[] = { VALUE(1), VALUE(2), VALUE(3), VALUE(4) };
	pthread_t thread;

	(void)state;
	add_scan(w);
	/* the thread is busy: the queue fills to its bound and then drops */
	pthread_mutex_lock(&gate);
	assert_int_equal(pthread_create(&thread, NULL, hold_thread, w), 0);
	int stored = 0, dropped = 0;
	for (int i = 0; i < 40; i++)
		if (writer_row(w, scan.scan, 1000 + 10 * i, row, 4))
			dropped++;
		else
			stored++;
	assert_true(dropped >= 40 - 20 && stored >= 10);
	pthread_mutex_unlock(&gate);
	pthread_join(thread, NULL);
	writer_flush(w);
	assert_int_equal(writer_row(w, scan.scan, 2000, row, 4), 0);
	writer_flush(w);
	assert_int_equal(writer_counters(w).dropped, dropped);
	struct db *db = reader();
	assert_int_equal(ask_int(db, "SELECT count(*) FROM hot"), stored + 1);
	assert_int_equal(ask_int(db, "SELECT sum(n) FROM gap WHERE cause = 42 AND slot IS NULL"),
			 dropped);
	/* no instant is both there and absent */
	assert_int_equal(ask_int(db, "SELECT count(*) FROM hot h JOIN gap g ON h.scan = g.scan AND "
				     "h.ts BETWEEN g.from_ts AND coalesce(g.to_ts, h.ts)"),
			 0);
	db_close(db);
	writer_stop(w);
}

static void test_disk_full(void **state)
{
	struct writer *w = start(100000, 50);
	static const struct reading row[] = { VALUE(1), VALUE(2), VALUE(3), VALUE(4) };
	struct rlimit former, limit;
	struct stat st;
	struct err err = { "" };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	add_scan(w);
	char *wal = xasprintf("%s-wal", db_file);
	assert_int_equal(stat(wal, &st), 0);
	free(wal);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
	limit = former;
	limit.rlim_cur = (rlim_t)st.st_size + 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int n = 0;
	for (; n < 2000; n++)
		assert_int_equal(writer_row(w, scan.scan, 1000 + 10 * n, row, 4), 0);
	writer_flush(w); /* through after a failed attempt */
	bool failed = was_heard("polling goes on");
	int rc = writer_call(w, close_badly, NULL, &err);
	for (; n < 3000; n++)
		assert_int_equal(writer_row(w, scan.scan, 1000 + 10 * n, row, 4), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
	assert_true(failed);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.text, "cannot be written"));
	struct db *db = reader();
	/* more hours than the ring holds: the older ones are finished on the way */
	for (int i = 0; i < 1000 && ask_int(db, "SELECT max(ts) FROM hot") < 1000 + 10 * (n - 1);
	     i++)
		writer_flush(w);
	writer_stop(w);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_reading"), n * 4);
	assert_true(was_heard("can be written again"));
	assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM gap WHERE scan IS NOT NULL"), 0);
	db_close(db);
}

/* A stop does not wait for a disk that stays full: what was committed stays, no more. */
static void test_stop_while_full(void **state)
{
	struct writer *w = start(100000, 50);
	static const struct reading row[] = { VALUE(1), VALUE(2), VALUE(3), VALUE(4) };
	struct rlimit former, limit;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	add_scan(w);
	writer_row(w, scan.scan, 1000, row, 4);
	writer_flush(w);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
	limit = former;
	limit.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 1; i < 1000; i++)
		writer_row(w, scan.scan, 1000 + 10 * i, row, 4);
	writer_stop(w);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
	struct db *db = open_write();
	assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM hot"), 1);
	assert_string_equal(ask(db, "SELECT quote(stopped) FROM daemon"), "NULL");
	db_close(db);
	w = start(1000, 50);
	assert_int_equal(writer_row(w, scan.scan, 20000, row, 4), 0);
	writer_stop(w);
}

static void test_state_fact_event(void **state)
{
	struct writer *w = start(1000, 1000);

	(void)state;
	writer_device_state(w, 100, "D", "ok", CAUSE_NONE);
	writer_device_state(w, 110, "D", "ok", CAUSE_NONE);
	writer_device_state(w, 120, "D", "suspect", CAUSE_NO_ANSWER);
	writer_device_state(w, 130, "D", "suspect", CAUSE_REFUSED);
	writer_device_fact(w, 100, "D", "serial", "S1");
	writer_device_fact(w, 200, "D", "serial", "S1");
	writer_device_fact(w, 300, "D", "serial", "S2");
	writer_event(w, 400, NULL, NULL, "clock", EVENT_WARNING, "it's stepped; \"50 %\"");
	writer_event(w, 500, "device", "D", "survey", EVENT_INFO, "done");
	writer_flush(w);
	struct db *db = reader();
	assert_string_equal(ask(db, "SELECT state || since || ' ' || cause FROM device_state"),
			    "suspect120 2");
	assert_string_equal(ask(db,
				"SELECT group_concat(value || valid_from || quote(valid_to)) FROM "
				"device_fact"),
			    "S1100300,S2300NULL");
	assert_string_equal(ask(db, "SELECT group_concat(ts || kind || severity || text || "
				    "quote(entity), '|') FROM event WHERE kind <> 'store'"),
			    "100device_state0ok1|120device_state1suspect: no answer1|"
			    "300replaced1serial S1 -> S21|400clock1it's stepped; \"50 %\"NULL|"
			    "500survey0done1");
	db_close(db);
	writer_stop(w);
}

static int refuse(void *user, struct db *db, struct err *err)
{
	must(db_exec(db, "INSERT INTO entity (kind, name) VALUES ('rack', 'X')", err), err);
	*(int *)user = 1;
	return err_set(err, "no");
}

static void test_call_and_bad_items(void **state)
{
	struct writer *w = start(1000, 1000);
	static const struct reading row[] = { VALUE(1), VALUE(2), VALUE(3), VALUE(4) };
	struct err err;
	int called = 0;

	(void)state;
	add_scan(w);
	assert_int_equal(writer_call(w, refuse, &called, &err), -1);
	assert_int_equal(called, 1);
	assert_string_equal(err.text, "no");
	/* a scan that cannot be registered, and a cause no one knows: the rows stay */
	struct reg_point twins[2] = { points[0], points[0] };
	struct reg_scan bad = scan;
	bad.points = twins;
	bad.n_points = 2;
	writer_row(w, scan.scan, 1000, row, 4);
	writer_register(w, &bad, registered, NULL);
	writer_device_state(w, 1000, "D", "ok", (enum cause)9999);
	writer_absent(w, scan.scan, 1010, (enum cause)9999);
	writer_row(w, scan.scan, 1020, row, 4);
	writer_flush(w);
	writer_flush(w);
	assert_true(was_heard("has the quantity power_w twice"));
	assert_true(was_heard("given up"));
	struct db *db = reader();
	assert_int_equal(ask_int(db, "SELECT count(*) FROM hot"), 2);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM entity WHERE name = 'X'"), 0);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM point"), 4);
	db_close(db);
	writer_stop(w);
	assert_null(writer_stop(NULL));
}

/* Another program that reads, until the pipe is closed. */
static pid_t hold_open(int *ret_let_go)
{
	int ready[2], go[2];
	char c;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (!pid) {
		sqlite3 *db;
		close(go[1]);
		if (sqlite3_open_v2(db_file, &db, SQLITE_OPEN_READONLY, NULL) ||
		    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM hot", NULL, NULL, NULL) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		_exit(read(go[0], &c, 1) ? 2 : 0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*ret_let_go = go[1];
	return pid;
}

static void test_wal_is_bounded(void **state)
{
	static struct reading row[2000];
	struct stat st;
	int let_go, status;

	(void)state;
	db_close(open_write());
	pid_t reader_pid = hold_open(&let_go); /* before there are threads */
	struct writer *w = start(1000000, 20);
	add_scan(w);
	for (int i = 0; i < 1600; i++) {
		for (int k = 0; k < 2000; k++) /* too far from any base */
			row[k].raw = 1000000 * (int64_t)(1000 + i) + k;
		writer_row(w, scan.scan, 1000 + 10 * i, row, 2000);
		if (i % 50 == 49)
			writer_flush(w);
	}
	assert_true(was_heard("holds a transaction"));
	if (!was_heard("a reader holds")) { /* named, where the system tells */
		char *named = xasprintf("(pid %ld) holds", (long)reader_pid);
		assert_true(was_heard(named));
		free(named);
	}
	close(let_go);
	assert_int_equal(waitpid(reader_pid, &status, 0), reader_pid);
	assert_int_equal(status, 0);
	char *wal = xasprintf("%s-wal", db_file);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size > 16 << 20);
	/* after a while the next commit starts it over, and the file grows no more */
	int64_t until = clock_mono().us + 20000000;
	for (int i = 0; clock_mono().us < until && !was_heard("started over"); i++) {
		writer_row(w, scan.scan, 100000 + 10 * i, row, 4);
		writer_flush(w);
	}
	assert_true(was_heard("started over"));
	writer_flush(w);
	for (int i = 0; i < 400; i++)
		writer_row(w, scan.scan, 9000000 + 10 * i, row, 2000);
	writer_flush(w);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size <= 24 << 20);
	free(wal);
	/* both are events, once */
	struct db *db = reader();
	assert_string_equal(ask(db, "SELECT group_concat(severity || ' ' || (text LIKE '%holds a "
				    "transaction%') || (text LIKE '%started over%'), ', ') "
				    "FROM event WHERE kind = 'store' AND text LIKE '%ahead%'"),
			    "1 10, 0 01");
	db_close(db);
	writer_stop(w);
}

/* A reader that holds each of its transactions for a while, again and again. */
static pid_t read_on_and_on(int nth, const int go[2])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	struct pollfd p = { .fd = go[0], .events = POLLIN };
	sqlite3 *db;
	close(go[1]); /* what remains is the test's */
	alarm(120);
	if (sqlite3_open_v2(db_file, &db, SQLITE_OPEN_READONLY, NULL))
		_exit(1);
	sqlite3_busy_timeout(db, 5000);
	while (!poll(&p, 1, 30 + nth * 7))
		if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) > SQLITE_ERROR ||
		    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM scan", NULL, NULL, NULL))
			_exit(2);
	_exit(0);
}

/* Readers that overlap, so that at each moment one of them reads, do not keep the log from
 * starting over. */
static void test_overlapping_readers(void **state)
{
	static struct reading row[2000];
	pid_t pid[5];
	int go[2], status;
	struct stat st;

	(void)state;
	db_close(open_write());
	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < 5; i++)
		pid[i] = read_on_and_on(i, go);
	struct writer *w = start(1000000, 20);
	add_scan(w);
	char *wal = xasprintf("%s-wal", db_file);
	int64_t until = clock_mono().us + 30000000;
	/* 40 MB at least, and then until a busy machine has had its chance too */
	for (int i = 0; i < 1700 || (st.st_size > 32 << 20 && clock_mono().us < until); i++) {
		for (int k = 0; k < 2000; k++) /* too far from any base */
			row[k].raw = 1000000 * (int64_t)(1000 + i) + k;
		writer_row(w, scan.scan, 1000 + 10 * i, row, 2000);
		if (i % 25 != 24)
			continue;
		writer_flush(w);
		assert_int_equal(stat(wal, &st), 0);
	}
	assert_true(st.st_size <= 32 << 20);
	free(wal);
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	writer_stop(w);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_rows_and_gaps),       IN_SCRATCH(test_killed),
		IN_SCRATCH(test_queue_full),          IN_SCRATCH(test_disk_full),
		IN_SCRATCH(test_state_fact_event),    IN_SCRATCH(test_stop_while_full),
		IN_SCRATCH(test_call_and_bad_items),  IN_SCRATCH(test_wal_is_bounded),
		IN_SCRATCH(test_overlapping_readers), IN_SCRATCH(test_idle_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the write-ahead log grows while five programs read without a pause, so that at each
 * moment one of them has a transaction open: rack PDUs in virtual time, PDUS of them, as many times
 * faster than life as SPEED says, for SECONDS of life, with the end of an hour within. Prints
 * "wal|PDUs|times|readers' queries|largest WAL in MB|longest commit|longest step|longest
 * checkpoint" (milliseconds).
 */
#include "keep.h"

#include <math.h>
#include <sys/wait.h>

#define READERS 5

static struct fleet pdus = { "device", "PDU", 0, 50, 6, 10, WANDER, NULL, NULL };

/* A panel of Grafana's: a connection per query, read-only. */
static int read_one(const char *path, int nth, int64_t round)
{
#define OF  "entity_kind = 'device' AND entity = '%s' AND "
#define ONE OF "part = 'outlet 9' AND quantity = 'power_w' AND "
	static const char *const panel[] = {
		"SELECT ts, value FROM v_reading WHERE " ONE "hour >= 1799978400",
		"SELECT ts, value FROM v_reading_5m WHERE " ONE "hour >= 1799913600",
		"SELECT part, quantity, value FROM v_latest WHERE " OF "quantity = 'power_w'",
		"SELECT part, ts, value FROM v_reading_5m WHERE " OF "quantity = 'power_w' AND "
		"hour >= 1800000000",
	};
	char device[16], *sql;
	sqlite3 *db;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);

	sqlite3_busy_timeout(db, 5000);
	snprintf(device, sizeof(device), "PDU-%04d", (int)(round * READERS + nth) % 100);
	sql = xasprintf(panel[(nth + round) % 4], device);
	if (!rc)
		rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	while (!rc && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		rc = 0;
	if (rc != SQLITE_DONE)
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	free(sql);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Until the pipe is closed; its exit status says whether all queries went well. */
static pid_t reader(const char *path, int nth, const int go[2], const int told[2])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	struct pollfd p = { .fd = go[0], .events = POLLIN };
	int64_t round = 0;
	close(go[1]);
	alarm(600);
	while (!poll(&p, 1, 0))
		if (read_one(path, nth, round++))
			_exit(1);
	if (write(told[1], &round, sizeof(round)) != sizeof(round))
		_exit(1);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct keeper k;
	struct err err;
	int go[2], told[2], status;
	pid_t pid[READERS];
	int64_t queries = 0, rounds;

	program = argv[0];
	pdus.n = argc == 5 ? (int)strtol(argv[2], NULL, 10) : 0;
	double speed = argc == 5 ? strtod(argv[3], NULL) : 0;
	int64_t seconds = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
	if (pdus.n < 100 || !(speed > 0) || seconds < 1) {
		fprintf(stderr, "usage: store_wal NEW.db PDUS SPEED SECONDS\n");
		return 2;
	}
	keeper_begin(&k, argv[1]);
	fleet_begin(&pdus);
	keeper_register(&k, &pdus);
	/* the better part of an hour is there before they come */
	int64_t from = FROM + 3600 - 30, virtual_s = (int64_t)((double)seconds * speed), ts;
	must_be(db_exec(k.db, "PRAGMA synchronous = OFF", &err), &err);
	for (ts = FROM; ts < from; ts++) {
		keeper_poll(&k, &pdus, ts);
		keeper_commit(&k, ts);
	}
	must_be(db_exec(k.db, "PRAGMA synchronous = FULL", &err), &err);
	/* One program with threads or many: SQLite's locks are those of the file. The connection
	 * must not be carried into a child, so it is closed meanwhile. */
	keeper_checkpoint(&k);
	k.commit_us_max = k.step_us_max = k.checkpoint_us_max = 0;
	if (pipe(go) || pipe(told))
		fail("pipe", "no descriptors");
	hours_free(k.hours);
	db_close(k.db);
	for (int i = 0; i < READERS; i++)
		pid[i] = reader(argv[1], i, go, told);
	k.db = db_open_write(argv[1], &err);
	if (!k.db)
		fail(argv[1], err.text);
	checkpoint_watch(&k.checkpoint, k.db);
	k.hours = hours_new(k.db, RING);
	must_be(hours_load(k.hours, from, &err), &err);
	char *wal = xasprintf("%s-wal", argv[1]);
	double largest = 0;
	int64_t began = clock_mono().us;
	for (; ts < from + virtual_s; ts++) {
		keeper_poll(&k, &pdus, ts);
		keeper_commit(&k, ts);
		keeper_work(&k, ts);
		largest = fmax(largest, file_mb(wal));
		keeper_idle(&k, began + (int64_t)((double)(ts + 1 - from) * 1e6 / speed));
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < READERS; i++) {
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			fail("a reader", "did not go well");
		if (read(told[0], &rounds, sizeof(rounds)) == sizeof(rounds))
			queries += rounds;
	}
	printf("wal|%d|%.0f|%lld|%.1f|%.1f|%.1f|%.1f\n", pdus.n, speed, (long long)queries, largest,
	       (double)k.commit_us_max / 1e3, (double)k.step_us_max / 1e3,
	       (double)k.checkpoint_us_max / 1e3);
	free(wal);
	keeper_done(&k);
	fleet_done(&pdus);
	return 0;
}

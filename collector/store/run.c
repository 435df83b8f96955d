/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stop opens the gap of the daemon's absence, a kill cannot; the next start ends the
 * one or writes the other, so that the file says the same either way.
 */
#include "store/run.h"

#include <unistd.h>

#include "base/cause.h"
#include "base/clock.h"
#include "store/sql.h"

#define OPEN_ENDED INT64_MAX

static int down_add(struct db *db, int64_t from, int64_t to, struct err *err)
{
	struct query *q = query_kept(db, "store_down_add", err);

	if (!q)
		return -1;
	query_bind_int(q, ":from_ts", from);
	if (to == OPEN_ENDED)
		query_bind_null(q, ":to_ts");
	else
		query_bind_int(q, ":to_ts", to);
	query_bind_int(q, ":cause", CAUSE_DAEMON_DOWN);
	return query_run(q, err);
}

/* A run that stored nothing ends where it began: the gap before it is told already. */
static int64_t later(int64_t last_ts, int64_t told_to)
{
	return last_ts > told_to ? last_ts : told_to;
}

/* What the run before left: a stop has opened the gap of its absence, a kill has not. */
static int settle_former(struct db *db, int64_t now, struct err *err)
{
	int64_t last_ts, told_to, id;
	struct query *q = query_kept(db, "store_daemon_get", err);

	if (!q)
		return -1;
	int rc = query_step(q, err);
	bool known = rc > 0 && !query_is_null(q, 0);
	last_ts = rc > 0 ? query_int(q, 0) : 0;
	told_to = rc > 0 ? query_int(q, 2) : 0;
	query_reset(q);
	if (rc < 0 || !known)
		return rc < 0 ? -1 : 0;
	q = query_kept(db, "store_gap_close_left", err);
	if (!q)
		return -1;
	query_bind_int(q, ":last_ts", last_ts);
	if (query_run(q, err))
		return -1;
	q = query_kept(db, "store_down_close", err);
	if (!q)
		return -1;
	query_bind_int(q, ":to_ts", now - 1);
	rc = query_first(q, &id, err);
	if (rc > 0) { /* back before an instant was missed */
		q = query_kept(db, "store_down_drop", err);
		return q ? query_run(q, err) : -1;
	}
	if (rc)
		return -1;
	int64_t from = later(last_ts, told_to) + 1;
	return from < now ? down_add(db, from, now - 1, err) : 0;
}

int run_begin(struct db *db, int64_t *ret_ring, struct err *err)
{
	char host[256] = "";
	int64_t now = wall_s(clock_wall());
	struct query *q = query_kept(db, "store_extent", err);

	if (!q)
		return -1;
	int rc = query_first(q, ret_ring, err);
	if (!rc)
		return err_set(err, "%s: the table store is empty: restore it from a backup",
			       db->path);
	if (rc < 0 || settle_former(db, now, err))
		return -1;
	gethostname(host, sizeof(host) - 1);
	q = query_kept(db, "store_daemon_start", err);
	if (!q)
		return -1;
	query_bind_text(q, ":version", RACKMETER_VERSION);
	query_bind_int(q, ":pid", getpid());
	query_bind_text(q, ":host", host);
	query_bind_int(q, ":now", now);
	return query_run(q, err);
}

int run_commit(struct db *db, int64_t last_ts, struct err *err)
{
	struct query *q = query_kept(db, "store_daemon_commit", err);

	if (!q)
		return -1;
	query_bind_int(q, ":now", wall_s(clock_wall()));
	if (last_ts == INT64_MIN)
		query_bind_null(q, ":last_ts");
	else
		query_bind_int(q, ":last_ts", last_ts);
	return query_run(q, err);
}

int run_end(struct db *db, struct err *err)
{
	struct query *q = query_kept(db, "store_daemon_get", err);
	int rc = q ? query_step(q, err) : -1;

	if (rc < 0)
		return -1;
	bool known = rc > 0 && !query_is_null(q, 0);
	int64_t from = rc > 0 ? later(query_int(q, 0), query_int(q, 2)) + 1 : 0;
	query_reset(q);
	if (known && down_add(db, from, OPEN_ENDED, err))
		return -1;
	q = query_kept(db, "store_daemon_stop", err);
	if (!q)
		return -1;
	query_bind_int(q, ":now", wall_s(clock_wall()));
	return query_run(q, err);
}

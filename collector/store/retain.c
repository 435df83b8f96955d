/* SPDX-License-Identifier: Apache-2.0 */
/* Retention in small steps; see retain.h. */
#include "store/retain.h"

#include "store/chunk.h"
#include "store/sql.h"

struct tier {
	const char *flags, *rows; /* queries */
	int64_t keep_s, per_id_s;
	bool days; /* stays until the daily tier has what it says */
};

int retain_before(struct db *db, int64_t keep_s, int64_t now_s, int64_t *ret, struct err *err)
{
	int64_t newest;
	struct query *q = query_kept(db, "store_period_newest", err);
	int rc = q ? query_first(q, &newest, err) : -1;

	if (rc <= 0)
		return rc;
	newest += HOUR_S;
	*ret = hour_of((newest < now_s ? newest : now_s) - keep_s);
	return 1;
}

/* Rows that the query changed. */
static int run(struct db *db, const char *name, int64_t before, int64_t *ret, struct err *err)
{
	int64_t was = sqlite3_total_changes(db->sqlite);
	struct query *q = query_kept(db, name, err);

	if (!q)
		return -1;
	query_bind_int(q, ":before", before);
	if (query_run(q, err))
		return -1;
	*ret += sqlite3_total_changes(db->sqlite) - was;
	return 0;
}

/* Lowers *before to where the first day begins that is not made yet. */
static int wait_for_days(struct db *db, int64_t *before, struct err *err)
{
	int64_t from = *before;
	struct query *q = query_kept(db, "store_day_unmade", err);
	int rc = q ? query_first(q, &from, err) : -1;

	if (hour_of(from) < *before)
		*before = hour_of(from);
	return rc < 0 ? -1 : 0;
}

static int step(struct db *db, const struct tier *t, int64_t now_s, struct err *err)
{
	int64_t before = 0, changed = 0;
	int rc = t->keep_s > 0 ? retain_before(db, t->keep_s, now_s, &before, err) : 0;

	if (rc <= 0)
		return rc;
	if (t->days && wait_for_days(db, &before, err))
		return -1;
	if (db_begin(db, err))
		return -1;
	rc = run(db, t->flags, before, &changed, err);
	if (!rc && !changed)
		rc = run(db, t->rows, before / t->per_id_s * ((int64_t)1 << 32), &changed, err);
	if (rc || db_commit(db, err)) {
		db_rollback(db);
		return -1;
	}
	return changed > 0;
}

int retain_step(struct db *db, const struct retention *keep, int64_t now_s, struct err *err)
{
	const struct tier tiers[] = {
		{ "store_retain_raw", "store_retain_chunk", keep->raw_s, HOUR_S, false },
		{ "store_retain_raw", "store_retain_dense", keep->raw_s, HOUR_S, false },
		{ "store_retain_r5", "store_retain_rollup_5m", keep->five_minutes_s, HOUR_S,
		  false },
		{ "store_retain_h1", "store_retain_rollup_1h", keep->hourly_s, DAY_S, true },
		{ "store_retain_h1", "store_retain_state_1h", keep->hourly_s, HOUR_S, true },
	};

	for (size_t i = 0; i < sizeof(tiers) / sizeof(*tiers); i++) {
		int rc = step(db, &tiers[i], now_s, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance from outside; see maint.h. Reads only, but for the copy. */
#include "store/maint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/sql.h"

#define COPY_PAGES 2000 /* at a time: others get in between */

static int period_info(struct db *db, struct maint_info *i, struct err *err)
{
	struct query *q = query_kept(db, "store_info", err);

	if (!q || query_step(q, err) <= 0)
		return -1;
	i->open_hours = query_int(q, 0);
	i->raw_hours = query_int(q, 1);
	i->five_minutes_hours = query_int(q, 2);
	i->hourly_hours = query_int(q, 3);
	i->first = query_int(q, 4);
	i->last = query_int(q, 5);
	i->samples = query_int(q, 6);
	i->days = query_int(q, 7);
	query_reset(q);
	return 0;
}

/* A row is its v and some forty bytes around it. */
static int newest_info(struct db *db, struct maint_info *i, struct err *err)
{
	struct query *q = query_kept(db, "store_info_newest", err);

	i->chunk_bytes = i->rollup_bytes = i->samples_per_day = NAN;
	if (!q || query_step(q, err) <= 0)
		return -1;
	double samples = query_real(q, 0), hours = query_real(q, 1);
	if (samples > 0 && hours > 0) {
		i->chunk_bytes = query_real(q, 2);
		i->rollup_bytes = query_real(q, 3);
		i->samples_per_day = samples * 24 / hours;
	}
	query_reset(q);
	return 0;
}

static int dense_info(struct db *db, struct maint_info *i, struct err *err)
{
	struct query *q = query_kept(db, "store_info_dense", err);

	i->dense_bytes = NAN;
	if (!q || query_step(q, err) <= 0)
		return -1;
	if (!query_is_null(q, 0)) {
		i->dense_to = query_int(q, 0);
		i->dense_bytes = query_real(q, 1);
	}
	query_reset(q);
	return 0;
}

int maint_info(struct db *db, struct maint_info *ret, struct err *err)
{
	int64_t pages, page, unused;

	*ret = (struct maint_info){ 0 };
	if (db_number(db, "PRAGMA page_count", &pages, err) ||
	    db_number(db, "PRAGMA page_size", &page, err) ||
	    db_number(db, "PRAGMA freelist_count", &unused, err))
		return -1;
	ret->file_bytes = pages * page;
	ret->free_bytes = unused * page;
	return period_info(db, ret, err) || newest_info(db, ret, err) || dense_info(db, ret, err)
		       ? -1
		       : 0;
}

/* ---- backup ----------------------------------------------------------------- */

static int copy(struct db *db, sqlite3 *to, const char *name, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", db->sqlite, "main");
	int rc;

	if (!b)
		return err_set(err, "%s: %s", name, sqlite3_errmsg(to));
	while ((rc = sqlite3_backup_step(b, COPY_PAGES)) == SQLITE_OK || rc == SQLITE_BUSY ||
	       rc == SQLITE_LOCKED)
		if (rc != SQLITE_OK)
			sqlite3_sleep(20);
	sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return err_set(err, "%s: %s: free space there or name another file", name,
			       sqlite3_errmsg(to));
	return 0;
}

int maint_backup(struct db *db, const char *to, struct err *err)
{
	char *part = xasprintf("%s.part", to);
	sqlite3 *file = NULL;
	int rc = -1;

	if (!access(to, F_OK)) {
		err_set(err, "%s: is there already: name a new file", to);
		goto out;
	}
	unlink(part);
	/* A long copy must not begin again with each commit: one read transaction holds it still.
	 */
	if (db_exec(db, "BEGIN; SELECT hour FROM open_hour", err))
		goto out;
	if (sqlite3_open(part, &file))
		err_set(err, "%s: %s", part, sqlite3_errmsg(file));
	else
		rc = copy(db, file, part, err);
	db_rollback(db);
	sqlite3_close(file);
	if (!rc && link(part, to))
		rc = err_set(err, "%s: %s", to, strerror(errno));
	unlink(part);
out:
	free(part);
	return rc;
}

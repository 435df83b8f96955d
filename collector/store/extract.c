/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is built beside its name without a journal, then written once more by VACUUM INTO, so
 * that no page holds anything but rows that are there; see extract.h.
 */
#include "store/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "schema/schema.h"
#include "store/extract_int.h"

static int run_script(struct db *db, const char *name, struct err *err)
{
	const char *sql = schema_query(name);

	if (!sql)
		return err_set(err, "this build has no query %s", name);
	return db_exec(db, sql, err) ? err_prefix(err, "%s", name) : 0;
}

static int select_parts(struct db *out, const struct extract_what *what, int64_t now_s,
			struct err *err)
{
	if (run_script(out, "export_begin", err))
		return -1;
	struct query *q = query_kept(out, "export_want", err);
	if (!q)
		return -1;
	query_bind_text(q, ":tenant", what->tenant);
	query_bind_text(q, ":hall", what->hall);
	query_bind_text(q, ":rack", what->rack);
	query_bind_text(q, ":device", what->device);
	query_bind_int(q, ":from", what->from);
	query_bind_int(q, ":to", what->to);
	query_bind_int(q, ":now", now_s);
	return query_run(q, err) || run_script(out, "export_select", err) ? -1 : 0;
}

static int nothing(const struct db *db, const struct extract_what *what, struct err *err)
{
	const char *kind = what->tenant ? "tenant"
			   : what->hall ? "hall"
			   : what->rack ? "rack"
					: "device";
	const char *name = what->tenant ? what->tenant
			   : what->hall ? what->hall
			   : what->rack ? what->rack
					: what->device;

	if (!name)
		return err_set(err, "%s: it holds nothing yet", db->path);
	return err_set(err,
		       "%s: %s %s has nothing in that period: check its name and --from and --to "
		       "(`rackmeter status` lists what there is)",
		       db->path, kind, name);
}

/* 1: something was selected. */
static int found(struct db *out, struct extract_result *ret, struct err *err)
{
	struct query *q = query_kept(out, "export_found", err);

	if (!q || query_step(q, err) <= 0)
		return -1;
	ret->racks = query_int(q, 0);
	ret->series = query_int(q, 1);
	query_reset(q);
	return ret->series > 0;
}

static int count(struct db *out, struct extract_result *ret, struct err *err)
{
	struct query *q = query_kept(out, "export_counts", err);

	if (!q || query_step(q, err) <= 0)
		return -1;
	ret->series = query_int(q, 0);
	ret->hours = query_int(q, 1);
	ret->samples = query_int(q, 2);
	query_reset(q);
	return 0;
}

static int build(struct db *out, struct db *db, const struct extract_what *what, int64_t now_s,
		 struct extract_result *ret, struct err *err)
{
	/* What belongs to what is of one moment. */
	if (db_begin(out, err) || select_parts(out, what, now_s, err))
		return -1;
	int rc = found(out, ret, err);
	if (rc <= 0)
		return rc < 0 ? -1 : nothing(db, what, err);
	if (run_script(out, "export_copy", err) || db_commit(out, err))
		return -1;
	return extract_samples(out, db, what, err) || count(out, ret, err) ? -1 : 0;
}

static int write_again(struct db *out, const char *to, struct err *err)
{
	/* SQLite would make it readable for all; an empty file it takes. */
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0)
		return err_set(err, "%s: %s", to, strerror(errno));
	close(fd);
	char *sql = sqlite3_mprintf("VACUUM main INTO %Q", to);
	int rc = db_exec(out, sql, err);

	sqlite3_free(sql);
	return rc;
}

static void forget(const char *name)
{
	char *journal = xasprintf("%s-journal", name);

	unlink(name);
	unlink(journal);
	free(journal);
}

int extract(struct db *db, const struct extract_what *what, const char *to_file, int64_t now_s,
	    struct extract_result *ret, struct err *err)
{
	struct extract_result result = { 0 };
	char *raw = xasprintf("%s.build", to_file), *part = xasprintf("%s.part", to_file);
	int rc = -1;

	if (!access(to_file, F_OK)) {
		err_set(err, "%s: is there already: name a new file", to_file);
		goto out;
	}
	forget(raw);
	forget(part);
	struct db *out = db_make(raw, db->path, err);
	rc = out && !build(out, db, what, now_s, &result, err) && !write_again(out, part, err) ? 0
											       : -1;
	db_close(out);
	if (!rc && link(part, to_file))
		rc = err_set(err, "%s: %s", to_file, strerror(errno));
	forget(raw);
	forget(part);
	if (!rc)
		*ret = result;
out:
	free(raw);
	free(part);
	return rc;
}

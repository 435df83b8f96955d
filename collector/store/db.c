/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the database file: the lock that marks the one daemon, the pragmas, and
 * errors that say what to do. A file is looked at through a read-only connection
 * first, so that one we must refuse (newer, foreign) is not touched at all.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/sql.h"

#define BUSY_MS 5000

int db_fail(const struct db *db, struct err *err, const char *what)
{
	int code = db->sqlite ? sqlite3_errcode(db->sqlite) : SQLITE_NOMEM;
	const char *text = db->sqlite ? sqlite3_errmsg(db->sqlite) : "out of memory";
	const char *hint = "";

	switch (code) {
	case SQLITE_FULL: hint = ": free space on its file system"; break;
	case SQLITE_NOTADB: hint = ": move it away or name another file as database"; break;
	case SQLITE_CORRUPT: hint = ": restore it from a backup"; break;
	case SQLITE_BUSY: hint = ": another program holds a transaction on it"; break;
	case SQLITE_READONLY: hint = ": check owner and mode of the file and its directory"; break;
	case SQLITE_CANTOPEN:
		hint = ": check owner and mode of the file, its -wal and -shm, and its directory";
		break;
	}
	return err_set(err, "%s: %s: %s%s", db->path, what, text, hint);
}

bool db_may_recover(const struct db *db)
{
	switch (sqlite3_errcode(db->sqlite)) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_PROTOCOL:
	case SQLITE_INTERRUPT: return true;
	}
	return false;
}

int db_number(struct db *db, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		return db_fail(db, err, sql);
	int rc = sqlite3_step(stmt);
	int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		db_fail(db, err, sql);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return -1;
	*ret = value;
	return 0;
}

/* The directory of path, for messages. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xasprintf("%.*s", (int)(slash - path), path);
}

/* errno of a failed open(O_CREAT) in the database's directory, in words. */
static int directory_error(const char *path, int error, struct err *err)
{
	char *dir = directory_of(path);

	switch (error) {
	case ENOENT:
		err_set(err,
			"%s: the directory %s does not exist: create it "
			"(install -d -m 2750 %s), owned by the user that runs rackmeterd, "
			"or set another database in rackmeter.yaml",
			path, dir, dir);
		break;
	case ENOTDIR:
		err_set(err, "%s: %s is not a directory: set another database in rackmeter.yaml",
			path, dir);
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		err_set(err,
			"%s: the directory %s is not writable for user id %ld (%s): give it to "
			"the user that runs rackmeterd (chown, chmod 2750) or set another database "
			"in rackmeter.yaml",
			path, dir, (long)geteuid(), strerror(error));
		break;
	default:
		err_set(err, "%s: cannot write in the directory %s: %s", path, dir,
			strerror(error));
	}
	free(dir);
	return -1;
}

static int lock_take(struct db *db, struct err *err)
{
	char *name = xasprintf("%s.lock", db->path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	int error = errno;

	if (fd < 0) {
		free(name);
		return directory_error(db->path, error, err);
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		char pid[24] = "";
		ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? strspn(pid, "0123456789") : 0] = 0;
		if (errno == EWOULDBLOCK)
			err_set(err,
				"%s: another rackmeterd (pid %s) is writing this database: stop "
				"it first or set another database in rackmeter.yaml",
				db->path, *pid ? pid : "unknown");
		else
			err_set(err, "%s: cannot lock %s: %s", db->path, name, strerror(errno));
		close(fd);
		free(name);
		return -1;
	}
	free(name);
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	/* The pid only makes the refusal of a second daemon kinder; a full disk may lack it. */
	if (!ftruncate(fd, 0) && pwrite(fd, pid, (size_t)n, 0) < 0)
		errno = 0;
	db->lock_fd = fd;
	return 0;
}

static int pragmas(struct db *db, struct err *err)
{
	static const char *const each[] = {
		"PRAGMA page_size=4096",
		"PRAGMA journal_mode=WAL",
		"PRAGMA synchronous=FULL",
		"PRAGMA wal_autocheckpoint=4000",
		"PRAGMA cache_size=-16384",
		"PRAGMA secure_delete=OFF",
		"PRAGMA temp_store=MEMORY",
		"PRAGMA foreign_keys=ON",
		/* what a reader that held the log for long made of it is given back */
		"PRAGMA journal_size_limit=25165824",
	};
	int on = 1;

	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++)
		if (sqlite3_exec(db->sqlite, each[i], NULL, NULL, NULL))
			return db_fail(db, err, each[i]);
	return 0;
}

/* Statistics of memory nobody reads: a lock around each of SQLite's allocations, a tenth of the
 * time of an insert. */
static void set_up_sqlite(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int connect_file(struct db *db, int flags, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up_sqlite);
	if (sqlite3_open_v2(db->path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL))
		return db_fail(db, err, "cannot open");
	sqlite3_extended_result_codes(db->sqlite, 0);
	sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	return 0;
}

static void disconnect(struct db *db)
{
	while (db->kept)
		db->kept = query_free(db->kept);
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
}

/* Looks at an existing file without changing it. 0: usable; also when there is none yet. */
static int look_first(struct db *db, struct err *err)
{
	struct stat st;

	if (stat(db->path, &st))
		return errno == ENOENT ? 0 : err_set(err, "%s: %s", db->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s: is not a file: set another database in rackmeter.yaml",
			       db->path);
	if (!st.st_size)
		return 0;
	if (connect_file(db, SQLITE_OPEN_READONLY, err))
		return -1;
	int rc = migrate_check(db, true, err);
	disconnect(db);
	return rc;
}

static int open_write(struct db *db, struct err *err)
{
	if (lock_take(db, err) || look_first(db, err))
		return -1;
	/* SQLite would create it readable for all; -wal and -shm take over the file's mode. */
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return directory_error(db->path, errno, err);
	if (connect_file(db, SQLITE_OPEN_READWRITE, err) || pragmas(db, err))
		return -1;
	return migrate_up(db, err);
}

static struct db *db_new(const char *path)
{
	struct db *db = xcalloc(1, sizeof(*db));

	db->path = xstrdup(path);
	db->lock_fd = -1;
	return db;
}

struct db *db_open_write(const char *path, struct err *err)
{
	struct db *db = db_new(path);

	return open_write(db, err) ? db_close(db) : db;
}

/* As RFC 3986, 3.3 would have a path in "file:PATH?mode=ro". */
static char *read_only_uri(const char *path)
{
	char *uri = xcalloc(strlen(path) * 3 + 20, 1);
	char *p = stpcpy(uri, *path == '/' ? "file://" : "file:");

	for (; *path; path++) {
		static const char hex[] = "0123456789ABCDEF";
		if (!strchr("%?#", *path)) {
			*p++ = *path;
			continue;
		}
		*p++ = '%';
		*p++ = hex[(unsigned char)*path >> 4];
		*p++ = hex[(unsigned char)*path & 15];
	}
	memcpy(p, "?mode=ro", 9);
	return uri;
}

static int make_file(struct db *db, const char *source, struct err *err)
{
	static const char setup[] = "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; "
				    "PRAGMA synchronous=OFF; PRAGMA cache_size=-16384; "
				    "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON";
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0)
		return directory_error(db->path, errno, err);
	close(fd);
	if (connect_file(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, err))
		return -1;
	if (sqlite3_exec(db->sqlite, setup, NULL, NULL, NULL))
		return db_fail(db, err, "cannot set up");
	if (migrate_up(db, err))
		return -1;
	char *uri = read_only_uri(source);
	char *sql = sqlite3_mprintf("ATTACH %Q AS source", uri);
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) ? db_fail(db, err, "cannot attach")
								 : 0;
	sqlite3_free(sql);
	free(uri);
	return rc;
}

struct db *db_make(const char *path, const char *source, struct err *err)
{
	struct db *db = db_new(path);

	return make_file(db, source, err) ? db_close(db) : db;
}

/* A file that is there and may be read. */
static int find_file(const struct db *db, struct err *err)
{
	if (access(db->path, R_OK)) {
		if (errno == ENOENT)
			return err_set(err,
				       "%s: there is no database: start rackmeterd, or name its "
				       "database",
				       db->path);
		return err_set(err, "%s: %s: join the group that may read it", db->path,
			       strerror(errno));
	}
	return 0;
}

static int open_read(struct db *db, struct err *err)
{
	if (find_file(db, err) || connect_file(db, SQLITE_OPEN_READONLY, err))
		return -1;
	if (sqlite3_exec(db->sqlite,
			 "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384",
			 NULL, NULL, NULL))
		return db_fail(db, err, "cannot open");
	return migrate_check(db, false, err);
}

struct db *db_open_read(const char *path, struct err *err)
{
	struct db *db = db_new(path);

	return open_read(db, err) ? db_close(db) : db;
}

static int open_maintain(struct db *db, struct err *err)
{
	if (find_file(db, err))
		return -1;
	if (access(db->path, W_OK))
		return err_set(err, "%s: %s: run this as the user that runs rackmeterd", db->path,
			       strerror(errno));
	if (look_first(db, err) || connect_file(db, SQLITE_OPEN_READWRITE, err) ||
	    migrate_check(db, false, err))
		return -1;
	return pragmas(db, err);
}

struct db *db_open_maintain(const char *path, struct err *err)
{
	struct db *db = db_new(path);

	return open_maintain(db, err) ? db_close(db) : db;
}

struct db *db_close(struct db *db)
{
	if (!db)
		return NULL;
	disconnect(db);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	free(db->path);
	free(db);
	return NULL;
}

const char *db_path(const struct db *db)
{
	return db->path;
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL))
		return db_fail(db, err, "cannot run SQL");
	return 0;
}

int db_begin(struct db *db, struct err *err)
{
	if (sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return db_fail(db, err, "cannot begin a transaction");
	return 0;
}

int db_commit(struct db *db, struct err *err)
{
	if (sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL))
		return db_fail(db, err, "cannot commit");
	return 0;
}

void db_rollback(struct db *db)
{
	/* Some errors roll back on their own. */
	if (!sqlite3_get_autocommit(db->sqlite))
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

int db_hold(struct db *db, struct err *err)
{
	if (!db->holds) {
		db->held = sqlite3_get_autocommit(db->sqlite);
		if (db->held && db_exec(db, "BEGIN", err))
			return -1;
	}
	db->holds++;
	return 0;
}

void db_release(struct db *db)
{
	if (--db->holds == 0 && db->held)
		db_rollback(db); /* nothing was written */
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints by the writer; see checkpoint.h. */
#include "store/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"
#include "store/sql.h"

#define WAIT_MS   500     /* how long readers may hold up a restart of the log */
#define APART_US  2000000 /* and when to try again if they did */
#define BUSY_MS   5000
#define READ_LOCK 123 /* SQLite, wal.c: the locks of readers are bytes 123 to 127 of -shm */
#define READ_LAST 127

static int told(void *user, sqlite3 *sqlite, const char *schema, int pages)
{
	(void)sqlite;
	(void)schema;
	((struct checkpoint *)user)->pages = pages;
	return SQLITE_OK;
}

void checkpoint_watch(struct checkpoint *c, struct db *db)
{
	*c = (struct checkpoint){ .db = db };
	sqlite3_wal_hook(db->sqlite, told, c);
}

static void name_of(long pid, char *name, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	FILE *f = fopen(path, "re");
	if (!f || !fgets(name, (int)size, f))
		snprintf(name, size, "a program");
	name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}

/* Who reads the log right now, from the kernel's list of locks: "grafana (pid 4711)". Not known
 * where there is no /proc or the reader is in another container: "a reader". */
static char *holder(const struct db *db)
{
	char *shm = xasprintf("%s-shm", db->path), line[160], name[64];
	struct stat st;
	long found = 0;
	FILE *f = stat(shm, &st) ? NULL : fopen("/proc/locks", "re");

	while (f && !found && fgets(line, sizeof(line), f)) {
		unsigned major, minor;
		unsigned long long inode, first;
		long pid;
		/* proc_locks(5): "1: POSIX  ADVISORY  READ 3301 08:02:1234 123 123" */
		if (sscanf(line, "%*d: POSIX %*s READ %ld %x:%x:%llu %llu", &pid, &major, &minor,
			   &inode, &first) != 5)
			continue;
		if (inode == st.st_ino && major == major(st.st_dev) && minor == minor(st.st_dev) &&
		    first >= READ_LOCK && first <= READ_LAST && pid > 0 && pid != getpid())
			found = pid;
	}
	if (f)
		fclose(f);
	free(shm);
	if (!found)
		return xstrdup("a reader");
	name_of(found, name, sizeof(name));
	return xasprintf("%s (pid %ld)", name, found);
}

char *checkpoint_tend(struct checkpoint *c, int64_t now_us)
{
	sqlite3 *sqlite = c->db->sqlite;

	if (c->pages < DB_WAL_PAGES)
		return NULL;
	if (c->pages < DB_WAL_PAGES + DB_WAL_PAGES / 8) {
		sqlite3_wal_checkpoint_v2(sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		return NULL;
	}
	if (now_us < c->next_us)
		return NULL;
	sqlite3_busy_timeout(sqlite, WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(sqlite, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	sqlite3_busy_timeout(sqlite, BUSY_MS);
	if (rc == SQLITE_BUSY)
		c->next_us = now_us + APART_US;
	else if (!rc)
		c->pages = 0; /* until the next commit tells */
	if ((rc == SQLITE_BUSY) == c->blocked)
		return NULL;
	c->blocked = rc == SQLITE_BUSY;
	if (!c->blocked)
		return xasprintf("%s: the write-ahead log started over", db_path(c->db));
	char *who = holder(c->db);
	char *text = xasprintf("%s: %s holds a transaction: the write-ahead log cannot start over "
			       "and has grown to %d MB; end that query",
			       db_path(c->db), who, c->pages / (1048576 / DB_PAGE_BYTES));
	free(who);
	return text;
}

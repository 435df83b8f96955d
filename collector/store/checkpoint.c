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

#define TOLD_PAGES   (24 * (1048576 / DB_PAGE_BYTES)) /* no log of short queries is as long */
#define WAIT_MIN_MS  500  /* how long readers may hold up a restart of the log, the first time */
#define WAIT_MAX_MS  2000 /* and in the end: queries that take long on a busy machine */
#define APART_US     1000000  /* before each of them */
#define PATIENCE_US  60000000 /* how long what can wait does, for readers to let go */
#define BUSY_MS      5000
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

bool checkpoint_due(const struct checkpoint *c)
{
	return c->pages >= DB_WAL_PAGES;
}

bool checkpoint_full(const struct checkpoint *c, int64_t now_us)
{
	return checkpoint_due(c) && c->wait_ms && now_us - c->since_us < PATIENCE_US;
}

/* Readers of the log must go before all of it is copied, and those that came meanwhile before it
 * starts over; who comes later reads the file alone. Without a wait this happens between two
 * commits when queries are short. */
static bool start_over(struct checkpoint *c, int wait_ms)
{
	sqlite3 *sqlite = c->db->sqlite;

	sqlite3_busy_timeout(sqlite, wait_ms);
	int rc = sqlite3_wal_checkpoint_v2(sqlite, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	sqlite3_busy_timeout(sqlite, BUSY_MS);
	if (!rc)
		c->pages = 0; /* until the next commit tells */
	return rc != SQLITE_BUSY;
}

char *checkpoint_tend(struct checkpoint *c, int64_t now_us)
{
	if (!checkpoint_due(c))
		return NULL;
	int wait_ms = c->wait_ms && now_us >= c->next_us ? c->wait_ms : 0;
	if (start_over(c, wait_ms)) {
		bool told = c->blocked;
		c->wait_ms = 0;
		c->blocked = false;
		return told ? xasprintf("%s: the write-ahead log started over", db_path(c->db))
			    : NULL;
	}
	if (!c->wait_ms) {
		c->wait_ms = WAIT_MIN_MS;
		c->since_us = now_us;
		c->next_us = now_us + APART_US;
	} else if (wait_ms) {
		c->next_us = now_us + wait_ms * 1000 + APART_US;
		c->wait_ms = 2 * wait_ms < WAIT_MAX_MS ? 2 * wait_ms : WAIT_MAX_MS;
	}
	if (c->blocked || c->pages < TOLD_PAGES)
		return NULL;
	c->blocked = true;
	char *who = holder(c->db);
	char *text = xasprintf("%s: %s holds a transaction: the write-ahead log cannot start over "
			       "and has grown to %d MB; end that query",
			       db_path(c->db), who, c->pages / (1048576 / DB_PAGE_BYTES));
	free(who);
	return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VFS for SQLite above the system's own that counts whatever changes a file: writes, syncs,
 * truncations, the locks and pages of the shared index. From the n-th on it fails as told, or
 * hands over to the test what a kill or a loss of power would leave of the files at that moment.
 * Only files opened while fault.watching is set take part, so readers beside are undisturbed.
 * Nothing is really synced: what a sync promises is kept in memory.
 */
#pragma once

#include <pthread.h>

#include "base/text.h"
#include "storetest.h"

static struct {
	pthread_mutex_t mutex; /* a writer has a thread of its own */
	bool watching;
	int64_t ops;    /* counted so far */
	int64_t at, n;  /* the first that fails, and how many; at 0: none */
	int rc;         /* SQLITE_IOERR or SQLITE_FULL */
	bool torn;      /* half of a write that fails is written */
	int64_t failed; /* how many did */
	bool remember;  /* of files opened now, what is not synced yet: for fault_image() */
	void (*look)(void *user); /* before each of them; may call fault_image() */
	void *user;
} fault = { .mutex = PTHREAD_MUTEX_INITIALIZER };

struct fault_write { /* not synced yet; bytes NULL: a truncation to at */
	int64_t at;
	size_t size;
	unsigned char *bytes;
};

struct fault_file {
	sqlite3_file base;
	bool watched, remembered;
	char *name; /* NULL: a temporary one */
	unsigned char *synced;
	size_t n_synced, cap_synced;
	struct fault_write *writes;
	size_t n_writes, cap_writes;
	struct fault_file *next; /* of the files that are remembered */
};

static sqlite3_vfs *fault_below;
static struct fault_file *fault_files;

static sqlite3_file *fault_real(sqlite3_file *f)
{
	return (sqlite3_file *)(void *)((struct fault_file *)(void *)f + 1);
}

/* SQLITE_OK, or that this operation fails. */
static int fault_count(const struct fault_file *f)
{
	int rc = SQLITE_OK;

	if (!f->watched)
		return rc;
	if (fault.look) /* of one thread; it may not come back, when its test fails */
		fault.look(fault.user);
	pthread_mutex_lock(&fault.mutex);
	fault.ops++;
	if (fault.at && fault.ops >= fault.at && fault.ops < fault.at + fault.n) {
		rc = fault.rc;
		fault.failed++;
	}
	pthread_mutex_unlock(&fault.mutex);
	return rc;
}

/* ---- what is not synced --------------------------------------------------- */

static void fault_image_write(unsigned char **bytes, size_t *n, size_t *cap, int64_t at,
			      const unsigned char *from, size_t size)
{
	size_t end = (size_t)at + size;

	xgrow(bytes, cap, end, 1);
	if (end > *n) {
		memset(*bytes + *n, 0, end - *n);
		*n = end;
	}
	memcpy(*bytes + at, from, size);
}

static void fault_remember(struct fault_file *f, int64_t at, const void *bytes, size_t size)
{
	if (!f->remembered)
		return;
	struct fault_write w = { .at = at, .size = size };
	if (bytes) {
		w.bytes = xcalloc(1, size);
		memcpy(w.bytes, bytes, size);
	}
	xgrow(&f->writes, &f->cap_writes, f->n_writes + 1, sizeof(*f->writes));
	f->writes[f->n_writes++] = w;
}

static void fault_synced(struct fault_file *f)
{
	for (size_t i = 0; i < f->n_writes; i++) {
		struct fault_write *w = &f->writes[i];
		if (w->bytes)
			fault_image_write(&f->synced, &f->n_synced, &f->cap_synced, w->at, w->bytes,
					  w->size);
		else if ((size_t)w->at < f->n_synced)
			f->n_synced = (size_t)w->at;
		free(w->bytes);
	}
	f->n_writes = 0;
}

/* ---- SQLite's methods ------------------------------------------------------ */

static int fault_close(sqlite3_file *f)
{
	struct fault_file *ff = (struct fault_file *)(void *)f;

	for (struct fault_file **p = &fault_files; *p; p = &(*p)->next)
		if (*p == ff) {
			*p = ff->next;
			break;
		}
	fault_synced(ff);
	free(ff->writes);
	free(ff->synced);
	free(ff->name);
	return fault_real(f)->pMethods->xClose(fault_real(f));
}

static int fault_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return fault_real(f)->pMethods->xRead(fault_real(f), to, n, at);
}

static int fault_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	struct fault_file *ff = (struct fault_file *)(void *)f;
	int rc = fault_count(ff);

	if (rc && fault.torn)
		n /= 2;
	else if (rc)
		return rc == SQLITE_IOERR ? SQLITE_IOERR_WRITE : rc;
	fault_remember(ff, at, from, (size_t)n);
	int done = fault_real(f)->pMethods->xWrite(fault_real(f), from, n, at);
	return rc == SQLITE_IOERR ? SQLITE_IOERR_WRITE : rc ? rc : done;
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct fault_file *ff = (struct fault_file *)(void *)f;

	if (fault_count(ff))
		return SQLITE_IOERR_TRUNCATE;
	fault_remember(ff, size, NULL, 0);
	return fault_real(f)->pMethods->xTruncate(fault_real(f), size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
	struct fault_file *ff = (struct fault_file *)(void *)f;

	(void)flags;
	if (fault_count(ff))
		return SQLITE_IOERR_FSYNC;
	fault_synced(ff);
	return SQLITE_OK;
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return fault_real(f)->pMethods->xFileSize(fault_real(f), size);
}

static int fault_lock(sqlite3_file *f, int lock)
{
	return fault_real(f)->pMethods->xLock(fault_real(f), lock);
}

static int fault_unlock(sqlite3_file *f, int lock)
{
	return fault_real(f)->pMethods->xUnlock(fault_real(f), lock);
}

static int fault_reserved(sqlite3_file *f, int *out)
{
	return fault_real(f)->pMethods->xCheckReservedLock(fault_real(f), out);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
	return fault_real(f)->pMethods->xFileControl(fault_real(f), op, arg);
}

static int fault_sector(sqlite3_file *f)
{
	return fault_real(f)->pMethods->xSectorSize(fault_real(f));
}

static int fault_device(sqlite3_file *f)
{
	return fault_real(f)->pMethods->xDeviceCharacteristics(fault_real(f));
}

static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **to)
{
	if (fault_count((struct fault_file *)(void *)f))
		return SQLITE_IOERR_SHMMAP;
	return fault_real(f)->pMethods->xShmMap(fault_real(f), page, size, extend, to);
}

static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	int taken = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;

	if ((flags & taken) == taken && fault_count((struct fault_file *)(void *)f))
		return SQLITE_IOERR_SHMLOCK;
	return fault_real(f)->pMethods->xShmLock(fault_real(f), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
	fault_real(f)->pMethods->xShmBarrier(fault_real(f));
}

static int fault_shm_unmap(sqlite3_file *f, int delete)
{
	return fault_real(f)->pMethods->xShmUnmap(fault_real(f), delete);
}

static const sqlite3_io_methods fault_methods = {
	.iVersion = 2,
	.xClose = fault_close,
	.xRead = fault_read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_size,
	.xLock = fault_lock,
	.xUnlock = fault_unlock,
	.xCheckReservedLock = fault_reserved,
	.xFileControl = fault_control,
	.xSectorSize = fault_sector,
	.xDeviceCharacteristics = fault_device,
	.xShmMap = fault_shm_map,
	.xShmLock = fault_shm_lock,
	.xShmBarrier = fault_shm_barrier,
	.xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
		      int *ret_flags)
{
	struct fault_file *ff = (struct fault_file *)(void *)f;

	(void)vfs;
	memset(ff, 0, sizeof(*ff));
	int rc = fault_below->xOpen(fault_below, name, fault_real(f), flags, ret_flags);
	if (rc)
		return rc;
	f->pMethods = &fault_methods;
	ff->watched = fault.watching;
	ff->name = name ? xstrdup(name) : NULL;
	if (ff->watched && fault.remember && name) {
		sqlite3_int64 size = 0;
		ff->remembered = true;
		fault_size(f, &size);
		if (size > 0) {
			xgrow(&ff->synced, &ff->cap_synced, (size_t)size, 1);
			ff->n_synced = (size_t)size;
			rc = fault_read(f, ff->synced, (int)size, 0);
		}
		ff->next = fault_files;
		fault_files = ff;
	}
	return rc;
}

/* ---- for tests ------------------------------------------------------------- */

/* From now on each connection opened goes through here. */
static void fault_use(void)
{
	static sqlite3_vfs vfs;

	if (fault_below)
		return;
	fault_below = sqlite3_vfs_find(NULL);
	vfs = *fault_below;
	vfs.zName = "fault";
	vfs.szOsFile = (int)sizeof(struct fault_file) + fault_below->szOsFile;
	vfs.xOpen = fault_open;
	assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

/* n operations from the at-th on fail with rc (0: none); counting begins anew. */
static void fault_set(int64_t at, int64_t n, int rc, bool torn)
{
	pthread_mutex_lock(&fault.mutex);
	fault.ops = fault.failed = 0;
	fault.at = at;
	fault.n = n;
	fault.rc = rc;
	fault.torn = torn;
	pthread_mutex_unlock(&fault.mutex);
}

/* Writes what the open database file and its log are at this moment into to and to-wal: after a
 * kill (power 0) all that was written; after a loss of power what was synced and of the
 * rest the sectors that the dice of this number let through. */
__attribute__((unused)) static void fault_image(const char *of, const char *to, unsigned power)
{
	static const char *const suffix[] = { "", "-wal" };

	for (int i = 0; i < 2; i++) {
		char *from = xasprintf("%s%s", of, suffix[i]);
		char *name = xasprintf("%s%s", to, suffix[i]);
		size_t n = 0, cap = 0;
		unsigned char *bytes = NULL;
		struct fault_file *f = fault_files;
		while (f && strcmp(f->name, from) != 0)
			f = f->next;
		if (!power || !f) {
			bytes = file_get(from, &n);
		} else if (f->n_synced) {
			fault_image_write(&bytes, &n, &cap, 0, f->synced, f->n_synced);
		}
		for (size_t k = 0; power && f && k < f->n_writes; k++) {
			const struct fault_write *w = &f->writes[k];
			for (size_t at = 0; w->bytes && at < w->size; at += 512) {
				power = power * 1103515245 + 12345;
				if (power >> 16 & 1)
					fault_image_write(&bytes, &n, &cap, w->at + (int64_t)at,
							  w->bytes + at,
							  w->size - at < 512 ? w->size - at : 512);
			}
		}
		unlink(name);
		if (bytes)
			file_put(name, bytes, n);
		free(bytes);
		free(from);
		free(name);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See log_edit.h. */
#include "cli/log_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/site.h"
#include "config/file.h"
#include "store/query.h"

#define HEADER "from,to,scope,id,kind,quantity,value,unit,ref,who,note\n"

int log_edit_lock(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, "the folder %s cannot be opened: %s", dir, strerror(errno));
	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		return err_set(err, "the folder %s cannot be locked: %s", dir, strerror(errno));
	}
	return fd;
}

void log_edit_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

/* ---- one file for another ------------------------------------------------ */

static int write_all(int fd, const char *text)
{
	size_t size = strlen(text), done = 0;

	while (done < size) {
		ssize_t n = write(fd, text + done, size - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd);
}

/* Whoever could read and write the old file can do so with the new one. A new log is like the
 * other tables. */
static int take_access(int fd, const char *path, const char *dir)
{
	char *table = file_below(dir, "devices.csv");
	struct stat st;
	bool found = stat(path, &st) == 0 || stat(table, &st) == 0;

	free(table);
	if (!found)
		return fchmod(fd, 0644);
	/* only root can give a file away; in one's own folder it is one's own */
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0)
		return -1;
	return fchmod(fd, st.st_mode & 0777);
}

/* The text in a file beside path; its malloc'd name. */
static char *write_beside(const char *dir, const char *path, const char *text, struct err *err)
{
	char *name = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd < 0) {
		err_set(err, "cannot write beside %s: %s", path, strerror(errno));
		free(name);
		return NULL;
	}
	int r = take_access(fd, path, dir) < 0 || write_all(fd, text) < 0;
	int why = errno;

	if (close(fd) < 0 && !r) {
		r = 1;
		why = errno;
	}
	if (!r)
		return name;
	err_set(err, "cannot write %s: %s", name, strerror(why));
	unlink(name);
	free(name);
	return NULL;
}

static int put_in_place(const char *dir, const char *name, const char *path, struct err *err)
{
	int fd;

	if (rename(name, path) < 0) {
		err_set(err, "cannot rename %s to %s: %s", name, path, strerror(errno));
		unlink(name);
		return -1;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd); /* of the name; where a folder cannot be synced it lasts anyway */
		close(fd);
	}
	return 0;
}

/* What the name stands for when it is a link; malloc'd. */
static char *real_path(const char *dir, const char *name)
{
	char *path = file_below(dir, name), *real = realpath(path, NULL);

	if (!real)
		return path;
	free(path);
	return real;
}

/* ---- add ----------------------------------------------------------------- */

static void rename_in(char **text, const char *from, const char *to)
{
	const char *at = strstr(*text, from);

	if (!at)
		return;
	char *renamed = xasprintf("%.*s%s%s", (int)(at - *text), *text, to, at + strlen(from));

	free(*text);
	*text = renamed;
}

/* The problems speak of the file as the user knows it. */
static void rename_files(struct diag *diag, const char *from, const char *to)
{
	for (size_t i = 0; i < diag->n; i++) {
		rename_in(&diag->items[i].file, from, to);
		rename_in(&diag->items[i].text, from, to);
	}
}

/* The new line is the last one of its file. */
static const struct cfg_log *last_entry(const struct config *config, const char *file)
{
	const struct cfg_log *last = NULL;

	for (size_t i = 0; i < config->n_log; i++)
		if (!strcmp(config->log[i].src.file, file) &&
		    (!last || config->log[i].src.line > last->src.line))
			last = &config->log[i];
	return last;
}

static int check_with(const char *dir, const char *name, int64_t now, struct diag *diag,
		      struct err *err)
{
	const struct config_replace replace = { .table = "log.csv", .file = name };
	struct site site;
	int r = 0;

	site_load(&site, dir, &replace, 1, now, diag);

	const struct cfg_log *entry = last_entry(site.config, name);

	if (diag->n_errors)
		r = err_set(err, "nothing was written: correct %s first",
			    diag->n_errors == 1 ? "this" : "these");
	else if (!entry)
		r = err_set(err, "nothing was written: the new line cannot be read back");
	else if (inventory_scope(site.inventory, entry->scope, entry->id, err) < 0)
		r = err_prefix(err, "nothing was written");
	if (!diag->n_errors)
		diag_done(diag); /* warnings are `check config`'s */
	site_done(&site);
	rename_files(diag, name, "log.csv");
	return r;
}

int log_edit_add(const char *dir, const struct csvedit_cell *cells, size_t n, int64_t now,
		 struct diag *diag, struct err *err)
{
	char *path = real_path(dir, "log.csv"), *old = NULL, *text = NULL, *name = NULL;
	size_t size;
	int r = -1;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		old = xstrdup(HEADER);
	else if (!(old = file_read(path, &size, err)))
		err_prefix(err, "%s", path);
	if (old && !(text = csvedit_append(old, cells, n, err)))
		err_prefix(err, "%s", path);
	if (text)
		name = write_beside(dir, path, text, err);
	if (name) {
		r = check_with(dir, name, now, diag, err);
		if (r < 0)
			unlink(name);
		else
			r = put_in_place(dir, name, path, err);
	}
	free(name);
	free(text);
	free(old);
	free(path);
	return r;
}

int log_edit_end(const char *dir, const struct cfg_log *entry, int64_t to, struct err *err)
{
	char *path = real_path(dir, entry->src.file), *old, *text = NULL, *name = NULL, end[40];
	size_t size;
	int r = -1;

	zone_format_iso(to, end, sizeof(end));
	old = file_read(path, &size, err);
	if (old)
		text = csvedit_set(old, entry->src.line, "to", end, err);
	if (!text)
		err_prefix(err, "%s", path);
	else
		name = write_beside(dir, path, text, err);
	if (name)
		r = put_in_place(dir, name, path, err);
	free(name);
	free(text);
	free(old);
	free(path);
	return r;
}

/* ---- the daemon ---------------------------------------------------------- */

/* A process that is rackmeterd: a number in a database may be of a former boot. */
static bool is_daemon(int64_t pid)
{
	char *path = xasprintf("/proc/%lld/comm", (long long)pid), name[32] = "";
	FILE *f = fopen(path, "re");

	free(path);
	if (!f)
		return false;
	bool read = fgets(name, sizeof(name), f) != NULL;

	fclose(f);
	return read && !strcmp(name, "rackmeterd\n");
}

/* The process of the daemon on this machine, 0: none. */
static int64_t daemon_pid(struct db *db)
{
	char host[HOST_NAME_MAX + 1] = "";
	struct err ignored;
	struct query *q = query_new(db, "report_daemon", &ignored);
	int64_t pid = 0;

	gethostname(host, sizeof(host) - 1);
	if (q && query_step(q, &ignored) > 0 && query_is_null(q, 2) &&
	    !strcmp(query_text(q, 5), host))
		pid = query_int(q, 6);
	query_free(q);
	return pid > 0 && is_daemon(pid) ? pid : 0;
}

/* The folder that the daemon loads, malloc'd; NULL: not known. */
static char *daemon_dir(struct db *db)
{
	struct err ignored;
	struct query *q = query_new(db, "status_loads", &ignored);
	char *dir = NULL;

	if (q && query_step(q, &ignored) > 0 && query_int(q, 0))
		dir = xstrdup(query_text(q, 3));
	query_free(q);
	return dir;
}

void log_edit_reload(const char *dir, const char *option_db)
{
	char *real = realpath(dir, NULL), *its = NULL;
	struct err err;
	struct db *db = command_open(option_db, dir, &err);
	int64_t pid = db ? daemon_pid(db) : 0;

	if (db)
		its = daemon_dir(db);
	if (!pid)
		puts("rackmeterd does not run here: it reads the log when it starts");
	else if (real && its && strcmp(real, its) != 0)
		printf("rackmeterd loads %s, not this folder: it was not told\n", its);
	else if (kill((pid_t)pid, SIGHUP) == 0)
		printf("rackmeterd (process %lld) was told to reload\n", (long long)pid);
	else
		printf("rackmeterd (process %lld) cannot be told by you (%s): systemctl reload "
		       "rackmeterd, or kill -HUP %lld\n",
		       (long long)pid, strerror(errno), (long long)pid);
	db_close(db);
	free(its);
	free(real);
}

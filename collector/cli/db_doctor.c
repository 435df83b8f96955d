/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grafana, cron and people read the database as users of their own. What they need is a group, not
 * more: whoever may write into the folder and opens the database first makes -wal and -shm that the
 * collector may not write (seen with Grafana). Modes are judged; the reading itself is tried, by a
 * child that becomes the user, when root asks.
 */
#include "cli/db_doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "cli/access_as.h"
#include "store/query.h"

#define WAL_LARGE (INT64_C(64) << 20) /* below 24 MB unless a reader holds a transaction */

struct values {
	const char *db, *dir, *as;
};

static const struct option table[] = {
	{ "--as", "USER", "who is to read it, as grafana: tried as that user when root asks",
	  offsetof(struct values, as), 0 },
	OPTION_DB(offsetof(struct values, db)),
	OPTION_DIR(offsetof(struct values, dir)),
	OPTION_END,
};

static int n_wrong;

__attribute__((format(printf, 2, 3))) static void say(const char *state, const char *format, ...)
{
	va_list args;

	printf("%-5s ", state);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

#define fine(...)  say("ok", __VA_ARGS__)
#define note(...)  say("note", __VA_ARGS__)
#define wrong(...) (n_wrong++, say("WRONG", __VA_ARGS__))

/* "rackmeter:rackmeter 0640" into buf; returns buf. */
static const char *owner_text(const struct stat *st, char *buf, size_t size)
{
	const struct passwd *user = getpwuid(st->st_uid);
	const struct group *group = getgrgid(st->st_gid);
	char uid[16], gid[16];

	snprintf(uid, sizeof(uid), "%lu", (unsigned long)st->st_uid);
	snprintf(gid, sizeof(gid), "%lu", (unsigned long)st->st_gid);
	snprintf(buf, size, "%s:%s %04o", user ? user->pw_name : uid, group ? group->gr_name : gid,
		 (unsigned)(st->st_mode & 07777));
	return buf;
}

/* Of it, without a mode. */
static const char *owner_names(const struct stat *st, char *buf, size_t size)
{
	owner_text(st, buf, size);
	*strrchr(buf, ' ') = '\0';
	return buf;
}

static void look_at_folder(const char *dir, const struct stat *file)
{
	struct stat st;
	char text[160];

	if (stat(dir, &st) < 0) {
		wrong("%s: %s", dir, strerror(errno));
		return;
	}
	owner_text(&st, text, sizeof(text));
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		wrong("%s: folder, %s: %s may make files in it, and whoever opens the database "
		      "first makes -wal and -shm that lock rackmeterd out: chmod 2750 %s",
		      dir, text, st.st_mode & S_IWOTH ? "everybody" : "its group", dir);
	else if (st.st_uid != file->st_uid && file->st_uid != 0)
		wrong("%s: folder, %s: it belongs to another user than the database, who cannot "
		      "make -wal and -shm in it: chown it to who runs rackmeterd",
		      dir, text);
	else
		fine("%s: folder, %s", dir, text);
	if (!(st.st_mode & S_ISGID) && st.st_gid != file->st_gid)
		note("%s: files made in it take over the group of who makes them, not the "
		     "folder's: chmod g+s %s",
		     dir, dir);
}

/* Byte 18 and 19 of the header are 2 with a write-ahead log (SQLite's file format, 1.3). -1: errno
 * says why it cannot be read; 0: the file is shorter than a header. */
static int log_mode(const char *path)
{
	unsigned char header[20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, header, sizeof(header), 0);
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return n < 0 ? -1 : n == (ssize_t)sizeof(header) ? header[18] : 0;
}

static void look_at_file(const char *path, const struct stat *st)
{
	char text[160];

	owner_text(st, text, sizeof(text));
	if (!(st->st_mode & S_IRGRP))
		wrong("%s: %s: its group may not read it: chmod 640 %s", path, text, path);
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		wrong("%s: %s: others than its owner may write it: chmod 640 %s", path, text, path);
	else
		fine("%s: %s, %.1f MB", path, text, (double)st->st_size / 1e6);
	if (st->st_mode & S_IROTH)
		note("%s: everybody on this machine may read it: chmod o= %s", path, path);
	switch (log_mode(path)) {
	case -1: wrong("%s: cannot be read by you: %s", path, strerror(errno)); break;
	case 0: wrong("%s: is no database yet: start rackmeterd, which makes it", path); break;
	case 2: fine("%s: with a write-ahead log: readers and rackmeterd do not wait", path); break;
	default:
		wrong("%s: without a write-ahead log readers and rackmeterd wait for each other: "
		      "start rackmeterd, which sets it",
		      path);
	}
}

/* -wal or -shm. False: it is not there. */
static bool look_beside(const char *database, const char *suffix, const struct stat *file)
{
	char *path = xasprintf("%s%s", database, suffix);
	char text[160], names[160];
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (!there && errno != ENOENT)
		wrong("%s: %s", path, strerror(errno));
	if (there) {
		owner_text(&st, text, sizeof(text));
		if (st.st_uid != file->st_uid)
			wrong("%s: %s: made by a reader that may write into the folder, and in the "
			      "way of rackmeterd: stop that reader, chown %s %s, and take the "
			      "folder's write permission from it",
			      path, text, owner_names(file, names, sizeof(names)), path);
		else if (st.st_gid != file->st_gid ||
			 (st.st_mode & 0777) != (file->st_mode & 0777))
			wrong("%s: %s: not as the database: chown %s %s; chmod %o %s", path, text,
			      owner_names(file, names, sizeof(names)), path,
			      (unsigned)(file->st_mode & 0777), path);
		else
			fine("%s: %s, %.1f MB", path, text, (double)st.st_size / 1e6);
		if (!strcmp(suffix, "-wal") && st.st_size > WAL_LARGE)
			note("%s: a reader holds a transaction for long, so that the log cannot "
			     "begin anew: end that reader, or let it read in shorter pieces",
			     path);
	}
	free(path);
	return there;
}

/* What services of systemd do not see (systemd.exec(5): ProtectHome, PrivateTmp). */
static void look_at_place(const char *path)
{
	static const char *const hidden[] = { "/home/", "/root/", "/run/user/", "/tmp/",
					      "/var/tmp/" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (!strncmp(path, hidden[i], strlen(hidden[i])))
			note("%s: services that systemd starts, Grafana among them, often do not "
			     "see what is in %s (ProtectHome, PrivateTmp)",
			     path, hidden[i]);
}

/* ---- reading as that user ------------------------------------------------------------- */

/* In the child. What it writes into out ends up on the terminal. */
static int read_now(const char *path, char *out, size_t size)
{
	struct err err = { "" };
	struct db *db = db_open_read(path, &err);
	struct query *q = db ? query_new(db, "report_daemon", &err) : NULL;
	int r = q ? query_step(q, &err) : -1;

	if (r < 0)
		snprintf(out, size, "%s", err.text);
	else if (!r || query_is_null(q, 4))
		snprintf(out, size, "nothing is stored yet");
	else
		snprintf(out, size, "its newest instant is %" PRId64 " s old",
			 wall_s(clock_wall()) - query_int(q, 4));
	query_free(q);
	db_close(db);
	return r < 0 ? 1 : 0;
}

/* May it make files beside the database? Then it is told so, whatever the modes say. */
static bool may_write(const char *path, const char *dir)
{
	return access(dir, W_OK) == 0 || access(path, W_OK) == 0;
}

enum { READ, REFUSED, NOT_HIM }; /* exit statuses of the child; MAY_WRITE is added */
#define MAY_WRITE 8

static int child(const struct passwd *pw, const char *path, const char *dir, int to)
{
	char text[sizeof(((struct err *)0)->text)];
	int r;

	if (pw && (initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
		   setuid(pw->pw_uid) < 0)) {
		snprintf(text, sizeof(text), "cannot become user %s: %s", pw->pw_name,
			 strerror(errno));
		r = NOT_HIM;
	} else {
		r = read_now(path, text, sizeof(text)) ? REFUSED : READ;
		if (may_write(path, dir))
			r |= MAY_WRITE;
	}
	return write(to, text, strlen(text)) < 0 ? NOT_HIM : r;
}

/* pw NULL: as who we are. False: refused, or it could not be tried. */
static bool try_it(const struct passwd *pw, const char *user, const char *path, const char *dir)
{
	char text[sizeof(((struct err *)0)->text) + 1];
	size_t n = 0;
	ssize_t got;
	int ends[2], status = 0;

	if (pipe(ends) < 0) {
		wrong("cannot try it: %s", strerror(errno));
		return false;
	}
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		close(ends[0]);
		_exit(child(pw, path, dir, ends[1]));
	}
	close(ends[1]);
	while (pid > 0 && n < sizeof(text) - 1 &&
	       (got = read(ends[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) {
		wrong("cannot try it as user %s", user);
		return false;
	}

	int r = WEXITSTATUS(status) & ~MAY_WRITE;
	switch (r) {
	case READ: fine("opened and read as user %s: %s", user, text); break;
	case REFUSED: wrong("opened as user %s: %s", user, text); break;
	default: wrong("%s", text);
	}
	if (!(WEXITSTATUS(status) & MAY_WRITE))
		;
	else if (!pw)
		note("you may write the database or its folder: readers should not be able to; use "
		     "--as USER to look at another user");
	else if (pw->pw_uid != 0)
		wrong("user %s may write the database or its folder, and could lock rackmeterd "
		      "out: let it read through a group, with chmod 2750 %s and chmod 640 %s",
		      user, dir, path);
	return r == READ;
}

/* What stands in its way by owners, groups and modes. */
static void judge(const char *user, const struct passwd *pw, const char *path,
		  const struct stat *file)
{
	const struct group *group = getgrgid(file->st_gid);
	struct diag diag = { 0 };

	access_read_as(user, path, &diag);
	for (size_t i = 0; i < diag.n; i++)
		wrong("%s: %s", diag.items[i].file, diag.items[i].text);
	if (diag.n && pw && group && file->st_gid != 0)
		note("the way that is meant: usermod -aG %s %s, and start the services of %s anew, "
		     "for they keep the groups that they began with",
		     group->gr_name, user, user);
	else if (!diag.n)
		note("user %s may read it as far as owners, groups and modes say", user);
	diag_done(&diag);
}

static void look_as(const char *user, const char *path, const char *dir, const struct stat *file)
{
	const struct passwd *found = getpwnam(user);
	struct passwd pw = found ? *found : (struct passwd){ 0 };
	bool tried = found && (geteuid() == 0 || geteuid() == pw.pw_uid);

	pw.pw_name = (char *)(uintptr_t)user; /* the rest of *found goes with the next question */
	if (found && pw.pw_uid == file->st_uid)
		note("user %s owns the database: who reads it should be another user, in its group",
		     user);
	if (tried && try_it(geteuid() == 0 ? &pw : NULL, user, path, dir))
		return;
	judge(user, found ? &pw : NULL, path, file);
	if (found && !tried)
		note("that was not tried: run this as root (sudo) to open it as user %s", user);
}

/* ---- the command ---------------------------------------------------------------------- */

static int look(const char *path, const char *user)
{
	struct stat st;
	char *full = realpath(path, NULL);

	if (!full || stat(full, &st) < 0 || !S_ISREG(st.st_mode)) {
		fprintf(stderr, "rackmeter db doctor: %s: %s\n", path,
			full ? "is not a file" : strerror(errno));
		free(full);
		return 2;
	}

	char *dir = xstrdup(full), *slash = strrchr(dir, '/');
	slash[slash == dir ? 1 : 0] = '\0';
	n_wrong = 0;
	look_at_folder(dir, &st);
	look_at_file(full, &st);
	bool wal = look_beside(full, "-wal", &st), shm = look_beside(full, "-shm", &st);
	if (!wal || !shm)
		wrong("%s%s: is not there, and a reader that may not write cannot make it: start "
		      "rackmeterd, which leaves it behind when it ends",
		      full, wal ? "-shm" : "-wal");
	look_at_place(full);
	if (user)
		look_as(user, full, dir, &st);
	else
		try_it(NULL, "(you)", full, dir);
	if (n_wrong)
		printf("%s: %d thing%s to mend\n", full, n_wrong, n_wrong == 1 ? "" : "s");
	else
		printf("%s: fine\n", full);
	free(dir);
	free(full);
	return n_wrong > 0;
}

static int run(int argc, char **argv)
{
	struct values v = { 0 };
	int n, rc = option_parse(&db_doctor, argc, argv, &v, &n);

	if (rc)
		return rc < 0 ? 0 : rc;
	char *path = command_database(v.db, v.dir);
	rc = look(path, v.as);
	free(path);
	return rc;
}

const struct command db_doctor = {
	.of = "rackmeter db",
	.name = "doctor",
	.summary = "who may read and write it, and what to do so that another user can read it",
	.about = "Owner and mode of the database, its folder, -wal and -shm; whether it has a "
		 "write-ahead log; and with --as, whether that user can open and read it: really "
		 "opened as that user when root asks, else judged by owners, groups and modes. A "
		 "line each: ok, note, or WRONG with what to do. Nothing is changed.",
	.options = table,
	.exits = "0 fine\n1 something is to be mended\n2 there is no such file, or wrong usage",
	.run = run,
};

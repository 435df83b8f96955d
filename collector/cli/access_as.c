/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges by owner, group and mode along the path instead of becoming the user, so it
 * works without root. Access lists (acl(5)) are not looked at.
 */
#include "cli/access_as.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/file.h"

struct who {
	const char *name;
	uid_t uid;
	gid_t groups[256];
	int n_groups;
	struct diag *diag;
};

enum { MAY_READ = 4, MAY_WRITE = 2, MAY_ENTER = 1 };

static bool may(const struct who *who, const struct stat *st, unsigned want)
{
	unsigned mode = (unsigned)st->st_mode;

	if (who->uid == 0)
		return true;
	if (st->st_uid == who->uid)
		return ((mode >> 6) & want) == want;
	for (int i = 0; i < who->n_groups; i++)
		if (who->groups[i] == st->st_gid)
			return ((mode >> 3) & want) == want;
	return (mode & want) == want;
}

/* A folder that many files stand in is told once. */
static bool told(const struct who *who, const char *path)
{
	for (size_t i = 0; i < who->diag->n; i++)
		if (!strcmp(who->diag->items[i].file, path))
			return true;
	return false;
}

static void refuse(const struct who *who, const char *path, const struct stat *st, const char *what,
		   const char *need)
{
	if (told(who, path))
		return;

	const struct passwd *owner = getpwuid(st->st_uid);
	const struct group *group = getgrgid(st->st_gid);

	diag_add(
		who->diag, DIAG_ERROR, path, 0, 0,
		"user %s may not %s it (mode %04o, owner %s, group %s): give %s %s permission, for "
		"example with chgrp and chmod",
		who->name, what, (unsigned)(st->st_mode & 07777), owner ? owner->pw_name : "?",
		group ? group->gr_name : "?", who->name, need);
}

/* Every folder above path can be entered. */
static bool reach(const struct who *who, const char *path)
{
	char *part = xstrdup(path);
	bool ok = true;

	for (char *slash = strchr(part + 1, '/'); slash && ok; slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = '\0';
		if (stat(part, &st) < 0) {
			diag_add(who->diag, DIAG_ERROR, part, 0, 0, "cannot be looked at: %s",
				 strerror(errno));
			ok = false;
		} else if (!may(who, &st, MAY_ENTER)) {
			refuse(who, part, &st, "enter", "x");
			ok = false;
		}
		*slash = '/';
	}
	free(part);
	return ok;
}

static void need(const struct who *who, const char *path, unsigned want, const char *what,
		 const char *bits)
{
	char *full = realpath(path, NULL);
	struct stat st;

	if (!full && errno == ENOENT && (want & MAY_WRITE))
		diag_add(who->diag, DIAG_ERROR, path, 0, 0,
			 "is not there: create it so that user %s may %s it", who->name, what);
	else if (!full && errno == ENOENT)
		; /* a file that is missing is told by config/ */
	else if (!full || stat(full, &st) < 0)
		diag_add(who->diag, DIAG_ERROR, path, 0, 0, "cannot be looked at: %s",
			 strerror(errno));
	else if (reach(who, full) && !may(who, &st, want))
		refuse(who, full, &st, what, bits);
	free(full);
}

/* The folder, and the files of the database that are there. */
static void need_database(const struct who *who, const char *database)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char *dir = xstrdup(database), *slash = strrchr(dir, '/');

	if (slash)
		slash[slash == dir ? 1 : 0] = '\0';
	need(who, slash ? dir : ".", MAY_READ | MAY_WRITE | MAY_ENTER, "write into", "rwx");
	free(dir);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *file = xasprintf("%s%s", database, suffixes[i]);

		if (access(file, F_OK) == 0)
			need(who, file, MAY_READ | MAY_WRITE, "write", "rw");
		free(file);
	}
}

/* path: what is looked at, for the message when there is no such user. */
static bool find(const char *user, const char *path, struct diag *diag, struct who *ret)
{
	const struct passwd *pw = getpwnam(user);

	*ret = (struct who){ .name = user, .diag = diag };
	if (!pw) {
		diag_add(diag, DIAG_ERROR, path, 0, 0,
			 "there is no user %s on this machine: create it, or correct --as", user);
		return false;
	}
	ret->uid = pw->pw_uid;
	ret->n_groups = (int)(sizeof(ret->groups) / sizeof(ret->groups[0]));
	if (getgrouplist(user, pw->pw_gid, ret->groups, &ret->n_groups) < 0)
		ret->n_groups = (int)(sizeof(ret->groups) / sizeof(ret->groups[0]));
	return true;
}

void access_read_as(const char *user, const char *database, struct diag *diag)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct who who;

	if (!find(user, database, diag, &who))
		return;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *file = xasprintf("%s%s", database, suffixes[i]);

		need(&who, file, MAY_READ, "read", "r");
		free(file);
	}
}

/* systemd reads the credentials as root and hands them to the unit (LoadCredential= of
 * rackmeterd.service): here, or where the service would be started with these files. */
static bool handed_over(const struct config *config)
{
	return getenv("CREDENTIALS_DIRECTORY") ||
	       (access("/run/systemd/system", F_OK) == 0 && /* sd_booted(3) */
		!strcmp(config->dir, RACKMETER_SYSCONFDIR) &&
		!strcmp(config->settings.credentials_file, "credentials.yaml"));
}

void access_as(const char *user, const struct config *config, struct diag *diag)
{
	struct who who;

	if (!find(user, config->dir, diag, &who))
		return;
	need(&who, config->dir, MAY_READ | MAY_ENTER, "read", "rx");
	for (size_t i = 0; i < config->n_files; i++) {
		char *path = file_below(config->dir, config->files[i].name);

		need(&who, path, MAY_READ, "read", "r");
		free(path);
	}
	if (*config->settings.credentials_file && !handed_over(config)) {
		char *path = file_below(config->dir, config->settings.credentials_file);

		need(&who, path, MAY_READ, "read",
		     "r (chown it to that user: its mode stays 0600)");
		free(path);
	}
	need_database(&who, config->settings.database);
}

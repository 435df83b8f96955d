/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixture is the good site with the files of its folder laid over it. It is copied
 * because the credentials file must be private, which a checkout does not keep.
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/zone.h"
#include "inventory/inventory.h"

static const char *const fixture_files[] = {
	"rackmeter.yaml", "credentials.yaml", "profiles/test-bcm.yaml", "racks.csv",
	"circuits.csv",   "devices.csv",      "channels.csv",           "cords.csv",
};

#define N_FIXTURE_FILES (sizeof(fixture_files) / sizeof(fixture_files[0]))

struct fixture {
	char dir[64];
	struct config *config;
	struct profile_set *profiles;
	struct inventory *inventory;
	struct diag diag;
};

static void fixture_copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out;
	char buf[4096];
	size_t n;

	if (!in && errno == ENOENT)
		return;
	assert_non_null(in);
	out = fopen(to, "w");
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void fixture_lay(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < N_FIXTURE_FILES; i++) {
		char *from = xasprintf(FIXTURES "/inventory/%s/%s", name, fixture_files[i]);
		char *to = xasprintf("%s/%s", f->dir, fixture_files[i]);

		fixture_copy(from, to);
		free(from);
		free(to);
	}
}

/* The shipped profiles and test-bcm, read once: many fixtures are opened, none has profiles of its
 * own beside good's. */
static struct profile_set *fixture_profiles(const char *dir, struct diag *diag)
{
	static struct profile_set *set;
	const char *dirs[] = { dir, PROFILES };

	if (set == NULL)
		set = profile_set_load(dirs, 2, diag);
	return set;
}

static void fixture_open(struct fixture *f, const char *name, const char *at)
{
	char *path;
	int64_t ts;
	struct err err;

	*f = (struct fixture){ .dir = "/tmp/rackmeter-inventory-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	path = xasprintf("%s/profiles", f->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	fixture_lay(f, "good");
	if (strcmp(name, "good") != 0)
		fixture_lay(f, name);

	char *secret = xasprintf("%s/credentials.yaml", f->dir);

	assert_int_equal(chmod(secret, 0600), 0);
	free(secret);

	f->config = config_load(f->dir, NULL, 0, &f->diag);
	f->profiles = fixture_profiles(path, &f->diag);
	assert_int_equal(zone_parse(at, &ts, &err), 0);
	f->inventory = inventory_load(f->config, f->profiles, ts, &f->diag);
	diag_sort(&f->diag);
	free(path);
}

static void fixture_close(struct fixture *f)
{
	for (size_t i = 0; i < N_FIXTURE_FILES; i++) {
		char *path = xasprintf("%s/%s", f->dir, fixture_files[i]);

		unlink(path);
		free(path);
	}

	char *profiles = xasprintf("%s/profiles", f->dir);

	rmdir(profiles);
	free(profiles);
	rmdir(f->dir);
	inventory_free(f->inventory);
	config_free(f->config);
	diag_done(&f->diag);
}

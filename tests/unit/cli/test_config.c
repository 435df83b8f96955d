/* SPDX-License-Identifier: Apache-2.0 */
/* init, check config and config diff as a person types them: what they print and how they exit. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include <json.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/site.h"
#include "inventory/rows.h"
#include "store/confdb.h"

extern const struct command cmd_check, cmd_config, cmd_init;

static char dir[64], said[65536];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/rackmeter-cli-XXXXXX");
	setenv("RACKMETER_PROFILES", PROFILES, 1);
	unsetenv("RACKMETER_DB");
	unsetenv("CREDENTIALS_DIRECTORY");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Runs a command with the words of text; what it prints (both streams) ends up in `said`. */
static int run(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int run(const struct command *command, const char *format, ...)
{
	char text[1024], *argv[32], *rest = text, *word;
	int argc = 0, status;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	while ((word = strsep(&rest, " ")) && argc < 31)
		argv[argc++] = word;
	argv[argc] = NULL;

	FILE *out = tmpfile();

	assert_non_null(out);
	fflush(stdout);
	fflush(stderr);

	int old_out = dup(1), old_err = dup(2);

	dup2(fileno(out), 1);
	dup2(fileno(out), 2);
	status = command_run(command, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(old_out, 1);
	dup2(old_err, 2);
	close(old_out);
	close(old_err);
	rewind(out);
	said[fread(said, 1, sizeof(said) - 1, out)] = '\0';
	fclose(out);
	return status;
}

static void says(const char *phrase)
{
	if (!strstr(said, phrase))
		fail_msg("\"%s\" is not in:\n%s", phrase, said);
}

/* Replaces the first `from` in a file of the site. */
static void edit(const char *name, const char *from, const char *to)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	static char text[65536];

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);

	char *at = strstr(text, from);

	assert_non_null(at);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	fclose(f);
	free(path);
}

static void init_passes_check(void **state)
{
	static const char *const options[] = { "", " --sides A",
					       " --rows 3 --per-row 5 --sides A,B,C",
					       " --rows 12 --per-row 30" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(run(&cmd_init, "init %s/s%zu%s", dir, i, options[i]), 0);
		assert_int_equal(run(&cmd_check, "check config --strict --dir %s/s%zu", dir, i), 0);
		says(": ok: ");
		assert_null(strstr(said, "warning"));
	}
	says("360 racks, 749 circuits, 723 devices, 1 boundary\n");
	assert_int_equal(run(&cmd_check, "check config --dir %s/s0", dir), 0);
	says("0 racks, 0 circuits, 0 devices, 0 boundaries\n");

	char *secret = xasprintf("%s/s0/credentials.yaml", dir);
	struct stat st;

	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	free(secret);
}

static void init_never_overwrites(void **state)
{
	(void)state;
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 0);
	edit("racks.csv", "R01-01", "MINE");

	char *yaml = xasprintf("%s/rackmeter.yaml", dir);

	assert_int_equal(unlink(yaml), 0);
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 1);
	says("racks.csv: is there already and is never overwritten");
	assert_int_equal(access(yaml, F_OK), -1); /* nothing was written at all */
	free(yaml);
	assert_int_equal(run(&cmd_init, "init /proc/nowhere"), 1);
	assert_int_equal(run(&cmd_init, "init --sides A,A"), 2);
	assert_int_equal(run(&cmd_init, "init --sides a"), 2);
	assert_int_equal(run(&cmd_init, "init --rows 1x"), 2);
	assert_int_equal(run(&cmd_init, "init a b"), 2);
}

static void check_exits(void **state)
{
	(void)state;
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 0);
	edit("circuits.csv", "SWB-A,switchboard,A,H1,UTIL-1,3ph-wye,400",
	     "SWB-A,switchboard,A,H1,UTIL-1,"
	     "3ph-wye,230");
	assert_int_equal(run(&cmd_check, "check config --dir %s", dir), 0);
	says("circuits.csv:10: warning: circuit SWB-A");
	says("0 errors, 1 warning\n");
	assert_int_equal(run(&cmd_check, "check config --strict --dir %s", dir), 2);
	edit("devices.csv", "apc-rpdu2", "apc-rpdu22");
	edit("racks.csv", "R01-02-A", "R01-99-A");
	assert_int_equal(run(&cmd_check, "check config --dir %s", dir), 1);
	says("did you mean \"apc-rpdu2\"?");
	says("racks.csv:8: error: rack R01-02: feed \"R01-99-A\"");
	says("2 errors, 1 warning\n");

	assert_int_equal(run(&cmd_check, "check config --format json --dir %s", dir), 1);

	struct json_object *root = json_tokener_parse(said), *o, *item;

	assert_non_null(root);
	assert_true(json_object_object_get_ex(root, "ok", &o));
	assert_false(json_object_get_boolean(o));
	assert_true(json_object_object_get_ex(root, "errors", &o));
	assert_int_equal(json_object_get_int(o), 2);
	assert_true(json_object_object_get_ex(root, "problems", &o));
	assert_int_equal(json_object_array_length(o), 3);
	item = json_object_array_get_idx(o, 2);
	assert_true(json_object_object_get_ex(item, "file", &o));
	assert_string_equal(json_object_get_string(o), "racks.csv");
	assert_true(json_object_object_get_ex(item, "line", &o));
	assert_int_equal(json_object_get_int(o), 8);
	json_object_put(root);

	assert_int_equal(run(&cmd_check, "check"), 2);
	assert_int_equal(run(&cmd_check, "check config --format xml"), 2);
	assert_int_equal(run(&cmd_check, "check config --replace racks.csv"), 2);
	assert_int_equal(run(&cmd_check, "check config --dir"), 2);
	assert_int_equal(run(&cmd_check, "check config more"), 2);
	assert_int_equal(run(&cmd_check, "check config --dir %s/none", dir), 1);
}

static void check_replaced(void **state)
{
	(void)state;
	assert_int_equal(run(&cmd_init, "init %s/a --rows 2", dir), 0);
	assert_int_equal(run(&cmd_init, "init %s/b --rows 1 --per-row 9", dir), 0);
	assert_int_equal(run(&cmd_check,
			     "check config --dir %s/a --replace racks.csv=%s/b/racks.csv", dir,
			     dir),
			 1);
	says("R01-09-A");
	assert_int_equal(run(&cmd_check, "check config --dir %s/a", dir), 0);
}

/* A row for next year is judged today, once, with its date. */
static void check_later(void **state)
{
	(void)state;
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 0);
	edit("devices.csv", "UPS-B-M,modbus",
	     "UPS-B-M,modbus://later.example/2,schneider-pm5000,,,,"
	     "UPS-B,ups_out,check,1,,,,,2090-01-01,\nUPS-B-M,modbus");
	assert_int_equal(run(&cmd_check, "check config --dir %s", dir), 1);
	says("error: from 2090-01-01 00:00:00 UTC on: boundary site, category 1: no ups_out meter");
	says("1 error, 0 warnings\n");
}

static void check_as(void **state)
{
	(void)state;
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 0);
	edit("rackmeter.yaml", "database: rackmeter.db", "database: state/x.db");
	assert_int_equal(run(&cmd_check, "check config --dir %s --as no-such-user", dir), 1);
	says("there is no user no-such-user");
	assert_int_equal(run(&cmd_check, "check config --dir %s --as root", dir), 1);
	says("/state: error: is not there: create it so that user root may write into it");

	char *state_dir = xasprintf("%s/state", dir);

	assert_int_equal(mkdir(state_dir, 0755), 0);
	assert_int_equal(run(&cmd_check, "check config --dir %s --as root", dir), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(run(&cmd_check, "check config --dir %s --as nobody", dir), 1);
	says("credentials.yaml: error: user nobody may not read it (mode 0600");
	says("state: error: user nobody may not write into it (mode 0755");
	says("2 errors, 0 warnings\n");
	free(state_dir);
}

static void store(const char *db_path, int64_t ts)
{
	struct confdb_load load = { .ts = ts, .user = "test", .dir = dir };
	struct diag diag = { 0 };
	struct site site;
	struct err err = { "" };
	size_t n;

	site_load(&site, dir, NULL, 0, ts, &diag);
	assert_int_equal(diag.n_errors, 0);
	load.hash = site.config->hash;

	struct config_row *rows = inventory_rows_all(site.config, &n);
	struct db *db = db_open_write(db_path, &err);

	if (!db)
		fail_msg("%s", err.text);
	assert_int_equal(db_begin(db, &err), 0);
	if (confdb_apply(db, &load, rows, n, false, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(db_commit(db, &err), 0);
	db_close(db);
	inventory_rows_free(rows, n);
	site_done(&site);
	diag_done(&diag);
}

static void config_diff(void **state)
{
	char *db = xasprintf("%s/x.db", dir);

	(void)state;
	assert_int_equal(run(&cmd_init, "init %s --rows 2", dir), 0);
	assert_int_equal(run(&cmd_config, "config diff --dir %s --db %s", dir, db), 0);
	says("is not there yet");
	store(db, 1767225600);
	assert_int_equal(run(&cmd_config, "config diff --dir %s --db %s", dir, db), 0);
	says("no change\n");

	edit("racks.csv", "R01-02,H1,r1,2,live,,R01-02-A R01-02-B,2N,,,A2,\n",
	     "R01-02,H1,r1,2,live,,R01-02-A R01-02-B,2N,17,,A2,\n"
	     "R01-02,H1,r1,2,live,,R01-02-A R01-02-B,2N,12,,A2,2090-02-01\n");
	assert_int_equal(run(&cmd_config, "config diff --dir %s --db %s", dir, db), 0);
	says("rack R01-02, from the load: ");
	says("17000");
	says("rack R01-02, from 2090-02-01 00:00:00 UTC");
	says("\n2 changes\n");
	/* it changed nothing */
	assert_int_equal(run(&cmd_config, "config diff --dir %s --db %s", dir, db), 0);
	says("\n2 changes\n");

	edit("devices.csv", "apc-rpdu2", "apc-rpdu22");
	assert_int_equal(run(&cmd_config, "config diff --dir %s --db %s", dir, db), 1);
	says("would be refused");
	assert_int_equal(run(&cmd_config, "config"), 2);
	assert_int_equal(run(&cmd_config, "config diff extra"), 2);
	free(db);
}

static void where(void **state)
{
	char *path;

	(void)state;
	setenv("RACKMETER_CONFIG", dir, 1);
	assert_string_equal(command_config_dir(), dir);
	path = command_database("x.db", NULL);
	assert_string_equal(path, "x.db");
	free(path);
	path = command_database(NULL, NULL); /* no rackmeter.yaml: the default */
	assert_non_null(strstr(path, "/rackmeter.db"));
	free(path);
	assert_int_equal(run(&cmd_init, "init"), 0);
	edit("rackmeter.yaml", "database: rackmeter.db", "database: state/x.db");
	path = command_database(NULL, NULL);

	char *want = xasprintf("%s/state/x.db", dir);

	assert_string_equal(path, want);
	free(path);
	setenv("RACKMETER_DB", "/elsewhere/y.db", 1);
	path = command_database(NULL, NULL);
	assert_string_equal(path, "/elsewhere/y.db");
	free(path);
	path = command_database(NULL, dir); /* what is typed counts more than the environment */
	assert_string_equal(path, want);
	free(path);
	free(want);
	unsetenv("RACKMETER_DB");
	unsetenv("RACKMETER_CONFIG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(init_passes_check, setup, teardown),
		cmocka_unit_test_setup_teardown(init_never_overwrites, setup, teardown),
		cmocka_unit_test_setup_teardown(check_exits, setup, teardown),
		cmocka_unit_test_setup_teardown(check_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(check_later, setup, teardown),
		cmocka_unit_test_setup_teardown(check_as, setup, teardown),
		cmocka_unit_test_setup_teardown(config_diff, setup, teardown),
		cmocka_unit_test_setup_teardown(where, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: who may read them, what they may say, and that no problem quotes a secret. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/config.h"

static char dir[] = "/tmp/rackmeter-credentials-XXXXXX";
static const char *const files[] = { "rackmeter.yaml", "racks.csv", "devices.csv", "snmp.yaml" };

static void write_file(const char *name, mode_t mode, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

/* Last changed in that many seconds from now. */
static void set_time(const char *name, int64_t after_s)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct timespec times[2];

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
	times[0].tv_sec += after_s;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	write_file("rackmeter.yaml", 0644,
		   "version: 1\nsite: s\nzone: UTC\ncredentials: snmp.yaml\n");
	write_file("racks.csv", 0644, "rack\nK01\n");
	write_file("devices.csv", 0644, "device,endpoint,profile\n");
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = xasprintf("%s/%s", dir, files[i]);
		unlink(path);
		free(path);
	}
	return rmdir(dir);
}

/* Loads with these credentials; wants one problem with that text (NULL: none). */
static struct config *load(mode_t mode, const char *text, int line, const char *problem)
{
	struct diag diag = { 0 };

	write_file("snmp.yaml", mode, text);
	struct config *config = config_load(dir, NULL, 0, &diag);
	diag_print(&diag, stderr);
	assert_int_equal(diag.n, problem ? 1 : 0);
	if (problem) {
		assert_string_equal(diag.items[0].file, "snmp.yaml");
		assert_int_equal(diag.items[0].line, line);
		assert_non_null(strstr(diag.items[0].text, problem));
		assert_null(strstr(diag.items[0].text, "hush"));
	}
	diag_done(&diag);
	return config;
}

#define ONE                                                                  \
	"credentials: {ro: {version: 2c, community: hush},"                 \
	" old: {version: 1, community: hush1}}\n"

static void good(void **state)
{
	(void)state;
	struct config *config = load(0600, ONE, 0, NULL);
	assert_int_equal(config->n_credentials, 2);
	assert_string_equal(config->credentials[0].name, "ro");
	assert_int_equal(config->credentials[0].snmp_version, 2);
	assert_string_equal(config->credentials[0].community, "hush");
	assert_int_equal(config->credentials[1].snmp_version, 1);
	config_free(config);
}

static void from_environment(void **state)
{
	static const char text[] = "credentials:\n  ro: {version: 2c, "
				   "community: \"${RM_TEST_C}\"}\n";

	(void)state;
	unsetenv("RM_TEST_C");
	config_free(load(0600, text, 2, "the environment variable RM_TEST_C is not set"));
	setenv("RM_TEST_C", "hush2", 1);
	struct config *config = load(0600, text, 0, NULL);
	assert_string_equal(config->credentials[0].community, "hush2");
	config_free(config);
	unsetenv("RM_TEST_C");
}

static void readable_by_others(void **state)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0660 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct config *config = load(modes[i], ONE, 0, "run: chmod 600 ");
		assert_int_equal(config->n_credentials, 0);
		config_free(config);
	}
}

static void bad_content(void **state)
{
	(void)state;
	config_free(load(0600, "credentials:\n  ro: {version: 2, community: hush}\n", 2,
			 "write 3, 2c or 1"));
	config_free(load(0600, "credentials:\n  ro: {version: 2c}\n", 2, "community: is missing"));
	config_free(load(0600,
			 "credentials:\n  ro: {version: 2c, comunity: hush, community: hush}\n", 2,
			 "did you mean 'community'?"));
	config_free(load(0600, "credentials:\n  ro: hush\n", 2, "write ro: {version: 2c"));
	config_free(load(0600, "ro: 1\ncredentials: {}\n", 1, "unknown key 'ro'"));
	config_free(load(0600, "credentials: [hush\n", 2, "is not YAML"));
	config_free(load(0600, "", 0, "is empty"));
}

#define V3 "credentials:\n  v3:\n    version: 3\n    user: poller\n"

static void version_3(void **state)
{
	static const struct {
		const char *text;
		enum cfg_auth auth;
		enum cfg_priv priv;
	} good[] = {
		{ V3, CFG_AUTH_NONE, CFG_PRIV_NONE },
		{ V3 "    level: noAuthNoPriv\n", CFG_AUTH_NONE, CFG_PRIV_NONE },
		{ V3 "    auth: MD5\n    auth_password: hushhush\n", CFG_AUTH_MD5, CFG_PRIV_NONE },
		{ V3 "    level: authNoPriv\n    auth: SHA\n    auth_password: hushhush\n",
		  CFG_AUTH_SHA, CFG_PRIV_NONE },
		{ V3 "    auth: sha1\n    auth_password: hushhush\n", CFG_AUTH_SHA, CFG_PRIV_NONE },
		{ V3 "    auth: sha256\n    auth_password: hushhush\n    priv: AES-128\n"
		     "    priv_password: hushhush2\n",
		  CFG_AUTH_SHA256, CFG_PRIV_AES128 },
		{ V3 "    level: authPriv\n    auth: SHA-224\n    auth_password: hushhush\n"
		     "    priv: DES\n    priv_password: hushhush2\n",
		  CFG_AUTH_SHA224, CFG_PRIV_DES },
		{ V3 "    auth: SHA-384\n    auth_password: hushhush\n    priv: AES-192\n"
		     "    priv_password: hushhush2\n",
		  CFG_AUTH_SHA384, CFG_PRIV_AES192 },
		{ V3 "    auth: SHA-512\n    auth_password: hushhush\n    priv: AES-256-C\n"
		     "    priv_password: hushhush2\n",
		  CFG_AUTH_SHA512, CFG_PRIV_AES256_C },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct config *config = load(0600, good[i].text, 0, NULL);
		const struct cfg_credential *c = &config->credentials[0];

		assert_int_equal(c->snmp_version, 3);
		assert_string_equal(c->user, "poller");
		assert_string_equal(c->community, "");
		assert_string_equal(c->context, "");
		assert_int_equal(c->auth, good[i].auth);
		assert_int_equal(c->priv, good[i].priv);
		assert_string_equal(c->auth_password, c->auth ? "hushhush" : "");
		assert_string_equal(c->priv_password, c->priv ? "hushhush2" : "");
		config_free(config);
	}
	setenv("RM_TEST_P", "hushhush3", 1);
	struct config *config = load(0600, V3 "    auth: MD5\n    auth_password: ${RM_TEST_P}\n"
				     "    context: bay1\n", 0, NULL);
	assert_string_equal(config->credentials[0].auth_password, "hushhush3");
	assert_string_equal(config->credentials[0].context, "bay1");
	config_free(config);
	unsetenv("RM_TEST_P");
}

static void bad_version_3(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *problem;
	} bad[] = {
		{ "credentials:\n  v3: {version: 3}\n", 2, "user: is missing" },
		{ "credentials:\n  v3: {version: 3, user: \"\"}\n", 2, "user: must be a text" },
		{ "credentials:\n  v3: {version: 3, user: u, community: hush}\n", 2,
		  "unknown key 'community'" },
		{ V3 "    auth: SHA-255\n    auth_password: hushhush\n", 5,
		  "did you mean 'SHA-256'?" },
		{ V3 "    auth: kerberos\n    auth_password: hushhush\n", 5,
		  "write MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512" },
		{ V3 "    auth: [MD5]\n    auth_password: hushhush\n", 5, "is no protocol" },
		{ V3 "    auth: AES128\n    auth_password: hushhush\n", 5, "auth: is no protocol" },
		{ V3 "    auth: hushhush\n    auth_password: hushhush\n", 5,
		  "auth: is no protocol" },
		{ V3 "    auth: MD5\n", 2, "auth_password: is missing" },
		{ V3 "    auth: MD5\n    auth_password: hush\n", 6, "shorter than 8 characters" },
		{ V3 "    auth_password: hushhush\n", 5, "auth_password without auth" },
		{ V3 "    priv: AES\n    priv_password: hushhush\n", 5, "priv without auth" },
		{ V3 "    auth: MD5\n    auth_password: hushhush\n    priv: AES-512\n"
		     "    priv_password: hushhush\n",
		  7, "did you mean 'AES" },
		{ V3 "    auth: MD5\n    auth_password: hushhush\n    priv: DES\n", 2,
		  "priv_password: is missing" },
		{ V3 "    auth: MD5\n    auth_password: hushhush\n    priv: DES\n"
		     "    priv_password: hush\n",
		  8, "shorter than 8 characters" },
		{ V3 "    auth: MD5\n    auth_password: hushhush\n    priv_password: hushhush\n", 7,
		  "priv_password without priv" },
		{ V3 "    level: authPriv\n    auth: MD5\n    auth_password: hushhush\n", 5,
		  "authPriv wants priv" },
		{ V3 "    level: authNoPriv\n", 5, "authNoPriv wants auth" },
		{ V3 "    level: noAuthNoPriv\n    auth: MD5\n    auth_password: hushhush\n", 5,
		  "noAuthNoPriv, but auth is given" },
		{ V3 "    level: most\n", 5, "write noAuthNoPriv, authNoPriv or authPriv" },
		{ V3 "    auth: MD5\n    auth_password: ${RM_TEST_NONE}\n", 6,
		  "the environment variable RM_TEST_NONE is not set" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		config_free(load(0600, bad[i].text, bad[i].line, bad[i].problem));
	config_free(load(0600, "credentials:\n  v3: {version: 3, user: "
			 "abcdefghijabcdefghijabcdefghijabc}\n", 2, "longer than 32 characters"));
}

static void missing_file(void **state)
{
	struct diag diag = { 0 };
	char *path = xasprintf("%s/snmp.yaml", dir);

	(void)state;
	unlink(path);
	free(path);
	config_free(config_load(dir, NULL, 0, &diag));
	assert_int_equal(diag.n, 1);
	assert_non_null(strstr(diag.items[0].text, "the credentials file is missing"));
	diag_done(&diag);
}

static void systemd_credential(void **state)
{
	struct diag diag = { 0 };
	char *path = xasprintf("%s/credentials", dir);

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	/* The modes there are systemd's business. */
	write_file("credentials/snmp.yaml", 0440,
		   "credentials: {unit: {version: 2c, community: hush}}\n");
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	struct config *config = config_load(dir, NULL, 0, &diag);
	assert_int_equal(diag.n, 0);
	assert_int_equal(config->n_credentials, 1);
	assert_string_equal(config->credentials[0].name, "unit");
	config_free(config);
	/* What the site's file says now is not what is used; nobody needs to read it for that. */
	write_file("snmp.yaml", 0000, "credentials: {site: {version: 2c, community: hush}}\n");
	set_time("snmp.yaml", 60);
	config = config_load(dir, NULL, 0, &diag);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(diag.n, 1);
	assert_int_equal(diag.n_errors, 0);
	assert_string_equal(diag.items[0].file, "snmp.yaml");
	assert_non_null(strstr(diag.items[0].text, "systemctl restart rackmeterd"));
	assert_string_equal(config->credentials[0].name, "unit");
	config_free(config);
	diag_done(&diag);
	char *file = xasprintf("%s/snmp.yaml", path);
	unlink(file);
	rmdir(path);
	free(file);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(from_environment),
		cmocka_unit_test(readable_by_others),
		cmocka_unit_test(bad_content),
		cmocka_unit_test(version_3),
		cmocka_unit_test(bad_version_3),
		cmocka_unit_test(missing_file),
		cmocka_unit_test(systemd_credential),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

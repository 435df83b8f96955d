/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: which there are, where the configuration and the database are. */
#include "cli/command.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void command_list(FILE *f)
{
	fputs("Usage: rackmeter COMMAND [OPTIONS]\n"
	      "Reads what rackmeterd collects: power and temperature of racks.\n\nCommands:\n",
	      f);
	for (size_t i = 0; cmd_registry[i]; i++)
		fprintf(f, "  %-12s %s\n", cmd_registry[i]->name, cmd_registry[i]->summary);
	fputs("\n`rackmeter COMMAND --help` and `man rackmeter-COMMAND` say more;\n"
	      "`rackmeter --version` prints the version.\n",
	      f);
}

const struct command *command_find(const char *name)
{
	const char *names[64], *near;
	size_t n = 0;

	for (size_t i = 0; cmd_registry[i]; i++) {
		if (!strcmp(cmd_registry[i]->name, name))
			return cmd_registry[i];
		if (n < sizeof(names) / sizeof(*names))
			names[n++] = cmd_registry[i]->name;
	}
	near = text_nearest(name, names, n);
	if (near)
		fprintf(stderr, "rackmeter: there is no command %s: did you mean %s?\n", name,
			near);
	else
		fprintf(stderr,
			"rackmeter: there is no command %s: `rackmeter --help` lists them\n", name);
	return NULL;
}

const char *command_config_dir(void)
{
	const char *dir = getenv("RACKMETER_CONFIG");

	return dir && *dir ? dir : RACKMETER_SYSCONFDIR;
}

void command_settings(const char *dir, struct settings *ret, struct diag *diag)
{
	char *yaml = xasprintf("%s/rackmeter.yaml", dir);
	struct yamldoc *doc = yamldoc_open(yaml, "rackmeter.yaml", diag);

	*ret = (struct settings){ 0 };
	settings_read(doc, dir, ret, diag);
	yamldoc_free(doc);
	free(yaml);
}

char *command_database(const char *option_db, const char *option_dir)
{
	const char *env = getenv("RACKMETER_DB");

	if (option_db)
		return xstrdup(option_db);
	if (!option_dir && env && *env)
		return xstrdup(env);

	struct settings settings;
	struct diag ignored = { 0 };

	command_settings(option_dir ? option_dir : command_config_dir(), &settings, &ignored);

	char *path = xstrdup(settings.database);

	settings_done(&settings);
	diag_done(&ignored);
	return path;
}

struct db *command_open(const char *option_db, const char *option_dir, struct err *err)
{
	char *path = command_database(option_db, option_dir);
	struct db *db = db_open_read(path, err);

	free(path);
	return db;
}

const char *command_user(char *buf, size_t size)
{
	const struct passwd *pw = getpwuid(geteuid());

	if (pw)
		snprintf(buf, size, "%s", pw->pw_name);
	else
		snprintf(buf, size, "%u", (unsigned)geteuid());
	return buf;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: which there are, where the configuration and the database are. */
#include "cli/command.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/settings.h"

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

/* Reads rackmeter.yaml alone: a report must not wait for 200,000 devices to be parsed. What
 * is wrong in it does not matter here; the default stands in. */
char *command_database(const char *option_db, const char *option_dir)
{
	const char *env = getenv("RACKMETER_DB");

	if (option_db)
		return xstrdup(option_db);
	if (!option_dir && env && *env)
		return xstrdup(env);

	const char *dir = option_dir ? option_dir : command_config_dir();
	char *yaml = xasprintf("%s/rackmeter.yaml", dir);
	struct settings settings = { 0 };
	struct diag ignored = { 0 };
	struct yamldoc *doc =
		access(yaml, R_OK) == 0 ? yamldoc_open(yaml, "rackmeter.yaml", &ignored) : NULL;

	settings_read(doc, dir, &settings, &ignored);

	char *path = xstrdup(settings.database);

	settings_done(&settings);
	yamldoc_free(doc);
	diag_done(&ignored);
	free(yaml);
	return path;
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

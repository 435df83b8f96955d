/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter check`: a configuration, or the site for a monitoring system. */
#include <stdbool.h>
#include <string.h>

#include "cli/check_config.h"
#include "cli/check_run.h"
#include "cli/command.h"

extern const struct command cmd_check;

static int run(int argc, char **argv)
{
	const struct check *check = argc > 1 ? check_find(argv[1]) : NULL;

	if (check)
		return check_run(&cmd_check, check, argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "config"))
		return check_config(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		command_help(stdout, &cmd_check);
		return 0;
	}
	if (argc < 2)
		return command_usage_error(&cmd_check,
					   "say what to check: config, racks, failover, "
					   "pue, thermal or collector");
	return command_usage_error(&cmd_check,
				   "there is no check of %s: there are config, racks, failover, "
				   "pue, thermal and collector",
				   argv[1]);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "check a configuration, or racks, failover, PUE, ... for monitoring",
	.usage = "rackmeter check config [--dir DIR] [--replace TABLE=FILE]... [--strict]\n"
		 "                       [--format text|json] [--as USER]\n"
		 "\n"
		 "Reads the configuration and the profiles and joins them up, without touching\n"
		 "a device or the database, as it holds now and on each later date in it.\n"
		 "\n"
		 "  --dir DIR              the configuration folder ($RACKMETER_CONFIG)\n"
		 "  --replace TABLE=FILE   with FILE in the place of a table, for example\n"
		 "                         racks.csv=/tmp/racks.csv; can be repeated\n"
		 "  --strict               warnings count: exit 2\n"
		 "  --format text|json     json for programs\n"
		 "  --as USER              could that user read the files and write the database?\n"
		 "\n"
		 "Exit status: 0 good, 1 errors, 2 warnings under --strict, or wrong usage.\n"
		 "\n"
		 "rackmeter check racks|failover|pue|thermal|collector [OPTIONS]\n"
		 "One line, performance data and a state, as monitoring plugins have them.\n\n",
	.options = check_options,
	.more = check_print,
	.run = run,
};

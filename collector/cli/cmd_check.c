/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter check`: a configuration, or the site for a monitoring system. */
#include "cli/check_config.h"
#include "cli/check_run.h"
#include "cli/command.h"

extern const struct command cmd_check;

static int run(int argc, char **argv)
{
	return check_run(&cmd_check, argc, argv);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "check a configuration, or racks, failover, PUE, ... for monitoring",
	.words = "CHECK",
	.about = "One line, performance data and a state, as monitoring plugins have them. The "
		 "state is the worst of CRITICAL, WARNING, UNKNOWN, OK in this order; too little "
		 "data is UNKNOWN.",
	.options = check_options,
	.more = check_print,
	.exits = "0 OK, and with --format prom whatever was written\n1 WARNING\n2 CRITICAL, or no "
		 "such check\n3 UNKNOWN, or wrong options",
	.below = (const struct command *const[]){ &check_config, NULL },
	.run = run,
};

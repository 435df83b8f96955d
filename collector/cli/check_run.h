/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter check racks|failover|pue|thermal|collector`, for monitoring systems. */
#pragma once

#include <stdio.h>

#include "base/option.h"
#include "report/check.h"

extern const struct option check_options[]; /* ends with a name of NULL */

/* The checks there are, for --help. */
void check_print(FILE *f);
/* argv: as of a command's run(). Exit status 0 to 3, as check_state; 3 also when the options are
 * wrong: a monitoring system would take 2 for an alarm. With --format prom 0 when it was written.
 * 2 when there is no such check. */
int check_run(const struct command *command, int argc, char **argv);

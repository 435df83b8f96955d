/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of rackmeterd. Its table stands here so that `rackmeter help --json` has it. */
#pragma once

#include "base/option.h"

struct arguments {
	const char *dir, *run_for, *log_level; /* NULL: not given */
	bool check, version;
};

extern const struct command daemon_command; /* at: in struct arguments; run: NULL */

/* SPDX-License-Identifier: Apache-2.0 */
/* The halves of `rackmeter db` that take many options: export and fill. */
#pragma once

#include "cli/command.h"

extern const struct command db_export_command, db_fill;

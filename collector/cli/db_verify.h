/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db verify: what is wrong, and what to do about it. argv[0] is "verify". */
#pragma once

#include "cli/command.h"

int db_verify_run(int argc, char **argv);

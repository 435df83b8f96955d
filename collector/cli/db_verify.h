/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db verify: what is wrong, and what to do about it. */
#pragma once

#include "cli/command.h"

extern const struct command db_verify;

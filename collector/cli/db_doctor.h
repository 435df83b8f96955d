/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db doctor: can another user read the database, and lock the collector out? */
#pragma once

#include "cli/command.h"

extern const struct command db_doctor;

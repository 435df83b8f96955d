/* SPDX-License-Identifier: Apache-2.0 */
/* Names that can be typed somewhere, for shells that complete them. */
#pragma once

#include "base/err.h"

/* Prints those of a kind ("RACK", "PROFILE", "CREDENTIAL", ...) that begin with prefix, a line
 * each. option_db, option_dir: as in command_database(). -1: there is no such kind, or they cannot
 * be read. */
int names_print(const char *kind, const char *prefix, const char *option_db, const char *option_dir,
		struct err *err);

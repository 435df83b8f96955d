/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as rows of the database's inventory tables (schema/migrations). Pure. */
#pragma once

#include "base/row.h"
#include "config/config.h"

/* Calls each for every row of every table, settings and boundaries included; credentials
 * never. The row and its texts are valid during the call only. Stops when each returns
 * non-zero and returns that. */
int inventory_rows(const struct config *config, int (*each)(void *user, const struct config_row *row),
		   void *user);

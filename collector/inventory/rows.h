/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as rows of the database's inventory tables (schema/migrations). Pure. */
#pragma once

#include "base/row.h"
#include "config/config.h"

/* Calls each for every row of every table, settings and boundaries included; credentials
 * never. The row and its texts are valid during the call only. Stops when each returns
 * non-zero and returns that. */
int inventory_rows(const struct config *config,
		   int (*each)(void *user, const struct config_row *row),
		   void *user);

/* All of them as an array of their own (what confdb_apply wants); free with its n. */
struct config_row *inventory_rows_all(const struct config *config, size_t *ret_n);
struct config_row *inventory_rows_free(struct config_row *rows, size_t n); /* takes NULL */

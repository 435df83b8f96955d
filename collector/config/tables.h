/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one CSV table into the array of its structs in struct config. */
#pragma once

#include "config/column.h"

/* Appends the rows of one file. name must live as long as config. */
void tables_read(const struct table_schema *schema, const char *name, const char *data, size_t size,
		 struct config *config, struct diag *diag);
/* A file of the table could not be read: notes that rows are not known. */
void tables_unreadable(const struct table_schema *schema, struct config *config);
/* After all files of the table: the same key twice from the same time, keys that differ
 * in case only. */
void tables_check_keys(const struct table_schema *schema, struct config *config,
		       struct diag *diag);
void tables_free(const struct table_schema *schema, struct config *config);

/* SPDX-License-Identifier: Apache-2.0 */
/* The table that `rackmeter scan` writes: devices.csv, which is also what it remembers. */
#pragma once

#include <stddef.h>

#include "daemon/sweep.h"

struct scan_table;

/* path NULL: to standard output at the end. An existing file is kept and gets rows more. NULL: it
 * is no table of devices, or cannot be read. */
struct scan_table *scan_table_open(const char *path, struct err *err);
struct scan_table *scan_table_free(struct scan_table *t);
/* Does a row have this endpoint, or a member of the chain behind it? */
bool scan_table_knows(const struct scan_table *t, const char *endpoint);
/* Adds what was found: a row, or, of no known family, a comment; writes the file. */
int scan_table_add(struct scan_table *t, const struct sweep_found *found, struct err *err);
/* Rows added, and devices of no known family, of this run. */
void scan_table_counts(const struct scan_table *t, size_t *ret_rows, size_t *ret_strangers);
/* What standard output gets; NULL when there is a file. */
const char *scan_table_text(const struct scan_table *t);

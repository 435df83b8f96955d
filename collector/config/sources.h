/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a configuration folder consists of, in the order they are read. */
#pragma once

#include "config/column.h"

struct source {
	const struct table_schema *schema; /* NULL: rackmeter.yaml */
	char *name; /* as the user would name it */
	char *path;
};

struct sources {
	struct source *items;
	size_t n, cap;
};

/* rackmeter.yaml and the required tables are listed even when they are not there, except
 * that NAME.d/ may stand for NAME.csv. Problems (a folder that is not there, a replacement
 * for nothing, names that look like slips) go to diag. */
void sources_list(const char *dir, const struct config_replace *replace, size_t n_replace,
		  struct sources *ret, struct diag *diag);
void sources_done(struct sources *sources);

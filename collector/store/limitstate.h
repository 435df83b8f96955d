/* SPDX-License-Identifier: Apache-2.0 */
/* Which limits are passed, as the collector stored it on change. */
#pragma once

#include "store/db.h"

struct limit_row {
	const char *entity_kind, *entity, *part, *quantity; /* "rack", "R017", "total", "power_w" */
	const char *level;                                  /* "ok", "warn", "over" */
	int64_t since;
	double value, limit; /* that brought the change, in the quantity's unit */
};

/* Within the caller's transaction; the entity is made when there is none. */
int limitstate_put(struct db *db, const struct limit_row *row, struct err *err);
/* Those that are passed; value and limit are not told. The row's texts live during the call. */
int limitstate_each(struct db *db, void (*row)(void *user, const struct limit_row *row), void *user,
		    struct err *err);

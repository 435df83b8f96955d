/* SPDX-License-Identifier: Apache-2.0 */
/* What devices said that needs a person, from when to when, as stored on change. */
#pragma once

#include "store/db.h"

struct alarm_row {
	const char *device, *part, *quantity; /* "UPS-1", "battery", "state" */
	int64_t state;                        /* the device's integer; of flags the bit */
	const char *severity;                 /* "warning", "critical" */
	int64_t from, to;                     /* to 0: it lasts */
};

/* Within the caller's transaction. The row of the same beginning is changed. */
int alarmlog_put(struct db *db, const struct alarm_row *row, struct err *err);
/* Those that last. The row's texts live during the call. */
int alarmlog_each(struct db *db, void (*row)(void *user, const struct alarm_row *row), void *user,
		  struct err *err);

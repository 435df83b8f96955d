/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tenancy.h share. */
#pragma once

#include "report/tenancy.h"

#define TENANCY_WINDOW_S 900 /* of a demand when no tariff names another one */

/* Adds all meters up: owners, racks and days of t are prepared. */
int tenancy_read(struct tenancy *t, struct db *db, struct epochs *epochs, const struct oplog *log,
		 const struct topology *topology, const char *only, struct err *err);

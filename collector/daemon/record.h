/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration into the database: what was loaded, by whom, and what was refused. */
#pragma once

#include "base/diag.h"
#include "base/err.h"
#include "config/config.h"
#include "store/writer.h"

/* Brings the inventory tables in line with the configuration and records the load. */
int record_config(struct writer *writer, const struct config *config, int64_t ts, struct err *err);
/* Records that a configuration was refused, with its problems. */
int record_refused(struct writer *writer, const struct config *config, const struct diag *diag,
		   int64_t ts, struct err *err);
/* The latest instant the database holds, 0 for an empty one. */
int record_last_ts(struct writer *writer, int64_t *ret_ts, struct err *err);
/* Enters the civil days of the site's zone (store/civil.h): at the start, after a change of the
 * configuration, and now and then, because years go by. From the thread that owns the zone. */
int record_days(struct writer *writer, int64_t now_s, struct err *err);

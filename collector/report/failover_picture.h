/* SPDX-License-Identifier: Apache-2.0 */
/* What `rackmeter report failover` is about: all that was judged, and which of it is shown. */
#pragma once

#include "report/failover_promise.h"
#include "report/oplog.h"
#include "report/report.h"

struct failover_picture {
	const struct report_options *options;
	struct topology t;
	struct oplog log;
	double warn;
	struct failover_cases racks;
	struct failover_aboves above;
	bool has_above;                    /* false: only some racks are looked at */
	struct failover_promise *promises; /* by rack */
	size_t only;                       /* --circuit; TOPOLOGY_NONE: all */
	const struct failover_case **rows; /* shown, the worst first */
	size_t n_rows;
	const struct failover_above **above_rows;
	size_t n_above_rows;
};

/* warn: limits.warn. from: where the data of options' period begins. -1: nothing can be judged. */
int failover_picture_read(struct db *db, const struct report_options *options, double warn,
			  int64_t from, struct failover_picture *ret, struct err *err);
void failover_picture_done(struct failover_picture *p); /* takes {0} */

/* Does the rack pass --rack, --row and --hall? */
bool failover_picture_has(const struct failover_picture *p, size_t rack);
/* Does the case need a person? That the last feed's loss is the end does only where redundancy is
 * promised. */
bool failover_picture_needs(const struct failover_picture *p, const struct failover_case *c);
const struct failover_loss *failover_picture_loss(const struct failover_picture *p, size_t lost);

struct failover_counts { /* racks that a loss leaves dark, and racks by the worst state of what a
			  * loss leaves alive; circuits above by cases */
	size_t racks, dark, trip, crit, warn, unknown;
	size_t c_trip, c_crit, c_warn;
	size_t broken; /* promises */
	/* highest load of its derated rating, of what would still carry one; NAN: none is known */
	double racks_pct, above_pct;
};
void failover_picture_count(const struct failover_picture *p, struct failover_counts *ret);

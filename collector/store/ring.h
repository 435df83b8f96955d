/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing rows of open hours. Once an hour, and when values have gone far, a scan's row is written
 * as a JSON array; the rows after it say how far they lie from that base (hotrow.h). The bases are
 * kept in memory as long as there is room; a scan without one is written as JSON, which is larger
 * but no less right. One writer alone, which keeps transactions and this in step.
 */
#pragma once

#include <stddef.h>

#include "base/reading.h"
#include "store/db.h"

struct ring;

/* length: seconds, of whole hours. */
struct ring *ring_new(struct db *db, int64_t length);
struct ring *ring_free(struct ring *r);
/* How much the bases may take; for tests. */
void ring_limit(struct ring *r, size_t bytes);

/* One row, within the caller's transaction. A row without any value is not written (its gap says
 * it all), nor is one for an instant that has one: what was polled first stays. */
int ring_put(struct ring *r, int64_t scan, int64_t ts, const struct reading *readings, uint32_t n,
	     struct err *err);
/* After the commit; or after a rollback, which takes the bases of its rows with it. */
void ring_committed(struct ring *r);
void ring_rolled_back(struct ring *r);

/* Where the row of an instant stands. */
static inline int64_t ring_id(int64_t length, int64_t scan, int64_t ts)
{
	return (int64_t)((uint64_t)((ts % length + length) % length) << 32) + scan;
}

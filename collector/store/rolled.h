/* SPDX-License-Identifier: Apache-2.0 */
/* A row of rollup_5m or rollup_1h taken apart. */
#pragma once

#include "store/query.h"

#define ROLLED_5M  12 /* positions: five minutes of an hour */
#define ROLLED_1H  24 /* hours of a UTC day */
#define ROLLED_MAX 24

#define ROLLED_5M_OFFSET 0x80  /* of counts: first code of 2 bytes */
#define ROLLED_1H_OFFSET 0x800 /* of 3 bytes */

struct rolled {
	int64_t f;              /* value is in 1/f raw steps; 0: there is no row */
	uint32_t n[ROLLED_MAX]; /* samples behind each position; 0: it holds nothing */
	uint32_t full;
	int64_t value[ROLLED_MAX];
	/* Hours only: the least and the greatest, of counters the first and the last. */
	int64_t low[ROLLED_MAX], high[ROLLED_MAX];
};

/* Of a point and the hour or the day that id stands for; q: store_rollup_5m_get or
 * store_rollup_1h_get, which the caller keeps prepared. 1: read, 0: there is none, -1: error. What
 * makes no sense is absent. */
int rolled_5m(struct query *q, int64_t id, struct rolled *ret, struct err *err);
/* The row that q stands on, whose first columns are those of store_rollup_5m_get. */
void rolled_5m_row(struct query *q, struct rolled *ret);
int rolled_1h(struct query *q, int64_t id, struct rolled *ret, struct err *err);

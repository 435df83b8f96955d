/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits that sums are held against while the collector runs: power of racks against their
 * budget, current per phase of feeds against their derated rating. A change of level is logged,
 * and stored with its event; in between nothing is written. For daemon/groups.
 */
#pragma once

#include "group/group.h"
#include "store/writer.h"

struct limits;

/* inv and group must outlive it. */
struct limits *limits_new(const struct inventory *inv, const struct group *group);
struct limits *limits_free(struct limits *l);

/* The levels that hold: of the ones before a reload, or as they are stored. */
void limits_take_over(struct limits *l, const struct limits *former);
int limits_restore(struct limits *l, struct writer *writer, struct err *err);

/* Scan i of the group was computed for ts. A rating that left the configuration, or a rack that is
 * no longer there, ends its level at the next start or reload. */
void limits_row(struct limits *l, struct writer *writer, size_t i, int64_t ts,
		const struct reading *readings);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows of open hours, one instant of a scan at a time, by key. The base that a row stands
 * on (hotrow.h) is read once and kept until another one is needed, so ask in the order of time and
 * scan by scan. Within a read transaction of the caller's, or a base could be gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

struct ringread;

/* NULL: error. Lives as long as the connection at most. */
struct ringread *ringread_new(struct db *db, struct err *err);
struct ringread *ringread_free(struct ringread *r); /* takes NULL, returns NULL */

int64_t ringread_length(const struct ringread *r); /* of the ring, seconds */
/* Finds the row of an instant. 1: found, 0: there is none, -1: error. */
int ringread_row(struct ringread *r, int64_t scan, int64_t ts, struct err *err);
/* Of the row that was found last: how many slots it has, and one of them (false: absent). */
size_t ringread_slots(const struct ringread *r);
bool ringread_at(const struct ringread *r, size_t slot, int64_t *ret);

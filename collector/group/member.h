/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meters that sums are made of: a device as a whole (its main points), or one part of it
 * that channels.csv placed somewhere else. Keeps the last two readings of the points that
 * matter, in thousandths of the quantity's step, so that sums are exact integers. For group/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/inventory.h"

#define MEMBER_PHASES        3
#define MEMBER_PARTS_OF_STEP 1000

struct member {
	size_t device;
	const char *part; /* NULL: the device as a whole */
	struct placement place;
	ptrdiff_t rack;   /* where it counts: its own, or the one its circuit feeds; -1 */
	const char *hall; /* of the rack or the circuit, "" : none */
	bool main_only;   /* a part where its device is: only its main points count */
	bool counted;     /* false: the survey showed that it has nothing to add */
	size_t *power;    /* indices of cells, all needed */
	size_t n_power, cap_power;
	size_t *current[MEMBER_PHASES];
	size_t n_current[MEMBER_PHASES], cap_current[MEMBER_PHASES];
};

struct members; /* all of an inventory */

struct members *members_new(const struct inventory *inv);
struct members *members_free(struct members *all);
size_t members_size(const struct members *all);
const struct member *members_at(const struct members *all, size_t i);
/* The rack that a circuit feeds, -1: none or several. */
ptrdiff_t members_rack_of_circuit(const struct members *all, ptrdiff_t circuit);

void members_bind(struct members *all, size_t device, const struct expansion *expansion,
		  const int *step_s);
void members_reading(struct members *all, size_t device, size_t point, int64_t ts, int64_t raw,
		     const struct scale *scale);

/* Point of that device was due, whatever came of it; the device does not answer. */
void members_due(struct members *all, size_t device, size_t point);
void members_silent(struct members *all, size_t device);
/* Every point of the member was due once since it was bound, or its device does not answer. */
bool member_settled(const struct members *all, const struct member *m);

/* Power of a member at ts in thousandths of a step: true when every point of it has a reading
 * no older than 1.5 of its step. */
bool member_power(const struct members *all, const struct member *m, int64_t ts, int64_t *ret);
/* Does it measure the current of any phase? */
bool member_has_current(const struct member *m);
/* Current of phase 0..2; false when the member has none there, or a reading lacks (then
 * *ret_lacks). */
bool member_current(const struct members *all, const struct member *m, int phase, int64_t ts,
		    int64_t *ret, bool *ret_lacks);

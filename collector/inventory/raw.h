/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's number before it means anything: what the expansion and the decoder
 * must read alike, so that "not fitted" is the same thing to both.
 */
#pragma once

#include "inventory/profile.h"

enum raw_result { RAW_OK, RAW_NOT_A_NUMBER, RAW_TOO_BIG };

/* Any SNMP integer type, or decimal digits (with blanks or NULs around) in an octet string.
 * RAW_TOO_BIG: a Counter64 or text beyond INT64_MAX. */
enum raw_result raw_integer(const struct vb_value *value, int64_t *ret);
/* Are these bits one of the point's "not fitted" codes? Integers sign-extended. */
static inline bool raw_is_absent(const struct profile_point *point, uint64_t bits)
{
	for (size_t i = 0; i < point->n_absent; i++) {
		if (point->absent[i].bits == bits)
			return true;
	}
	return false;
}

/* noSuchObject, noSuchInstance, endOfMibView, NULL. */
static inline bool raw_is_nothing(const struct vb_value *value)
{
	return value->type == VB_NO_SUCH_OBJECT || value->type == VB_NO_SUCH_INSTANCE ||
	       value->type == VB_END_OF_VIEW || value->type == VB_NULL;
}

/* Is the number among the filter's values, or, negated, not among them? */
bool raw_passes(const struct point_filter *filter, int64_t number);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device as a table of what it answers and what is expected of it, in the form of
 * tests/fixtures/devices: oid_or_register,type,raw,part,quantity,expected,unit,source. One place
 * reads it, for the tests and for `rackmeter profile test`. Of a state or of flags the raw number
 * is expected, with its severity where that is meant too: "3", "3 critical".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "inventory/profile.h"

struct fixture;

/* NULL: "FILE:LINE: what is wrong" in err. */
struct fixture *fixture_load(const char *path, struct err *err);
struct fixture *fixture_free(struct fixture *f);
/* What an SNMP device answers, in the order of the file. */
struct varbind *fixture_vbs(struct fixture *f, size_t *ret_n);

struct fixture_result {
	int line;
	const char *part, *quantity, *expected; /* of the fixture; part "": a fact that is a text */
	bool right;
	char what[160]; /* what it was instead, or, when right, the value as it is told */
};
/* Each row that expects something, in order. Caller frees *ret. */
size_t fixture_check(const struct fixture *f, const struct profile *profile,
		     struct fixture_result **ret);

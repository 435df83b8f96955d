/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of a database as a database of its own: a tenant's, a hall's, a rack's or a device's, or
 * all of a period. The same views and reports read it. What is not selected is not in the file, in
 * no page of it.
 */
#pragma once

#include "store/db.h"

struct extract_what {
	const char *tenant, *hall, *rack, *device; /* one of them, or none: all */
	int64_t from, to;                          /* [from, to) */
};

struct extract_result {
	int64_t racks, series, hours, samples;
};

/*
 * db: open for reading; to_file must not exist and appears only when it is whole. A rack counts for
 * a tenant while it was the tenant's; a device's part while it stood there; hours that an end of
 * such a span cuts are cut to the instant where their samples are still kept, and left out where
 * they are not. An hour that is not over yet holds what has come.
 *
 * The source is read hour by hour, each in a short transaction, so a daemon that writes it is
 * not held up; what it changes meanwhile in hours read before (imports) is not in the file.
 */
int extract(struct db *db, const struct extract_what *what, const char *to_file, int64_t now_s,
	    struct extract_result *ret, struct err *err);

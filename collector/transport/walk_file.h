/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's values as someone saved them: snmpsim's .snmprec (OID|type|value) or the
 * output of `snmpwalk -On`. Pure: text in, sorted varbinds out.
 */
#pragma once

#include "base/err.h"
#include "base/oid.h"

struct walk_file {
	struct varbind *vbs; /* sorted by OID, each OID once (the first one of the file) */
	size_t n_vbs, cap_vbs;
	char *text; /* what the octets point into */
};

/* Reads the file; the error names path and line. -1 leaves ret untouched. */
int walk_file_load(const char *path, struct walk_file *ret, struct err *err);
/* The same from memory; name is what errors call it. */
int walk_file_parse(const char *name, const void *data, size_t n, struct walk_file *ret,
		    struct err *err);
void walk_file_done(struct walk_file *file);

/* The first varbind at or (after) behind an OID; n_vbs when there is none. */
size_t walk_file_find(const struct walk_file *file, const struct oid *oid, bool after);

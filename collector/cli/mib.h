/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of objects from MIB files (SMIv1 and v2), as far as a person who drafts a profile needs
 * them: name, OID, units, description, names of values, index. Not a checker of MIBs: what it does
 * not understand it passes over.
 */
#pragma once

#include "base/oid.h"

struct mib;

struct mib_object {
	char *module, *name, *parent;
	struct oid oid;       /* n == 0: its parent is in none of the files */
	uint32_t arcs[8];     /* below parent */
	size_t n_arcs;
	char *syntax;         /* "INTEGER", "DisplayString", NULL: no values (a node) */
	char *units, *description; /* NULL: none */
	struct mib_value { int64_t value; char *name; } *values; /* of an enumeration */
	size_t n_values;
	char **index;         /* names, of a row */
	size_t n_index;
};

/* Files, or folders whose files are all read; what cannot be read is passed over. */
struct mib *mib_load(const char *const *paths, size_t n);
struct mib *mib_free(struct mib *mib);
size_t mib_size(const struct mib *mib); /* objects with an OID */
/* The object with the longest OID that this one begins with; NULL: none. */
const struct mib_object *mib_find(const struct mib *mib, const struct oid *oid);

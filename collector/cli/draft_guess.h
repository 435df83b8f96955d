/* SPDX-License-Identifier: Apache-2.0 */
/* What a column may be, by its name in the MIB, its units and its values: for drafts of profiles,
 * where each guess is marked as one. */
#pragma once

#include <stddef.h>

#include "base/severity.h"
#include "cli/mib.h"
#include "transport/walk_file.h"

struct guess {
	const char *quantity; /* NULL: no idea */
	const char *scale;    /* NULL: 1 */
};

/* object: NULL when no MIB names it; vbs: the values of the column. */
struct guess draft_guess(const struct mib_object *object, const struct varbind *vbs, size_t n);
/* How bad the state is that a MIB calls so, by its words; SEVERITY_OK where none of them tells. */
enum severity draft_severity(const char *state);
/* "outlet", "bank", ... when a name contains one; else NULL. */
const char *draft_part(const char *name);
/* "serial", "model", "firmware", ...; else NULL. */
const char *draft_fact(const char *name);

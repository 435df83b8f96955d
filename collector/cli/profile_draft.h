/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter profile new`: a draft of a profile from a walk. */
#pragma once

#include <stdio.h>

#include "cli/mib.h"
#include "transport/walk_file.h"

/* Writes it to f. name: of the profile; source: what the walk is called; under: the part of the
 * walk to draft (n == 0: the enterprise that sysObjectID names, else all enterprises). -1 when
 * there is nothing there. */
int profile_draft(FILE *f, const struct walk_file *walk, const struct mib *mib, const char *name,
		  const char *source, const struct oid *under, struct err *err);

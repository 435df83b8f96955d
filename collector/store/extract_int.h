/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of extract share; see extract.h. */
#pragma once

#include "store/extract.h"
#include "store/sql.h"

/* All tiers of samples into out, whose tables of identities are filled and which has the other file
 * beside it as source; from: the other file for readers in C. */
int extract_samples(struct db *out, struct db *from, const struct extract_what *what,
		    struct err *err);

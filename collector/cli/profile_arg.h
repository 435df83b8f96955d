/* SPDX-License-Identifier: Apache-2.0 */
/* A profile that a command is told: by its name, or as a file that is being written. */
#pragma once

#include "inventory/profile.h"

/* Has it a slash, or ends in .yaml? */
bool profile_arg_is_file(const char *text);
/* NULL: there is none, or problems went to diag. ret_file: the caller frees it; NULL of a name. */
const struct profile *profile_arg(const char *text, const struct profile_set *set,
				  struct profile **ret_file, struct diag *diag);

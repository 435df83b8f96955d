/* SPDX-License-Identifier: Apache-2.0 */
/* See profile_arg.h. */
#include "cli/profile_arg.h"

#include <string.h>

bool profile_arg_is_file(const char *text)
{
	size_t n = strlen(text);

	return strchr(text, '/') || (n > 5 && strcmp(text + n - 5, ".yaml") == 0);
}

const struct profile *profile_arg(const char *text, const struct profile_set *set,
				  struct profile **ret_file, struct diag *diag)
{
	*ret_file = profile_arg_is_file(text) ? profile_load(text, diag) : NULL;
	return profile_arg_is_file(text) ? *ret_file : profile_set_get(set, text);
}

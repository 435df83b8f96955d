/* SPDX-License-Identifier: Apache-2.0 */
/* The words of severities; see severity.h. */
#include "base/severity.h"

#include <stddef.h>
#include <string.h>

const char *const severity_names[N_SEVERITIES] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_UNKNOWN] = "unknown",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

bool severity_parse(const char *word, enum severity *ret)
{
	for (size_t i = 0; i < N_SEVERITIES; i++) {
		if (strcmp(word, severity_names[i]) == 0) {
			*ret = (enum severity)i;
			return true;
		}
	}
	return false;
}

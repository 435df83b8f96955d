/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How bad it is what a state or an alarm bit of a device says, in the words of its MIB or manual:
 * what profiles write (schema/profiles/FORMAT.md) and databases keep (point.severities).
 */
#pragma once

#include <stdbool.h>

/* In the order of need: what is not known may be bad, but is no reason to wake anybody. */
enum severity { SEVERITY_OK, SEVERITY_UNKNOWN, SEVERITY_WARNING, SEVERITY_CRITICAL };
#define N_SEVERITIES 4

/* "ok", "unknown", "warning", "critical". */
const char *severity_name(enum severity severity);
/* Reads such a word; false, and *ret untouched, when it is none. */
bool severity_parse(const char *word, enum severity *ret);
/* All four words, in order. */
extern const char *const severity_names[N_SEVERITIES];

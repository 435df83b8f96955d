/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a row in hot: a JSON array of integers and nulls, read without a parser. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Reads the next element, of which *at is the first character, and moves *at behind its comma.
 * 1: a value, 0: absent (null, or no integer), -1: the array is over or broken. */
static inline int rowtext_next(const char **at, int64_t *ret)
{
	const char *p = *at;
	int rc = 0;

	if (!*p || *p == ']')
		return -1;
	bool minus = *p == '-';
	const char *digits = p + minus;
	if (*digits >= '0' && *digits <= '9') {
		uint64_t value = 0, limit = (uint64_t)INT64_MAX + minus;
		rc = 1;
		for (p = digits; *p >= '0' && *p <= '9'; p++) {
			uint64_t digit = (uint64_t)(*p - '0');
			if (value > (limit - digit) / 10)
				rc = 0;
			else
				value = value * 10 + digit;
		}
		if (*p != ',' && *p != ']')
			rc = 0;
		*ret = (int64_t)(minus ? 0 - value : value);
	}
	while (*p && *p != ',' && *p != ']')
		p++;
	*at = *p == ',' ? p + 1 : p;
	return rc;
}

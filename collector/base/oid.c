/* SPDX-License-Identifier: Apache-2.0 */
/* Object identifiers as fixed arrays: they are copied and compared far more often than made. */
#include "base/oid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int oid_parse(const char *text, struct oid *ret)
{
	struct oid oid = { 0 };
	const char *p = text;

	if (*p == '.')
		p++;
	for (;;) {
		if (*p < '0' || *p > '9' || oid.n == OID_MAX)
			return -1;
		uint64_t arc = 0;
		for (; *p >= '0' && *p <= '9'; p++) {
			arc = arc * 10 + (uint64_t)(*p - '0');
			if (arc > UINT32_MAX)
				return -1;
		}
		oid.arc[oid.n++] = (uint32_t)arc;
		if (!*p)
			break;
		if (*p++ != '.')
			return -1;
	}
	/* X.660: three roots, and 40 arcs below the first two; BER packs both into one number. */
	if (oid.arc[0] > 2 || (oid.n > 1 && oid.arc[0] < 2 && oid.arc[1] > 39))
		return -1;
	*ret = oid;
	return 0;
}

const char *oid_format(const struct oid *oid, char *buf, size_t size)
{
	size_t used = 0;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	for (unsigned i = 0; i < oid->n; i++) {
		int n = snprintf(buf + used, size - used, i ? ".%" PRIu32 : "%" PRIu32,
				 oid->arc[i]);
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	return buf;
}

int oid_cmp(const struct oid *a, const struct oid *b)
{
	unsigned n = a->n < b->n ? a->n : b->n;

	for (unsigned i = 0; i < n; i++) {
		if (a->arc[i] != b->arc[i])
			return a->arc[i] < b->arc[i] ? -1 : 1;
	}
	return (a->n > b->n) - (a->n < b->n);
}

bool oid_starts_with(const struct oid *oid, const struct oid *prefix)
{
	return oid->n >= prefix->n &&
	       memcmp(oid->arc, prefix->arc, prefix->n * sizeof(oid->arc[0])) == 0;
}

int oid_append(struct oid *oid, const uint32_t *arcs, size_t n)
{
	if (n > (size_t)OID_MAX - oid->n)
		return -1;
	if (n)
		memcpy(oid->arc + oid->n, arcs, n * sizeof(*arcs));
	oid->n = (uint8_t)(oid->n + n);
	return 0;
}

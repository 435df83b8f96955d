/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an SNMP value as an integer; every byte here comes from a device. */
#include "inventory/raw.h"

#include <string.h>

#include "base/text.h"

static enum raw_result digits(const struct vb_value *value, int64_t *ret)
{
	char text[32];
	size_t from = 0, to = value->n_octets;

	while (to > from && (value->octets[to - 1] == '\0' || value->octets[to - 1] == ' '))
		to--;
	while (from < to && value->octets[from] == ' ')
		from++;
	if (to == from || to - from >= sizeof(text))
		return RAW_NOT_A_NUMBER;
	memcpy(text, value->octets + from, to - from);
	text[to - from] = '\0';
	if (strlen(text) != to - from ||
	    strspn(text + (*text == '-'), "0123456789") != to - from - (*text == '-'))
		return RAW_NOT_A_NUMBER;
	if (text[strlen(text) - 1] == '-')
		return RAW_NOT_A_NUMBER;
	return text_to_i64(text, ret) < 0 ? RAW_TOO_BIG : RAW_OK;
}

enum raw_result raw_integer(const struct vb_value *value, int64_t *ret)
{
	switch (value->type) {
	case VB_INTEGER:
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS: *ret = value->integer; return RAW_OK;
	case VB_COUNTER64:
		if ((uint64_t)value->integer > INT64_MAX)
			return RAW_TOO_BIG;
		*ret = value->integer;
		return RAW_OK;
	case VB_OCTETS: return digits(value, ret);
	}
	return RAW_NOT_A_NUMBER;
}

bool raw_passes(const struct point_filter *filter, int64_t number)
{
	for (size_t i = 0; i < filter->n_values; i++) {
		if (filter->values[i] == number)
			return !filter->negate;
	}
	return filter->negate;
}

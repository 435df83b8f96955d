/* SPDX-License-Identifier: Apache-2.0 */
/* See range.h. */
#include "report/range.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int end_of(const char *text, double open, double *ret)
{
	if (!*text) {
		*ret = open;
		return 0;
	}
	return text_to_double(text, ret);
}

int range_parse(const char *text, struct range *ret, struct err *err)
{
	struct range r = { .low = 0, .high = INFINITY };
	const char *from = text, *colon;
	char *low;
	int bad;

	if (*from == '@') {
		r.inside = true;
		from++;
	}
	colon = strchr(from, ':');
	if (!colon) {
		bad = !*from || text_to_double(from, &r.high) < 0;
	} else {
		low = xasprintf("%.*s", (int)(colon - from), from);
		bad = end_of(colon + 1, INFINITY, &r.high) < 0;
		if (!strcmp(low, "~"))
			r.low = -INFINITY;
		else
			bad = bad || end_of(low, 0, &r.low) < 0;
		free(low);
	}
	if (bad || isnan(r.low) || isnan(r.high))
		return err_set(err, "'%s' is no range: write 10, 10:, ~:10, 10:20 or @10:20", text);
	if (r.low > r.high)
		return err_set(err, "the range '%s' ends before it begins", text);
	*ret = r;
	return 0;
}

bool range_alerts(const struct range *range, double value)
{
	bool within = value >= range->low && value <= range->high;

	return !isnan(value) && within == range->inside;
}

const char *range_text(const struct range *range, char *buf, size_t size)
{
	char low[32] = "", high[32] = "";

	if (isinf(range->low))
		snprintf(low, sizeof(low), "~:");
	else if (range->low > 0 || range->low < 0 || isinf(range->high))
		snprintf(low, sizeof(low), "%.12g:", range->low);
	if (!isinf(range->high))
		snprintf(high, sizeof(high), "%.12g", range->high);
	snprintf(buf, size, "%s%s%s", range->inside ? "@" : "", low, high);
	return buf;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Periods from what a user typed; see period.h. */
#include "report/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

int period_finish(struct period *p, int64_t now, struct period *ret, struct err *err)
{
	char buf[64];

	if (p->from >= now)
		return err_set(err, "the period %s lies in the future: it begins at %s", p->text,
			       zone_format(p->from, buf, sizeof(buf)));
	/* What has not happened yet is not missing. */
	p->unfinished = p->to > now;
	if (p->unfinished)
		p->to = now;
	if (p->from >= p->to)
		return err_set(err, "the period %s is empty: its end is not after its start",
			       p->text);
	*ret = *p;
	return 0;
}

int period_last(const char *text, int64_t now, struct period *ret, struct err *err)
{
	struct period p = { .to = now };
	int64_t seconds;

	if (text_to_seconds(text, &seconds) < 0 || seconds <= 0)
		return err_set(err, "--last %s is not a duration: write 90, 30s, 15m, 1h or 7d",
			       text);
	if (seconds > now)
		return err_set(err, "--last %s reaches back before 1970", text);
	p.from = now - seconds;
	snprintf(p.text, sizeof(p.text), "last %s", text);
	return period_finish(&p, now, ret, err);
}

int period_between(const char *from, const char *to, int64_t now, struct period *ret,
		   struct err *err)
{
	struct period p = { .to = now };

	if (zone_parse(from, &p.from, err) < 0)
		return err_prefix(err, "--from");
	if (to && zone_parse(to, &p.to, err) < 0)
		return err_prefix(err, "--to");
	if (to)
		snprintf(p.text, sizeof(p.text), "from %.36s to %.36s", from, to);
	else
		snprintf(p.text, sizeof(p.text), "from %.36s", from);
	if (p.from >= p.to)
		return err_set(err, "the period %s is empty: its end is not after its start",
			       p.text);
	return period_finish(&p, now, ret, err);
}

const char *period_length(int64_t seconds, char *buf, size_t size)
{
	if (seconds >= 2 * INT64_C(86400))
		snprintf(buf, size, "%.4g days", (double)seconds / 86400);
	else if (seconds >= 2 * INT64_C(3600))
		snprintf(buf, size, "%.3g h", (double)seconds / 3600);
	else if (seconds >= 60 && (seconds % 60 == 0 || seconds >= 600))
		snprintf(buf, size, "%.3g min", (double)seconds / 60);
	else
		snprintf(buf, size, "%" PRId64 " s", seconds);
	return buf;
}

bool period_is_year(int64_t from, int64_t to)
{
	int y, m, d;

	zone_date(from, &y, &m, &d);
	/* A year from the same date and time of day. */
	return to >= zone_day_start(y + 1, m, d) + (from - zone_day_start(y, m, d));
}

int64_t period_pair_interval(int64_t from, int64_t to)
{
	int64_t quarter = (to - from) / 4;

	if (quarter > 3600)
		return 3600;
	return quarter > 0 ? quarter : 1;
}

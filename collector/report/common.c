/* SPDX-License-Identifier: Apache-2.0 */
/* See common.h. */
#include "report/common.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"
#include "store/query.h"

#define STALE_S 60

int common_setting(struct db *db, const char *key, int64_t at, char **ret, struct err *err)
{
	struct query *q = query_new(db, "report_setting", err);
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":key", key);
	query_bind_int(q, ":at", at);
	r = query_step(q, err);
	if (r >= 0)
		*ret = r > 0 && !query_is_null(q, 0) ? xstrdup(query_text(q, 0)) : NULL;
	query_free(q);
	return r < 0 ? -1 : 0;
}

int common_setting_number(struct db *db, const char *key, int64_t at, double fallback, double *ret,
			  struct err *err)
{
	char *text;

	if (common_setting(db, key, at, &text, err) < 0)
		return -1;
	if (!text || text_to_double(text, ret) < 0)
		*ret = fallback;
	free(text);
	return 0;
}

int common_zone(struct db *db, int64_t now, struct err *err)
{
	char *zone;

	if (common_setting(db, "zone", now, &zone, err) < 0)
		return -1;
	int r = zone_use(zone && *zone ? zone : "UTC", err);
	free(zone);
	return r;
}

int common_first(struct db *db, int64_t *ret, struct err *err)
{
	struct query *q = query_new(db, "report_first", err);
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r >= 0)
		*ret = r > 0 ? query_int(q, 0) : 0;
	query_free(q);
	return r < 0 ? -1 : 0;
}

int common_sibling(struct db *db, int64_t series, const char *quantity, int64_t *ret,
		   struct err *err)
{
	struct query *q = query_new(db, "report_sibling", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":series", series);
	query_bind_text(q, ":quantity", quantity);
	r = query_step(q, err);
	if (r > 0)
		*ret = query_int(q, 0);
	query_free(q);
	return r;
}

static int is_configured(struct db *db, struct err *err)
{
	struct query *q = query_new(db, "report_is_configured", err);
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0)
		r = query_int(q, 0) != 0;
	query_free(q);
	return r;
}

int common_start(struct db *db, const struct report_options *options, int64_t *ret_from,
		 bool *ret_since, struct err *err)
{
	int64_t first;
	char when[64];
	int r = is_configured(db, err);

	if (r < 0 || common_first(db, &first, err) < 0)
		return -1;
	if (!r)
		return err_set(err,
			       "nothing is configured in %s: `rackmeter init` writes a first "
			       "configuration, `rackmeterd --config DIR` puts it into force",
			       db_path(db));
	if (!first)
		return err_set(err,
			       "%s holds no reading: it is still empty, start rackmeterd or bring "
			       "history with `rackmeter import`",
			       db_path(db));
	if (first >= options->to)
		return err_set(err,
			       "the period (%s) ends before the first reading, of %s: ask for a "
			       "later one or bring history with `rackmeter import`",
			       options->period_text, zone_format(first, when, sizeof(when)));
	*ret_since = options->from < first;
	*ret_from = *ret_since ? first : options->from;
	return 0;
}

int common_missing(struct err *err, const char *what, const char *file, const char *line,
		   const char *columns)
{
	return err_set(err,
		       "no %s is configured: add to %s a line such as `%s` (%s) and reload "
		       "rackmeterd",
		       what, file, line, columns);
}

void common_period(struct doc *doc, const char *site, int64_t from, int64_t to, bool since,
		   const char *asked)
{
	char a[64], b[64], length[48];
	char *span = xasprintf("%s to %s (%s)", zone_format(from, a, sizeof(a)),
			       zone_format(to, b, sizeof(b)),
			       period_length(to - from, length, sizeof(length)));
	char *text = xasprintf("%s%s%s", asked, since ? ", since the first reading at " : "",
			       since ? a : "");

	doc_text(doc, "site", "Site", site);
	doc_text(doc, "period", "Asked for", text);
	doc_text(doc, "span", "Period", span);
	doc_number(doc, "from", "", DOC_TIME, (double)from);
	doc_number(doc, "to", "", DOC_TIME, (double)to);
	free(span);
	free(text);
}

/* Time of the period in which nothing at all was polled. */
static int add_down(struct db *db, const struct report_options *options, struct doc *doc,
		    struct err *err)
{
	struct query *q = query_new(db, "report_down", err);
	int64_t down = 0;
	char length[48];
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", options->from);
	query_bind_int(q, ":to", options->to);
	while ((r = query_step(q, err)) > 0) {
		int64_t a = query_int(q, 0), b = query_int(q, 1);

		a = a > options->from ? a : options->from;
		b = b < options->to ? b : options->to;
		if (b > a)
			down += b - a;
	}
	query_free(q);
	if (r == 0 && down > 0)
		doc_exception(doc, 1, "collector", "rackmeterd",
			      "nothing was polled for %s of the period",
			      period_length(down, length, sizeof(length)));
	return r;
}

int common_collector(struct db *db, const struct report_options *options, struct doc *doc,
		     struct err *err)
{
	struct query *q = query_new(db, "report_daemon", err);
	char length[48], when[64];
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0 && !query_is_null(q, 4)) {
		int64_t last = query_int(q, 4), age = options->now - last;

		if (age > STALE_S && options->to > last + STALE_S)
			doc_exception(doc, 2, "collector", "rackmeterd",
				      "nothing was stored for %s (last reading %s)%s",
				      period_length(age, length, sizeof(length)),
				      zone_format(last, when, sizeof(when)),
				      query_is_null(q, 2)
					      ? ": it is down or stuck, see rackmeter status"
					      : ": it was stopped");
	}
	query_free(q);
	return r < 0 ? -1 : add_down(db, options, doc, err);
}

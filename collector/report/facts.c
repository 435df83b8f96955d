/* SPDX-License-Identifier: Apache-2.0 */
/* See facts.h. */
#include "report/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "store/query.h"

/* level: what a row says holds all its time; else it is spread over it. */
static int read(struct db *db, const char *key, const char *unit, int64_t from, int64_t to,
		bool level, struct fact *ret, struct err *err)
{
	struct fact f = { .value = NAN, .window_s = (double)(to - from) };
	struct query *q = query_new(db, "report_facts", err);
	double sum = 0;
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":key", key);
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		int64_t begin = query_int(q, 0), end = query_is_null(q, 1) ? to : query_int(q, 1);
		int64_t a = begin > from ? begin : from, b = end < to ? end : to;
		double value = query_real(q, 2), factor, add;
		const char *quality = query_text(q, 4);

		if (!unit_convert(query_text(q, 3), unit, &factor, &add)) {
			r = err_set(err, "facts.csv: %s is in '%s': write %s", key,
				    query_text(q, 3), unit_choices(unit));
			break;
		}
		if (b <= a || isnan(value))
			continue;
		double seconds = (double)(b - a);
		if (!level && query_is_null(q, 1)) {
			r = err_set(err,
				    "facts.csv: %s is an amount: its line needs a time in the "
				    "column to",
				    key);
			break;
		}
		sum += (value * factor + add) * (level ? seconds : seconds / (double)(end - begin));
		f.covered_s += seconds;
		f.divided = f.divided || (!level && (begin < from || end > to));
		f.estimated = f.estimated || (*quality && strcmp(quality, "ok") != 0);
		free(f.source);
		f.source = xstrdup(query_text(q, 5));
	}
	query_free(q);
	if (r < 0) {
		fact_done(&f);
		return -1;
	}
	if (f.covered_s > 0)
		f.value = level ? sum / f.covered_s : sum;
	*ret = f;
	return 0;
}

int fact_amount(struct db *db, const char *key, const char *unit, int64_t from, int64_t to,
		struct fact *ret, struct err *err)
{
	return read(db, key, unit, from, to, false, ret, err);
}

int fact_level(struct db *db, const char *key, const char *unit, int64_t from, int64_t to,
	       struct fact *ret, struct err *err)
{
	return read(db, key, unit, from, to, true, ret, err);
}

void fact_done(struct fact *fact)
{
	free(fact->source);
	*fact = (struct fact){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See epochs.h. */
#include "report/epochs.h"

#include <stdlib.h>

#include "base/text.h"
#include "report/common.h"
#include "store/query.h"

#define LAST_S 600 /* a period that ends now ends with the last reading, if not longer ago */

static int add(struct db *db, struct epochs *all, int64_t from, int64_t to, struct err *err)
{
	xgrow(&all->e, &all->cap, all->n + 1, sizeof(*all->e));
	all->e[all->n] = (struct epoch){ .from = from, .to = to };
	if (meters_load(db, to, &all->e[all->n].meters, err) < 0)
		return -1;
	all->n++;
	return 0;
}

int epochs_load(struct db *db, int64_t from, int64_t to, struct epochs *ret, struct err *err)
{
	struct query *q = query_new(db, "report_epochs", err);
	struct epochs all = { 0 };
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		int64_t ts = query_int(q, 0);

		if (add(db, &all, from, ts, err) < 0) {
			r = -1;
			break;
		}
		from = ts;
	}
	query_free(q);
	if (r < 0 || add(db, &all, from, to, err) < 0) {
		epochs_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

void epochs_done(struct epochs *all)
{
	for (size_t i = 0; i < all->n; i++)
		meters_done(&all->e[i].meters);
	free(all->e);
	*all = (struct epochs){ 0 };
}

int epochs_cut(struct db *db, int64_t now, int64_t *from, int64_t *to, bool *ret_since,
	       struct err *err)
{
	struct query *q = query_new(db, "report_daemon", err);
	int64_t first, last = 0;
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0 && !query_is_null(q, 4))
		last = query_int(q, 4);
	query_free(q);
	if (r < 0 || common_first(db, &first, err) < 0)
		return -1;
	if (!first || first >= *to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	*ret_since = *from < first;
	if (*ret_since)
		*from = first;
	if (*to >= now && last < *to && last > *to - LAST_S && last > *from)
		*to = last;
	return 0;
}

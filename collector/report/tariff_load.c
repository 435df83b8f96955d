/* SPDX-License-Identifier: Apache-2.0 */
/* Tariffs as the database has them; see tariff.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/tariff.h"
#include "store/query.h"

static struct tariff *get(struct tariffs *all, const char *name, const char *currency)
{
	if (all->n && !strcmp(all->t[all->n - 1].name, name))
		return &all->t[all->n - 1];
	xgrow(&all->t, &all->cap, all->n + 1, sizeof(*all->t));
	all->t[all->n] = (struct tariff){ .name = xstrdup(name), .currency = xstrdup(currency) };
	return &all->t[all->n++];
}

static char *label_of(const char *kind, const char *days, const char *start, const char *end)
{
	bool hours = *start || *end;

	return xasprintf("%s%s%s%s%s%s%s", kind, *days ? " " : "", days, hours ? " " : "",
			 hours && !*start ? "00:00" : start, hours ? "-" : "",
			 hours && !*end ? "24:00" : end);
}

/* One row; what check config would refuse can only stand in a database that another program
 * wrote. */
static int add_row(struct tariffs *all, struct query *q, struct err *err)
{
	struct tariff_rate rate = { .from = query_int(q, 1), .to = query_int(q, 2) };
	char *days = xstrdup(query_text(q, 3)), *start = xstrdup(query_text(q, 4)),
	     *end = xstrdup(query_text(q, 5)), *kind = xstrdup(query_text(q, 7));
	int r = week_parse(days, start, end, query_text(q, 6), &rate.week, err);

	if (r == 0)
		r = price_parse(kind, query_text(q, 9), &rate.price, err);
	if (r == 0) {
		struct tariff *t = get(all, query_text(q, 0), query_text(q, 10));

		rate.amount = query_real(q, 8);
		rate.label = label_of(kind, days, start, end);
		xgrow(&t->rates, &t->cap, t->n + 1, sizeof(*t->rates));
		t->rates[t->n++] = rate;
	} else {
		err_prefix(err, "tariff %s", query_text(q, 0));
	}
	free(days);
	free(start);
	free(end);
	free(kind);
	return r;
}

int tariffs_load(struct db *db, int64_t from, int64_t to, struct tariffs *ret, struct err *err)
{
	struct tariffs all = { 0 };
	struct query *q = query_new(db, "report_tariffs", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		if (add_row(&all, q, err) < 0) {
			r = -1;
			break;
		}
	}
	query_free(q);
	if (r < 0) {
		tariffs_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

void tariffs_done(struct tariffs *all)
{
	for (size_t i = 0; i < all->n; i++) {
		for (size_t k = 0; k < all->t[i].n; k++)
			free(all->t[i].rates[k].label);
		free(all->t[i].rates);
		free(all->t[i].name);
		free(all->t[i].currency);
	}
	free(all->t);
	*all = (struct tariffs){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Racks from the rows of the time; see rack.h. */
#include "report/rack.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/query.h"

static void rack_done(struct rack *r)
{
	free(r->name);
	free(r->hall);
	free(r->row);
	free(r->pos);
	free(r->tenant);
	free(r->redundancy);
	free(r->feeds);
	free(r->thermal_class);
	free(r->spans);
}

void racks_done(struct racks *racks)
{
	for (size_t i = 0; i < racks->n; i++)
		rack_done(&racks->r[i]);
	free(racks->r);
	*racks = (struct racks){ 0 };
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

static void take_row(struct rack *r, struct query *q)
{
	replace(&r->hall, query_text(q, 3));
	replace(&r->feeds, query_text(q, 5));
	replace(&r->thermal_class, query_text(q, 7));
	replace(&r->row, query_text(q, 8));
	replace(&r->pos, query_text(q, 9));
	replace(&r->tenant, query_text(q, 10));
	replace(&r->redundancy, query_text(q, 11));
	r->budget_w = query_real(q, 6);
	r->budget_va = query_real(q, 12);
	r->nameplate_w = query_real(q, 13);
}

static bool same(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= 0;
}

/* A row holds until the next one or its own end. */
static void add_span(struct rack *r, const struct rack_span *span)
{
	struct rack_span *last = r->n_spans ? &r->spans[r->n_spans - 1] : NULL;

	if (last && last->to > span->from)
		last->to = span->from;
	if (last && last->to == span->from && same(last->budget_w, span->budget_w) &&
	    same(last->budget_va, span->budget_va)) {
		last->to = span->to;
		return;
	}
	r->spans = xrealloc(r->spans, r->n_spans + 1, sizeof(*r->spans));
	r->spans[r->n_spans++] = *span;
}

static bool fits(const char *filter, const char *value)
{
	return !filter || !strcmp(filter, value);
}

bool rack_wanted(const struct rack_filter *f, const char *rack, const char *hall, const char *row,
		 const char *tenant)
{
	return fits(f->rack, rack) && fits(f->hall, hall) && fits(f->row, row) &&
	       fits(f->tenant, tenant);
}

static void drop_last(struct racks *all)
{
	rack_done(&all->r[--all->n]);
}

/* Rows come by rack and date. */
int racks_load(struct db *db, const struct rack_filter *f, struct racks *ret, struct err *err)
{
	struct query *q = query_new(db, "report_racks", err);
	struct racks all = { 0 };
	bool live = false;
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", f->from);
	query_bind_int(q, ":to", f->to);
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0);
		struct rack *rack = all.n ? &all.r[all.n - 1] : NULL;
		struct rack_span span = { .from = query_int(q, 1),
					  .to = query_is_null(q, 2) ? INT64_MAX : query_int(q, 2),
					  .budget_w = query_real(q, 6),
					  .budget_va = query_real(q, 12) };

		if (!rack || strcmp(rack->name, name) != 0) {
			if (rack && !live)
				drop_last(&all);
			xgrow(&all.r, &all.cap, all.n + 1, sizeof(*all.r));
			rack = &all.r[all.n++];
			*rack = (struct rack){ .name = xstrdup(name) };
			take_row(rack, q);
			live = false;
		}
		add_span(rack, &span);
		if (span.to < f->to)
			continue; /* over by then: an older row may hold again */
		take_row(rack, q);
		live = !strcmp(query_text(q, 4), "live") &&
		       rack_wanted(f, name, rack->hall, rack->row, rack->tenant);
	}
	if (all.n && !live)
		drop_last(&all);
	query_free(q);
	if (r < 0)
		racks_done(&all);
	else
		*ret = all;
	return r;
}

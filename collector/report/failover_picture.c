/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_picture.h. */
#include "report/failover_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"

/* ---- which rows -------------------------------------------------------------------- */

bool failover_picture_has(const struct failover_picture *p, size_t rack)
{
	const struct report_options *o = p->options;
	const struct topology_rack *r = &p->t.racks[rack];

	return (!o->rack || !strcmp(o->rack, r->name)) && (!o->row || !strcmp(o->row, r->row)) &&
	       (!o->hall || !strcmp(o->hall, r->hall));
}

/* What has to be judged: sums above the racks of one hall need all racks. */
static bool wanted(void *user, size_t rack)
{
	const struct failover_picture *p = user;

	return p->has_above || failover_picture_has(p, rack);
}

static bool about(const struct failover_picture *p, const struct failover_case *c)
{
	return p->only == TOPOLOGY_NONE || c->lost == p->only || c->worst.feed == p->only ||
	       topology_feeds(&p->t, p->only, c->lost);
}

static bool about_above(const struct failover_picture *p, const struct failover_above *c)
{
	const char *hall = p->options->hall;

	if (hall && strcmp(hall, p->t.c[c->lost].hall) != 0 &&
	    strcmp(hall, p->t.c[c->at].hall) != 0)
		return false;
	return p->only == TOPOLOGY_NONE || c->lost == p->only || c->at == p->only;
}

/* Worst first; then what goes dark, which no limit says is wrong, then what is not known. */
static int by_verdict(const struct failover_verdict *x, const struct failover_verdict *y)
{
	double a = failover_rank(x), b = failover_rank(y);

	a = x->state == FAILOVER_DARK ? 0 : isnan(a) ? -1 : a;
	b = y->state == FAILOVER_DARK ? 0 : isnan(b) ? -1 : b;
	return (a < b) - (a > b);
}

static int by_need(const void *va, const void *vb)
{
	const struct failover_case *a = *(const struct failover_case *const *)va;
	const struct failover_case *b = *(const struct failover_case *const *)vb;
	int order = by_verdict(&a->worst.verdict, &b->worst.verdict);

	return order ? order : (a > b) - (a < b);
}

static int by_need_above(const void *va, const void *vb)
{
	const struct failover_above *a = *(const struct failover_above *const *)va;
	const struct failover_above *b = *(const struct failover_above *const *)vb;
	int order = by_verdict(&a->worst.verdict, &b->worst.verdict);

	return order ? order : (a > b) - (a < b);
}

/* The loss of what feeds a circuit often says no more than that circuit's own: then only the
 * nearest to the racks is shown. */
static bool told_already(const struct failover_picture *p, const struct failover_above *c)
{
	for (size_t i = 0; i < p->n_above_rows; i++) {
		const struct failover_above *other = p->above_rows[i];

		if (other->at == c->at && other->module == c->module &&
		    other->worst.ts == c->worst.ts &&
		    fabs(other->worst.verdict.load - c->worst.verdict.load) < 1e-6 &&
		    topology_feeds(&p->t, c->lost, other->lost))
			return true;
	}
	return false;
}

static void choose_rows(struct failover_picture *p)
{
	p->rows = xcalloc(p->racks.n + 1, sizeof(*p->rows));
	for (size_t i = 0; i < p->racks.n; i++)
		if (failover_picture_has(p, p->racks.c[i].rack) && about(p, &p->racks.c[i]))
			p->rows[p->n_rows++] = &p->racks.c[i];
	qsort(p->rows, p->n_rows, sizeof(*p->rows), by_need);
	p->above_rows = xcalloc(p->above.n + 1, sizeof(*p->above_rows));
	for (size_t i = 0; i < p->above.n; i++)
		if (about_above(p, &p->above.c[i]) &&
		    (p->only != TOPOLOGY_NONE || !told_already(p, &p->above.c[i])))
			p->above_rows[p->n_above_rows++] = &p->above.c[i];
	qsort(p->above_rows, p->n_above_rows, sizeof(*p->above_rows), by_need_above);
}

const struct failover_loss *failover_picture_loss(const struct failover_picture *p, size_t lost)
{
	for (size_t i = 0; i < p->above.n_losses; i++)
		if (p->above.losses[i].lost == lost)
			return &p->above.losses[i];
	return NULL;
}

bool failover_picture_needs(const struct failover_picture *p, const struct failover_case *c)
{
	enum failover_state state = c->worst.verdict.state;

	if (state == FAILOVER_DARK)
		return p->promises[c->rack].broken && p->promises[c->rack].by == c->lost;
	return state >= FAILOVER_WARN || state == FAILOVER_UNKNOWN;
}

/* ---- counting ------------------------------------------------------------------ */

void failover_picture_count(const struct failover_picture *p, struct failover_counts *ret)
{
	enum failover_state *worst = xcalloc(p->t.n_racks + 1, sizeof(*worst));
	bool *seen = xcalloc(p->t.n_racks + 1, sizeof(*seen)),
	     *dark = xcalloc(p->t.n_racks + 1, sizeof(*dark)),
	     *unknown = xcalloc(p->t.n_racks + 1, sizeof(*unknown));
	struct failover_counts n = { .racks_pct = NAN, .above_pct = NAN };

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct failover_case *c = p->rows[i];
		enum failover_state state = c->worst.verdict.state;

		n.racks_pct = fmax(n.racks_pct, c->worst.verdict.pct);
		seen[c->rack] = true;
		unknown[c->rack] = unknown[c->rack] || state == FAILOVER_UNKNOWN;
		/* That a last feed's loss is the end is no news of a rack with one; and where a
		 * loss is the end, another one may yet overload what is left. */
		if (state == FAILOVER_DARK)
			dark[c->rack] = dark[c->rack] || p->promises[c->rack].broken;
		else if (state > worst[c->rack])
			worst[c->rack] = state;
	}
	for (size_t r = 0; r < p->t.n_racks; r++) {
		n.racks += seen[r];
		n.dark += dark[r];
		n.trip += worst[r] == FAILOVER_CRIT_TRIP;
		n.crit += worst[r] == FAILOVER_CRIT;
		n.warn += worst[r] == FAILOVER_WARN;
		n.unknown += unknown[r] && !dark[r] && worst[r] < FAILOVER_WARN;
		n.broken += failover_picture_has(p, r) && p->promises[r].broken;
	}
	for (size_t i = 0; i < p->n_above_rows; i++) {
		enum failover_state state = p->above_rows[i]->worst.verdict.state;

		n.above_pct = fmax(n.above_pct, p->above_rows[i]->worst.verdict.pct);
		n.c_trip += state == FAILOVER_CRIT_TRIP;
		n.c_crit += state == FAILOVER_CRIT;
		n.c_warn += state == FAILOVER_WARN;
	}
	free(worst);
	free(seen);
	free(dark);
	free(unknown);
	*ret = n;
}

/* ---- reading ------------------------------------------------------------------- */

static void make_promises(struct failover_picture *p)
{
	p->promises = xcalloc(p->t.n_racks + 1, sizeof(*p->promises));
	for (size_t r = 0; r < p->t.n_racks; r++)
		p->promises[r].by = TOPOLOGY_NONE;
	for (size_t i = 0, n; i < p->racks.n; i += n) {
		size_t rack = p->racks.c[i].rack;

		for (n = 1; i + n < p->racks.n && p->racks.c[i + n].rack == rack; n++)
			;
		failover_promise_of(&p->t, rack, &p->racks.c[i], n, p->has_above ? &p->above : NULL,
				    &p->promises[rack]);
	}
}

static int read_all(struct db *db, struct failover_picture *p, int64_t from, struct err *err)
{
	struct failover_options options = { .warn = p->warn,
					    .live = p->options->to >= p->options->now,
					    .wanted = wanted,
					    .user = p };
	struct loads *l = loads_open(db, &p->t, from, p->options->to, err);
	int r = l ? failover_racks(l, &options, from, p->options->to, &p->racks, err) : -1;

	if (r == 0 && p->has_above)
		r = failover_above(l, &options, from, p->options->to, &p->racks, &p->above, err);
	loads_close(l);
	return r;
}

/* Is there anything to judge, and are the names of the filters known? */
static int check(struct failover_picture *p, struct err *err)
{
	const struct report_options *o = p->options;

	if (!p->t.n)
		return common_missing(err, "circuit", "circuits.csv",
				      "R018-A,3ph-wye,400,32,32,0.8",
				      "circuit,system,volts,rated_a,trip_a,derate");
	if (o->circuit && topology_need(&p->t, o->circuit, &p->only, err) < 0)
		return -1;
	for (size_t r = 0; r < p->t.n_racks; r++)
		if (p->t.racks[r].live && p->t.racks[r].n_feeds && failover_picture_has(p, r))
			return 0;
	return err_set(err,
		       "no live rack %shas feeds: name the circuits that feed it in the column "
		       "feeds of racks.csv",
		       o->rack || o->hall || o->row ? "that was asked for " : "");
}

int failover_picture_read(struct db *db, const struct report_options *options, double warn,
			  int64_t from, struct failover_picture *ret, struct err *err)
{
	struct failover_picture p = { .options = options,
				      .warn = warn,
				      .only = TOPOLOGY_NONE,
				      .has_above = !options->rack && !options->row };
	int64_t until = options->now > options->to ? options->now : options->to;

	if (topology_load(db, options->to - 1, &p.t, err) < 0 || check(&p, err) < 0 ||
	    oplog_load(db, from, until + 1, &p.log, err) < 0 || read_all(db, &p, from, err) < 0) {
		failover_picture_done(&p);
		return -1;
	}
	make_promises(&p);
	choose_rows(&p);
	*ret = p;
	return 0;
}

void failover_picture_done(struct failover_picture *p)
{
	free(p->promises);
	free(p->rows);
	free(p->above_rows);
	failover_cases_done(&p->racks);
	failover_aboves_done(&p->above);
	oplog_done(&p->log);
	topology_done(&p->t);
	*p = (struct failover_picture){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which hours of a sum are stored and which are made, and reading both as one; see sumread.h. */
#include "report/sumread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/sumread_impl.h"
#include "store/query.h"

/* ---- opening ------------------------------------------------------------------------ */

static int find_late(struct sumread *s, struct err *err)
{
	struct query *q = query_new(s->db, "issued_imports", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":after", 0);
	r = query_step(q, err);
	s->late = r > 0;
	query_free(q);
	return r < 0 ? -1 : 0;
}

struct sumread *sumread_open(struct db *db, const struct topology *t, int64_t from, int64_t to,
			     struct err *err)
{
	struct sumread *s = xcalloc(1, sizeof(*s));

	s->db = db;
	s->t = t;
	s->from = from;
	s->to = to;
	s->hours = rollup_open(db, TIER_1H, from, to, err);
	s->five = s->hours ? rollup_open(db, TIER_5M, from, to, err) : NULL;
	if (!s->five || find_late(s, err) < 0 || sumseries_load(db, "rack", &s->racks, err) < 0 ||
	    sumseries_load(db, "circuit", &s->circuits, err) < 0)
		return sumread_close(s);
	rollup_without_bounds(s->five);
	return s;
}

struct sumread *sumread_close(struct sumread *s)
{
	if (!s)
		return NULL;
	sumread_days_free(s);
	rollup_close(s->five);
	rollup_close(s->hours);
	sumseries_done(&s->racks);
	sumseries_done(&s->circuits);
	if (s->has_members)
		meters_done(&s->meters);
	free(s->of_rack);
	free(s->next);
	free(s->known);
	free(s);
	return NULL;
}

static struct sum of_item(const struct sumseries_item *i, size_t rack, size_t circuit, int line)
{
	struct sum sum = { .rack = rack, .circuit = circuit, .line = line };

	if (i && line >= 0)
		sum.stored[SUM_VALUE] = i->current_a;
	if (!i || line >= 0)
		return sum;
	sum.stored[SUM_VALUE] = i->power_w;
	sum.stored[SUM_PRESENT] = i->present;
	sum.stored[SUM_EXPECTED] = i->expected;
	return sum;
}

void sumread_rack(const struct sumread *s, const char *rack, struct sum *ret)
{
	*ret = of_item(sumseries_find(&s->racks, rack, "total"), topology_find_rack(s->t, rack),
		       TOPOLOGY_NONE, -1);
}

void sumread_circuit(const struct sumread *s, size_t circuit, struct sum *ret)
{
	*ret = of_item(sumseries_find(&s->circuits, s->t->c[circuit].name, "total"), TOPOLOGY_NONE,
		       circuit, -1);
}

/* What a single conductor has stands under the name of the phase it hangs on. */
void sumread_line(const struct sumread *s, size_t circuit, int line, struct sum *ret)
{
	static const char *const lines[] = { "L1", "L2", "L3" };
	const struct topology_circuit *c = &s->t->c[circuit];
	bool named = power_conductors(c->system) == 1 && strlen(c->phases) == 2;
	const char *part = named ? c->phases : lines[line];

	*ret = of_item(sumseries_find(&s->circuits, c->name, part), TOPOLOGY_NONE, circuit, line);
}

void sum_rest(struct sum *sum)
{
	sum->adding = adding_free(sum->adding);
}

void sum_done(struct sum *sum)
{
	sum_rest(sum);
	free(sum->made);
	sum->made = NULL;
	sum->n_made = 0;
}

static int need_meters(struct sumread *s, struct sum *sum, struct err *err)
{
	if (!sum->adding)
		sum->adding = adding_new(s, sum, err);
	return sum->adding ? 0 : -1;
}

/* ---- lists of hours ------------------------------------------------------------------ */

static int64_t hour_of(int64_t ts)
{
	return ts / SUM_HOUR_S * SUM_HOUR_S;
}

/* The first of the made hours at or after `hour`. */
static size_t made_at(const struct sum *sum, int64_t hour)
{
	size_t low = 0, high = sum->n_made;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sum->made[mid] < hour)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_made(const struct sum *sum, int64_t ts)
{
	size_t i = made_at(sum, hour_of(ts));

	return i < sum->n_made && sum->made[i] == hour_of(ts);
}

static void append(struct buckets *list, const struct bucket *b)
{
	xgrow(&list->b, &list->cap, list->n + 1, sizeof(*list->b));
	list->b[list->n++] = *b;
}

static int by_from(const void *a, const void *b)
{
	int64_t x = ((const struct bucket *)a)->from, y = ((const struct bucket *)b)->from;

	return (x > y) - (x < y);
}

/* The made buckets in their places, instead of stored ones of the same hours. */
static void join(const struct sum *sum, struct buckets *stored, const struct buckets *made)
{
	size_t n = 0;

	if (!sum->n_made)
		return; /* all of it is stored */
	for (size_t i = 0; i < stored->n; i++)
		if (!is_made(sum, stored->b[i].from))
			stored->b[n++] = stored->b[i];
	stored->n = n;
	for (size_t i = 0; i < made->n; i++)
		append(stored, &made->b[i]);
	if (n && made->n)
		qsort(stored->b, stored->n, sizeof(*stored->b), by_from);
}

/* ---- what is to be made --------------------------------------------------------------- */

static const struct bucket *find(const struct buckets *b, int64_t hour)
{
	struct bucket key = { .from = hour };

	return b->n ? bsearch(&key, b->b, b->n, sizeof(key), by_from) : NULL;
}

/* Does the stored sum of an hour lack something? */
static bool lacks(const struct buckets stored[SUM_OFS], const struct bucket *b)
{
	const struct bucket *present, *expected;

	if (b->n < b->full)
		return true;
	if (!stored[SUM_EXPECTED].n)
		return false;
	present = find(&stored[SUM_PRESENT], b->from);
	expected = find(&stored[SUM_EXPECTED], b->from);
	return !present || !expected || present->min < expected->max - 0.5;
}

/* Is every hour that there is stored, and nothing to be said for making one anew? The newest is
 * still running. */
static bool is_stored(const struct sumread *s, const struct buckets stored[SUM_OFS])
{
	const struct buckets *value = &stored[SUM_VALUE];

	if (value->n < rollup_n_hours(s->hours))
		return false;
	for (size_t i = 0; s->late && i + 1 < value->n; i++)
		if (lacks(stored, &value->b[i]))
			return false;
	return true;
}

struct making {
	struct sumread *s;
	struct sum *sum;
	struct buckets made[SUM_OFS];
	bool *exact; /* beside made[SUM_VALUE] */
	size_t cap_exact, cap_hours;
};

static void put(struct making *m, const struct bucket b[SUM_OFS], bool exact)
{
	struct sum *sum = m->sum;

	xgrow(&sum->made, &m->cap_hours, sum->n_made + 1, sizeof(*sum->made));
	sum->made[sum->n_made++] = b[SUM_VALUE].from;
	xgrow(&m->exact, &m->cap_exact, m->made[SUM_VALUE].n + 1, sizeof(*m->exact));
	m->exact[m->made[SUM_VALUE].n] = exact;
	for (int of = 0; of < SUM_OFS; of++)
		append(&m->made[of], &b[of]);
}

/* Hours from..to, by instants. */
static int put_instants(struct making *m, int64_t from, int64_t to, struct err *err)
{
	struct instants all = { 0 };
	struct bucket b[SUM_OFS];
	int r = adding_instants(m->s, m->sum->adding, from, to, &all, err);

	for (size_t i = 0, n; i < all.n && r == 0; i += n) {
		int64_t hour = hour_of(all.i[i].ts);

		for (n = 1; i + n < all.n && hour_of(all.i[i + n].ts) == hour; n++)
			;
		if (!instants_bucket(&all.i[i], n, hour, hour + SUM_HOUR_S, b))
			adding_estimate(m->sum->adding, hour, b);
		if (b[SUM_VALUE].n)
			put(m, b, true);
	}
	free(all.i);
	return r;
}

/* The hours that no sum is stored of, or only one that lacks what the meters have. */
static int make(struct making *m, const struct buckets stored[SUM_OFS], struct err *err)
{
	int64_t run = INT64_MAX, end = INT64_MAX; /* hours to be made by instants */
	struct bucket b[SUM_OFS];
	int r = 0;

	for (int64_t hour = -1; r == 0 && hour < INT64_MAX;) {
		bool exact = false, whole;
		const struct bucket *old;

		hour = adding_next(m->sum->adding, hour);
		old = hour < INT64_MAX ? find(&stored[SUM_VALUE], hour) : NULL;
		if (old && !(m->s->late && lacks(stored, old)))
			continue;
		whole = hour < INT64_MAX && adding_hour(m->sum->adding, hour, b, &exact);
		if (run < INT64_MAX && (whole || hour != end)) {
			r = put_instants(m, run, end, err);
			run = INT64_MAX;
		}
		if (r == 0 && whole) {
			put(m, b, exact);
		} else if (!old && hour < INT64_MAX) {
			run = run < INT64_MAX ? run : hour;
			end = hour + SUM_HOUR_S;
		}
	}
	return r;
}

/* Until the highest of the made maxima is that of an instant. */
static int find_highest(struct making *m, struct err *err)
{
	struct buckets *value = &m->made[SUM_VALUE];
	int r = 0;

	while (r == 0 && value->n) {
		struct instants all = { 0 };
		struct bucket b[SUM_OFS];
		size_t top = 0;

		for (size_t i = 1; i < value->n; i++)
			if (value->b[i].max > value->b[top].max)
				top = i;
		if (m->exact[top])
			break;
		r = adding_instants(m->s, m->sum->adding, value->b[top].from, value->b[top].to,
				    &all, err);
		if (r == 0 && instants_bucket(all.i, all.n, 0, 0, b)) {
			value->b[top].min = b[SUM_VALUE].min;
			value->b[top].max = b[SUM_VALUE].max;
		}
		m->exact[top] = true; /* past retention the bound is all there is */
		free(all.i);
	}
	return r;
}

static int compare_hour(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int read_hours(struct sumread *s, struct sum *sum, int n_of, struct buckets ret[SUM_OFS],
		      struct err *err)
{
	struct making m = { .s = s, .sum = sum };
	int r;

	sum->n_made = 0;
	for (int of = 0; of < n_of; of++) {
		ret[of].n = 0;
		if (sum->stored[of] &&
		    rollup_series(s->hours, sum->stored[of], &ret[of], err) < 0)
			return -1;
	}
	if (is_stored(s, ret))
		return 0;
	r = need_meters(s, sum, err);
	if (r == 0)
		r = make(&m, ret, err);
	if (r == 0)
		r = find_highest(&m, err);
	if (r == 0 && sum->n_made)
		qsort(sum->made, sum->n_made, sizeof(*sum->made), compare_hour);
	for (int of = 0; of < SUM_OFS; of++) {
		if (r == 0 && of < n_of && m.made[of].n)
			join(sum, &ret[of], &m.made[of]);
		buckets_done(&m.made[of]);
	}
	free(m.exact);
	return r;
}

int sumread_hours(struct sumread *s, struct sum *sum, struct buckets ret[SUM_OFS], struct err *err)
{
	return read_hours(s, sum, sum->line < 0 ? SUM_OFS : SUM_VALUE + 1, ret, err);
}

/* ---- reading both --------------------------------------------------------------------- */

/* The instants of the made hours that overlap from..to. */
static int read_made(struct sumread *s, struct sum *sum, int64_t from, int64_t to,
		     struct instants *ret, struct err *err)
{
	size_t i = made_at(sum, hour_of(from));
	int r = 0;

	if (i == sum->n_made || sum->made[i] >= to)
		return 0;
	r = need_meters(s, sum, err);
	while (r == 0 && i < sum->n_made && sum->made[i] < to) {
		size_t n = 1;

		while (i + n < sum->n_made && sum->made[i + n] < to &&
		       sum->made[i + n] == sum->made[i] + (int64_t)n * SUM_HOUR_S)
			n++;
		r = adding_instants(s, sum->adding, sum->made[i],
				    sum->made[i] + (int64_t)n * SUM_HOUR_S, ret, err);
		i += n;
	}
	return r;
}

int sumread_five(struct sumread *s, struct sum *sum, int64_t from, int64_t to, struct buckets *ret,
		 struct err *err)
{
	struct instants all = { 0 };
	struct buckets made = { 0 };
	struct bucket b[SUM_OFS];

	ret->n = 0;
	rollup_within(s->five, from, to);
	if (sum->stored[SUM_VALUE] &&
	    rollup_series(s->five, sum->stored[SUM_VALUE], ret, err) < 0)
		return -1;
	if (read_made(s, sum, from, to, &all, err) < 0) {
		free(all.i);
		return -1;
	}
	for (size_t i = 0, n; i < all.n; i += n) {
		int64_t at = all.i[i].ts / SUM_FIVE_S * SUM_FIVE_S;

		for (n = 1; i + n < all.n && all.i[i + n].ts < at + SUM_FIVE_S; n++)
			;
		if (at < to && at + SUM_FIVE_S > from &&
		    instants_bucket(&all.i[i], n, at, at + SUM_FIVE_S, b))
			append(&made, &b[SUM_VALUE]);
	}
	join(sum, ret, &made);
	buckets_done(&made);
	free(all.i);
	return 0;
}

int sumread_means(struct sumread *s, struct sum *sum, bool hours, struct buckets *ret,
		  struct err *err)
{
	/* whether a sum is partial matters only where something may be put in its place */
	int n_of = s->late && sum->line < 0 ? SUM_OFS : SUM_VALUE + 1;
	struct buckets all[SUM_OFS] = { *ret };
	int r = read_hours(s, sum, n_of, all, err);

	*ret = all[SUM_VALUE];
	buckets_done(&all[SUM_PRESENT]);
	buckets_done(&all[SUM_EXPECTED]);
	if (r == 0 && !hours)
		r = sumread_five(s, sum, s->from, s->to, ret, err);
	sum_rest(sum);
	return r;
}

static double value_of(const struct instant *i, enum sum_of of)
{
	switch (of) {
	case SUM_VALUE: return i->value;
	case SUM_PRESENT: return i->present;
	case SUM_EXPECTED: return i->expected;
	case SUM_OFS: break;
	}
	return NAN;
}

static int by_ts(const void *a, const void *b)
{
	int64_t x = ((const struct sample *)a)->ts, y = ((const struct sample *)b)->ts;

	return (x > y) - (x < y);
}

/* The made hours' samples in their places, from the first to the last that series_read would give.
 */
static void put_samples(const struct sum *sum, const struct instants *made, enum sum_of of,
			int64_t from, int64_t to, struct samples *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!is_made(sum, s->s[i].ts))
			s->s[n++] = s->s[i];
	s->n = n;
	for (size_t i = 0; i < made->n; i++) {
		const struct instant *at = &made->i[i];
		double value = value_of(at, of);

		if (isnan(value) || at->ts < from || at->ts > to)
			continue;
		xgrow(&s->s, &s->cap, s->n + 1, sizeof(*s->s));
		s->s[s->n++] = (struct sample){ .ts = at->ts, .value = value };
	}
	if (n && s->n > n)
		qsort(s->s, s->n, sizeof(*s->s), by_ts);
}

int sumread_samples(struct sumread *s, struct sum *sum, enum sum_of of, int64_t from, int64_t to,
		    bool edges, struct samples *ret, struct err *err)
{
	struct instants all = { 0 };
	int r = 0;

	*ret = (struct samples){ 0 };
	if (sum->stored[of])
		r = series_read(s->db, sum->stored[of], from, to, edges, ret, err);
	if (r == 0)
		r = read_made(s, sum, from, to + 1, &all, err);
	if (r == 0 && all.n) {
		put_samples(sum, &all, of, from, to, ret);
		for (size_t i = 1; i < all.n; i++) /* the slowest, but no hole */
			if (all.i[i].ts - all.i[i - 1].ts <= SUM_FIVE_S &&
			    all.i[i].ts - all.i[i - 1].ts > ret->step_s)
				ret->step_s = (int)(all.i[i].ts - all.i[i - 1].ts);
	}
	free(all.i);
	if (r < 0)
		samples_done(ret);
	return r;
}

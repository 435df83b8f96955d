/* SPDX-License-Identifier: Apache-2.0 */
/* The meters of a sum, by the rules of group/, and adding them up; see sumread.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/loads.h"
#include "report/sumread_impl.h"
#include "store/query.h"

struct part { /* a series of a member */
	int64_t series;
	struct buckets hours;
	struct samples s;
	size_t at;  /* of s: the first that is after the instant at hand */
	int step_s; /* at the instant at hand */
};

struct member { /* a meter while it stood there; all its parts are needed */
	const struct meter *meter;
	int64_t from, to;
	size_t first, n; /* of the parts */
};

struct adding {
	struct member *m;
	size_t n, cap;
	struct part *p;
	size_t n_parts, cap_parts;
	bool whole; /* a partial sum is none */
};

struct adding *adding_free(struct adding *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->n_parts; i++) {
		buckets_done(&a->p[i].hours);
		samples_done(&a->p[i].s);
	}
	free(a->p);
	free(a->m);
	free(a);
	return NULL;
}

/* ---- which meters ---------------------------------------------------------------------- */

static struct member *add_member(struct adding *a, const struct meter *m)
{
	xgrow(&a->m, &a->cap, a->n + 1, sizeof(*a->m));
	a->m[a->n] = (struct member){ m, m->from, m->to ? m->to : INT64_MAX, a->n_parts, 0 };
	return &a->m[a->n++];
}

static void add_part(struct adding *a, int64_t series)
{
	xgrow(&a->p, &a->cap_parts, a->n_parts + 1, sizeof(*a->p));
	a->p[a->n_parts++] = (struct part){ .series = series };
	a->m[a->n - 1].n++;
}

static void add_power(struct adding *a, const struct meter *m)
{
	add_member(a, m);
	for (size_t i = 0; i < m->n_power; i++)
		add_part(a, m->power[i].id);
}

static size_t rack_of_circuit(const struct topology *t, const char *circuit)
{
	size_t at = topology_find(t, circuit);

	/* What feeds several is no rack's load. */
	return at != TOPOLOGY_NONE && t->c[at].n_racks == 1 ? t->c[at].racks[0] : TOPOLOGY_NONE;
}

static bool is_load(const struct topology *t, const struct meter *m)
{
	if (!strcmp(m->role, "it_in"))
		return true;
	return !strcmp(m->role, "pdu_out") && !*m->rack &&
	       rack_of_circuit(t, m->circuit) != TOPOLOGY_NONE;
}

size_t sumread_rack_of(const struct topology *t, const struct meter *m)
{
	if (!is_load(t, m))
		return TOPOLOGY_NONE;
	return *m->rack ? topology_find_rack(t, m->rack) : rack_of_circuit(t, m->circuit);
}

static int by_name(const void *key, const void *m)
{
	return strcmp(key, ((const struct meter *)m)->name);
}

/* The first of the meters with that name, one for each place where it stood; s->meters.n: none. */
static size_t first_named(const struct sumread *s, const char *name)
{
	const struct meter *all = s->meters.m,
			   *m = s->meters.n ? bsearch(name, all, s->meters.n, sizeof(*m), by_name)
					    : NULL;
	size_t i = m ? (size_t)(m - all) : s->meters.n;

	while (i && m && !by_name(name, &all[i - 1]))
		i--;
	return i;
}

/* When the files first named each, where that was not their first load. */
static int load_known(struct sumread *s, struct err *err)
{
	struct query *q = query_new(s->db, "report_meter_known", err);
	int r;

	if (!q)
		return -1;
	s->known = xcalloc(s->meters.n + 1, sizeof(*s->known));
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0);
		size_t i = first_named(s, name);

		for (; i < s->meters.n && !by_name(name, &s->meters.m[i]); i++)
			s->known[i] = query_int(q, 1);
	}
	query_free(q);
	return r;
}

int sumread_members(struct sumread *s, struct err *err)
{
	if (s->has_members)
		return 0;
	if (meters_load_span(s->db, s->from, s->to, &s->meters, err) < 0)
		return -1;
	s->has_members = true;
	if (load_known(s, err) < 0)
		return -1;
	s->of_rack = xcalloc(s->t->n_racks + 1, sizeof(*s->of_rack));
	s->next = xcalloc(s->meters.n + 1, sizeof(*s->next));
	for (size_t i = 0; i < s->t->n_racks; i++)
		s->of_rack[i] = TOPOLOGY_NONE;
	for (size_t i = s->meters.n; i-- > 0;) {
		size_t rack = sumread_rack_of(s->t, &s->meters.m[i]);

		if (rack == TOPOLOGY_NONE)
			continue;
		s->next[i] = s->of_rack[rack];
		s->of_rack[rack] = i;
	}
	return 0;
}

static void add_rack(const struct sumread *s, struct adding *a, size_t rack)
{
	for (size_t i = s->of_rack[rack]; i != TOPOLOGY_NONE; i = s->next[i])
		add_power(a, &s->meters.m[i]);
}

static const struct meter *find_meter(const struct sumread *s, const struct topology_meter *m)
{
	char *name = *m->part ? xasprintf("%s/%s", m->device, m->part) : xstrdup(m->device);
	const struct meter *last = NULL;

	for (size_t i = first_named(s, name);
	     i < s->meters.n && !by_name(name, &s->meters.m[i]); i++)
		last = &s->meters.m[i];
	free(name);
	return last;
}

/* A meter that tells no current at all leaves the sum unknown, one of other lines does not. */
static void add_current(struct adding *a, const struct topology_circuit *c,
			const struct topology_meter *m, const struct meter *meter, int line)
{
	struct member *member = add_member(a, meter);
	bool any = false;

	for (size_t k = 0; k < m->n_series; k++) {
		const struct topology_series *series = &m->series[k];

		if (series->quantity != TOPOLOGY_A ||
		    (!series->phase && !series->main && !*m->part))
			continue;
		any = true;
		if (loads_conductor(c, m, series) == line)
			add_part(a, series->id);
	}
	if (any && !member->n)
		a->n--;
}

/* Meters of a circuit, where they stand at the end: of a current, of which conductor it is. */
static void add_circuit(const struct sumread *s, struct adding *a, size_t circuit, int line)
{
	const struct topology_circuit *c = &s->t->c[circuit];

	for (size_t i = 0; i < c->n_meters; i++) {
		const struct topology_meter *m = &s->t->meters[c->meters[i]];
		const struct meter *meter = find_meter(s, m);

		if (!m->primary || !meter || !is_load(s->t, meter))
			continue;
		if (line < 0) {
			add_power(a, meter);
			continue;
		}
		add_current(a, c, m, meter, line);
	}
}

/* Where a part's readings begin in the period: what its first hour lacks was before. */
static int64_t first_of(const struct part *p)
{
	const struct bucket *b = p->hours.n ? &p->hours.b[0] : NULL;

	return b ? b->to - (int64_t)b->n * (SUM_HOUR_S / b->full) : INT64_MAX;
}

/* A row that says nothing of a date holds always, but before the files had it nobody asked the
 * meter: it is expected from then on, or from where it was read, if that is earlier. */
static void begin_when_known(const struct sumread *s, struct adding *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct member *m = &a->m[i];
		int64_t from = s->known[m->meter - s->meters.m];

		for (size_t k = m->first; k < m->first + m->n; k++)
			from = first_of(&a->p[k]) < from ? first_of(&a->p[k]) : from;
		m->from = from > m->from ? from : m->from;
	}
}

struct adding *adding_new(struct sumread *s, const struct sum *sum, struct err *err)
{
	struct adding *a;

	if (sumread_members(s, err) < 0)
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->whole = sum->line >= 0;
	if (sum->rack != TOPOLOGY_NONE)
		add_rack(s, a, sum->rack);
	else if (sum->circuit != TOPOLOGY_NONE)
		add_circuit(s, a, sum->circuit, sum->line);
	for (size_t i = 0; i < a->n_parts; i++)
		if (rollup_series(s->hours, a->p[i].series, &a->p[i].hours, err) < 0)
			return adding_free(a);
	begin_when_known(s, a);
	return a;
}

/* ---- hours ------------------------------------------------------------------------------ */

static size_t hour_at(const struct buckets *b, int64_t from)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->b[mid].from < from)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* NULL: nothing of that hour. */
static const struct bucket *hour_of(const struct part *p, int64_t hour)
{
	size_t i = hour_at(&p->hours, hour);

	return i < p->hours.n && p->hours.b[i].from == hour ? &p->hours.b[i] : NULL;
}

int64_t adding_next(const struct adding *a, int64_t after)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < a->n_parts; i++) {
		size_t k = hour_at(&a->p[i].hours, after + 1);

		if (k < a->p[i].hours.n && a->p[i].hours.b[k].from < next)
			next = a->p[i].hours.b[k].from;
	}
	return next;
}

/* Is the meter the same one, with one factor, all the hour? */
static bool is_steady(const struct member *m, int64_t hour)
{
	int64_t to = hour + SUM_HOUR_S;
	double first = meter_factor_at(m->meter, hour, false);
	double last = meter_factor_at(m->meter, to - 1, false);

	return m->from <= hour && m->to >= to && !(first < last) && !(first > last) &&
	       !meter_is_bad(m->meter, hour, to);
}

static void start_hour(int64_t hour, double members, struct bucket b[SUM_OFS])
{
	for (int of = 0; of < SUM_OFS; of++)
		b[of] = (struct bucket){ .from = hour,
					 .to = hour + SUM_HOUR_S,
					 .value = members,
					 .min = members,
					 .max = members,
					 .first = NAN,
					 .last = NAN };
	b[SUM_VALUE].value = b[SUM_VALUE].min = b[SUM_VALUE].max = 0;
	b[SUM_VALUE].full = SUM_HOUR_S / SUM_FIVE_S;
}

static void end_hour(const struct bucket *value, struct bucket b[SUM_OFS])
{
	for (int of = SUM_PRESENT; of < SUM_OFS; of++) {
		b[of].n = value->full;
		b[of].full = value->full;
	}
}

static void add_bucket(struct bucket *sum, const struct bucket *b, double by)
{
	sum->value += by * b->value;
	sum->min += fmin(by * b->min, by * b->max);
	sum->max += fmax(by * b->min, by * b->max);
	sum->full = b->full > sum->full ? b->full : sum->full;
	sum->lsb = fmax(sum->lsb, fabs(by) * b->lsb);
}

bool adding_hour(struct adding *a, int64_t hour, struct bucket ret[SUM_OFS], bool *ret_exact)
{
	size_t members = 0, vary = 0;

	start_hour(hour, 0, ret);
	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = &a->m[i];

		if (m->to <= hour || m->from >= hour + SUM_HOUR_S)
			continue;
		if (!m->n || !is_steady(m, hour))
			return false;
		members++;
		for (size_t k = m->first; k < m->first + m->n; k++) {
			const struct bucket *b = hour_of(&a->p[k], hour);

			if (!b || b->n < b->full)
				return false;
			vary += b->max > b->min;
			add_bucket(&ret[SUM_VALUE], b,
				   meter_factor_at(m->meter, hour, false));
		}
	}
	if (!members)
		return false;
	ret[SUM_VALUE].n = ret[SUM_VALUE].full;
	for (int of = SUM_PRESENT; of < SUM_OFS; of++)
		ret[of].value = ret[of].min = ret[of].max = (double)members;
	end_hour(&ret[SUM_VALUE], ret);
	*ret_exact = vary < 2;
	return true;
}

void adding_estimate(struct adding *a, int64_t hour, struct bucket ret[SUM_OFS])
{
	double members = 0, shares = 0, most = 0, some = 0;

	start_hour(hour, 0, ret);
	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = &a->m[i];
		double share = m->n ? 1 : 0;

		if (m->to <= hour || m->from >= hour + SUM_HOUR_S)
			continue;
		members++;
		for (size_t k = m->first; k < m->first + m->n; k++) {
			const struct bucket *b = hour_of(&a->p[k], hour);

			share = b ? fmin(share, (double)b->n / b->full) : 0;
			if (b)
				add_bucket(&ret[SUM_VALUE], b,
					   meter_factor_at(m->meter, hour, false));
		}
		shares += share;
		some += share > 0;
		most = fmax(most, share);
	}
	ret[SUM_VALUE].n = (uint32_t)lround(most * ret[SUM_VALUE].full);
	if (a->whole && some < members)
		ret[SUM_VALUE].n = 0;
	ret[SUM_PRESENT].value = shares;
	ret[SUM_PRESENT].max = some;
	ret[SUM_EXPECTED].value = ret[SUM_EXPECTED].min = ret[SUM_EXPECTED].max = members;
	end_hour(&ret[SUM_VALUE], ret);
}

/* ---- instants --------------------------------------------------------------------------- */

static int read_parts(struct sumread *s, struct adding *a, int64_t from, int64_t to,
		      struct err *err)
{
	for (size_t i = 0; i < a->n_parts; i++) {
		struct part *p = &a->p[i];

		samples_done(&p->s);
		p->at = 0;
		if (series_read(s->db, p->series, from, to - 1, true, &p->s, err) < 0)
			return -1;
	}
	return 0;
}

/* The latest reading that is not after ts, unless it is too old. */
static bool value_at(struct part *p, int64_t ts, double *ret)
{
	while (p->at < p->s.n && p->s.s[p->at].ts <= ts)
		p->at++;
	if (!p->at || 2 * (ts - p->s.s[p->at - 1].ts) > 3 * (int64_t)p->step_s)
		return false;
	*ret = p->s.s[p->at - 1].value;
	return true;
}

static bool member_at(struct adding *a, const struct member *m, int64_t ts, double *ret)
{
	bool all = m->n > 0;
	double sum = 0, value;

	for (size_t k = m->first; k < m->first + m->n; k++) {
		if (value_at(&a->p[k], ts, &value))
			sum += value;
		else
			all = false;
	}
	*ret = sum * meter_factor_at(m->meter, ts, false);
	return all && !meter_is_bad(m->meter, ts, ts + 1);
}

static struct instant add_up(struct adding *a, int64_t ts)
{
	struct instant at = { .ts = ts };
	double value;

	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = &a->m[i];

		if (ts < m->from || ts >= m->to)
			continue;
		at.expected++;
		if (!member_at(a, m, ts, &value))
			continue;
		at.present++;
		at.value += value;
	}
	if (!at.present || (a->whole && at.present < at.expected))
		at.value = NAN;
	return at;
}

/* The steps of that hour; a meter of which there is nothing keeps its last one. Returns the sum's;
 * 0: nothing at all. */
static int steps_of(struct adding *a, int64_t hour)
{
	int fastest_s = SUM_FIVE_S;
	bool any = false;

	for (size_t i = 0; i < a->n_parts; i++) {
		struct part *p = &a->p[i];
		size_t k = hour_at(&p->hours, hour + 1);

		if (!k)
			continue;
		p->step_s = SUM_HOUR_S / (int)p->hours.b[k - 1].full;
		if (p->hours.b[k - 1].from != hour)
			continue;
		any = true;
		fastest_s = p->step_s < fastest_s ? p->step_s : fastest_s;
	}
	return any ? fastest_s : 0;
}

int adding_instants(struct sumread *s, struct adding *a, int64_t from, int64_t to,
		    struct instants *ret, struct err *err)
{
	if (read_parts(s, a, from, to, err) < 0)
		return -1;
	for (int64_t hour = from; hour < to; hour += SUM_HOUR_S) {
		int step_s = steps_of(a, hour);

		for (int64_t ts = hour; step_s && ts < hour + SUM_HOUR_S; ts += step_s) {
			xgrow(&ret->i, &ret->cap, ret->n + 1, sizeof(*ret->i));
			ret->i[ret->n++] = add_up(a, ts);
		}
	}
	for (size_t i = 0; i < a->n_parts; i++)
		samples_done(&a->p[i].s);
	return 0;
}

static void take(struct bucket *b, double value)
{
	b->value += value;
	b->min = b->n ? fmin(b->min, value) : value;
	b->max = b->n ? fmax(b->max, value) : value;
	b->n++;
}

bool instants_bucket(const struct instant *i, size_t n, int64_t from, int64_t to,
		     struct bucket ret[SUM_OFS])
{
	for (int of = 0; of < SUM_OFS; of++)
		ret[of] = (struct bucket){
			.from = from, .to = to, .full = (uint32_t)n, .first = NAN, .last = NAN
		};
	for (size_t k = 0; k < n; k++) {
		if (!isnan(i[k].value))
			take(&ret[SUM_VALUE], i[k].value);
		take(&ret[SUM_PRESENT], i[k].present);
		take(&ret[SUM_EXPECTED], i[k].expected);
	}
	for (int of = 0; of < SUM_OFS; of++)
		if (ret[of].n)
			ret[of].value /= ret[of].n;
	return ret[SUM_VALUE].n > 0;
}

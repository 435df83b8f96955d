/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sums there are, of which members, and their points. The members and their readings are
 * member.c's. A sum is a list of members with signs, so that racks, feeds, halls and both sides
 * of the site are computed by the same few lines.
 */
#include "group/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "group/member.h"
#include "group/path.h"

struct term {
	size_t member;
	int sign;
	signed char line[MEMBER_PHASES]; /* the sum's line k is the member's line[k] */
};

struct sum {
	struct term *terms;
	size_t n, cap;
	size_t unmetered; /* boundary terms that name something no meter stands at */
};

enum what { WHAT_POWER, WHAT_PRESENT, WHAT_EXPECTED, WHAT_CURRENT };

struct point_of { /* beside each group_point */
	size_t sum;
	enum what what;
	int phase; /* 0..2 */
};

struct scan {
	struct group_scan scan; /* .points: the array below */
	struct group_point *points;
	struct point_of *of;
	size_t n, cap, cap_of;
};

struct group {
	const struct inventory *inv;
	struct members *members;
	struct sum *sums;
	size_t n_sums, cap_sums;
	struct scan *scans;
	size_t n_scans, cap_scans;
};

struct scale group_scale(const struct quantity *quantity)
{
	return (struct scale){ .mul = quantity->step_num, .div = quantity->step_den, .add = 0 };
}

static size_t new_sum(struct group *g)
{
	xgrow(&g->sums, &g->cap_sums, g->n_sums + 1, sizeof(*g->sums));
	g->sums[g->n_sums] = (struct sum){ 0 };
	return g->n_sums++;
}

static void add_term(struct group *g, size_t sum, size_t member, int sign)
{
	struct sum *s = &g->sums[sum];

	xgrow(&s->terms, &s->cap, s->n + 1, sizeof(*s->terms));
	s->terms[s->n++] = (struct term){ member, sign, { 0, 1, 2 } };
}

static struct scan *new_scan(struct group *g, const char *kind, const char *entity)
{
	xgrow(&g->scans, &g->cap_scans, g->n_scans + 1, sizeof(*g->scans));
	struct scan *s = &g->scans[g->n_scans++];

	*s = (struct scan){ .scan = { .entity_kind = kind, .entity = entity } };
	return s;
}

static void add_point(struct scan *s, const char *kind, const char *entity, const char *part,
		      const char *quantity, size_t sum, enum what what, int phase)
{
	xgrow(&s->points, &s->cap, s->n + 1, sizeof(*s->points));
	xgrow(&s->of, &s->cap_of, s->n + 1, sizeof(*s->of));
	s->points[s->n] = (struct group_point){ kind, entity, part, schema_quantity(quantity),
						what == WHAT_CURRENT ? phase + 1 : 0 };
	s->of[s->n] = (struct point_of){ sum, what, phase };
	s->n++;
	s->scan.points = s->points;
	s->scan.n_points = s->n;
}

static void add_power(struct scan *s, const char *kind, const char *entity, const char *part,
		      size_t sum)
{
	add_point(s, kind, entity, part, "power_w", sum, WHAT_POWER, 0);
	add_point(s, kind, entity, part, "members_present", sum, WHAT_PRESENT, 0);
	add_point(s, kind, entity, part, "members_expected", sum, WHAT_EXPECTED, 0);
}

/* Is the member part of what its rack or feed draws? A tap-off meter (pdu_out) at a feed is,
 * because the inventory allows one primary meter per circuit. */
static bool is_load(const struct group *g, const struct member *m)
{
	if (m->place.role == ROLE_IT_IN)
		return true;
	return m->place.role == ROLE_PDU_OUT && m->place.rack < 0 &&
	       members_rack_of_circuit(g->members, m->place.circuit) >= 0;
}

static void make_racks(struct group *g)
{
	static const char *const phases[] = { "L1", "L2", "L3" };
	const struct inventory *inv = g->inv;
	size_t n = members_size(g->members);
	/* Sums first, for all at once: members are visited only once. */
	size_t *rack_sum = xcalloc(inv->n_racks ? inv->n_racks : 1, sizeof(*rack_sum));
	size_t *feed_sum = xcalloc(inv->n_circuits ? inv->n_circuits : 1, sizeof(*feed_sum));
	bool *is_feed = xcalloc(inv->n_circuits ? inv->n_circuits : 1, sizeof(*is_feed));

	for (size_t r = 0; r < inv->n_racks; r++) {
		rack_sum[r] = new_sum(g);
		for (size_t f = 0; f < inv->racks[r].n_feeds; f++) {
			size_t c = inv->racks[r].feeds[f];

			if (!is_feed[c])
				feed_sum[c] = new_sum(g);
			is_feed[c] = true;
		}
	}
	for (size_t i = 0; i < n; i++) {
		const struct member *m = members_at(g->members, i);

		if (!is_load(g, m))
			continue;
		if (m->rack >= 0)
			add_term(g, rack_sum[m->rack], i, 1);
		if (m->place.circuit >= 0 && is_feed[m->place.circuit])
			add_term(g, feed_sum[m->place.circuit], i, 1);
	}
	for (size_t r = 0; r < inv->n_racks; r++) {
		const struct inv_rack *rack = &inv->racks[r];

		/* An empty place that nobody meters has no load to tell. */
		if (rack->cfg->status != RACK_LIVE && !g->sums[rack_sum[r]].n)
			continue;
		struct scan *s = new_scan(g, "rack", rack->cfg->rack);

		add_power(s, "rack", rack->cfg->rack, "total", rack_sum[r]);
		for (size_t f = 0; f < rack->n_feeds; f++) {
			const char *name = inv->circuits[rack->feeds[f]].cfg->circuit;

			if (!is_feed[rack->feeds[f]])
				continue; /* shared: it stands in the first rack's scan */
			is_feed[rack->feeds[f]] = false;
			add_power(s, "circuit", name, "total", feed_sum[rack->feeds[f]]);
			for (int k = 0; k < MEMBER_PHASES; k++)
				add_point(s, "circuit", name, phases[k], "current_a",
					  feed_sum[rack->feeds[f]], WHAT_CURRENT, k);
		}
	}
	free(rack_sum);
	free(feed_sum);
	free(is_feed);
}

static void make_halls(struct group *g)
{
	const struct inventory *inv = g->inv;
	const char **names = xcalloc(inv->n_racks ? inv->n_racks : 1, sizeof(*names));
	size_t *sums = xcalloc(inv->n_racks ? inv->n_racks : 1, sizeof(*sums)), n = 0;
	size_t *hall_of = xcalloc(inv->n_racks ? inv->n_racks : 1, sizeof(*hall_of));

	for (size_t r = 0; r < inv->n_racks; r++) {
		const char *hall = inv->racks[r].cfg->hall;
		size_t h = 0;

		while (h < n && strcmp(names[h], hall) != 0)
			h++;
		if (h == n) {
			names[n] = hall;
			sums[n++] = new_sum(g);
		}
		hall_of[r] = h;
	}
	for (size_t i = 0; i < members_size(g->members); i++) {
		const struct member *m = members_at(g->members, i);

		if (m->rack >= 0 && is_load(g, m))
			add_term(g, sums[hall_of[m->rack]], i, 1);
	}
	for (size_t h = 0; h < n; h++)
		if (*names[h])
			add_power(new_scan(g, "hall", names[h]), "hall", names[h], "total",
				  sums[h]);
	free(names);
	free(sums);
	free(hall_of);
}

/* Circuits above the racks' feeds that have no meter, as far as those below have. */
static void make_circuits(struct group *g)
{
	static const char *const phases[] = { "L1", "L2", "L3" };
	const struct inventory *inv = g->inv;
	struct path *paths = path_all(inv, g->members);
	bool *is_feed = xcalloc(inv->n_circuits + 1, sizeof(*is_feed));

	for (size_t r = 0; r < inv->n_racks; r++)
		for (size_t f = 0; f < inv->racks[r].n_feeds; f++)
			is_feed[inv->racks[r].feeds[f]] = true;
	for (size_t c = 0; c < inv->n_circuits; c++) {
		const char *name = inv->circuits[c].cfg->circuit;
		struct scan *s;
		size_t sum;

		if (is_feed[c] || paths[c].own || !paths[c].complete)
			continue;
		sum = new_sum(g);
		for (size_t i = 0; i < paths[c].n; i++) {
			add_term(g, sum, paths[c].terms[i].member, 1);
			memcpy(g->sums[sum].terms[i].line, paths[c].terms[i].line, MEMBER_PHASES);
		}
		s = new_scan(g, "circuit", name);
		add_power(s, "circuit", name, "total", sum);
		for (int k = 0; k < MEMBER_PHASES && paths[c].amps; k++)
			add_point(s, "circuit", name, phases[k], "current_a", sum, WHAT_CURRENT, k);
	}
	path_free(paths, inv->n_circuits);
	free(is_feed);
}

static size_t side_sum(struct group *g, const struct cfg_term *terms, size_t n_terms)
{
	size_t sum = new_sum(g), n = members_size(g->members);

	for (size_t t = 0; t < n_terms; t++) {
		ptrdiff_t circuit =
			*terms[t].circuit ? inventory_circuit(g->inv, terms[t].circuit) : -1;
		bool found = false;

		for (size_t i = 0; i < n; i++) {
			const struct member *m = members_at(g->members, i);

			if (*terms[t].circuit ? circuit < 0 || m->place.circuit != circuit
					      : m->place.role != terms[t].role)
				continue;
			if (*terms[t].hall && strcmp(terms[t].hall, m->hall) != 0)
				continue;
			add_term(g, sum, i, terms[t].sign);
			found = true;
		}
		/* Never complete, so never taken for the whole. */
		if (!found)
			g->sums[sum].unmetered++;
	}
	return sum;
}

static void make_site(struct group *g)
{
	const struct settings *settings = &g->inv->config->settings;

	if (!settings->n_boundaries)
		return;
	const struct cfg_boundary *b = &settings->boundaries[0];
	size_t it = side_sum(g, b->it, b->n_it), facility = side_sum(g, b->facility, b->n_facility);
	struct scan *s = new_scan(g, "site", settings->site);

	add_power(s, "site", settings->site, "it", it);
	add_power(s, "site", settings->site, "facility", facility);
}

struct group *group_new(const struct inventory *inv)
{
	struct group *g = xcalloc(1, sizeof(*g));

	g->inv = inv;
	g->members = members_new(inv);
	make_racks(g);
	make_circuits(g);
	make_halls(g);
	make_site(g);
	return g;
}

struct group *group_free(struct group *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->n_sums; i++)
		free(g->sums[i].terms);
	for (size_t i = 0; i < g->n_scans; i++) {
		free(g->scans[i].points);
		free(g->scans[i].of);
	}
	free(g->sums);
	free(g->scans);
	members_free(g->members);
	free(g);
	return NULL;
}

size_t group_n_scans(const struct group *g)
{
	return g->n_scans;
}

const struct group_scan *group_scan(const struct group *g, size_t i)
{
	return &g->scans[i].scan;
}

void group_bind(struct group *g, size_t device, const struct expansion *expansion,
		const int *step_s)
{
	members_bind(g->members, device, expansion, step_s);
}

void group_reading(struct group *g, size_t device, size_t point, int64_t ts, struct reading reading,
		   const struct scale *scale)
{
	members_due(g->members, device, point);
	/* An absence is told by the age of the last reading. */
	if (reading.cause == CAUSE_NONE)
		members_reading(g->members, device, point, ts, reading.raw, scale);
}

void group_silent(struct group *g, size_t device)
{
	members_silent(g->members, device);
}

bool group_settled(const struct group *g, size_t i)
{
	const struct scan *s = &g->scans[i];

	for (size_t p = 0; p < s->n; p++) {
		const struct sum *sum = &g->sums[s->of[p].sum];

		for (size_t t = 0; t < sum->n; t++) {
			const struct member *m = members_at(g->members, sum->terms[t].member);

			if (m->counted && !member_settled(g->members, m))
				return false;
		}
	}
	return true;
}

static int64_t to_steps(int64_t thousandths)
{
	int64_t half = MEMBER_PARTS_OF_STEP / 2;

	return (thousandths < 0 ? thousandths - half : thousandths + half) / MEMBER_PARTS_OF_STEP;
}

struct total {
	int64_t power;
	size_t present, expected;
	bool overflow;
};

static void compute_power(const struct group *g, const struct sum *sum, int64_t ts,
			  struct total *ret)
{
	struct total t = { .expected = sum->unmetered };

	for (size_t i = 0; i < sum->n; i++) {
		const struct member *m = members_at(g->members, sum->terms[i].member);
		int64_t value;

		if (!m->counted)
			continue;
		t.expected++;
		if (!member_power(g->members, m, ts, &value))
			continue;
		t.present++;
		if (__builtin_add_overflow(t.power, sum->terms[i].sign < 0 ? -value : value,
					   &t.power))
			t.overflow = true;
	}
	*ret = t;
}

static struct reading compute_current(const struct group *g, const struct sum *sum, int phase,
				      int64_t ts)
{
	int64_t current = 0, value;
	bool any = false, lacks = false, unknown = false;

	for (size_t i = 0; i < sum->n; i++) {
		const struct term *term = &sum->terms[i];
		const struct member *m = members_at(g->members, term->member);

		if (!m->counted)
			continue;
		/* Not surveyed yet: who knows which phases it has. */
		if (!m->n_power)
			lacks = true;
		else if (!member_has_current(m))
			unknown = true; /* tells power only: without it the sum would be too low */
		if (member_current(g->members, m, term->line[phase], ts, &value, &lacks)) {
			any = true;
			if (__builtin_add_overflow(current, value, &current))
				return (struct reading){ .cause = CAUSE_OUT_OF_RANGE };
		}
	}
	/* A current has no coverage beside it, so a partial one is absent. */
	if (lacks)
		return (struct reading){ .cause = CAUSE_NO_ANSWER };
	if (!any || unknown)
		return (struct reading){ .cause = CAUSE_NOT_FITTED };
	return (struct reading){ .raw = to_steps(current) };
}

void group_compute(const struct group *g, size_t i, int64_t ts, struct reading *readings)
{
	const struct scan *s = &g->scans[i];
	struct total total = { 0 };
	size_t of = SIZE_MAX;

	for (size_t p = 0; p < s->n; p++) {
		const struct sum *sum = &g->sums[s->of[p].sum];

		if (s->of[p].what != WHAT_CURRENT && s->of[p].sum != of) {
			compute_power(g, sum, ts, &total);
			of = s->of[p].sum;
		}
		switch (s->of[p].what) {
		case WHAT_POWER:
			if (total.overflow)
				readings[p] = (struct reading){ .cause = CAUSE_OUT_OF_RANGE };
			else if (total.present)
				readings[p] = (struct reading){ .raw = to_steps(total.power) };
			else
				readings[p] = (struct reading){
					.cause = total.expected ? CAUSE_NO_ANSWER : CAUSE_NOT_FITTED
				};
			break;
		case WHAT_PRESENT:
			readings[p] = (struct reading){ .raw = (int64_t)total.present };
			break;
		case WHAT_EXPECTED:
			readings[p] = (struct reading){ .raw = (int64_t)total.expected };
			break;
		case WHAT_CURRENT: readings[p] = compute_current(g, sum, s->of[p].phase, ts); break;
		}
	}
}

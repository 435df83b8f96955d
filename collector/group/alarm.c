/* SPDX-License-Identifier: Apache-2.0 */
/* See alarm.h. Only what is wrong is kept: of 20,000 healthy devices nothing. */
#include "group/alarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct telling {
	alarm_told *told;
	void *user;
	const struct profile_point *src;
	int64_t hold_s;
};

void alarms_done(struct alarms *all)
{
	free(all->a);
	*all = (struct alarms){ 0 };
}

void alarms_add(struct alarms *all, const struct alarm *alarm)
{
	xgrow(&all->a, &all->cap, all->n + 1, sizeof(*all->a));
	all->a[all->n++] = *alarm;
}

static bool is_bad(enum severity severity)
{
	return severity >= SEVERITY_WARNING;
}

bool alarm_possible(const struct profile_point *src)
{
	for (size_t i = 0; i < src->n_states; i++) {
		if (is_bad(src->states[i].severity))
			return true;
	}
	for (size_t i = 0; i < src->n_flags; i++) {
		if (is_bad(src->flags[i].severity))
			return true;
	}
	return false;
}

static void end(struct alarms *all, struct alarm *alarm, int64_t ts, const struct telling *t)
{
	struct alarm gone = *alarm;

	*alarm = all->a[--all->n];
	t->told(t->user, &gone, t->src, ts > gone.since ? ts : gone.since + 1);
}

/* cur: what lasts of this state, or this bit; NULL: nothing. now: what the reading says. */
static void step(struct alarms *all, struct alarm *cur, const struct alarm *now,
		 const struct telling *t)
{
	struct alarm next = *now;

	if (cur && cur->state == now->state && cur->severity == now->severity) {
		cur->fell = 0;
		return;
	}
	if (cur && now->severity < cur->severity) {
		if (!cur->fell)
			cur->fell = now->since;
		if (now->since - cur->fell < t->hold_s)
			return;
		next.since = cur->fell;
	}
	if (cur)
		end(all, cur, next.since, t);
	if (!is_bad(next.severity))
		return;
	alarms_add(all, &next);
	t->told(t->user, &next, t->src, 0);
}

/* Of a state there is one at most, whichever it is; of flags one for each bit. */
static struct alarm *find(struct alarms *all, const struct alarm *like, bool any_state)
{
	for (size_t i = 0; i < all->n; i++) {
		struct alarm *a = &all->a[i];

		if (a->quantity == like->quantity && (any_state || a->state == like->state) &&
		    strcmp(a->part, like->part) == 0)
			return a;
	}
	return NULL;
}

void alarms_reading(struct alarms *all, const char *part, const struct profile_point *src,
		    int64_t raw, int64_t ts, int64_t hold_s, alarm_told *told, void *user)
{
	const struct telling t = { told, user, src, hold_s };
	bool is_state = src->quantity->kind == KIND_STATE;
	enum severity severity = is_state ? profile_point_severity(src, raw) : SEVERITY_OK;

	if (all->n == 0 && (is_state ? !is_bad(severity) : raw == 0))
		return; /* nearly always */

	struct alarm now = { .quantity = src->quantity, .since = ts };
	snprintf(now.part, sizeof(now.part), "%s", part);
	if (is_state) {
		now.state = raw;
		now.severity = severity;
		step(all, find(all, &now, true), &now, &t);
		return;
	}
	for (size_t i = 0; i < src->n_flags; i++) {
		if (!is_bad(src->flags[i].severity))
			continue;
		now.state = src->flags[i].bit;
		now.severity = (uint64_t)raw >> now.state & 1 ? src->flags[i].severity
							      : SEVERITY_OK;
		step(all, find(all, &now, false), &now, &t);
	}
}

static const struct profile_point *point_of(const struct expansion *x, const struct alarm *alarm)
{
	for (size_t i = 0; x && i < x->n_points; i++) {
		const struct point_def *p = &x->points[i];

		if (p->src->quantity == alarm->quantity && strcmp(p->part, alarm->part) == 0)
			return p->src;
	}
	return NULL;
}

/* Does the profile still call this state an alarm? */
static bool is_alarm(const struct profile_point *src, int64_t state)
{
	if (src->quantity->kind == KIND_STATE)
		return is_bad(profile_point_severity(src, state));
	for (size_t i = 0; i < src->n_flags; i++) {
		if (src->flags[i].bit == state)
			return is_bad(src->flags[i].severity);
	}
	return false;
}

void alarms_keep(struct alarms *all, const struct expansion *x, int64_t ts, alarm_told *told,
		 void *user)
{
	struct telling t = { .told = told, .user = user };

	for (size_t i = all->n; i-- > 0;) {
		t.src = point_of(x, &all->a[i]);
		if (!t.src || !is_alarm(t.src, all->a[i].state))
			end(all, &all->a[i], ts, &t);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First the scalars in wide GETs, then the columns, several per GETBULK. Requests that a
 * device cannot digest (tooBig, genErr, silence after an answer) are made smaller until a
 * single object is left, and only that one is given up.
 */
#include "daemon/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/scan.h"

/* A reply of this many bindings fits an Ethernet frame with the usual OIDs. */
#define VARBINDS_PER_REPLY 60
#define COLUMNS_MAX 10
#define SNMP_NO_SUCH_NAME 2

const struct oid oid_sysdescr = { 9, { 1, 3, 6, 1, 2, 1, 1, 1, 0 } };
const struct oid oid_sysobjectid = { 9, { 1, 3, 6, 1, 2, 1, 1, 2, 0 } };
const struct oid oid_sysuptime = { 9, { 1, 3, 6, 1, 2, 1, 1, 3, 0 } };

struct column {
	struct oid base, last;
	bool done, first_only;
};

struct survey {
	bool v1;
	struct oid *scalars; /* asked from next_scalar on; width at a time */
	size_t n_scalars, next_scalar;
	struct column *columns;
	size_t n_columns;
	int width, repetitions, full_width, full_repetitions;
	bool short_columns; /* many of them in a request, few rows of each */

	struct plan_request request;
	struct oid *oids; /* of the request; many surveys run at once, so no longer than needed */
	size_t asked[COLUMNS_MAX]; /* column of each varbind asked */
	size_t n_requests;

	struct varbind *vbs;
	size_t n_vbs, cap_vbs;
	bool answered, cut, over;
	enum cause failed;
};

static void add_scalar(struct survey *s, size_t *cap, const struct oid *oid)
{
	for (size_t i = 0; i < s->n_scalars; i++) {
		if (oid_cmp(&s->scalars[i], oid) == 0)
			return;
	}
	xgrow(&s->scalars, cap, s->n_scalars + 1, sizeof(s->scalars[0]));
	s->scalars[s->n_scalars++] = *oid;
}

static void take_columns_to_walk(struct survey *s, struct oid *oids, size_t n)
{
	s->columns = xcalloc(n ? n : 1, sizeof(s->columns[0]));
	s->n_columns = n;
	for (size_t i = 0; i < n; i++)
		s->columns[i].base = s->columns[i].last = oids[i];
	free(oids);
}

/* As wide as the profile allows. */
static struct survey *new_survey(const struct profile *profile, bool v1)
{
	struct survey *s = xcalloc(1, sizeof(*s));

	s->v1 = v1;
	s->width = profile && profile->varbinds > 0 ? profile->varbinds : 25;
	if (s->width > 256)
		s->width = 256;
	s->repetitions = profile && profile->max_repetitions > 0 ? profile->max_repetitions : 20;
	if (s->repetitions > 255)
		s->repetitions = 255;
	s->oids = xcalloc(s->width > COLUMNS_MAX ? (size_t)s->width : COLUMNS_MAX,
			  sizeof(s->oids[0]));
	s->full_width = s->width;
	s->full_repetitions = s->repetitions;
	return s;
}

struct survey *survey_new_fitted(const struct profile *profile, bool v1)
{
	struct survey *s = new_survey(profile, v1);
	struct oid *oids;
	size_t n = profile_fitted_columns(profile, &oids);

	take_columns_to_walk(s, oids, n);
	s->short_columns = true;
	return s;
}

struct survey *survey_new(const struct profile *profile, bool v1)
{
	struct survey *s = new_survey(profile, v1);
	size_t cap = 0;

	if (profile == NULL || profile->protocol == PROFILE_SNMP) {
		add_scalar(s, &cap, &oid_sysdescr);
		add_scalar(s, &cap, &oid_sysobjectid);
		add_scalar(s, &cap, &oid_sysuptime);
	}
	if (profile) {
		struct oid *oids;
		size_t n = profile_scalars(profile, &oids);

		for (size_t i = 0; i < n; i++)
			add_scalar(s, &cap, &oids[i]);
		free(oids);
		n = profile_walk_columns(profile, &oids);
		take_columns_to_walk(s, oids, n);
	}
	return s;
}

bool survey_needed(const struct profile *profile)
{
	struct oid *registers = NULL;
	size_t n = 1;

	if (profile->protocol == PROFILE_MODBUS)
		n = profile_scalars(profile, &registers);
	free(registers);
	return n > 0;
}

bool survey_ages(const struct profile *profile)
{
	if (profile->protocol == PROFILE_MODBUS)
		return survey_needed(profile);
	for (size_t i = 0; i < profile->n_points; i++) {
		if (profile->points[i].n_fitted > 0)
			return true;
	}
	return false;
}

struct survey *survey_new_objects(const struct oid *objects, size_t n, bool whole, bool v1)
{
	struct survey *s = xcalloc(1, sizeof(*s));
	size_t cap = 0;

	s->v1 = v1;
	s->width = COLUMNS_MAX;
	s->repetitions = whole ? VARBINDS_PER_REPLY / COLUMNS_MAX : 1;
	s->columns = xcalloc(n ? n : 1, sizeof(s->columns[0]));
	for (size_t i = 0; i < n; i++) {
		if (objects[i].arc[objects[i].n - 1] == 0)
			add_scalar(s, &cap, &objects[i]);
		else
			s->columns[s->n_columns++] = (struct column){
				.base = objects[i], .last = objects[i], .first_only = !whole };
	}
	s->oids = xcalloc(COLUMNS_MAX, sizeof(s->oids[0]));
	s->full_width = s->width;
	s->full_repetitions = s->repetitions;
	return s;
}

struct survey *survey_free(struct survey *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->n_vbs; i++)
		free((void *)(uintptr_t)s->vbs[i].value.octets);
	free(s->vbs);
	free(s->oids);
	free(s->scalars);
	free(s->columns);
	free(s);
	return NULL;
}

static void keep(struct survey *s, const struct oid *oid, const struct vb_value *value)
{
	struct varbind *vb;

	if (s->n_vbs >= SURVEY_ROWS_MAX) {
		s->cut = true;
		s->over = true;
		return;
	}
	xgrow(&s->vbs, &s->cap_vbs, s->n_vbs + 1, sizeof(s->vbs[0]));
	vb = &s->vbs[s->n_vbs++];
	vb->oid = *oid;
	vb->value = *value;
	vb->value.octets = NULL;
	if (value->octets) {
		uint8_t *copy;

		if (vb->value.n_octets > SURVEY_OCTETS_MAX)
			vb->value.n_octets = SURVEY_OCTETS_MAX;
		copy = xcalloc(1, vb->value.n_octets + 1);
		memcpy(copy, value->octets, vb->value.n_octets);
		vb->value.octets = copy;
	}
}

static bool ends_column(const struct vb_value *value)
{
	return value->type == VB_NO_SUCH_OBJECT || value->type == VB_NO_SUCH_INSTANCE ||
	       value->type == VB_END_OF_VIEW;
}

/* NULL stands for a row without a value (Cordex controllers): others may follow it. */
static bool is_absent(const struct vb_value *value)
{
	return ends_column(value) || value->type == VB_NULL;
}

/* As many rows as a reply holds of all columns that are left; no more than the device digests. */
static int repetitions_for_all(const struct survey *s)
{
	int left = 0;

	for (size_t i = 0; i < s->n_columns && left < COLUMNS_MAX; i++)
		left += !s->columns[i].done;
	if (left == 0 || s->repetitions < VARBINDS_PER_REPLY / left)
		return s->repetitions;
	return VARBINDS_PER_REPLY / left;
}

const struct plan_request *survey_next(struct survey *s)
{
	size_t n = 0, max;
	int repetitions;

	if (s->over || s->failed != CAUSE_NONE)
		return NULL;
	if (s->n_requests >= SURVEY_REQUESTS_MAX) {
		s->cut = true;
		s->over = true;
		return NULL;
	}
	memset(&s->request, 0, sizeof(s->request));
	if (s->next_scalar < s->n_scalars && profile_is_register(&s->scalars[s->next_scalar])) {
		const struct oid *wanted = &s->scalars[s->next_scalar];

		s->request = (struct plan_request){ .kind = REQUEST_MODBUS_READ,
			.function = (uint8_t)wanted->arc[0], .address = (uint16_t)wanted->arc[1],
			.n_words = 1 };
		return &s->request;
	}
	s->request.oids = s->oids;
	if (s->next_scalar < s->n_scalars) {
		s->request.kind = REQUEST_SNMP_GET;
		while (n < (size_t)s->width && s->next_scalar + n < s->n_scalars) {
			s->oids[n] = s->scalars[s->next_scalar + n];
			n++;
		}
		s->request.n_oids = (uint16_t)n;
		return &s->request;
	}
	repetitions = s->short_columns ? repetitions_for_all(s) : s->repetitions;
	max = (size_t)(VARBINDS_PER_REPLY / repetitions);
	if (s->v1)
		max = COLUMNS_MAX;
	if (max > (size_t)s->width)
		max = (size_t)s->width;
	max = max < 1 ? 1 : max > COLUMNS_MAX ? COLUMNS_MAX : max;
	for (size_t i = 0; i < s->n_columns && n < max; i++) {
		if (s->columns[i].done)
			continue;
		s->asked[n] = i;
		s->oids[n++] = s->columns[i].last;
	}
	if (n == 0) {
		s->over = true;
		return NULL;
	}
	/* GETBULK 1 asks no more than GETNEXT, which agents get right more often. */
	s->request.kind = s->v1 || repetitions == 1 ? REQUEST_SNMP_NEXT : REQUEST_SNMP_BULK;
	s->request.n_oids = (uint16_t)n;
	s->request.max_repetitions = (uint16_t)repetitions;
	return &s->request;
}

/* The request was too much: ask for half. False: it was for one object only. */
static bool make_smaller(struct survey *s)
{
	if (s->request.kind == REQUEST_SNMP_BULK) {
		s->repetitions = s->request.max_repetitions / 2;
		return true;
	}
	if (s->request.n_oids <= 1)
		return false;
	s->width = s->request.n_oids / 2;
	return true;
}

static void give_up_object(struct survey *s)
{
	if (s->request.kind == REQUEST_SNMP_GET)
		s->next_scalar++;
	else
		s->columns[s->asked[0]].done = true;
	s->width = s->full_width;
	s->repetitions = s->full_repetitions;
}

/* SNMPv1 names the first object it lacks and answers nothing else. */
static void no_such_name(struct survey *s, int index)
{
	size_t i;

	if (index < 1 || index > s->request.n_oids) {
		if (!make_smaller(s))
			give_up_object(s);
		return;
	}
	i = (size_t)index - 1;
	if (s->request.kind != REQUEST_SNMP_GET) {
		s->columns[s->asked[i]].done = true;
		return;
	}
	i += s->next_scalar;
	memmove(&s->scalars[i], &s->scalars[i + 1],
		(s->n_scalars - i - 1) * sizeof(s->scalars[0]));
	s->n_scalars--;
}

static void take_scalars(struct survey *s, const struct reply *reply)
{
	size_t n = reply->n_values < s->request.n_oids ? reply->n_values : s->request.n_oids;

	for (size_t i = 0; i < n; i++) {
		if (!is_absent(&reply->values[i]))
			keep(s, &s->oids[i], &reply->values[i]);
	}
	s->next_scalar += s->request.n_oids;
}

static void take_columns(struct survey *s, const struct reply *reply)
{
	size_t n_asked = s->request.n_oids;

	for (size_t i = 0; i < reply->n_vbs; i++) {
		struct column *c = &s->columns[s->asked[i % n_asked]];
		const struct varbind *vb = &reply->vbs[i];

		if (c->done)
			continue;
		if (ends_column(&vb->value) || !oid_starts_with(&vb->oid, &c->base)) {
			c->done = true;
		} else if (oid_cmp(&vb->oid, &c->last) <= 0) {
			c->done = true;
			s->cut = true;
		} else {
			if (!is_absent(&vb->value))
				keep(s, &vb->oid, &vb->value);
			c->last = vb->oid;
			c->done = c->first_only;
		}
	}
	/* columns that a short reply did not reach are asked again; an empty one ends them */
	if (reply->n_vbs == 0) {
		for (size_t i = 0; i < n_asked; i++)
			s->columns[s->asked[i]].done = true;
		s->cut = true;
	}
}

/* A register that a device refuses tells nothing. */
static void take_register(struct survey *s, enum cause cause, const struct reply *reply)
{
	if (!scan_is_answer(cause)) {
		s->failed = cause;
		return;
	}
	s->answered = true;
	if (cause == CAUSE_NONE && reply->n_words > 0) {
		struct vb_value word = { .type = VB_INTEGER, .integer = reply->words[0] };

		keep(s, &s->scalars[s->next_scalar], &word);
	}
	s->next_scalar++;
}

void survey_reply(struct survey *s, enum cause cause, const struct reply *reply)
{
	s->n_requests++;
	if (s->request.kind == REQUEST_MODBUS_READ) {
		take_register(s, cause, reply);
		return;
	}
	if (cause == CAUSE_NONE) {
		s->answered = true;
		if (s->request.kind == REQUEST_SNMP_GET)
			take_scalars(s, reply);
		else
			take_columns(s, reply);
	} else if (cause == CAUSE_DEVICE_ERROR) {
		s->answered = true;
		if (s->v1 && reply && reply->snmp_error == SNMP_NO_SUCH_NAME)
			no_such_name(s, reply->snmp_error_index);
		else if (!make_smaller(s))
			give_up_object(s);
	} else if (cause == CAUSE_NO_ANSWER && s->answered &&
		   s->request.kind == REQUEST_SNMP_BULK && s->repetitions > 1) {
		/* it spoke before: the reply may have been too large for the way back */
		(void)make_smaller(s);
	} else {
		s->failed = cause;
	}
}

enum cause survey_failed(const struct survey *s)
{
	return s->failed;
}

bool survey_answered(const struct survey *s)
{
	return s->answered;
}

size_t survey_rows(const struct survey *s)
{
	return s->n_vbs;
}

bool survey_cut(const struct survey *s)
{
	return s->cut;
}

const struct varbind *survey_vbs(const struct survey *s, size_t *ret_n)
{
	*ret_n = s->n_vbs;
	return s->vbs;
}

const struct vb_value *survey_value(const struct survey *s, const struct oid *oid)
{
	for (size_t i = 0; i < s->n_vbs; i++) {
		if (oid_cmp(&s->vbs[i].oid, oid) == 0)
			return &s->vbs[i].value;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be said of all points together: two points that would be the same
 * series, fallbacks without anything before them, names that nothing uses.
 */
#include "inventory/profile_read.h"

#include <string.h>

#include "base/text.h"

bool profile_same_part(const char *a, const char *b)
{
	for (;; a++, b++) {
		if (*a == '{' && *b == '{') {
			a += 1 + strspn(a + 1, "0123456789");
			b += 1 + strspn(b + 1, "0123456789");
		}
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
}

/* Can no row pass both filters? Both ask the same column, for values that exclude each other. */
static bool filters_exclude(const struct point_filter *a, const struct point_filter *b)
{
	const struct point_filter *is = a->negate ? b : a, *other = a->negate ? a : b;

	if (oid_cmp(&a->column, &b->column) != 0 || is->negate || a->bit || b->bit)
		return false;
	if (a->like || b->like) /* "mV" and "V": taken to differ; of two the first counts */
		return true;
	for (size_t i = 0; i < is->n_values; i++) {
		bool named = false;
		for (size_t k = 0; k < other->n_values; k++)
			named = named || other->values[k] == is->values[i];
		if (named != other->negate) /* this value passes both */
			return false;
	}
	return true;
}

/* Can both points come out of one device? */
static bool can_meet(const struct profile_point *a, const struct profile_point *b)
{
	size_t n = a->n_index + a->n_keys;

	if (a->table && b->table && n == b->n_index + b->n_keys) {
		for (size_t i = 0; i < n; i++) {
			if (a->index[i] >= 0 && b->index[i] >= 0 && a->index[i] != b->index[i])
				return false;
		}
	}
	for (size_t i = 0; i < a->n_filters; i++) {
		for (size_t k = 0; k < b->n_filters; k++) {
			if (filters_exclude(&a->filters[i], &b->filters[k]))
				return false;
		}
	}
	return true;
}

static void check_overlaps(struct load *load)
{
	const struct profile *p = load->profile;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];
		int same = 0;
		for (size_t k = 0; k < i && same == 0; k++) {
			const struct profile_point *other = &p->points[k];
			/* One item of the file with phase: ARC makes several points. An alias has
			 * the same line, but another object. */
			if (other->quantity == point->quantity &&
			    (other->line != point->line || oid_cmp(&other->oid, &point->oid)) &&
			    point->part && other->part &&
			    profile_same_part(other->part, point->part) &&
			    can_meet(other, point))
				same = other->line;
		}
		if (same && !point->fallback)
			load_error(load, load->items[i],
				   "part '%s' has a %s already, in line %d: name another part, or "
				   "write fallback: true when this one is for devices that lack "
				   "the other",
				   point->part, point->quantity->name, same);
		if (same == 0 && point->fallback && point->part && !load->like)
			load_error(load, load->items[i],
				   "a fallback needs a point before it with the same"
				   " part '%s' and %s",
				   point->part, point->quantity->name);
	}
}

/* A value and its scale come in one answer, or belong to different moments. */
static void check_spans(struct load *load)
{
	const struct profile *p = load->profile;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];
		uint32_t start, end, most = (uint32_t)p->words_per_block;

		profile_point_span(point, &start, &end);
		if (profile_point_is_bits(point))
			most *= 16;
		if (end - start > most && point->scale_column.words_n)
			load_error(
				load, load->items[i],
				"the value in register %d and its scale in register %d are read at "
				"once, in %u registers, but words_per_block is %u",
				point->address, point->scale_column.address, end - start, most);
		else if (end - start > most)
			load_error(load, load->items[i],
				   "%s takes %u registers at once, but words_per_block is %u",
				   point->quantity->name, end - start, most);
	}
}

void load_check(struct load *load)
{
	struct profile *p = load->profile;
	ynode root = yamldoc_root(load->doc);

	if (p->n_points >= MAX_POINTS)
		load_error(load, root,
			   "a profile has fewer than %d points; tables are one point per column",
			   MAX_POINTS);
	else
		check_overlaps(load);
	if (p->protocol == PROFILE_MODBUS)
		check_spans(load);
	if (load->member && p->member_arc == 0 && !load->like)
		load_error(load, ymap_get(load->doc, root, "member"), "no index has an arc '%s'",
			   load->member);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `like: NAME`: a family that speaks a standard MIB and deviates in places. What it does not say
 * itself comes from that other profile: points whose part and quantity it lacks, facts by key.
 * Moved, that one is read as if its objects stood below this one's oid: a maker's next model.
 */
#include "inventory/profile_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Is it being loaded already? A profile is never like itself, but one of a site may be like the
 * one of its name that it replaces. */
static bool in_chain(const struct load *load, const char *path)
{
	for (; load; load = load->above) {
		if (strcmp(load->profile->file, path) == 0)
			return true;
	}
	return false;
}

/* Beside the file itself, else in the folders every program searches. Caller frees; NULL: none. */
static char *find_profile(const struct load *load, const char *name)
{
	const char *file = load->profile->file, *slash = strrchr(file, '/');
	int n_dir = slash ? (int)(slash - file) : 1;
	char *path = xasprintf("%.*s/%s.yaml", n_dir, slash ? file : ".", name);
	size_t n;
	const char **dirs = profile_default_dirs(NULL, 0, &n);

	for (size_t i = 0; path && (in_chain(load, path) || access(path, R_OK) != 0); i++) {
		free(path);
		path = i < n ? xasprintf("%s/%s.yaml", dirs[i], name) : NULL;
	}
	free(dirs);
	return path;
}

/* Has one of n points the wanted part and quantity? Those that are fallbacks do not count. */
static bool has_point(const struct profile_point *points, size_t n,
		      const struct profile_point *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (!points[i].fallback && points[i].quantity == wanted->quantity &&
		    points[i].part && wanted->part &&
		    profile_same_part(points[i].part, wanted->part))
			return true;
	}
	return false;
}

static bool has_fact(const struct profile *p, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(p->facts[i].key, key) == 0)
			return true;
	}
	return false;
}

/* Own points, what is taken from the other profile, own fallbacks: each after what it stands in
 * for. What is not taken stays with the other profile. */
static void take_points(struct profile *p, struct profile *from)
{
	size_t n = 0, stays = 0;
	struct profile_point *all = xcalloc(p->n_points + from->n_points + 1, sizeof(*all));

	for (size_t i = 0; i < p->n_points; i++) {
		if (!p->points[i].fallback)
			all[n++] = p->points[i];
	}
	for (size_t i = 0; i < from->n_points; i++) {
		if (has_point(p->points, p->n_points, &from->points[i]))
			from->points[stays++] = from->points[i];
		else
			all[n++] = from->points[i];
	}
	from->n_points = stays;
	for (size_t i = 0; i < p->n_points; i++) {
		if (p->points[i].fallback)
			all[n++] = p->points[i];
	}
	free(p->points);
	p->points = all;
	p->n_points = n;
}

static void take_facts(struct profile *p, struct profile *from)
{
	size_t own = p->n_facts, stays = 0;

	p->facts = xrealloc(p->facts, own + from->n_facts + 1, sizeof(*p->facts));
	for (size_t i = 0; i < from->n_facts; i++) {
		if (has_fact(p, own, from->facts[i].key))
			from->facts[stays++] = from->facts[i];
		else
			p->facts[p->n_facts++] = from->facts[i];
	}
	from->n_facts = stays;
}

/* profile_check.c leaves those alone that may stand in for a point of the other profile. */
static void check_fallbacks(struct load *load, const struct profile *from)
{
	const struct profile *p = load->profile;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];
		if (point->fallback && point->part && !has_point(p->points, i, point) &&
		    !has_point(from->points, from->n_points, point))
			load_error(load, load->items[i],
				   "a fallback needs a point with the same part '%s' and %s, here"
				   " or in profile '%s'",
				   point->part, point->quantity->name, from->name);
	}
}

/* NAME, or {profile: NAME, moved: true}. The name, or NULL after an error. */
static const char *read_like(struct load *load)
{
	static const char *const keys[] = { "profile", "moved" };
	ynode node = load->like, name = node, moved = 0;

	if (ynode_is_map(load->doc, node)) {
		ymap_check_keys(load->doc, node, keys, sizeof(keys) / sizeof(*keys), load->diag);
		name = ymap_get(load->doc, node, "profile");
		moved = ymap_get(load->doc, node, "moved");
	}
	load->moves = moved && load_bool(load, moved);
	if (load->moves && (load->base.n == 0 || load->profile->protocol != PROFILE_SNMP)) {
		load_error(load, moved,
			   "moved: puts the other profile's objects below this one's oid:, which is"
			   " missing");
		return NULL;
	}
	if (name)
		return load_text(load, name, "the name of a profile");
	load_error(load, node, "like: is the name of a profile, or {profile: NAME, moved: true}");
	return NULL;
}

void load_like(struct load *load)
{
	struct profile *p = load->profile;
	ynode node = load->like;
	const char *name = read_like(load);

	if (name == NULL || p->name == NULL)
		return;
	char *path = strchr(name, '/') ? NULL : find_profile(load, name);
	if (path == NULL) {
		load_error(load, node,
			   "there is no other profile '%s' beside this one or in the folders of"
			   " profiles",
			   name);
		return;
	}
	struct diag diag = { 0 };
	struct profile *from = profile_load_below(path, load, &diag);
	if (from == NULL) {
		load_error(load, node, "profile '%s' has a mistake itself: %s:%d: %s", name, path,
			   diag.items[0].line, diag.items[0].text);
	} else if (from->protocol != p->protocol ||
		   (from->member_arc != 0) != (load->member != NULL) ||
		   from->member_first != p->member_first) {
		load_error(load, node,
			   "profile '%s' cannot be taken over: it must have the same protocol"
			   " and the same member: as this one, or neither has one", name);
	} else {
		if (p->member_arc == 0)
			p->member_arc = from->member_arc;
		check_fallbacks(load, from);
		take_points(p, from);
		take_facts(p, from);
	}
	profile_free(from);
	diag_done(&diag);
	free(path);
}

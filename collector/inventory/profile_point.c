/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The points of a profile. A list item with points: in it is a group, whose other
 * keys are defaults for what is in it; any other item is a point: one key is the name
 * of a quantity and says where its value stands, the rest says what it means.
 */
#include "inventory/profile_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- points and groups --------------------------------------------------- */

static void keep_point(struct load *load, ynode at, const struct profile_point *point)
{
	struct profile *p = load->profile;

	xgrow(&p->points, &load->cap, p->n_points + 1, sizeof(*p->points));
	xgrow(&load->items, &load->cap_items, p->n_points + 1, sizeof(*load->items));
	load->items[p->n_points] = at;
	p->points[p->n_points++] = *point;
}

static void read_value(struct leaf *leaf, ynode node, int64_t nth)
{
	struct load *load = leaf->load;
	struct profile_point *p = leaf->point;
	int64_t address;

	if (load->profile->protocol == PROFILE_MODBUS) {
		if (load_int(load, node, 0, 65535, &address) < 0)
			return;
		address += nth * (leaf->step ? leaf->step : p->words_n);
		p->address = (uint16_t)address;
		if (address + p->words_n > 65536)
			load_error(load, node, "%d registers from %d on: registers end at 65535",
				   p->words_n, (int)address);
		return;
	}
	if (load_oid(load, node, &leaf->given->oid, &p->oid) < 0)
		return;
	if (!p->table && p->oid.arc[p->oid.n - 1] != 0)
		load_error(load, node,
			   "the OID of a scalar ends in .0; a column of a table needs index:");
	if (p->oid.n + p->n_index > OID_MAX)
		load_error(load, node, "with its index this OID has more than %d numbers", OID_MAX);
}

/* What the kind of the quantity asks for. */
static void check_kind(struct leaf *leaf, ynode key)
{
	const struct profile_point *p = leaf->point;
	enum quantity_kind kind = p->quantity->kind;
	bool named = profile_point_is_named(p);

	if (p->source == NULL)
		load_error(leaf->load, key,
			   "%s has no source: name the MIB object or the page it is from",
			   p->quantity->name);
	if (p->part == NULL)
		load_error(leaf->load, key,
			   "%s has no part: say what it is measured at: main, inlet,"
			   " outlet {outlet}, ...",
			   p->quantity->name);
	if (kind == KIND_TEXT)
		load_error(leaf->load, key,
			   "%s is a text: it belongs under facts:", p->quantity->name);
	if (kind == KIND_STATE && leaf->given->node[KEY_STATES] == 0)
		load_error(leaf->load, key, "a state needs states: the names of its values");
	if (kind == KIND_FLAGS && leaf->given->node[KEY_FLAGS] == 0)
		load_error(leaf->load, key, "flags need flags: the names of their bits");
	if (p->n_states && kind != KIND_STATE)
		load_error(leaf->load, key, "states: is for the quantity state, not for %s",
			   p->quantity->name);
	if (p->n_flags && kind != KIND_FLAGS)
		load_error(leaf->load, key, "flags: is for flags such as alarm_flags, not for %s",
			   p->quantity->name);
	if (named && (p->scale.mul != 1 || p->scale.div != 1 || p->scale.add != 0 ||
		      p->scale_column.column.n || p->scale_column.words_n || p->type == RAW_F32 ||
		      p->type == RAW_F64 || p->type == RAW_TEXT || p->type == RAW_LEADING ||
		      p->type == RAW_PF4Q))
		load_error(leaf->load, key,
			   "a state is the device's own integer: no scale, no float, no text");
	if (profile_point_is_bits(p) && !named)
		load_error(leaf->load, key, "a %s is a state or a flag, not %s",
			   profile_table_name(p->function), p->quantity->name);
}

/* The nth of a repeated point, from 0: its number goes into the part, and is its phase. */
static void number_point(struct leaf *leaf, int64_t nth)
{
	struct profile_point *p = leaf->point;
	long long number = (long long)(leaf->first + nth);
	char *hole = p->part ? strstr(p->part, "{1}") : NULL;

	if (hole) {
		char *part = xasprintf("%.*s%lld%s", (int)(hole - p->part), p->part, number,
				       hole + 3);
		free(p->part);
		p->part = part;
	} else if (p->part && leaf->last > leaf->first) {
		load_error(leaf->load, leaf->item,
			   "part '%s' is the same for all that repeat: counts: put {%s} into it",
			   p->part, leaf->arcs[0]);
	}
	if (leaf->phase_arc && (number < 1 || number > 3))
		load_error(leaf->load, leaf->item, "%s counts beyond the phases 1, 2 and 3",
			   leaf->arcs[0]);
	else if (leaf->phase_arc)
		p->phase = (int)number;
	p->nth = (uint16_t)(nth + 1);
	if (leaf->count >= 0)
		p->count = profile_register_oid(p->function, (uint16_t)leaf->count);
}

/* Reads one point. nth: for an arc that counts phases, the one of that phase, 0: of none; of a
 * repeated point, which one, from 0. */
static void build_point(struct load *load, ynode at, ynode key, ynode value,
			const struct inherited *given, int64_t nth, struct profile_point *ret,
			struct leaf *ret_leaf)
{
	bool modbus = load->profile->protocol == PROFILE_MODBUS;
	struct leaf leaf = { .load = load, .point = ret, .given = given, .item = at, .count = -1 };

	*ret = (struct profile_point){
		.line = ynode_line(load->doc, at),
		.quantity = schema_quantity(ynode_text(load->doc, key)),
		.scale = { .mul = 1, .div = 1 },
		.type = modbus ? RAW_U16 : RAW_INTEGER,
		.words_n = modbus ? 1 : 0,
		.function = 3,
	};
	for (size_t i = 0; i < N_POINT_KEYS; i++) {
		if (given->node[i] && point_keys[i].read)
			point_keys[i].read(&leaf, given->node[i], &given->base[i]);
	}
	read_value(&leaf, value, nth);
	check_kind(&leaf, key);
	if (load->member) {
		ret->member_arc = (uint8_t)leaf_arc(&leaf, load->member, strlen(load->member));
		if (ret->text_last && ret->member_arc == ret->n_index)
			load_error(load, at, "the arc '%s' is a text: members have numbers",
				   load->member);
		if (load->profile->member_arc == 0)
			load->profile->member_arc = ret->member_arc;
	}
	if (leaf.last) {
		number_point(&leaf, nth);
	} else if (leaf.phase_arc && nth) {
		ret->index[leaf.phase_arc - 1] = nth;
		ret->phase = (int)nth;
	}
	*ret_leaf = leaf;
}

/* phase: ARC stands for one point per phase, with that arc fixed, and one for other rows;
 * repeat: for one point per number. */
static void read_point(struct load *load, ynode at, ynode key, ynode value,
		       const struct inherited *given)
{
	struct profile_point first, one;
	struct leaf leaf, ignored;

	build_point(load, at, key, value, given, 0, &first, &leaf);
	if (leaf.last)
		keep_point(load, at, &first);
	for (int64_t i = 1; leaf.last ? i <= leaf.last - leaf.first : leaf.phase_arc && i <= 3;
	     i++) {
		build_point(load, at, key, value, given, i, &one, &ignored);
		keep_point(load, at, &one);
	}
	if (!leaf.last)
		keep_point(load, at, &first);
}

/* The key of the item that names a quantity: what is measured. */
static ynode find_quantity(struct load *load, ynode item, ynode *ret_value)
{
	ynode found = 0;

	for (size_t i = 0; i < ymap_size(load->doc, item); i++) {
		ynode key, value;
		ymap_entry(load->doc, item, i, &key, &value);
		const char *name = ynode_text(load->doc, key);
		if (name == NULL || schema_quantity(name) == NULL)
			continue;
		if (found)
			load_error(load, key,
				   "one point has one quantity: %s needs an item of its own", name);
		else
			found = key, *ret_value = value;
	}
	return found;
}

static void check_item_keys(struct load *load, ynode item, bool group)
{
	const char *known[N_POINT_KEYS + 2 + 256];
	size_t n = 0;

	for (size_t i = 0; i < N_POINT_KEYS; i++)
		known[n++] = point_keys[i].name;
	known[n++] = "oid";
	known[n++] = "points";
	for (size_t i = 0; i < schema_n_quantities && i < 256 && !group; i++)
		known[n++] = schema_quantities[i].name;
	ymap_check_keys(load->doc, item, known, n, load->diag);
}

static void read_item(struct load *load, ynode item, const struct inherited *above)
{
	struct inherited given = *above;
	int protocol = load->profile->protocol == PROFILE_MODBUS ? 2 : 1;
	ynode value = 0;

	if (!ynode_is_map(load->doc, item)) {
		load_error(load, item,
			   "an item of points is a map: {QUANTITY: OID OR REGISTER, part: PART,"
			   " source: OBJECT}, or a group with points: of its own");
		return;
	}
	ynode inner = ymap_get(load->doc, item, "points"), oid = ymap_get(load->doc, item, "oid");
	check_item_keys(load, item, inner != 0);
	if (oid && protocol == 1)
		load_oid(load, oid, &above->oid, &given.oid);
	for (size_t i = 0; i < N_POINT_KEYS; i++) {
		ynode node = ymap_get(load->doc, item, point_keys[i].name);
		if (node == 0)
			continue;
		if ((point_keys[i].protocols & protocol) == 0) {
			load_error(load, node, "%s: has no meaning for protocol %s",
				   point_keys[i].name, protocol == 1 ? "snmp" : "modbus");
			continue;
		}
		given.node[i] = node;
		given.base[i] = given.oid;
	}
	if (inner && ++given.depth > MAX_DEPTH) {
		load_error(load, item, "groups within groups, more than %d deep", MAX_DEPTH);
		return;
	}
	if (inner) {
		load_points(load, inner, &given);
		return;
	}
	ynode key = find_quantity(load, item, &value);
	if (key == 0)
		load_error(load, item,
			   "this point names no quantity: one key must be one, such as"
			   " power_w: OID OR REGISTER");
	else
		read_point(load, item, key, value, &given);
}

void load_points(struct load *load, ynode list, const struct inherited *above)
{
	if (!ynode_is_list(load->doc, list) || ylist_size(load->doc, list) == 0) {
		load_error(load, list, "points: is a list with at least one item");
		return;
	}
	for (size_t i = 0; i < ylist_size(load->doc, list) && load->profile->n_points < MAX_POINTS;
	     i++)
		read_item(load, ylist_item(load->doc, list, i), above);
}

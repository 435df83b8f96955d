/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a profile: everything but its points. Works by tables of keys over the
 * YAML tree and goes on after a problem, so that one run tells them all.
 */
#include "inventory/profile_read.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

void load_error(struct load *load, ynode node, const char *format, ...)
{
	char text[400];
	va_list args;
	const char *file = yamldoc_name(load->doc);
	int line = ynode_line(load->doc, node), column = ynode_column(load->doc, node);

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < load->diag->n; i++) {
		const struct diag_item *item = &load->diag->items[i];
		if (item->line == line && item->column == column && strcmp(item->text, text) == 0 &&
		    strcmp(item->file, file) == 0)
			return;
	}
	diag_add(load->diag, DIAG_ERROR, file, line, column, "%s", text);
}

const char *load_text(struct load *load, ynode node, const char *what)
{
	const char *text = ynode_text(load->doc, node);

	if (text == NULL || *text == '\0') {
		load_error(load, node, "expected %s here", what);
		return NULL;
	}
	return text;
}

int load_int(struct load *load, ynode node, int64_t min, int64_t max, int64_t *ret)
{
	const char *text = load_text(load, node, "a whole number");
	int64_t value;

	if (text == NULL)
		return -1;
	if (text_to_i64(text, &value) < 0 || value < min || value > max) {
		load_error(load, node, "'%s' is not a whole number from %lld to %lld", text,
			   (long long)min, (long long)max);
		return -1;
	}
	*ret = value;
	return 0;
}

bool load_bool(struct load *load, ynode node)
{
	const char *text = load_text(load, node, "true or false");

	if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		load_error(load, node, "'%s' is neither true nor false", text);
	return text && strcmp(text, "true") == 0;
}

int load_oid(struct load *load, ynode node, const struct oid *base, struct oid *ret)
{
	const char *text = load_text(load, node, "an OID");
	struct oid oid;

	if (text == NULL)
		return -1;
	/* A relative one may begin with any number; below 1.3 every number is allowed. */
	char *whole_text = xasprintf("%s%s", *text == '.' ? "1.3" : "", text);
	int failed = oid_parse(whole_text, &oid);
	free(whole_text);
	if (failed) {
		load_error(load, node,
			   "'%s' is not an OID: numbers separated by points, at most %d", text,
			   OID_MAX);
		return -1;
	}
	if (*text == '.') {
		struct oid whole = *base;
		if (base->n == 0) {
			load_error(load, node,
				   "'%s' begins with a point but no oid: stands above it to"
				   " continue; write the whole OID or give the group an oid:",
				   text);
			return -1;
		}
		if (oid_append(&whole, oid.arc + 2, (size_t)oid.n - 2) < 0) {
			load_error(load, node, "'%s' makes an OID of more than %d numbers", text,
				   OID_MAX);
			return -1;
		}
		oid = whole;
	}
	*ret = oid;
	return 0;
}

int load_scale(struct load *load, ynode node, struct scale *ret)
{
	struct scale scale = { .mul = 1, .div = 1 };
	ynode factor = node, offset = 0;

	if (ynode_is_map(load->doc, node)) {
		static const char *const keys[] = { "factor", "offset" };
		ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
		factor = ymap_get(load->doc, node, "factor");
		offset = ymap_get(load->doc, node, "offset");
	}
	if (factor) {
		const char *text = load_text(load, factor, "a factor such as 10, 0.1 or 1/360000");
		if (text == NULL)
			return -1;
		if (text_to_ratio(text, &scale.mul, &scale.div) < 0 || scale.mul == 0) {
			load_error(load, factor, "'%s' is not a factor: write 10, 0.1 or 1/360000",
				   text);
			return -1;
		}
	}
	if (offset) {
		const char *text = load_text(load, offset, "an offset such as 32 or -160/9");
		int64_t num, den;
		if (text == NULL)
			return -1;
		if (text_to_ratio(text, &num, &den) < 0) {
			load_error(load, offset, "'%s' is not an offset: write 32, -0.5 or -160/9",
				   text);
			return -1;
		}
		scale.add = (double)num / (double)den;
	}
	*ret = scale;
	return 0;
}

size_t load_list_size(const struct load *load, ynode node)
{
	return ynode_is_list(load->doc, node) ? ylist_size(load->doc, node) : 1;
}

ynode load_list_item(const struct load *load, ynode node, size_t i)
{
	return ynode_is_list(load->doc, node) ? ylist_item(load->doc, node, i) : node;
}

regex_t *load_regex(struct load *load, ynode node)
{
	const char *pattern = load_text(load, node, "a regular expression");
	regex_t *regex = xcalloc(1, sizeof(*regex));
	int failed = pattern ? regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB) : 0;

	if (pattern && !failed)
		return regex;
	if (failed) {
		char why[100];
		regerror(failed, regex, why, sizeof(why));
		load_error(load, node, "'%s' is not an extended regular expression: %s", pattern,
			   why);
	}
	free(regex);
	return NULL;
}

static void read_limits(struct load *load, ynode node)
{
	struct profile *p = load->profile;
	const struct {
		const char *key;
		int *to;
		int min, max;
		enum profile_protocol protocol;
	} limits[] = {
		/* A varbind takes some 25 bytes and a UDP answer must stay below 64 KiB; RFC 3416
		 * sets no limit, agents refuse earlier. */
		{ "varbinds", &p->varbinds, 1, 500, PROFILE_SNMP },
		{ "max_repetitions", &p->max_repetitions, 1, 500, PROFILE_SNMP },
		/* Modbus application protocol 1.1b3, 6.3: at most 125 registers. */
		{ "words_per_block", &p->words_per_block, 1, 125, PROFILE_MODBUS },
		{ "gap_words", &p->gap_words, 0, 124, PROFILE_MODBUS },
	};
	static const char *const keys[] = { "varbinds",  "max_repetitions", "words_per_block",
					    "gap_words", "delay_ms",        "close" };
	int64_t value;

	if (!ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "limits is a map: varbinds, max_repetitions, words_per_block,"
			   " gap_words, delay_ms, close");
		return;
	}
	ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
	for (size_t i = 0; i < N_OF(limits); i++) {
		ynode at = ymap_get(load->doc, node, limits[i].key);
		if (at == 0)
			continue;
		if (limits[i].protocol != p->protocol)
			load_error(load, at, "%s has no meaning for protocol %s", limits[i].key,
				   p->protocol == PROFILE_SNMP ? "snmp" : "modbus");
		else if (load_int(load, at, limits[i].min, limits[i].max, &value) == 0)
			*limits[i].to = (int)value;
	}
	ynode delay = ymap_get(load->doc, node, "delay_ms");
	if (delay && load_int(load, delay, 0, 10000, &value) == 0)
		p->delay_ms = (int)value;
	ynode close = ymap_get(load->doc, node, "close");
	if (close && p->protocol != PROFILE_MODBUS)
		load_error(load, close, "close has no meaning for protocol snmp");
	else if (close)
		p->close = load_bool(load, close);
}

/* How the family talks on a serial line as it is delivered. */
static void read_line(struct load *load, ynode node)
{
	static const char *const keys[] = { "baud", "parity" };
	static const char *const parities[] = { "none", "even", "odd" };
	struct profile *p = load->profile;
	int64_t value;

	if (p->protocol != PROFILE_MODBUS || !ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "line is a map of a Modbus profile: {baud: 19200, parity: even}");
		return;
	}
	ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
	ynode baud = ymap_get(load->doc, node, "baud"),
	      parity = ymap_get(load->doc, node, "parity");
	if (baud && load_int(load, baud, 300, 1000000, &value) == 0)
		p->baud = (int)value;
	const char *text = parity ? load_text(load, parity, "none, even or odd") : NULL;
	for (size_t i = 0; text && i < N_OF(parities); i++) {
		if (strcmp(text, parities[i]) == 0)
			p->parity = "NEO"[i];
	}
	if (text && !p->parity)
		load_error(load, parity, "parity '%s' is not none, even or odd", text);
}

static void read_facts(struct load *load, ynode node, const struct oid *base)
{
	static const char *const keys[] = { "oid",       "column", "register",
					    "registers", "words",  "source" };
	struct profile *p = load->profile;

	if (!ynode_is_map(load->doc, node)) {
		load_error(load, node, "facts is a map: model, serial, firmware, ...");
		return;
	}
	for (size_t i = 0; i < ymap_size(load->doc, node); i++) {
		ynode name, at;
		struct profile_fact fact = { .function = 3 };
		int64_t value;

		ymap_entry(load->doc, node, i, &name, &at);
		const char *key = load_text(load, name, "the name of a fact");
		if (key == NULL)
			continue;
		if (!ynode_is_map(load->doc, at)) {
			load_error(load, at, "a fact is a map: {oid: OID, source: OBJECT}");
			continue;
		}
		ymap_check_keys(load->doc, at, keys, N_OF(keys), load->diag);
		ynode oid = ymap_get(load->doc, at, "oid"),
		      column = ymap_get(load->doc, at, "column");
		ynode address = ymap_get(load->doc, at, "register");
		ynode words = ymap_get(load->doc, at, "words");
		ynode function = ymap_get(load->doc, at, "registers");
		ynode source = ymap_get(load->doc, at, "source");

		if (p->protocol == PROFILE_SNMP) {
			if ((oid == 0) == (column == 0) || address || words || function)
				load_error(load, at,
					   "fact '%s' needs either oid: (a scalar, ending in .0)"
					   " or column:",
					   key);
			if (oid && load_oid(load, oid, base, &fact.oid) == 0 &&
			    fact.oid.arc[fact.oid.n - 1] != 0)
				load_error(load, oid,
					   "the OID of a scalar ends in .0; for the first row of"
					   " a table write column:");
			if (column)
				load_oid(load, column, base, &fact.oid);
			fact.first_row = column != 0;
		} else {
			if (address == 0 || words == 0 || oid || column)
				load_error(load, at, "fact '%s' needs register: and words:", key);
			if (address && load_int(load, address, 0, 65535, &value) == 0)
				fact.address = (uint16_t)value;
			if (words && load_int(load, words, 1, 125, &value) == 0)
				fact.words_n = (uint16_t)value;
			if (function)
				load_function(load, function, false, &fact.function);
			if (fact.address + fact.words_n > 65536)
				load_error(load, at, "registers end at 65535");
		}
		if (source == 0)
			load_error(load, name,
				   "fact '%s' has no source: name the MIB object or the page", key);
		const char *text =
			source ? load_text(load, source, "the MIB object or the page") : NULL;
		fact.key = xstrdup(key);
		fact.source = xstrdup(text ? text : "");
		p->facts = xrealloc(p->facts, p->n_facts + 1, sizeof(*p->facts));
		p->facts[p->n_facts++] = fact;
	}
}

static char *read_word(struct load *load, ynode root, const char *key)
{
	ynode at = ymap_get(load->doc, root, key);
	const char *text = NULL;

	if (at == 0)
		load_error(load, root, "%s: is missing", key);
	else
		text = load_text(load, at, "a text");
	return xstrdup(text ? text : "");
}

/* member: unit, or member: {arc: unit, first: 0} where the device counts from 0. */
static void read_member(struct load *load, ynode node)
{
	static const char *const keys[] = { "arc", "first" };
	ynode arc = node, first = 0;
	int64_t value;

	if (ynode_is_map(load->doc, node)) {
		ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
		arc = ymap_get(load->doc, node, "arc");
		first = ymap_get(load->doc, node, "first");
	}
	if (arc == 0)
		load_error(load, node, "member: is the name of an index arc, or"
				       " {arc: NAME, first: NUMBER}");
	else
		load->member = load_text(load, arc, "the name of an index arc");
	if (first && load_int(load, first, 0, UINT32_MAX, &value) == 0)
		load->profile->member_first = (uint32_t)value;
}

/* What is relative to the head: its own or, when this profile is moved, that of the one above. */
static void read_base(struct load *load, ynode root)
{
	const struct load *above = load->above;
	static const struct oid no_base;
	ynode oid = ymap_get(load->doc, root, "oid");

	if (oid)
		load_oid(load, oid, &no_base, &load->base);
	load->document = ymap_get(load->doc, root, "document");
	if (load->document)
		load->document_text = load_text(load, load->document, "a MIB or a document");
	if (above && above->moves) {
		load->base = above->base;
		if (above->document_text)
			load->document_text = above->document_text;
	}
}

static void read_head(struct load *load, ynode root)
{
	static const char *const categories[] = { "rack_pdu", "floor_pdu", "meter",    "bmc",
						  "cooling",  "ups",       "psu",      "ats",
						  "env",      "dcpower",   "generator" };
	struct profile *p = load->profile;

	p->name = read_word(load, root, "profile");
	p->title = read_word(load, root, "title");
	p->vendor = read_word(load, root, "vendor");
	p->category = read_word(load, root, "category");
	bool known = *p->category == '\0';
	for (size_t i = 0; i < N_OF(categories); i++)
		known = known || strcmp(categories[i], p->category) == 0;
	if (!known) {
		const char *near = text_nearest(p->category, categories, N_OF(categories));
		load_error(load, ymap_get(load->doc, root, "category"),
			   "category '%s' is not known%s%s%s", p->category,
			   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	const char *slash = strrchr(p->file, '/');
	const char *file = slash ? slash + 1 : p->file;
	size_t n = strlen(p->name);
	if (n && (strncmp(file, p->name, n) != 0 || strcmp(file + n, ".yaml") != 0))
		load_error(load, ymap_get(load->doc, root, "profile"),
			   "profile '%s' must stand in a file %s.yaml", p->name, p->name);

	char *protocol = read_word(load, root, "protocol");
	if (strcmp(protocol, "modbus") == 0)
		p->protocol = PROFILE_MODBUS;
	else if (*protocol && strcmp(protocol, "snmp") != 0)
		load_error(load, ymap_get(load->doc, root, "protocol"),
			   "protocol '%s' is not known: snmp or modbus", protocol);
	free(protocol);

	read_base(load, root);
	ynode member = ymap_get(load->doc, root, "member");
	if (member)
		read_member(load, member);
	load->states = ymap_get(load->doc, root, "states");
	load->flags = ymap_get(load->doc, root, "flags");
}

static void read_profile(struct load *load, ynode root)
{
	static const char *const keys[] = { "profile",  "title",  "vendor",   "category",
					    "protocol", "oid",    "document", "registers",
					    "type",     "order",  "absent",   "member",
					    "identify", "limits", "facts",    "states",
					    "flags",    "points", "standard", "line",
					    "like" };
	struct inherited above = { .oid.n = 0 };

	ymap_check_keys(load->doc, root, keys, N_OF(keys), load->diag);
	read_head(load, root);
	above.oid = load->base;
	ynode limits = ymap_get(load->doc, root, "limits");
	if (limits)
		read_limits(load, limits);
	ynode line = ymap_get(load->doc, root, "line");
	if (line)
		read_line(load, line);
	ynode identify = ymap_get(load->doc, root, "identify");
	for (size_t i = 0; identify && i < load_list_size(load, identify); i++)
		load_rule(load, load_list_item(load, identify, i), &above.oid);
	ynode standard = ymap_get(load->doc, root, "standard");
	int64_t rank;
	if (standard && load_int(load, standard, 1, 9, &rank) == 0)
		load->profile->standard = (int)rank;
	ynode facts = ymap_get(load->doc, root, "facts");
	if (facts)
		read_facts(load, facts, &above.oid);

	const struct {
		const char *key;
		enum point_key to;
	} defaults[] = {
		{ "document", KEY_DOCUMENT }, { "registers", KEY_REGISTERS }, { "type", KEY_TYPE },
		{ "order", KEY_ORDER },       { "absent", KEY_ABSENT },
	};
	for (size_t i = 0; i < N_OF(defaults); i++)
		above.node[defaults[i].to] = ymap_get(load->doc, root, defaults[i].key);
	ynode points = ymap_get(load->doc, root, "points");
	load->like = ymap_get(load->doc, root, "like");
	if (points)
		load_points(load, points, &above);
	else if (load->like == 0)
		load_error(load, root, "points: is missing");
	load_check(load);
	if (load->like)
		load_like(load);
}

struct profile *profile_load_below(const char *path, const struct load *above, struct diag *diag)
{
	size_t errors = diag->n_errors;
	struct load load = { .diag = diag, .above = above };

	struct yamldoc *doc = yamldoc_open(path, path, diag);
	if (doc == NULL)
		return NULL;
	load.doc = doc;
	load.profile = xcalloc(1, sizeof(*load.profile));
	*load.profile = (struct profile){ .file = xstrdup(path),
					  .varbinds = 25,
					  .max_repetitions = 20,
					  .words_per_block = 125,
					  .gap_words = 10,
					  .member_first = 1 };
	ynode root = yamldoc_root(doc);
	if (ynode_is_map(doc, root))
		read_profile(&load, root);
	else
		load_error(&load, root,
			   "a profile is a map: profile, title, vendor, category, protocol,"
			   " points, ...");
	free(load.items);
	yamldoc_free(doc);
	return diag->n_errors > errors ? profile_free(load.profile) : load.profile;
}

struct profile *profile_load(const char *path, struct diag *diag)
{
	return profile_load_below(path, NULL, diag);
}

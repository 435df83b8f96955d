/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the keys of a point mean: one function per key, and the table at the end that
 * names them. A new key is a row there, its function, and a line in FORMAT.md.
 */
#include "inventory/profile_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- helpers ------------------------------------------------------------- */

size_t leaf_arc(const struct leaf *leaf, const char *name, size_t n)
{
	for (size_t i = 0; i < leaf->n_arcs; i++) {
		if (n > 0 && leaf->arc_len[i] == n && memcmp(leaf->arcs[i], name, n) == 0)
			return i + 1;
	}
	return 0;
}

static void add_arc(struct leaf *leaf, ynode node, const char *name, size_t n, int64_t wanted)
{
	struct profile_point *p = leaf->point;

	if (leaf->n_arcs == MAX_ARCS) {
		load_error(leaf->load, node, "an index has at most %d arcs", MAX_ARCS);
		return;
	}
	if (leaf_arc(leaf, name, n))
		load_error(leaf->load, node, "the arc '%.*s' stands twice", (int)n, name);
	p->index = xrealloc(p->index, leaf->n_arcs + 1, sizeof(*p->index));
	p->index[leaf->n_arcs] = wanted;
	leaf->arcs[leaf->n_arcs] = name;
	leaf->arc_len[leaf->n_arcs++] = n;
}

/* A map of numbers to names, or the name of one of the file's sets. */
static ynode named_map(struct leaf *leaf, ynode node, ynode sets, const char *what)
{
	struct load *load = leaf->load;

	if (ynode_is_map(load->doc, node))
		return node;
	const char *name = load_text(load, node, "a map of values to names, or the name of a set");
	if (name == NULL)
		return 0;
	ynode set = sets ? ymap_get(load->doc, sets, name) : 0;
	if (set == 0 || !ynode_is_map(load->doc, set)) {
		load_error(load, node, "there is no set '%s' under %s: of this file", name, what);
		return 0;
	}
	return set;
}

/* NAME, or {NAME: SEVERITY}: the name's node (0 after a complaint), and how bad it is. */
static ynode name_and_severity(struct load *load, ynode node, enum severity *ret)
{
	ynode name, word;

	*ret = SEVERITY_OK;
	if (!ynode_is_map(load->doc, node))
		return node;
	if (ymap_size(load->doc, node) != 1) {
		load_error(load, node, "a name with its severity is one pair: {failed: critical}");
		return 0;
	}
	ymap_entry(load->doc, node, 0, &name, &word);
	const char *text = load_text(load, word, "a severity: ok, warning, critical or unknown");
	if (text && !severity_parse(text, ret)) {
		const char *near = text_nearest(text, severity_names, N_SEVERITIES);
		load_error(load, word,
			   "'%s' is no severity: ok, warning, critical or unknown%s%s%s", text,
			   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return name;
}

struct named { /* an entry of states, flags, label_words */
	int64_t value;
	const char *name; /* in the document */
	enum severity severity;
};

/* Entry i of a map of integers to names. */
static int named_entry(struct load *load, ynode map, size_t i, int64_t min, int64_t max,
		       struct named *ret)
{
	ynode key, value;

	ymap_entry(load->doc, map, i, &key, &value);
	value = name_and_severity(load, value, &ret->severity);
	ret->name = value ? load_text(load, value, "a name") : NULL;
	if (load_int(load, key, min, max, &ret->value) < 0 || ret->name == NULL)
		return -1;
	for (size_t k = 0; k < i; k++) {
		ynode other, ignored;
		int64_t before;
		ymap_entry(load->doc, map, k, &other, &ignored);
		const char *text = ynode_text(load->doc, other);
		if (text && text_to_i64(text, &before) == 0 && before == ret->value)
			load_error(load, key, "%lld has a name already", (long long)before);
	}
	return 0;
}

/* ---- one function per key ------------------------------------------------ */

static void read_source(struct leaf *leaf, ynode node, const struct oid *base)
{
	ynode document = leaf->given->node[KEY_DOCUMENT];
	const char *text = load_text(leaf->load, node, "the MIB object or the page");
	const char *where = NULL;

	(void)base;
	if (document)
		where = document == leaf->load->document
				? leaf->load->document_text
				: load_text(leaf->load, document, "a MIB or a document");
	if (text == NULL)
		return;
	free(leaf->point->source);
	leaf->point->source = where ? xasprintf("%s: %s", where, text) : xstrdup(text);
}

static void read_index(struct leaf *leaf, ynode node, const struct oid *base)
{
	const char *text = load_text(leaf->load, node, "an index such as unit.outlet");

	(void)base;
	leaf->point->table = true;
	for (const char *p = text; p && *p;) {
		size_t n = strcspn(p, ".");
		bool digits = n > 0 && strspn(p, "0123456789") == n;
		bool name = n > 0 && !digits && islower((unsigned char)*p);

		bool text_arc = name && p[n - 1] == '*' && p[n] == '\0';
		for (size_t i = 0; i < n - text_arc && name; i++)
			name = isalnum((unsigned char)p[i]) || p[i] == '_';
		leaf->point->text_last = name && text_arc;
		if (digits && n < 10) {
			add_arc(leaf, node, "", 0, strtoll(p, NULL, 10));
		} else if (name) {
			add_arc(leaf, node, p, n - text_arc, -1);
		} else {
			load_error(leaf->load, node,
				   "'%s' is not an index: numbers that must stand there and"
				   " names of those that may be any, separated by points; the"
				   " last name may end in * for a text",
				   text);
			return;
		}
		p += n;
		if (*p == '.')
			p++;
	}
	leaf->point->n_index = leaf->n_arcs;
}

static void read_keys(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	struct profile_point *p = leaf->point;

	if (!p->table || p->text_last || !ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "keys: is a map of names to columns, beside an index: without text");
		return;
	}
	for (size_t i = 0; i < ymap_size(load->doc, node); i++) {
		ynode key, value;
		struct oid column;
		ymap_entry(load->doc, node, i, &key, &value);
		const char *name = load_text(load, key, "a name");
		if (name == NULL || load_oid(load, value, base, &column) < 0)
			continue;
		add_arc(leaf, key, name, strlen(name), -1);
		p->keys = xrealloc(p->keys, p->n_keys + 1, sizeof(*p->keys));
		p->keys[p->n_keys++] = column;
	}
}

static void read_words(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	struct profile_point *p = leaf->point;
	struct named one;

	(void)base;
	if (!ynode_is_map(load->doc, node)) {
		load_error(load, node, "words: is a map of numbers to words");
		return;
	}
	for (size_t i = 0; i < ymap_size(load->doc, node); i++) {
		ynode key, word;

		ymap_entry(load->doc, node, i, &key, &word);
		if (!load_text(load, word, "a word") ||
		    named_entry(load, node, i, 0, UINT32_MAX, &one) < 0)
			continue;
		p->words = xrealloc(p->words, p->n_words + 1, sizeof(*p->words));
		p->words[p->n_words].arc = (uint32_t)one.value;
		p->words[p->n_words++].word = xstrdup(one.name);
	}
}

/* "line {unit.word}{cord.word}" -> "line {1w}{2w}" */
static void read_part(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	const char *text = load_text(load, node, "a part such as main, inlet or outlet {outlet}");
	char *part = xstrdup("");
	bool any = false, names_arc = false;

	(void)base;
	for (const char *p = text; p && *p;) {
		size_t n = strcspn(p, "{");
		char *longer = xasprintf("%s%.*s", part, (int)n, p);
		free(part);
		part = longer;
		p += n;
		if (*p == '\0')
			break;
		size_t len = strcspn(++p, "}");
		bool word = len > 5 && memcmp(p + len - 5, ".word", 5) == 0;
		size_t name = word ? len - 5 : len;
		names_arc = true;
		size_t arc = leaf_arc(leaf, p, name);
		if (p[len] != '}' || (arc == 0 && !(name == 4 && memcmp(p, "name", 4) == 0))) {
			load_error(load, node, "'{%.*s}' is no arc of the index and no {name}",
				   (int)len, p);
			break;
		}
		if (word && leaf->point->n_words == 0)
			load_error(load, node, "'{%.*s}' needs words:", (int)len, p);
		longer = arc ? xasprintf("%s{%zu%s}", part, arc, word ? "w" : "")
			     : xasprintf("%s{name}", part);
		free(part);
		part = longer;
		p += len + 1;
	}
	size_t member = leaf->load->member
				? leaf_arc(leaf, leaf->load->member, strlen(leaf->load->member))
				: 0; /* of a chain one member is read: one row */
	for (size_t i = 0; i < leaf->n_arcs && i < leaf->point->n_index; i++)
		any = any || (leaf->point->index[i] < 0 && i + 1 != member);
	if (text && leaf->point->table && any && !names_arc && leaf->point->n_keys == 0 &&
	    leaf->given->node[KEY_ONLY] == 0)
		load_error(load, node,
			   "part '%s' is the same for all rows of the table: put an arc of the"
			   " index into it, such as {%.*s}",
			   text, (int)leaf->arc_len[leaf->n_arcs - 1],
			   leaf->arcs[leaf->n_arcs - 1]);
	if (strlen(part) > 40)
		load_error(load, node, "a part has at most 40 characters");
	free(leaf->point->part);
	leaf->point->part = part;
}

static void read_column(struct leaf *leaf, ynode node, const struct oid *base, struct oid *to)
{
	if (!leaf->point->table)
		load_error(leaf->load, node, "a column needs an index: to find its row by");
	else
		load_oid(leaf->load, node, base, to);
}

static void read_label(struct leaf *leaf, ynode node, const struct oid *base)
{
	read_column(leaf, node, base, &leaf->point->label);
}

static void read_label_words(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct profile_point *p = leaf->point;
	ynode map = named_map(leaf, node, leaf->load->states, "states");
	struct named one;

	(void)base;
	for (size_t i = 0; map && i < ymap_size(leaf->load->doc, map); i++) {
		if (named_entry(leaf->load, map, i, INT64_MIN, INT64_MAX, &one) < 0)
			continue;
		p->label_words =
			xrealloc(p->label_words, p->n_label_words + 1, sizeof(*p->label_words));
		p->label_words[p->n_label_words].value = one.value;
		p->label_words[p->n_label_words++].name = xstrdup(one.name);
	}
}

static void read_name(struct leaf *leaf, ynode node, const struct oid *base)
{
	read_column(leaf, node, base, &leaf->point->name);
}

static void read_filter(struct leaf *leaf, ynode node, const struct oid *base,
			struct point_filter **to, size_t *n)
{
	static const char *const keys[] = { "column", "row", "is", "not", "like", "unlike", "bit" };
	struct load *load = leaf->load;
	struct point_filter filter = { .n_values = 0 };

	if (!leaf->point->table || !ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "this is a map {column: OID, is: VALUES} (or not: VALUES, like: TEXT,"
			   " unlike: TEXT, bit: NUMBER), beside an index:");
		return;
	}
	ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
	ynode column = ymap_get(load->doc, node, "column");
	ynode is = ymap_get(load->doc, node, "is"), not = ymap_get(load->doc, node, "not");
	ynode like = ymap_get(load->doc, node, "like");
	ynode unlike = ymap_get(load->doc, node, "unlike");
	ynode bit = ymap_get(load->doc, node, "bit"), row = ymap_get(load->doc, node, "row");
	if (column == 0 ||
	    (is != 0) + (not != 0) + (like != 0) + (unlike != 0) + (bit != 0) != 1) {
		load_error(load, node,
			   "a filter has a column: and one of is: not: like: unlike: and bit:");
		return;
	}
	if (load_oid(load, column, base, &filter.column) < 0)
		return;
	int64_t number;
	if (row) {
		if (load_int(load, row, 0, UINT32_MAX, &number) < 0)
			return;
		if (oid_append(&filter.column, &(uint32_t){ (uint32_t)number }, 1) < 0) {
			load_error(load, row, "this OID is too long");
			return;
		}
		filter.one_row = true;
	}
	if (bit && load_int(load, bit, 0, 255, &number) < 0)
		return;
	filter.bit = bit ? (int)number + 1 : 0;
	ynode list = is ? is : not ;
	filter.negate = not != 0 || unlike != 0;
	if (like || unlike) {
		filter.like = load_regex(load, like ? like : unlike);
		if (!filter.like)
			return;
	}
	for (size_t i = 0; list && i < load_list_size(load, list); i++) {
		int64_t value;
		if (load_int(load, load_list_item(load, list, i), INT64_MIN, INT64_MAX, &value) < 0)
			continue;
		filter.values =
			xrealloc(filter.values, filter.n_values + 1, sizeof(*filter.values));
		filter.values[filter.n_values++] = value;
	}
	*to = xrealloc(*to, *n + 1, sizeof(**to));
	(*to)[(*n)++] = filter;
}

static void read_only(struct leaf *leaf, ynode node, const struct oid *base)
{
	for (size_t i = 0; i < load_list_size(leaf->load, node); i++)
		read_filter(leaf, load_list_item(leaf->load, node, i), base, &leaf->point->filters,
			    &leaf->point->n_filters);
}

static void read_fitted(struct leaf *leaf, ynode node, const struct oid *base)
{
	for (size_t i = 0; i < load_list_size(leaf->load, node); i++)
		read_filter(leaf, load_list_item(leaf->load, node, i), base, &leaf->point->fitted,
			    &leaf->point->n_fitted);
}

static void read_type(struct leaf *leaf, ynode node, const struct oid *base)
{
	static const struct {
		const char *name;
		enum raw_type type;
		uint16_t words;
	} types[] = {
		{ "integer", RAW_INTEGER, 0 }, { "text", RAW_TEXT, 0 },
		{ "leading", RAW_LEADING, 0 }, { "u16", RAW_U16, 1 },
		{ "s16", RAW_S16, 1 },         { "u32", RAW_U32, 2 },   { "s32", RAW_S32, 2 },
		{ "u64", RAW_U64, 4 },         { "s64", RAW_S64, 4 },   { "f32", RAW_F32, 2 },
		{ "f64", RAW_F64, 4 },         { "pf4q", RAW_PF4Q, 2 },
	};
	bool modbus = leaf->load->profile->protocol == PROFILE_MODBUS;
	const char *text = load_text(leaf->load, node, "a type");

	(void)base;
	for (size_t i = 0; text && i < N_OF(types); i++) {
		bool fits = modbus ? types[i].words > 0
				   : types[i].words == 0 || types[i].type == RAW_F32;
		if (strcmp(types[i].name, text) == 0 && fits) {
			leaf->point->type = types[i].type;
			leaf->point->words_n = modbus ? types[i].words : 0;
			return;
		}
	}
	if (text)
		load_error(leaf->load, node, "type '%s' is not one of %s", text,
			   modbus ? "u16 s16 u32 s32 u64 s64 f32 f64 pf4q"
				  : "integer text leading f32");
}

static void read_scale(struct leaf *leaf, ynode node, const struct oid *base)
{
	(void)base;
	load_scale(leaf->load, node, &leaf->point->scale);
}

void load_scale_map(struct load *load, ynode map, struct scale_column *ret)
{
	if (!ynode_is_map(load->doc, map)) {
		load_error(load, map, "map: is a map of values to factors");
		return;
	}
	for (size_t i = 0; i < ymap_size(load->doc, map); i++) {
		ynode key, value;
		int64_t code;
		struct scale scale;
		ymap_entry(load->doc, map, i, &key, &value);
		if (load_int(load, key, INT64_MIN, INT64_MAX, &code) < 0 ||
		    load_scale(load, value, &scale) < 0)
			continue;
		ret->map = xrealloc(ret->map, ret->n_map + 1, sizeof(*ret->map));
		ret->map[ret->n_map].value = code;
		ret->map[ret->n_map++].scale = scale;
	}
}

static void read_scale_object(struct leaf *leaf, ynode node, const struct oid *base,
			      struct scale_column *s)
{
	static const char *const keys[] = { "column", "scalar", "digits", "map", "otherwise" };
	struct load *load = leaf->load;

	if (!ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "scale_from is a map: {column: OID, digits: true} or"
			   " {scalar: OID, map: {VALUE: FACTOR}}");
		return;
	}
	ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
	ynode column = ymap_get(load->doc, node, "column"),
	      scalar = ymap_get(load->doc, node, "scalar");
	ynode digits = ymap_get(load->doc, node, "digits"), map = ymap_get(load->doc, node, "map");
	ynode otherwise = ymap_get(load->doc, node, "otherwise");

	if ((column == 0) == (scalar == 0) || (digits == 0) == (map == 0)) {
		load_error(load, node,
			   "scale_from needs column: or scalar:, and digits: true or map:");
		return;
	}
	s->scalar = scalar != 0;
	if (column)
		read_column(leaf, column, base, &s->column);
	else if (load_oid(load, scalar, base, &s->column) == 0 &&
		 s->column.arc[s->column.n - 1] != 0)
		load_error(load, scalar, "the OID of a scalar ends in .0");
	s->digits = digits != 0;
	if (digits && !load_bool(load, digits))
		load_error(load, digits, "digits: is true, or left out");
	if (map)
		load_scale_map(load, map, s);
	if (otherwise && load_int(load, otherwise, INT64_MIN, INT64_MAX, &s->otherwise) == 0)
		s->has_otherwise = true;
}

static void read_scale_from(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	struct profile_point *p = leaf->point;
	size_t n = load_list_size(load, node);

	if (load->profile->protocol == PROFILE_MODBUS) {
		if (!profile_point_is_bits(p)) /* else: a default for registers */
			leaf_read_scale_register(leaf, node);
		return;
	}
	if (n < 1 || n > 2) {
		load_error(load, node, "scale_from is one object, or a list of two that multiply");
		return;
	}
	read_scale_object(leaf, load_list_item(load, node, 0), base, &p->scale_column);
	if (n == 2)
		read_scale_object(leaf, load_list_item(load, node, 1), base, &p->scale_more);
}

/* How wide the raw value is, and whether it carries a sign. */
static void raw_width(enum raw_type type, unsigned *ret_bits, bool *ret_signed)
{
	*ret_signed = type == RAW_S16 || type == RAW_S32 || type == RAW_S64 ||
		      type == RAW_INTEGER || type == RAW_TEXT || type == RAW_LEADING;
	*ret_bits = type == RAW_U16 || type == RAW_S16 ? 16
		    : type == RAW_U32 || type == RAW_S32 || type == RAW_F32 || type == RAW_PF4Q
			    ? 32
			    : 64;
}

/* "-1", "9999", or the bits in hexadecimal: "0xFFC00000". Integers are kept sign-extended. */
static int absent_bits(const char *text, unsigned bits, bool with_sign, uint64_t *ret)
{
	int64_t number, most = INT64_MAX, least = INT64_MIN;

	if (bits < 64)
		most = ((int64_t)1 << (with_sign ? bits - 1 : bits)) - 1;
	if (!with_sign)
		least = 0;
	else if (bits < 64)
		least = -((int64_t)1 << (bits - 1));
	size_t digits =
		strncmp(text, "0x", 2) == 0 ? strspn(text + 2, "0123456789abcdefABCDEF") : 0;

	if (digits == 0) {
		if (text_to_i64(text, &number) < 0 || number < least || number > most)
			return -1;
		*ret = (uint64_t)number;
		return 0;
	}
	uint64_t value = strtoull(text, NULL, 16);
	if (digits > 16 || text[2 + digits] || (bits < 64 && value >> bits))
		return -1;
	if (with_sign && bits < 64 && value >> (bits - 1))
		value |= ~0ULL << bits;
	*ret = value;
	return 0;
}

static void read_absent(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	struct profile_point *p = leaf->point;
	unsigned bits;
	bool with_sign;

	(void)base;
	/* a default for whole registers */
	if (profile_point_is_bits(p) || (p->bit_count && !leaf_has(leaf, KEY_ABSENT)))
		return;
	raw_width(p->type, &bits, &with_sign);
	if (p->bit_count) {
		bits = p->bit_count;
		with_sign = false;
	}
	for (size_t i = 0; i < load_list_size(load, node); i++) {
		ynode at = load_list_item(load, node, i);
		const char *text = load_text(load, at, "a raw value such as -1 or 0xFFC00000");
		struct absent_code code;
		if (text == NULL)
			continue;
		if (absent_bits(text, bits, with_sign, &code.bits) < 0) {
			load_error(
				load, at,
				"'%s' cannot be a raw value of this point: %u bits %s, such as -1"
				" or 0xFFC00000",
				text, bits, with_sign ? "with sign" : "without sign");
			continue;
		}
		p->absent = xrealloc(p->absent, p->n_absent + 1, sizeof(*p->absent));
		p->absent[p->n_absent++] = code;
	}
}

static void read_states(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct profile_point *p = leaf->point;
	ynode map = named_map(leaf, node, leaf->load->states, "states");
	struct named one;

	(void)base;
	for (size_t i = 0; map && i < ymap_size(leaf->load->doc, map); i++) {
		if (named_entry(leaf->load, map, i, INT32_MIN, INT32_MAX, &one) < 0)
			continue;
		p->states = xrealloc(p->states, p->n_states + 1, sizeof(*p->states));
		p->states[p->n_states].value = one.value;
		p->states[p->n_states].severity = one.severity;
		p->states[p->n_states++].name = xstrdup(one.name);
	}
}

static void read_flags(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct profile_point *p = leaf->point;
	ynode map = named_map(leaf, node, leaf->load->flags, "flags");
	struct named one;

	(void)base;
	for (size_t i = 0; map && i < ymap_size(leaf->load->doc, map); i++) {
		if (named_entry(leaf->load, map, i, 0, 62, &one) < 0)
			continue;
		p->flags = xrealloc(p->flags, p->n_flags + 1, sizeof(*p->flags));
		p->flags[p->n_flags].bit = (uint8_t)one.value;
		p->flags[p->n_flags].severity = one.severity;
		p->flags[p->n_flags++].name = xstrdup(one.name);
		if (profile_point_is_bits(p) && one.value >= p->words_n)
			p->words_n = (uint16_t)(one.value + 1); /* bit 0 is the first coil */
	}
}

static void read_main(struct leaf *leaf, ynode node, const struct oid *base)
{
	(void)base;
	leaf->point->main = load_bool(leaf->load, node);
}

static void read_fallback(struct leaf *leaf, ynode node, const struct oid *base)
{
	(void)base;
	leaf->point->fallback = load_bool(leaf->load, node);
}

static void read_magnitude(struct leaf *leaf, ynode node, const struct oid *base)
{
	(void)base;
	leaf->point->magnitude = load_bool(leaf->load, node);
}

static void read_every(struct leaf *leaf, ynode node, const struct oid *base)
{
	const char *text = load_text(leaf->load, node, "an interval such as 60s or 5m");
	int64_t every;

	(void)base;
	if (text == NULL)
		return;
	/* The grid of instants: k * step in whole seconds, the same in every hour. */
	if (text_to_seconds(text, &every) < 0 || every < 1 || every > 86400 ||
	    (3600 % every != 0 && every % 3600 != 0))
		load_error(leaf->load, node,
			   "'%s' is not an interval: whole seconds that divide an hour, or"
			   " whole hours up to 1d",
			   text);
	else
		leaf->point->every_s = (int)every;
}

static void read_phase(struct leaf *leaf, ynode node, const struct oid *base)
{
	const char *text = load_text(leaf->load, node, "1, 2, 3, or the name of an index arc");
	int64_t phase;

	(void)base;
	if (text == NULL)
		return;
	leaf->phase_arc = leaf_arc(leaf, text, strlen(text));
	if (leaf->phase_arc)
		return;
	if (text_to_i64(text, &phase) < 0 || phase < 1 || phase > 3)
		load_error(leaf->load, node,
			   "phase '%s' is not 1, 2, 3, or the name of an index arc", text);
	else
		leaf->point->phase = (int)phase;
}

#define ANY 3 /* both protocols */
const struct key point_keys[N_POINT_KEYS] = {
	[KEY_DOCUMENT] = { "document", ANY, NULL },
	[KEY_SOURCE] = { "source", ANY, read_source },
	[KEY_INDEX] = { "index", 1, read_index },
	[KEY_KEYS] = { "keys", 1, read_keys },
	[KEY_REPEAT] = { "repeat", 2, leaf_read_repeat },
	[KEY_WORDS] = { "words", 1, read_words },
	[KEY_PART] = { "part", ANY, read_part },
	[KEY_LABEL] = { "label", 1, read_label },
	[KEY_LABEL_WORDS] = { "label_words", 1, read_label_words },
	[KEY_NAME] = { "name", 1, read_name },
	[KEY_ONLY] = { "only", 1, read_only },
	[KEY_FITTED] = { "fitted", 1, read_fitted },
	[KEY_TYPE] = { "type", ANY, read_type },
	[KEY_SCALE] = { "scale", ANY, read_scale },
	[KEY_SCALE_FROM] = { "scale_from", ANY, read_scale_from },
	[KEY_ABSENT] = { "absent", ANY, read_absent },
	[KEY_STATES] = { "states", ANY, read_states },
	[KEY_FLAGS] = { "flags", ANY, read_flags },
	[KEY_MAIN] = { "main", ANY, read_main },
	[KEY_FALLBACK] = { "fallback", ANY, read_fallback },
	[KEY_MAGNITUDE] = { "magnitude", ANY, read_magnitude },
	[KEY_EVERY] = { "every", ANY, read_every },
	[KEY_REGISTERS] = { "registers", 2, leaf_read_registers },
	[KEY_ORDER] = { "order", 2, leaf_read_order },
	[KEY_BITS] = { "bits", 2, leaf_read_bits },
	[KEY_PHASE] = { "phase", ANY, read_phase },
};

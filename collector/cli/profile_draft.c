/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without its MIB, a table is told by its shape: BASE.1.COLUMN.INDEX, where all indices of the
 * columns have one length. What is not known stands as a comment with its values, because that
 * is what a person needs who has the manual beside it.
 */
#include "cli/profile_draft.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/draft_guess.h"
#include "decode/decode.h"
#include "inventory/raw.h"

#define SHOWN_MAX 5 /* values of a column */

struct column {
	struct oid oid;        /* of the column, or of the scalar with its .0 */
	size_t first, n;       /* its values in the walk */
	size_t index;          /* arcs of its rows; 0: a scalar */
	const struct mib_object *object; /* NULL: no MIB names it */
};

struct draft {
	FILE *f;
	const struct walk_file *walk;
	const struct mib *mib;
	struct oid base;
	struct column *columns;
	size_t n, cap;
	size_t points;
};

/* ---- shape --------------------------------------------------------------- */

static struct oid prefix(const struct oid *oid, size_t n)
{
	struct oid cut = *oid;

	cut.n = (uint8_t)n;
	return cut;
}

/* How many varbinds from i on begin with the OID. */
static size_t run_of(const struct walk_file *w, size_t i, const struct oid *oid)
{
	size_t n = 0;

	while (i + n < w->n_vbs && oid_starts_with(&w->vbs[i + n].oid, oid))
		n++;
	return n;
}

/* Are these the rows of a table with the entry's OID, of two columns at least? */
static bool is_entry(const struct walk_file *w, const struct oid *entry)
{
	size_t i = walk_file_find(w, entry, false), n = run_of(w, i, entry), columns = 1;

	if (n < 2 || w->vbs[i].oid.n < entry->n + 2)
		return false;
	for (size_t k = 1; k < n; k++) {
		const struct oid *a = &w->vbs[i + k - 1].oid, *b = &w->vbs[i + k].oid;

		if (b->n != a->n)
			return false;
		columns += a->arc[entry->n] != b->arc[entry->n];
	}
	return columns >= 2;
}

/* The length of the column's OID that varbind i stands in. */
static size_t column_length(const struct draft *d, size_t i, const struct mib_object **ret_object)
{
	const struct oid *oid = &d->walk->vbs[i].oid;
	const struct mib_object *o = mib_find(d->mib, oid);

	*ret_object = NULL;
	if (o && o->syntax && o->oid.n < oid->n) {
		*ret_object = o;
		return o->oid.n;
	}
	for (size_t n = (size_t)d->base.n + 1; n + 2 <= oid->n; n++) {
		struct oid entry = prefix(oid, n);

		if (oid->arc[n - 1] == 1 && is_entry(d->walk, &entry))
			return n + 1;
	}
	return (size_t)oid->n - 1;
}

static void find_columns(struct draft *d, size_t i)
{
	while (i < d->walk->n_vbs && oid_starts_with(&d->walk->vbs[i].oid, &d->base)) {
		const struct oid *first = &d->walk->vbs[i].oid;
		struct column c = { .first = i };
		size_t length = column_length(d, i, &c.object);

		c.oid = prefix(first, length);
		c.n = run_of(d->walk, i, &c.oid);
		c.index = first->n - length;
		if (c.n == 1 && c.index == 1 && first->arc[length] == 0) {
			c.oid = *first;
			c.index = 0;
		}
		xgrow(&d->columns, &d->cap, d->n + 1, sizeof(*d->columns));
		d->columns[d->n++] = c;
		i += c.n;
	}
}

/* ---- texts --------------------------------------------------------------- */

/* In quotes, as YAML reads them. */
static void quoted(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void relative(const struct draft *d, const struct oid *oid)
{
	for (size_t i = d->base.n; i < oid->n; i++)
		fprintf(d->f, ".%u", oid->arc[i]);
}

static const struct varbind *value_at(const struct draft *d, const struct column *c, size_t i)
{
	return &d->walk->vbs[c->first + i];
}

static bool value_text(const struct varbind *vb, char *buf, size_t size)
{
	int64_t number;

	if (vb->value.type == VB_OCTETS)
		return decode_text_snmp(&vb->value, buf, size) == 0;
	if (vb->value.type == VB_OPAQUE_FLOAT || vb->value.type == VB_OPAQUE_DOUBLE)
		snprintf(buf, size, "%g", vb->value.real);
	else if (raw_integer(&vb->value, &number) == RAW_OK)
		snprintf(buf, size, "%" PRId64, number);
	else
		return false;
	return true;
}

/* "27, 30, 0 ... (24 rows)" */
static void show_values(const struct draft *d, const struct column *c)
{
	char text[60];

	for (size_t i = 0; i < c->n && i < SHOWN_MAX; i++) {
		if (value_text(value_at(d, c, i), text, sizeof(text)))
			fprintf(d->f, "%s%s", i ? ", " : "", text);
	}
	if (c->n > SHOWN_MAX)
		fprintf(d->f, ", ... (%zu rows)", c->n);
}

/* "7.744": a number in a text. */
static bool is_decimal(const struct varbind *vb)
{
	char text[40];
	double value;

	return vb->value.type == VB_OCTETS && value_text(vb, text, sizeof(text)) &&
	       text_to_double(text, &value) == 0;
}

static bool is_text(const struct draft *d, const struct column *c)
{

	for (size_t i = 0; i < c->n; i++) {
		const struct varbind *vb = value_at(d, c, i);

		if (vb->value.type == VB_OCTETS && vb->value.n_octets && !is_decimal(vb))
			return true;
	}
	return false;
}

static bool is_number(const struct draft *d, const struct column *c)
{
	int64_t number;

	for (size_t i = 0; i < c->n; i++) {
		const struct varbind *vb = value_at(d, c, i);

		if (vb->value.type != VB_OPAQUE_FLOAT && !is_decimal(vb) &&
		    raw_integer(&vb->value, &number) != RAW_OK)
			return false;
	}
	return c->n > 0;
}

/* Rows with indices of different lengths are no table that a profile can name. */
static bool is_even(const struct draft *d, const struct column *c)
{
	for (size_t i = 1; i < c->n; i++) {
		if (value_at(d, c, i)->oid.n != value_at(d, c, 0)->oid.n)
			return false;
	}
	return true;
}

/* ---- the head ------------------------------------------------------------ */

static const struct vb_value *system_value(const struct walk_file *w, uint32_t arc)
{
	struct oid oid = { 9, { 1, 3, 6, 1, 2, 1, 1, arc, 0 } };
	size_t i = walk_file_find(w, &oid, false);

	return i < w->n_vbs && oid_cmp(&w->vbs[i].oid, &oid) == 0 ? &w->vbs[i].value : NULL;
}

static void system_oid(const struct walk_file *w, struct oid *ret)
{
	const struct vb_value *value = system_value(w, 2);
	char text[256] = "";

	if (value && value->octets)
		snprintf(text, sizeof(text), "%.*s", (int)value->n_octets,
			 (const char *)value->octets);
	if (oid_parse(text, ret) < 0)
		ret->n = 0;
}

static void write_head(const struct draft *d, const char *name, const char *source)
{
	const struct vb_value *descr = system_value(d->walk, 1);
	const char *module = "no MIB";
	char text[256] = "", oid[400];
	struct oid id;

	for (size_t i = 0; i < d->n; i++) {
		if (d->columns[i].object)
			module = d->columns[i].object->module;
	}
	if (descr)
		decode_text_snmp(descr, text, sizeof(text));
	system_oid(d->walk, &id);
	fprintf(d->f,
		"# SPDX-License-Identifier: Apache-2.0\n"
		"# A draft from %s. What a line's comment calls a guess is one: look\n"
		"# at the MIB or the manual, compare with the device's own page, then take the\n"
		"# comment away.\n"
		"profile: %s\ntitle: ",
		source, name);
	quoted(d->f, *text ? text : name);
	fprintf(d->f,
		"\nvendor: \"?\"            # guess\n"
		"category: rack_pdu     # guess\nprotocol: snmp\noid: %s\ndocument: %s\n"
		"identify:\n",
		oid_format(&d->base, oid, sizeof(oid)), module);
	if (id.n)
		fprintf(d->f, "  - sysobjectid: %s\n", oid_format(&id, oid, sizeof(oid)));
	else
		fprintf(d->f, "  - object: %s  # guess: there is no sysObjectID\n",
			oid_format(&d->base, oid, sizeof(oid)));
}

static void write_facts(const struct draft *d)
{
	const char *seen[8];
	size_t n = 0;
	bool begun = false;
	char text[100];

	for (size_t i = 0; i < d->n; i++) {
		const struct column *c = &d->columns[i];
		const char *key = c->object ? draft_fact(c->object->name) : NULL;
		bool again = false;

		if (c->index || !is_text(d, c) ||
		    !value_text(value_at(d, c, 0), text, sizeof(text)))
			continue;
		for (size_t k = 0; k < n; k++)
			again = again || strcmp(seen[k], key ? key : "") == 0;
		if (!key || again || n == 8) {
			fprintf(d->f, "# text ");
			relative(d, &c->oid);
			fprintf(d->f, " %s: %s\n", c->object ? c->object->name : "", text);
			continue;
		}
		seen[n++] = key;
		fprintf(d->f, "%s  %s: {oid: ", begun ? "" : "facts:\n", key);
		relative(d, &c->oid);
		fprintf(d->f, ", source: \"%s: %s\"}  # %s\n", c->object->module, c->object->name,
			text);
		begun = true;
	}
}

/* ---- points -------------------------------------------------------------- */

/* Did an earlier column of the same table, or an earlier scalar, give this quantity? */
static bool taken(const struct draft *d, size_t i, const char *quantity)
{
	const struct column *c = &d->columns[i];

	for (size_t k = 0; k < i; k++) {
		const struct column *other = &d->columns[k];
		struct oid mine = prefix(&c->oid, (size_t)c->oid.n - 1);

		if (!is_number(d, other) || (c->index == 0) != (other->index == 0))
			continue;
		if (c->index && (other->oid.n != c->oid.n || !oid_starts_with(&other->oid, &mine)))
			continue;
		struct guess g = draft_guess(other->object, value_at(d, other, 0), other->n);
		if (g.quantity && strcmp(g.quantity, quantity) == 0)
			return true;
	}
	return false;
}

/* Returns whether a severity was guessed. */
static bool write_states(const struct draft *d, const struct mib_object *o)
{
	bool guessed = false;

	fprintf(d->f, ", states: {");
	for (size_t i = 0; i < o->n_values; i++) {
		enum severity severity = draft_severity(o->values[i].name);
		bool told = severity != SEVERITY_OK;

		fprintf(d->f, "%s%" PRId64 ": %s", i ? ", " : "", o->values[i].value,
			told ? "{" : "");
		quoted(d->f, o->values[i].name);
		if (told)
			fprintf(d->f, ": %s}", severity_name(severity));
		guessed = guessed || told;
	}
	fprintf(d->f, "}");
	return guessed;
}

static const char *source_of(const struct column *c, char *buf, size_t size)
{
	char oid[400];

	if (c->object)
		snprintf(buf, size, "%s", c->object->name);
	else
		snprintf(buf, size, "%s", oid_format(&c->oid, oid, sizeof(oid)));
	return buf;
}

/* Is it known well enough to be a point? */
static bool is_point(const struct draft *d, const struct column *c)
{
	return is_number(d, c) && is_even(d, c) &&
	       draft_guess(c->object, value_at(d, c, 0), c->n).quantity;
}

/* part: what it is measured at, in a table with the arcs of its index. */
static void write_point(struct draft *d, size_t i, const char *part, const char *indent)
{
	const struct column *c = &d->columns[i];
	struct guess g = draft_guess(c->object, value_at(d, c, 0), c->n);
	char source[420];
	bool known = is_point(d, c), severities = false;

	source_of(c, source, sizeof(source));
	fprintf(d->f, "%s%s- {%s: ", indent, known ? "" : "# ", known ? g.quantity : "QUANTITY");
	relative(d, &c->oid);
	fprintf(d->f, ", part: ");
	if (known && taken(d, i, g.quantity)) {
		char *longer = c->object || !c->index
				       ? xasprintf("%s %s", part, source)
				       : xasprintf("%s column %u", part, c->oid.arc[c->oid.n - 1]);
		quoted(d->f, longer);
		free(longer);
	} else {
		quoted(d->f, part);
	}
	for (size_t k = 0; k < c->n; k++) {
		const struct varbind *vb = value_at(d, c, k);
		int64_t number;

		if (raw_integer(&vb->value, &number) == RAW_OK)
			continue;
		fprintf(d->f, ", type: %s", vb->value.type == VB_OCTETS ? "text" : "f32");
		break;
	}
	if (g.scale)
		fprintf(d->f, ", scale: %s", g.scale);
	if (known && strcmp(g.quantity, "state") == 0)
		severities = write_states(d, c->object);
	fprintf(d->f, ", source: ");
	quoted(d->f, source);
	fprintf(d->f, "}  # %s", severities        ? "guess, severities too: "
				 : known         ? "guess: "
				 : is_even(d, c) ? ""
						 : "uneven indices: ");
	show_values(d, c);
	if (c->object && c->object->units)
		fprintf(d->f, " (%s)", c->object->units);
	fputc('\n', d->f);
	d->points += known;
}

static void write_scalars(struct draft *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (!d->columns[i].index && is_number(d, &d->columns[i]))
			write_point(d, i, "main", "  ");
	}
}

/* Names of the index arcs: the MIB's, when it has as many, else a, b, c. */
static void index_names(const struct draft *d, const struct column *c, char names[][40])
{
	struct oid entry = prefix(&c->oid, (size_t)c->oid.n - 1);
	const struct mib_object *o = mib_find(d->mib, &entry);
	bool named = o && o->n_index == c->index && oid_cmp(&o->oid, &entry) == 0;

	for (size_t i = 0; i < c->index; i++) {
		if (!named) {
			snprintf(names[i], 40, "%c", (char)('a' + i));
			continue;
		}
		snprintf(names[i], 40, "%s", o->index[i]);
		for (char *p = names[i]; *p; p++)
			*p = isalnum((unsigned char)*p) ? *p : '_';
		names[i][0] = (char)tolower((unsigned char)names[i][0]);
	}
}

/* The columns of one table, from i on; returns the first that is none of it. */
static size_t write_table(struct draft *d, size_t i, size_t number)
{
	const struct column *c = &d->columns[i];
	struct oid entry = prefix(&c->oid, (size_t)c->oid.n - 1);
	size_t end = i, numbers = 0, known = 0, label = d->n;
	const char *mark;
	char names[16][40], part[800];
	const char *word = c->object ? draft_part(c->object->name) : NULL;
	size_t used;

	while (end < d->n && d->columns[end].index == c->index &&
	       d->columns[end].oid.n == c->oid.n && oid_starts_with(&d->columns[end].oid, &entry)) {
		if (is_text(d, &d->columns[end]) && label == d->n)
			label = end;
		numbers += is_number(d, &d->columns[end]);
		known += is_point(d, &d->columns[end]);
		end++;
	}
	if (end == i || c->index > 16 || numbers == 0)
		return end > i ? end : i + 1;
	index_names(d, c, names);
	if (word)
		used = (size_t)snprintf(part, sizeof(part), "%s", word);
	else
		used = (size_t)snprintf(part, sizeof(part), "table %zu row", number);
	/* a group without a point would be a mistake */
	mark = known ? "" : "# ";
	fprintf(d->f, "  %s- index: ", mark);
	for (size_t k = 0; k < c->index; k++) {
		fprintf(d->f, "%s%s", k ? "." : "", names[k]);
		used += (size_t)snprintf(part + used, sizeof(part) - used, " {%s}", names[k]);
	}
	fputc('\n', d->f);
	if (label < d->n) {
		fprintf(d->f, "  %s  label: ", mark);
		relative(d, &d->columns[label].oid);
		fprintf(d->f, "  # guess: ");
		show_values(d, &d->columns[label]);
		fputc('\n', d->f);
	}
	fprintf(d->f, "  %s  points:\n", mark);
	for (size_t k = i; k < end; k++) {
		if (is_number(d, &d->columns[k]))
			write_point(d, k, part, "      ");
	}
	return end;
}

int profile_draft(FILE *f, const struct walk_file *walk, const struct mib *mib, const char *name,
		  const char *source, const struct oid *under, struct err *err)
{
	struct draft d = { .f = f, .walk = walk, .mib = mib, .base = *under };
	struct oid id;
	size_t i, tables = 0;
	char oid[400];

	system_oid(walk, &id);
	if (d.base.n == 0 && id.n >= 7 && id.arc[3] == 1 && id.arc[4] == 4)
		d.base = prefix(&id, 7);
	i = d.base.n ? walk_file_find(walk, &d.base, false) : walk->n_vbs;
	if (under->n == 0 && (i == walk->n_vbs || !oid_starts_with(&walk->vbs[i].oid, &d.base))) {
		d.base = (struct oid){ 6, { 1, 3, 6, 1, 4, 1 } };
		i = walk_file_find(walk, &d.base, false);
	}
	find_columns(&d, i);
	if (d.n == 0)
		return err_set(err, "%s has nothing below %s; say where with --under OID", source,
			       oid_format(&d.base, oid, sizeof(oid)));
	write_head(&d, name, source);
	write_facts(&d);
	fprintf(f, "points:\n");
	write_scalars(&d);
	for (size_t k = 0; k < d.n;)
		k = d.columns[k].index ? write_table(&d, k, ++tables) : k + 1;
	if (d.points == 0)
		fprintf(f, "  # nothing is recognised: give the lines above a quantity, or MIB "
			   "files with --mibs\n");
	free(d.columns);
	return 0;
}

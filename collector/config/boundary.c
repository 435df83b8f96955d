/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PUE boundaries and the fuel carriers of rackmeter.yaml: what is written,
 * term by term. Whether a circuit exists and the cut is whole is inventory/'s.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/settings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TERM_RULE                                                                                  \
	"write a sign and a circuit or a role: \"+ role:utility\", \"- EXPORT-1\", "               \
	"\"+ role:pdu_out hall:H1\""

/* ---- terms ---------------------------------------------------------------- */

static int read_role(const struct yamldoc *doc, ynode node, const char *word, struct cfg_term *term,
		     struct diag *diag)
{
	const char *known[16] = { NULL };
	size_t n = 0;

	term->role = meter_role_parse(word);
	if (term->role != ROLE_NONE)
		return 0;
	for (int v = ROLE_UTILITY; v <= ROLE_OTHER; v++)
		known[n++] = meter_role_name((enum meter_role)v);
	const char *near = text_nearest(word, known, n);
	yamldoc_error(doc, node, diag,
		      near ? "unknown role '%s'; did you mean '%s'?"
			   : "unknown role '%s'; roles are those of devices.csv, "
			     "such as %s",
		      word, near ? near : "utility");
	return -1;
}

/* "+ role:pdu_out hall:H1" taken apart in place. */
static int read_words(const struct yamldoc *doc, ynode node, char *text, struct cfg_term *ret,
		      struct diag *diag)
{
	char *rest = text_trim(text), *what;
	struct cfg_term term = { .sign = *rest == '-' ? -1 : 1, .line = ynode_line(doc, node) };

	if (*rest != '+' && *rest != '-') {
		yamldoc_error(doc, node, diag, "'%s' has no sign; " TERM_RULE, rest);
		return -1;
	}
	what = text_trim(rest + 1);
	char *more = what + strcspn(what, " \t\r\n");
	if (*more)
		*more++ = '\0';
	more = text_trim(more);
	const char *hall = strncmp(more, "hall:", 5) == 0 ? more + 5 : "";
	bool role = strncmp(what, "role:", 5) == 0;

	if (!*what || strpbrk(more, " \t\r\n") || (*more && !*hall) || (*hall && !role)) {
		yamldoc_error(doc, node, diag, "'%s%s%s' cannot be read as a term; " TERM_RULE,
			      what, *more ? " " : "", more);
		return -1;
	}
	if (role && read_role(doc, node, what + 5, &term, diag) < 0)
		return -1;
	term.circuit = xstrdup(role ? "" : what);
	term.hall = xstrdup(hall);
	*ret = term;
	return 0;
}

static void read_terms(const struct yamldoc *doc, ynode list, const char *key, ynode above,
		       struct cfg_term **ret, size_t *ret_n, struct diag *diag)
{
	size_t n = ylist_size(doc, list);

	if (n == 0) {
		yamldoc_error(doc, list ? list : above, diag,
			      "%s: must be a list of terms; " TERM_RULE, key);
		return;
	}
	struct cfg_term *terms = xcalloc(n, sizeof(*terms));
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		ynode item = ylist_item(doc, list, i);
		const char *text = ynode_text(doc, item);
		if (!text) {
			yamldoc_error(doc, item, diag, "%s: a term must be a text; " TERM_RULE,
				      key);
			continue;
		}
		char *copy = xstrdup(text);
		kept += read_words(doc, item, copy, &terms[kept], diag) == 0;
		free(copy);
	}
	*ret = terms;
	*ret_n = kept;
}

/* ---- boundaries ----------------------------------------------------------- */

static void read_it(const struct yamldoc *doc, ynode it, ynode above, struct cfg_boundary *b,
		    struct diag *diag)
{
	static const char *const keys[] = { "category", "sum" };
	const char *text;

	if (!ynode_is_map(doc, it)) {
		yamldoc_error(doc, it ? it : above, diag,
			      "it: %s; write it: {category: 2, sum: [\"+ role:pdu_out\"]}",
			      it ? "must be a map" : "is missing");
		return;
	}
	ymap_check_keys(doc, it, keys, COUNT(keys), diag);
	ynode category = ymap_get(doc, it, "category");
	text = ynode_text(doc, category);
	if (!category)
		yamldoc_error(doc, it, diag,
			      "category: is missing, and none is assumed; write 1 "
			      "(UPS output), 2 (floor PDU output) or 3 (rack PDU)");
	else if (!text || strlen(text) != 1 || *text < '1' || *text > '3')
		yamldoc_error(doc, category, diag,
			      "category: must be 1 (UPS output), 2 (floor PDU "
			      "output) or 3 (rack PDU)");
	else
		b->category = *text - '0';
	read_terms(doc, ymap_get(doc, it, "sum"), "sum", it, &b->it, &b->n_it, diag);
}

static void read_boundary(const struct yamldoc *doc, ynode node, struct cfg_boundary *b,
			  struct diag *diag)
{
	static const char *const keys[] = { "name", "kind", "facility", "it" };
	ynode name = ymap_get(doc, node, "name"), kind = ymap_get(doc, node, "kind");
	const char *text = ynode_text(doc, name);

	b->line = ynode_line(doc, node);
	ymap_check_keys(doc, node, keys, COUNT(keys), diag);
	if (!text || !*text || strpbrk(text, " \t\r\n/"))
		yamldoc_error(doc, name ? name : node, diag,
			      "name: must be one word without blanks or '/'; write name: site");
	b->name = xstrdup(text ? text : "");
	if (kind) {
		text = ynode_text(doc, kind);
		b->partial = text && strcmp(text, "partial") == 0;
		if (!b->partial)
			yamldoc_error(doc, kind, diag,
				      "kind: must be partial (a PUE of a part of "
				      "the site); remove it where the whole site is meant");
	}
	read_terms(doc, ymap_get(doc, node, "facility"), "facility", node, &b->facility,
		   &b->n_facility, diag);
	read_it(doc, ymap_get(doc, node, "it"), node, b, diag);
}

void boundary_read(const struct yamldoc *doc, ynode list, struct settings *ret, struct diag *diag)
{
	if (!list)
		return; /* a site that only watches its racks */
	if (!ynode_is_list(doc, list)) {
		yamldoc_error(doc, list, diag,
			      "boundary: must be a list; write '- name: site' and "
			      "below it facility and it");
		return;
	}
	ret->boundaries = xcalloc(ylist_size(doc, list), sizeof(*ret->boundaries));
	for (size_t i = 0; i < ylist_size(doc, list); i++) {
		ynode node = ylist_item(doc, list, i);
		if (!ynode_is_map(doc, node)) {
			yamldoc_error(doc, node, diag,
				      "boundary: each entry must be a map with name, facility, it");
			continue;
		}
		struct cfg_boundary *b = &ret->boundaries[ret->n_boundaries++];
		read_boundary(doc, node, b, diag);
		for (size_t k = 0; k + 1 < ret->n_boundaries; k++) {
			if (*b->name && strcmp(ret->boundaries[k].name, b->name) == 0)
				yamldoc_error(doc, ymap_get(doc, node, "name"), diag,
					      "boundary '%s' stands twice, first in line %d; give "
					      "one another name",
					      b->name, ret->boundaries[k].line);
		}
	}
}

/* ---- carriers ------------------------------------------------------------- */

static double read_amount(const struct yamldoc *doc, ynode map, const char *key, bool may_be_zero,
			  struct diag *diag)
{
	ynode node = ymap_get(doc, map, key);
	const char *text = ynode_text(doc, node);
	double v;

	if (text && text_to_double(text, &v) == 0 && (v > 0 || (may_be_zero && v == 0)))
		return v;
	yamldoc_error(doc, node ? node : map, diag, "%s: %s; write a number %s 0", key,
		      node ? "cannot be read" : "is missing", may_be_zero ? "from" : "above");
	return NAN;
}

static char *read_text(const struct yamldoc *doc, ynode map, const char *key, bool required,
		       struct diag *diag)
{
	ynode node = ymap_get(doc, map, key);
	const char *text = ynode_text(doc, node);

	if ((node && !text) || (required && (!text || !*text)))
		yamldoc_error(doc, node ? node : map, diag, "%s: %s; write a text", key,
			      node ? "must be a text" : "is missing");
	return xstrdup(text ? text : "");
}

void carriers_read(const struct yamldoc *doc, ynode map, struct settings *ret, struct diag *diag)
{
	static const char *const keys[] = { "unit", "kwh_per_unit", "weight", "source" };

	if (!map)
		return;
	if (!ynode_is_map(doc, map)) {
		yamldoc_error(doc, map, diag,
			      "carriers: must be a map; write carriers: {diesel: {unit: l, "
			      "kwh_per_unit: 10.0, weight: 0.35, source: \"...\"}}");
		return;
	}
	ret->carriers = xcalloc(ymap_size(doc, map), sizeof(*ret->carriers));
	for (size_t i = 0; i < ymap_size(doc, map); i++) {
		ynode key, value;
		ymap_entry(doc, map, i, &key, &value);
		const char *name = ynode_text(doc, key);
		if (!name || !*name || !ynode_is_map(doc, value)) {
			yamldoc_error(doc, key, diag,
				      "carriers: each must be a name and a map; "
				      "write diesel: {unit: l, kwh_per_unit: 10.0, weight: 0.35}");
			continue;
		}
		for (size_t k = 0; k < ret->n_carriers; k++) {
			if (strcmp(ret->carriers[k].name, name) == 0)
				yamldoc_error(doc, key, diag,
					      "carrier '%s' stands twice, first in "
					      "line %d; remove one",
					      name, ret->carriers[k].line);
		}
		ymap_check_keys(doc, value, keys, COUNT(keys), diag);
		ret->carriers[ret->n_carriers++] = (struct cfg_carrier){
			.line = ynode_line(doc, key),
			.name = xstrdup(name),
			.unit = read_text(doc, value, "unit", true, diag),
			.kwh_per_unit = read_amount(doc, value, "kwh_per_unit", false, diag),
			.weight = read_amount(doc, value, "weight", true, diag),
			.source = read_text(doc, value, "source", false, diag),
		};
	}
}

static void free_terms(struct cfg_term *terms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(terms[i].circuit);
		free(terms[i].hall);
	}
	free(terms);
}

void boundary_done(struct settings *settings)
{
	for (size_t i = 0; i < settings->n_boundaries; i++) {
		struct cfg_boundary *b = &settings->boundaries[i];
		free(b->name);
		free_terms(b->facility, b->n_facility);
		free_terms(b->it, b->n_it);
	}
	free(settings->boundaries);
	for (size_t i = 0; i < settings->n_carriers; i++) {
		free(settings->carriers[i].name);
		free(settings->carriers[i].unit);
		free(settings->carriers[i].source);
	}
	free(settings->carriers);
}

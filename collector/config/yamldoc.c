/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libyaml document with its marks. A ynode is libyaml's own node number, so
 * nothing is copied and every node knows its line. Aliases may make the graph
 * cyclic; readers walk it by a fixed schema, never recursively.
 */
#include "config/yamldoc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"
#include "config/file.h"

#define SIZE_MAX_YAML (16 << 20) /* credentials of 100,000 devices */
#define DEPTH_MAX     64         /* our files need 8 */
#define ANCHORS_MAX   1000

struct yamldoc {
	char *name;
	yaml_document_t document;
};

static yaml_node_t *node_at(const struct yamldoc *doc, ynode node)
{
	/* libyaml's getter takes a non-const document but only reads it. */
	return node > 0 ? yaml_document_get_node((yaml_document_t *)&doc->document, node) : NULL;
}

/* The first line (from 1) that is not UTF-8, 0 when all is. */
static int bad_utf8_line(const char *data, size_t size)
{
	int line = 1;

	for (size_t at = 0; at < size; line++) {
		const char *end = memchr(data + at, '\n', size - at);
		size_t n = end ? (size_t)(end - data) - at + 1 : size - at;
		if (!text_is_utf8(data + at, n))
			return line;
		at += n;
	}
	return 0;
}

static void report_parser(const yaml_parser_t *parser, const char *name, struct diag *diag)
{
	const yaml_mark_t *mark = &parser->problem_mark;
	const char *problem = parser->problem ? parser->problem : "not readable";
	const char *hint = "";

	if (parser->error == YAML_READER_ERROR) {
		diag_add(diag, DIAG_ERROR, name, 0, 0,
			 "is not YAML text: %s at byte %zu; remove that character", problem,
			 parser->problem_offset);
		return;
	}
	if (strstr(problem, "cannot start any token"))
		hint = "; indent with blanks, not with tabs, and put texts with special "
		       "characters in quotes";
	if (parser->context)
		diag_add(diag, DIAG_ERROR, name, (int)mark->line + 1, (int)mark->column + 1,
			 "is not YAML: %s, %s (from line %zu)%s", problem, parser->context,
			 parser->context_mark.line + 1, hint);
	else
		diag_add(diag, DIAG_ERROR, name, (int)mark->line + 1, (int)mark->column + 1,
			 "is not YAML: %s%s", problem, hint);
}

/* "\0" is good YAML, but our texts end at a zero byte. */
static bool has_zero_byte(const struct yamldoc *doc, struct diag *diag)
{
	const yaml_document_t *d = &doc->document;

	for (const yaml_node_t *n = d->nodes.start; n < d->nodes.top; n++) {
		if (n->type == YAML_SCALAR_NODE &&
		    strlen((const char *)n->data.scalar.value) != n->data.scalar.length) {
			diag_add(diag, DIAG_ERROR, doc->name, (int)n->start_mark.line + 1,
				 (int)n->start_mark.column + 1, "a zero byte in a text; remove it");
			return true;
		}
	}
	return false;
}

static void parser_open(yaml_parser_t *parser, const char *data, size_t size)
{
	if (!yaml_parser_initialize(parser))
		abort(); /* out of memory, as in xcalloc() */
	yaml_parser_set_input_string(parser, (const unsigned char *)data, size);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
}

static bool has_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_ALIAS_EVENT:
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: break;
	}
	return false;
}

/*
 * libyaml looks at all open flow lists for each token, and at all anchors for each anchor:
 * 200 kB of '[' took it 40 s. Its events come without delay, so they are counted before it may
 * build the document. What is not YAML passes here: building will say so.
 */
static bool within_limits(const char *data, size_t size, const char *name, struct diag *diag)
{
	yaml_parser_t parser;
	yaml_event_t event;
	int depth = 0, anchors = 0;
	bool ok = true, more = true;

	parser_open(&parser, data, size);
	while (ok && more && yaml_parser_parse(&parser, &event)) {
		const int line = (int)event.start_mark.line + 1;
		const int column = (int)event.start_mark.column + 1;

		more = event.type != YAML_STREAM_END_EVENT;
		anchors += has_anchor(&event);
		if (event.type == YAML_SEQUENCE_START_EVENT ||
		    event.type == YAML_MAPPING_START_EVENT)
			depth++;
		else if (event.type == YAML_SEQUENCE_END_EVENT ||
			 event.type == YAML_MAPPING_END_EVENT)
			depth--;
		if (depth > DEPTH_MAX)
			diag_add(diag, DIAG_ERROR, name, line, column,
				 "lists and maps are nested more than %d deep; is a bracket left "
				 "open before this line?",
				 DEPTH_MAX);
		else if (anchors > ANCHORS_MAX)
			diag_add(diag, DIAG_ERROR, name, line, column,
				 "more than %d anchors (&name); write the values out", ANCHORS_MAX);
		ok = depth <= DEPTH_MAX && anchors <= ANCHORS_MAX;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ok;
}

static struct yamldoc *parse(const char *data, size_t size, const char *name, struct diag *diag)
{
	struct yamldoc *doc = xcalloc(1, sizeof(*doc));
	yaml_document_t second;
	yaml_parser_t parser;
	bool ok = false;

	doc->name = xstrdup(name);
	parser_open(&parser, data, size);
	if (!yaml_parser_load(&parser, &doc->document)) {
		report_parser(&parser, name, diag);
	} else if (!yaml_document_get_root_node(&doc->document)) {
		diag_add(diag, DIAG_ERROR, name, 0, 0, "is empty; write its keys into it");
	} else if (!yaml_parser_load(&parser, &second)) {
		report_parser(&parser, name, diag);
	} else {
		const yaml_node_t *more = yaml_document_get_root_node(&second);
		if (more)
			diag_add(diag, DIAG_ERROR, name, (int)more->start_mark.line + 1, 0,
				 "a second document begins here; remove the line '---' before it");
		else
			ok = !has_zero_byte(doc, diag);
		yaml_document_delete(&second);
	}
	yaml_parser_delete(&parser);
	return ok ? doc : yamldoc_free(doc);
}

struct yamldoc *yamldoc_open(const char *path, const char *name, struct diag *diag)
{
	struct err err;
	size_t size;
	char *data = file_read(path, &size, &err);

	if (!data) {
		diag_add(diag, DIAG_ERROR, name, 0, 0, "%s", err.text);
		return NULL;
	}
	int line = bad_utf8_line(data, size);
	struct yamldoc *doc = NULL;
	if (size > SIZE_MAX_YAML)
		diag_add(diag, DIAG_ERROR, name, 0, 0,
			 "is larger than %d MiB; is it the right file?", SIZE_MAX_YAML >> 20);
	else if (line)
		diag_add(diag, DIAG_ERROR, name, line, 0, "is not UTF-8; save the file as UTF-8");
	else if (within_limits(data, size, name, diag))
		doc = parse(data, size, name, diag);
	free(data);
	return doc;
}

struct yamldoc *yamldoc_free(struct yamldoc *doc)
{
	if (doc) {
		yaml_document_delete(&doc->document);
		free(doc->name);
		free(doc);
	}
	return NULL;
}

const char *yamldoc_name(const struct yamldoc *doc)
{
	return doc->name;
}

ynode yamldoc_root(const struct yamldoc *doc)
{
	(void)doc;
	return 1; /* libyaml numbers from 1 and adds the root first */
}

int ynode_line(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n ? (int)n->start_mark.line + 1 : 0;
}

int ynode_column(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n ? (int)n->start_mark.column + 1 : 0;
}

bool ynode_is_map(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n && n->type == YAML_MAPPING_NODE;
}

bool ynode_is_list(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n && n->type == YAML_SEQUENCE_NODE;
}

bool ynode_is_scalar(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n && n->type == YAML_SCALAR_NODE;
}

const char *ynode_text(const struct yamldoc *doc, ynode node)
{
	const yaml_node_t *n = node_at(doc, node);

	return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

size_t ymap_size(const struct yamldoc *doc, ynode map)
{
	const yaml_node_t *n = node_at(doc, map);

	if (!n || n->type != YAML_MAPPING_NODE)
		return 0;
	return (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start);
}

void ymap_entry(const struct yamldoc *doc, ynode map, size_t i, ynode *ret_key, ynode *ret_value)
{
	bool there = i < ymap_size(doc, map);
	const yaml_node_t *n = node_at(doc, map);

	*ret_key = there ? n->data.mapping.pairs.start[i].key : 0;
	*ret_value = there ? n->data.mapping.pairs.start[i].value : 0;
}

ynode ymap_get(const struct yamldoc *doc, ynode map, const char *key)
{
	size_t n = ymap_size(doc, map);

	for (size_t i = 0; i < n; i++) {
		ynode k, value;
		ymap_entry(doc, map, i, &k, &value);
		const char *text = ynode_text(doc, k);
		if (text && strcmp(text, key) == 0)
			return value;
	}
	return 0;
}

size_t ylist_size(const struct yamldoc *doc, ynode list)
{
	const yaml_node_t *n = node_at(doc, list);

	if (!n || n->type != YAML_SEQUENCE_NODE)
		return 0;
	return (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
}

ynode ylist_item(const struct yamldoc *doc, ynode list, size_t i)
{
	return i < ylist_size(doc, list) ? node_at(doc, list)->data.sequence.items.start[i] : 0;
}

void yamldoc_error(const struct yamldoc *doc, ynode node, struct diag *diag, const char *format,
		   ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	diag_add(diag, DIAG_ERROR, doc->name, ynode_line(doc, node), ynode_column(doc, node), "%s",
		 text);
	free(text);
}

static void report_unknown(const struct yamldoc *doc, ynode key, const char *text,
			   const char *const *known, size_t n_known, struct diag *diag)
{
	const char *near = text_nearest(text, known, n_known);

	if (near)
		yamldoc_error(doc, key, diag, "unknown key '%s'; did you mean '%s'?", text, near);
	else
		yamldoc_error(doc, key, diag, "unknown key '%s'; remove it or correct it", text);
}

void ymap_check_keys(const struct yamldoc *doc, ynode map, const char *const *known, size_t n_known,
		     struct diag *diag)
{
	size_t n = ymap_size(doc, map);

	for (size_t i = 0; i < n; i++) {
		ynode key, value;
		ymap_entry(doc, map, i, &key, &value);
		const char *text = ynode_text(doc, key);
		if (!text) {
			yamldoc_error(doc, key, diag, "a key must be a word");
			continue;
		}
		bool is_known = false;
		for (size_t k = 0; k < n_known && !is_known; k++)
			is_known = strcmp(text, known[k]) == 0;
		if (!is_known) {
			report_unknown(doc, key, text, known, n_known, diag);
			continue;
		}
		for (size_t j = 0; j < i; j++) {
			ynode other, ignored;
			ymap_entry(doc, map, j, &other, &ignored);
			const char *before = ynode_text(doc, other);
			if (before && strcmp(before, text) == 0) {
				yamldoc_error(doc, key, diag,
					      "'%s' stands twice, first in line %d; remove one",
					      text, ynode_line(doc, other));
				break;
			}
		}
	}
}

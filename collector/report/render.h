/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a number looks. People (text, HTML) get it in a fitting unit with few digits; programs (JSON,
 * CSV, and HTML beside what it shows) get the plain unit with all digits that a meter can have, in
 * one notation, so that all forms carry the same figures. For the renderers alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/doc_impl.h"

struct format {     /* how the numbers of a column are shown */
	double per; /* divide by */
	int decimals;
	const char *suffix; /* of the title in a table, of the value in a field; "" none */
};

/* largest: of the numbers that share the format, NAN when there are none. */
struct format format_choose(const struct doc *doc, enum doc_unit unit, double largest);
/* The same for column c of a table. */
struct format format_column(const struct doc *doc, const struct doc_table *t, size_t c);
/* "14.20", "yes", "2026-11-23 14:05:00 CET"; absent "-". Returns buf or a constant. */
const char *format_shown(enum doc_unit unit, const struct format *format, double v, char *buf,
			 size_t size);
/* Text stands to the left in a column, numbers to the right. */
bool format_is_left(enum doc_unit unit);
/* 14200, true, 2026-11-23T14:05:00+01:00; "" when absent. Returns buf or a constant. */
const char *format_plain(enum doc_unit unit, double v, char *buf, size_t size);
/* Are they quoted in JSON? */
bool format_is_text(enum doc_unit unit);

/* OK, WARNING, PROBLEM */
const char *format_severity(int severity);

/* Columns that text takes on a terminal: its characters. */
size_t line_width(const char *text);
/* Prints text in a field of w columns. */
void line_put(FILE *f, const char *text, size_t w, bool right);
/* Prints text from column on and ends the line; broken at blanks so that no line exceeds page,
 * later lines indented. */
void line_wrap(FILE *f, const char *text, size_t column, size_t indent, size_t page);
/* A heading and the table below it. */
void render_table(FILE *f, const struct doc *doc, const struct doc_table *t, size_t page,
		  bool utf8);

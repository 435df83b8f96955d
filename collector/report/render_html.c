/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as one HTML file that needs nothing else: the frame, the style and the drawing of
 * charts come from dashboards/report/, and only what the document holds is written here. Cells
 * carry the plain number beside the one that is shown, so that a script need not read the latter.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/page.h"
#include "report/render.h"

#define ITEMS_SHOWN 12 /* exceptions before the rest is folded */

/* Text and attribute values alike. */
static void put_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", f); break;
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		case '"': fputs("&quot;", f); break;
		case '\'': fputs("&#39;", f); break;
		default: fputc(*text, f);
		}
	}
}

/* A JSON string that may stand in a script element: no '<' in it. Texts have no control characters.
 */
static void put_json_text(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '<')
			fputs("\\u003c", f);
		else
			fprintf(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	fputc('"', f);
}

/* A page may have signs that a plain terminal has not. */
static const char *unit_sign(const char *suffix)
{
	if (!strcmp(suffix, "C"))
		return "\u00b0C";
	return !strcmp(suffix, "m3") ? "m\u00b3" : suffix;
}

static int severity_class(int severity)
{
	return severity < 0 ? 0 : severity > 2 ? 2 : severity;
}

static void put_item(FILE *f, const struct doc_item *item)
{
	fprintf(f, "<li class=\"s%d\"><b>", severity_class(item->severity));
	put_text(f, item->entity ? item->entity : item->kind);
	fputs("</b> ", f);
	put_text(f, item->text);
	fputs("</li>\n", f);
}

/* All problems; of warnings, when they are many, the first ones, and the rest for who asks: the
 * figures are not to stand pages below. Paper has all of them. */
static void put_items(FILE *f, const struct doc *doc, bool fold)
{
	size_t shown = 0;

	while (shown < doc->n_items && (doc->items[shown].severity > 1 || shown < ITEMS_SHOWN))
		shown++;
	if (!fold || doc->n_items - shown < 2)
		shown = doc->n_items;
	if (shown)
		fputs("<ul class=\"exceptions\">\n", f);
	for (size_t i = 0; i < shown; i++)
		put_item(f, &doc->items[i]);
	if (shown)
		fputs("</ul>\n", f);
	if (shown == doc->n_items)
		return;
	fprintf(f, "<details><summary>%zu more warnings</summary>\n<ul class=\"exceptions\">\n",
		doc->n_items - shown);
	for (size_t i = shown; i < doc->n_items; i++)
		put_item(f, &doc->items[i]);
	fputs("</ul>\n</details>\n", f);
}

static void put_head(FILE *f, const struct doc *doc, bool fold)
{
	fputs("<h1>", f);
	put_text(f, doc->name);
	for (size_t i = 0; i < doc->n_fields; i++) {
		const struct doc_field *field = &doc->fields[i];

		if (strcmp(field->key, "site") != 0 || !field->value.text || !*field->value.text)
			continue;
		fputs(" <small>", f);
		put_text(f, field->value.text);
		fputs("</small>", f);
	}
	fputs("</h1>\n", f);
	if (doc->verdict) {
		fprintf(f, "<p class=\"verdict s%d\"><b>%s</b> ", severity_class(doc->severity),
			format_severity(doc->severity));
		put_text(f, doc->verdict);
		fputs("</p>\n", f);
	}
	put_items(f, doc, fold);
}

static void put_plain(FILE *f, enum doc_unit unit, double v)
{
	char buf[64];

	if (isfinite(v))
		fprintf(f, " data-v=\"%s\"", format_plain(unit, v, buf, sizeof(buf)));
}

static void put_fields(FILE *f, const struct doc *doc)
{
	char buf[64];

	fputs("<dl>\n", f);
	for (size_t i = 0; i < doc->n_fields; i++) {
		const struct doc_field *field = &doc->fields[i];
		const struct doc_value *v = &field->value;
		struct format format = format_choose(doc, field->unit, v->number);

		if (!*field->title)
			continue;
		fputs("<dt>", f);
		put_text(f, field->title);
		fprintf(f, "</dt><dd data-key=\"%s\"", field->key);
		if (!v->is_text)
			put_plain(f, field->unit, v->number);
		fputc('>', f);
		if (v->is_text)
			put_text(f, v->text && *v->text ? v->text : "-");
		else
			fputs(format_shown(field->unit, &format, v->number, buf, sizeof(buf)), f);
		if (!v->is_text && isfinite(v->number) && *format.suffix) {
			fputc(' ', f);
			put_text(f, unit_sign(format.suffix));
		}
		fputs("</dd>\n", f);
	}
	fputs("</dl>\n", f);
}

static bool is_shown(const struct doc_head *head)
{
	return *head->title || head->unit == DOC_BAR;
}

static void put_titles(FILE *f, const struct doc_table *t, const struct format *formats)
{
	fputs("<thead><tr>", f);
	for (size_t c = 0; c < t->n_heads; c++) {
		const struct doc_head *head = &t->heads[c];

		if (!is_shown(head))
			continue;
		fprintf(f, "<th scope=\"col\" data-key=\"%s\"%s>", head->key,
			format_is_left(head->unit) ? " class=\"t\"" : "");
		put_text(f, head->title);
		if (*formats[c].suffix) {
			fputs(" <small>", f);
			put_text(f, unit_sign(formats[c].suffix));
			fputs("</small>", f);
		}
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n", f);
}

static void put_bar(FILE *f, double percent)
{
	fputs("<td class=\"bar\">", f);
	if (isfinite(percent) && percent > 0)
		fprintf(f, "<i%s style=\"width:%.0f%%\"></i>",
			percent > 100 ? " class=\"over\"" : "", fmin(percent, 100));
	fputs("</td>", f);
}

static void put_cell(FILE *f, const struct doc_head *head, const struct format *format,
		     const struct doc_value *v, bool first)
{
	const char *tag = first ? "th scope=\"row\"" : "td";
	char buf[64];

	fprintf(f, "<%s%s", tag, format_is_left(head->unit) ? " class=\"t\"" : "");
	if (v->is_text) {
		fputc('>', f);
		put_text(f, v->text && *v->text ? v->text : "-");
	} else {
		put_plain(f, head->unit, v->number);
		fprintf(f, ">%s", format_shown(head->unit, format, v->number, buf, sizeof(buf)));
	}
	fputs(first ? "</th>" : "</td>", f);
}

static void put_table(FILE *f, const struct doc *doc, const struct doc_table *t)
{
	assert(t->n_cells == t->n_rows * t->n_heads);
	if (!*t->title)
		return;
	struct format *formats = xcalloc(t->n_heads + 1, sizeof(*formats));

	for (size_t c = 0; c < t->n_heads; c++)
		formats[c] = format_column(doc, t, c);
	fprintf(f, "<section id=\"%s\">\n<h2>", t->key);
	put_text(f, t->title);
	fputs("</h2>\n", f);
	if (!t->n_rows) {
		fputs("<p>(none)</p>\n</section>\n", f);
		free(formats);
		return;
	}
	/* reached by keys, so that who has no mouse can move it sideways */
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
	put_text(f, t->title);
	fputs("\"><table>\n", f);
	put_titles(f, t, formats);
	fputs("<tbody>\n", f);
	for (size_t r = 0; r < t->n_rows; r++) {
		bool first = true;

		fputs("<tr>", f);
		for (size_t c = 0; c < t->n_heads; c++) {
			const struct doc_head *head = &t->heads[c];
			const struct doc_value *v = &t->cells[r * t->n_heads + c];

			if (head->unit == DOC_BAR)
				put_bar(f, v->number);
			else if (is_shown(head))
				put_cell(f, head, &formats[c], v, first);
			first = first && !is_shown(head);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n</section>\n", f);
	free(formats);
}

static void put_numbers(FILE *f, const struct doc_chart *c, size_t curve)
{
	char buf[64];

	for (size_t i = 0; i < c->n_points; i++) {
		const char *plain =
			format_plain(c->unit, c->values[i * c->n_curves + curve], buf, sizeof(buf));

		fprintf(f, "%s%s", i ? "," : "", *plain ? plain : "null");
	}
}

/* Is 0 of this the bottom of what can be, so that a scale that leaves it out exaggerates? */
static bool has_zero(enum doc_unit unit)
{
	switch (unit) {
	case DOC_COUNT:
	case DOC_W:
	case DOC_WH:
	case DOC_A:
	case DOC_PERCENT:
	case DOC_SECONDS:
	case DOC_MINUTES:
	case DOC_MS:
	case DOC_BYTES:
	case DOC_VA:
	case DOC_VAR:
	case DOC_MONEY:
	case DOC_KG:
	case DOC_M3: return true;
	case DOC_TEXT:
	case DOC_C:
	case DOC_RATIO:
	case DOC_TIME:
	case DOC_BOOL:
	case DOC_BAR:
	case DOC_V:
	case DOC_K:
	case DOC_DATE:
	case DOC_HZ:
	case DOC_NUMBER: return false;
	}
	return false;
}

/* A scale shows no less than that, lest a tenth of a degree look like a fire. */
static double least_span(enum doc_unit unit)
{
	return unit == DOC_RATIO ? 0.05 : unit == DOC_C || unit == DOC_K ? 4 : 0;
}

static void put_chart(FILE *f, const struct doc *doc, const struct doc_chart *c)
{
	double largest = 0;

	for (size_t i = 0; i < c->n_values; i++)
		largest = fmax(largest, fabs(c->values[i]));
	struct format format = format_choose(doc, c->unit, largest);

	fprintf(f, "<figure id=\"chart-%s\">\n<figcaption>", c->key);
	put_text(f, c->title);
	fputs("</figcaption>\n<div class=\"plot\"></div>\n"
	      "<noscript>JavaScript draws this chart; --format csv or json has its "
	      "points.</noscript>"
	      "\n<script type=\"application/json\" class=\"chart\">{\"suffix\":",
	      f);
	put_json_text(f, unit_sign(format.suffix));
	fprintf(f,
		",\"per\":%.0f,\"decimals\":%d,\"zero\":%s,\"stacked\":%s,\"to\":%lld,"
		"\"span\":%g,\"time\":[",
		format.per, format.decimals, has_zero(c->unit) ? "true" : "false",
		c->stacked ? "true" : "false", (long long)c->to, least_span(c->unit));
	for (size_t i = 0; i < c->n_points; i++)
		fprintf(f, "%s%lld", i ? "," : "", (long long)c->ts[i]);
	fputs("],\"curves\":[", f);
	for (size_t k = 0; k < c->n_curves; k++) {
		fprintf(f, "%s{\"key\":", k ? "," : "");
		put_json_text(f, c->curves[k].key);
		fputs(",\"title\":", f);
		put_json_text(f, c->curves[k].title);
		fprintf(f, ",\"limit\":%d,\"values\":[", c->curves[k].limit);
		put_numbers(f, c, k);
		fputs("]}", f);
	}
	fputs("]}</script>\n</figure>\n", f);
}

static void put_body(FILE *f, const struct doc *doc, bool scripts)
{
	bool charts = scripts && doc->n_charts > 0;

	put_head(f, doc, charts); /* the script that draws them opens what is folded for paper */
	put_fields(f, doc);
	fputs(charts ? "<div class=\"charts\">\n" : "", f);
	for (size_t i = 0; charts && i < doc->n_charts; i++)
		put_chart(f, doc, doc->charts[i]);
	fputs(charts ? "</div>\n" : "", f);
	for (size_t i = 0; i < doc->n_tables; i++)
		put_table(f, doc, doc->tables[i]);
	if (doc->n_notes)
		fputs("<ul class=\"notes\">\n", f);
	for (size_t i = 0; i < doc->n_notes; i++) {
		fputs("<li>", f);
		put_text(f, doc->notes[i]);
		fputs("</li>\n", f);
	}
	if (doc->n_notes)
		fputs("</ul>\n", f);
	fprintf(f, "<footer>rackmeter report %s, form %d. Times are those of %s.</footer>\n",
		doc->name, doc->version, zone_name());
}

static void put_part(FILE *f, const unsigned char *part)
{
	fputs((const char *)part, f);
}

static void put_scripts(FILE *f)
{
	fputs("<script>\n/*\n", f);
	put_part(f, page_uplot_license);
	fputs("*/\n", f);
	put_part(f, page_uplot_min_js);
	fputs("</script>\n<script>\n", f);
	put_part(f, page_page_js);
	fputs("</script>\n", f);
}

static bool is(const char *name, size_t n, const char *word)
{
	return strlen(word) == n && !strncmp(name, word, n);
}

/* What the frame calls {{name}}. */
static void put_named(FILE *f, const struct doc *doc, bool scripts, const char *name, size_t n)
{
	bool charts = scripts && doc->n_charts > 0;

	if (is(name, n, "zone")) {
		put_text(f, zone_name());
	} else if (is(name, n, "generator")) {
		fputs("rackmeter " RACKMETER_VERSION, f);
	} else if (is(name, n, "title")) {
		fprintf(f, "rackmeter report %s: %s", doc->name, format_severity(doc->severity));
	} else if (is(name, n, "style")) {
		put_part(f, page_page_css);
		if (charts)
			put_part(f, page_uplot_min_css);
	} else if (is(name, n, "body")) {
		put_body(f, doc, scripts);
	} else {
		assert(is(name, n, "scripts"));
		if (charts)
			put_scripts(f);
	}
}

char *doc_render_html(const struct doc *doc, bool scripts)
{
	const char *at = (const char *)page_page_html, *name;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	while ((name = strstr(at, "{{")) != NULL) {
		size_t n = strcspn(name + 2, "}");

		fwrite(at, 1, (size_t)(name - at), f);
		put_named(f, doc, scripts, name + 2, n);
		at = name + 2 + n + 2;
	}
	fputs(at, f);
	if (fclose(f) != 0)
		abort();
	return text;
}

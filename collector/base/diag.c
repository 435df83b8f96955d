/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of problems. Texts are made one line and printable here, once, so
 * that whoever reports a bad cell may quote it.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void diag_add(struct diag *diag, enum diag_level level, const char *file, int line, int column,
	      const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
	if (!text_is_utf8(text, (size_t)n)) {
		for (char *p = text; *p; p++) {
			if ((unsigned char)*p >= 0x80)
				*p = '?';
		}
	}
	xgrow(&diag->items, &diag->cap, diag->n + 1, sizeof(*diag->items));
	diag->items[diag->n++] = (struct diag_item){
		.level = level,
		.file = xstrdup(file),
		.line = line,
		.column = column,
		.text = text,
	};
	if (level == DIAG_ERROR)
		diag->n_errors++;
	else
		diag->n_warnings++;
}

static int compare(const struct diag_item *a, const struct diag_item *b)
{
	int by_file = strcmp(a->file, b->file);

	if (by_file)
		return by_file;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return 0;
}

/* A merge sort: qsort() may swap equals. */
static void merge_sort(struct diag_item *items, struct diag_item *spare, size_t n)
{
	if (n < 2)
		return;
	size_t half = n / 2, a = 0, b = half, out = 0;

	merge_sort(items, spare, half);
	merge_sort(items + half, spare, n - half);
	while (a < half && b < n)
		spare[out++] = compare(&items[a], &items[b]) <= 0 ? items[a++] : items[b++];
	while (a < half)
		spare[out++] = items[a++];
	while (b < n)
		spare[out++] = items[b++];
	memcpy(items, spare, n * sizeof(*items));
}

void diag_sort(struct diag *diag)
{
	if (diag->n < 2)
		return;
	struct diag_item *spare = xcalloc(diag->n, sizeof(*spare));
	merge_sort(diag->items, spare, diag->n);
	free(spare);
}

void diag_print(const struct diag *diag, void *out)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct diag_item *item = &diag->items[i];
		fputs(item->file, out);
		if (item->line > 0)
			fprintf(out, ":%d", item->line);
		if (item->line > 0 && item->column > 0)
			fprintf(out, ":%d", item->column);
		fprintf(out, ": %s: %s\n", item->level == DIAG_ERROR ? "error" : "warning",
			item->text);
	}
}

void diag_done(struct diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		free(diag->items[i].file);
		free(diag->items[i].text);
	}
	free(diag->items);
	*diag = (struct diag){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of problems found in files that people write: all of them in one run,
 * each with file, line and what to do. Used by config/, inventory/ and the
 * profile validator.
 */
#pragma once

#include <stddef.h>

enum diag_level { DIAG_WARNING, DIAG_ERROR };

struct diag_item {
	enum diag_level level;
	char *file; /* as the user named it */
	int line;   /* from 1; 0: the file as a whole */
	int column; /* from 1; 0: unknown */
	char *text; /* the problem and what to do about it, one line */
};

struct diag {
	struct diag_item *items;
	size_t n, cap;
	size_t n_errors, n_warnings;
};

/* Adds a problem; copies all strings. */
void diag_add(struct diag *diag, enum diag_level level, const char *file, int line, int column,
	      const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Sorts by file, line, column, keeping the order of equals. */
void diag_sort(struct diag *diag);
/* Writes "FILE:LINE:COL: error: TEXT\n" of every item to out (a FILE *); what is 0 is left out. */
void diag_print(const struct diag *diag, void *out);
void diag_done(struct diag *diag); /* frees the content, leaves an empty list */

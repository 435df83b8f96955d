/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failure as one line for a person: what, where (file, line, device) and
 * what to do. Functions that can fail take a struct err last, return -1 (or
 * NULL) and leave their outputs untouched on failure.
 */
#pragma once

struct err {
	char text[512];
};

/* Sets the text (printf format). Always returns -1, so `return err_set(...)`. */
int err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "prefix: " before the text that is there. Always returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

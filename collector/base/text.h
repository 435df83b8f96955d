/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading of small texts. Nothing here accepts trailing rubbish. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns 0, or -1 when text is not exactly one number in range. */
int text_to_i64(const char *text, int64_t *ret);
int text_to_u64(const char *text, uint64_t *ret);
int text_to_double(const char *text, double *ret); /* finite; '.' decimal; no locale */
/* "10s", "5m", "1h", "1d", "90" (seconds) -> whole seconds. */
int text_to_seconds(const char *text, int64_t *ret_s);
int text_to_ms(const char *text, int64_t *ret_ms); /* the same, and "500ms" -> milliseconds */
/* "10", "1/360000", "0.1", "-2.5e-3" -> num/den in lowest terms, den > 0, exact. */
int text_to_ratio(const char *text, int64_t *ret_num, int64_t *ret_den);

/* Cuts blanks off both ends in place; returns the start. */
char *text_trim(char *text);
/* Which of the n words is nearest to text (edit distance, at most half its length)?
 * NULL when none is near: for "did you mean". */
const char *text_nearest(const char *text, const char *const *words, size_t n);
bool text_is_utf8(const void *data, size_t size);
/* malloc'd copy; aborts when memory is out, as all x-functions do. */
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size); /* n * size checked for overflow */
/* Grows *p (elements of size) so that need elements fit; doubles. */
void xgrow(void *p, size_t *cap, size_t need, size_t size);

/* FNV-1a: stable over versions, used for phases and configuration hashes. */
uint64_t text_hash(const void *data, size_t size);
uint64_t text_hash_more(uint64_t hash, const void *data, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a row of hot; see hotrow.h. What runs once per sample of a site has a loop per width. */
#include "store/hotrow.h"

#include <string.h>

#include "store/utf8.h"

static const int64_t zero[HOTROW_MAX_W + 1] = { 0, 64, 1088, 28672, 589824 };
static const int64_t reach_down[HOTROW_MAX_W + 1] = { 0, 63, 960, 26624, 524288 };
static const int64_t reach_up[HOTROW_MAX_W + 1] = { 0, 63, 959, 26623, 524287 };

/* A copy for each width that is said as a constant. */
#define PER_WIDTH static inline __attribute__((always_inline))

/* As the machine adds, so that no input can be undefined. */
static int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

int hotrow_width(const struct reading *r, uint32_t n, const int64_t *base, uint32_t n_base)
{
	int64_t low = 0, high = 0, largest = 0;
	int w = 1;

	for (uint32_t i = 0; i < n; i++) {
		int64_t from = i < n_base ? base[i] : 0, raw = r[i].raw;
		if (r[i].cause != CAUSE_NONE)
			continue;
		/* of each its size, or one less */
		largest |= (raw ^ raw >> 63) | (from ^ from >> 63);
		int64_t off = (int64_t)((uint64_t)raw - (uint64_t)from);
		low = off < low ? off : low;
		high = off > high ? off : high;
	}
	if (largest >= HOTROW_BASE_LIMIT)
		return 0;
	while (w <= HOTROW_MAX_W && (low < -reach_down[w] || high > reach_up[w]))
		w++;
	return w <= HOTROW_MAX_W ? w : 0;
}

PER_WIDTH void put_codes(const struct reading *r, uint32_t n, const int64_t *base, uint32_t n_base,
			 int w, unsigned char *v)
{
	const int64_t at = zero[w];

	for (uint32_t i = 0; i < n; i++, v += w) {
		int64_t from = i < n_base ? base[i] : 0;
		if (r[i].cause == CAUSE_NONE)
			utf8_put(v, w, (uint32_t)(r[i].raw - from + at));
		else
			memset(v, 0, (size_t)w);
	}
}

void hotrow_put(const struct reading *r, uint32_t n, const int64_t *base, uint32_t n_base, int w,
		unsigned char *v)
{
	switch (w) {
	case 1: put_codes(r, n, base, n_base, 1, v); break;
	case 2: put_codes(r, n, base, n_base, 2, v); break;
	case 3: put_codes(r, n, base, n_base, 3, v); break;
	default: put_codes(r, n, base, n_base, 4, v);
	}
}

static char *put_integer(char *p, int64_t value)
{
	char digits[20];
	size_t n = 0;
	uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0)
		*p++ = '-';
	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	while (n)
		*p++ = digits[--n];
	return p;
}

size_t hotrow_text(const struct reading *r, uint32_t n, char *text)
{
	char *p = text;

	*p++ = '[';
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			*p++ = ',';
		if (r[i].cause == CAUSE_NONE) {
			p = put_integer(p, r[i].raw);
		} else {
			memcpy(p, "null", 4);
			p += 4;
		}
	}
	*p++ = ']';
	*p = 0;
	return (size_t)(p - text);
}

/* ---- reading ---------------------------------------------------------------- */

bool hotrow_at(const unsigned char *v, size_t bytes, int w, uint32_t slot, int64_t base,
	       int64_t *ret)
{
	if (w < 1 || w > HOTROW_MAX_W || ((size_t)slot + 1) * (size_t)w > bytes)
		return false;
	const unsigned char *p = v + (size_t)slot * (size_t)w;
	if (!p[0])
		return false;
	*ret = plus(base, (int64_t)utf8_get(p, w) - zero[w]);
	return true;
}

/* n characters of w bytes, all of which have a base. */
PER_WIDTH bool get_codes(const unsigned char *p, int w, uint32_t n, const int64_t *base,
			 int64_t *raw, unsigned char *present)
{
	const int64_t at = zero[w];
	unsigned all = 1;

	for (uint32_t i = 0; i < n; i++, p += w) {
		unsigned there = p[0] != 0;
		present[i] = (unsigned char)there;
		all &= there;
		/* what is absent is 0, as where nothing was */
		raw[i] = there ? plus(base[i], (int64_t)utf8_get(p, w) - at) : 0;
	}
	return all;
}

bool hotrow_get(const unsigned char *v, size_t bytes, int w, uint32_t first, uint32_t n,
		const int64_t *base, uint32_t n_base, int64_t *raw, unsigned char *present)
{
	size_t slots = w < 1 || w > HOTROW_MAX_W ? 0 : bytes / (size_t)w;
	uint32_t have = slots <= first ? 0 : slots - first < n ? (uint32_t)(slots - first) : n;
	uint32_t based = have < n_base ? have : n_base;
	const unsigned char *p = have ? v + (size_t)first * (size_t)w : v;
	bool all = have == n;

	switch (w) {
	case 1: all &= get_codes(p, 1, based, base, raw, present); break;
	case 2: all &= get_codes(p, 2, based, base, raw, present); break;
	case 3: all &= get_codes(p, 3, based, base, raw, present); break;
	case 4: all &= get_codes(p, 4, based, base, raw, present); break;
	}
	for (uint32_t i = based; i < n; i++) {
		raw[i] = 0;
		present[i] = i < have && hotrow_at(v, bytes, w, first + i, 0, &raw[i]);
		all &= present[i];
	}
	return all;
}

/* Reads the next element of an array, of which *at is the first character, and moves *at behind
 * its comma. 1: a value, 0: absent (null, or no integer), -1: the array is over or broken. */
static int next_element(const char **at, int64_t *ret)
{
	const char *p = *at;
	int rc = 0;

	if (!*p || *p == ']')
		return -1;
	bool minus = *p == '-';
	const char *digits = p + minus;
	if (*digits >= '0' && *digits <= '9') {
		uint64_t value = 0, limit = (uint64_t)INT64_MAX + minus;
		rc = 1;
		for (p = digits; *p >= '0' && *p <= '9'; p++) {
			uint64_t digit = (uint64_t)(*p - '0');
			if (value > (limit - digit) / 10)
				rc = 0;
			else
				value = value * 10 + digit;
		}
		if (*p != ',' && *p != ']')
			rc = 0;
		*ret = (int64_t)(minus ? 0 - value : value);
	}
	while (*p && *p != ',' && *p != ']')
		p++;
	*at = *p == ',' ? p + 1 : p;
	return rc;
}

bool hotrow_parse(const char *text, uint32_t first, uint32_t n, int64_t *raw,
		  unsigned char *present)
{
	bool all = true;
	int rc = *text++ == '[' ? 0 : -1;

	for (uint32_t i = 0; rc >= 0 && i < first; i++) {
		int64_t passed;
		rc = next_element(&text, &passed);
	}
	for (uint32_t i = 0; i < n; i++) {
		int64_t value = 0;
		if (rc >= 0)
			rc = next_element(&text, &value);
		present[i] = rc > 0;
		raw[i] = rc > 0 ? value : 0;
		all &= rc > 0;
	}
	return all;
}

uint32_t hotrow_length(const char *text)
{
	uint32_t n = 0;
	int64_t value;

	if (*text++ != '[')
		return 0;
	while (next_element(&text, &value) >= 0)
		n++;
	return n;
}

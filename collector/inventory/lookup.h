/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash index from (text, number) to a position, so that joining 200,000 devices to
 * their racks is linear. Keys are borrowed; nothing is ever removed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookup_slot {
	const char *key; /* NULL: free */
	int64_t extra;
	size_t value;
};

struct lookup { /* {0} is empty */
	struct lookup_slot *slots;
	size_t cap, n; /* cap is a power of two */
};

/* True when it was new; otherwise leaves what is there and sets *ret_old (may be NULL). */
bool lookup_put(struct lookup *l, const char *key, int64_t extra, size_t value, size_t *ret_old);
/* Puts or replaces. */
void lookup_set(struct lookup *l, const char *key, int64_t extra, size_t value);
bool lookup_get(const struct lookup *l, const char *key, int64_t extra, size_t *ret);
void lookup_done(struct lookup *l);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many devices that fell silent together are one event: the circuit that all of them hang on. Pure.
 */
#pragma once

#include "report/topology.h"

#define SILENCE_WITHIN_S 60

struct silence_device {
	size_t circuit, rack; /* where it stands (struct topology), TOPOLOGY_NONE: not told */
	bool silent;
	int64_t since;  /* when silent */
	size_t because; /* set by silence_explain: the circuit, TOPOLOGY_NONE: of its own */
};

struct silence {             /* one circuit that went */
	size_t circuit, n;   /* n: its devices */
	int64_t first, last; /* when they fell silent */
};

/*
 * A circuit explains its devices when there are at least two, all of them are silent, and they fell
 * silent within SILENCE_WITHIN_S: those at it, at what it feeds, and in racks all of whose feeds
 * it feeds. Of several circuits that explain a device the one with the most devices does, of those
 * the lowest. *ret: ascending by circuit; the caller frees it.
 */
void silence_explain(const struct topology *t, struct silence_device *devices, size_t n,
		     struct silence **ret, size_t *ret_n);

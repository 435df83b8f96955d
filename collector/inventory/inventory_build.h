/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files that make up inventory_load(): what is known while a
 * configuration is joined up. Private to inventory/.
 */
#pragma once

#include "inventory/inventory.h"
#include "inventory/lookup.h"

/* One of the three tables that others refer to by name. */
struct names {
	const char *what;  /* "rack" */
	const char *table; /* "racks.csv" */
	struct lookup any;      /* every name that stands in the table at any date -> row */
	struct lookup in_force; /* name, and former names, at the instant -> index */
	struct lookup former;   /* former name -> row that renamed it */
	size_t *rows;           /* index -> row in force */
	size_t n_rows;
	int suggestions;        /* how many were made: each costs a pass over all names */
	bool incomplete;        /* not all names are known: a missing one proves nothing */
};

struct inventory_all { /* the public part first, so that a pointer to it is one to this */
	struct inventory inv;
	struct names racks, circuits, devices;
	size_t *feeds;                       /* what inv_rack.feeds points into */
	const struct cfg_channel **channels; /* what inv_device.channels points into */
};

/* A primary meter: a device, or one part of it that stands elsewhere. */
struct meter {
	const struct cfg_src *src;
	size_t device;
	const char *part;        /* "": the device's own measurement */
	ptrdiff_t rack, circuit; /* index or -1 */
	enum meter_role role;
	const char *phases;
	unsigned measures;       /* METER_POWER | METER_ENERGY */
};

enum { METER_POWER = 1, METER_ENERGY = 2 };

struct inventory_build {
	const struct config *config;
	const struct profile_set *profiles;
	struct inventory_all *all;
	struct diag *diag;
	size_t *order;        /* circuits, each after all that feed it */
	struct lookup halls;  /* of racks and circuits, at any date */
	struct meter *meters; /* by circuit, then as the files have them */
	size_t n_meters;
};

/* inventory_resolve.c */
void build_names(struct inventory_build *b);   /* duplicate keys, renames, rows in force */
void build_racks(struct inventory_build *b);
void build_circuits(struct inventory_build *b);
void build_devices(struct inventory_build *b);
void build_order(struct inventory_build *b);   /* cycles: reported and cut */
/* Index in force of a name that a row refers to; -1: empty or unknown (told by check_names). */
ptrdiff_t build_find(const struct names *names, const char *name);

/* inventory_names.c */
void check_names(struct inventory_build *b); /* every row's references, at any date */
/* Are all rows known that say which meter stands where? Tells what is not, where they are not. */
bool check_complete(struct inventory_build *b);

/* scope.c */
void check_scopes(struct inventory_build *b); /* of budgets and of the log still to come */

/* inventory_check.c */
void check_circuits(struct inventory_build *b);
void check_racks(struct inventory_build *b);
void check_devices(struct inventory_build *b);
/* Does the part name fit the pattern of a profile point ("outlet {2}")? */
bool build_part_fits(const char *pattern, const char *part);

/* cords.c */
void check_cords(struct inventory_build *b);

/* meters.c */
void check_meters(struct inventory_build *b); /* finds them; two primaries on one circuit */
/* "BCM-3A/main" or "PDU-1" into buf. */
const char *build_meter_name(const struct inventory_build *b, const struct meter *m, char *buf,
			     size_t size);

/* meterpath.c */
void check_boundaries(struct inventory_build *b);

/* Things of one kind, of which a message names the first three and counts the rest, so that
 * one mistake in 10,000 racks is one line. {0} is empty. */
struct some {
	char *text; /* "A, B, C" */
	size_t n;
	struct cfg_src first;
};
void some_add(struct some *s, const struct cfg_src *src, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "A, B, C and 409 more"; the text stays the list's. */
const char *some_text(struct some *s);
void some_done(struct some *s);

/* diag_add at a row of a table. */
#define diag_row(diag, level, src, ...) \
	diag_add(diag, level, (src)->file, (src)->line, 0, __VA_ARGS__)

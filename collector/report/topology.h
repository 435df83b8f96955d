/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power path of a time: what feeds what, what it may carry, which racks and cords hang on it
 * and which meters stand at it. Loaded once per report; everything after that is pure and works on
 * indices (of circuits, racks, cords, meters), sorted by name. Nothing has a silent default: what
 * circuits.csv does not say is NAN, 0 or "".
 *
 * The tables are those in force at one instant (the end of a report's period); a circuit that is
 * named but not in force then is left out, and source_missing says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/rack.h"
#include "report/threephase.h"
#include "store/db.h"

#define TOPOLOGY_NONE    SIZE_MAX
#define TOPOLOGY_SOURCES 4 /* of fed_by, as the configuration allows */

/*
 * Where the conductors of a circuit hang on those of what feeds it. A line to line load is kept
 * as a pair (L1L2 0, L2L3 1, L3L1 2), because its current is not in phase with its lines'.
 */
struct topology_tap {
	signed char line[3]; /* own conductor k: the parent's line 0..2; -1: none */
	signed char pair;    /* one conductor between two of the parent's lines; -1: no */
	bool even;           /* spread over the parent's lines: not told, or a rectifier */
	bool told;           /* circuits.csv names the phases, or nothing is to be told */
};

struct topology_circuit {
	char *name, *kind, *side, *hall, *phases, *note;
	enum power_system system;
	double volts; /* line to line for three phases */
	/* rated_w: where only VA are told, these at the power factor in facts.csv (the key
	 * power_factor.CIRCUIT), if there is one. */
	double rated_a, rated_va, rated_w, trip_a, derate;
	int modules, modules_needed; /* 0: not told; what is rated is what needed ones carry */
	bool transfer;               /* fed_by is X>Y: the first that is alive; else in parallel */
	bool source_missing;         /* fed_by names something that is not in force */
	size_t fed_by[TOPOLOGY_SOURCES];
	size_t n_fed_by; /* 0: a source */
	struct topology_tap tap;
	size_t *children, n_children; /* whatever names it in fed_by, as alternate too */
	size_t *racks, n_racks;       /* that name it as a feed */
	size_t *meters, n_meters;     /* primary ones first */
};

struct topology_rack {
	char *name, *hall, *row, *pos, *status, *tenant, *redundancy;
	bool live;
	size_t *feeds, n_feeds; /* in the order of racks.csv; those in force */
	size_t n_feeds_missing; /* named but not in force */
	double budget_w, budget_va, nameplate_w;
	size_t *cords, n_cords; /* by load, then psu */
};

struct topology_cord {
	char *load, *psu, *tenant, *device, *part, *phases;
	size_t rack, circuit; /* TOPOLOGY_NONE; circuit: its own, else that of its device */
	int psus_needed;
	double nameplate_w;
};

enum topology_quantity {
	TOPOLOGY_W,
	TOPOLOGY_VA,
	TOPOLOGY_A,
	TOPOLOGY_V,
	TOPOLOGY_WH,
	TOPOLOGY_QUANTITIES
};

struct topology_series { /* a stored series of a meter */
	int64_t id;
	enum topology_quantity quantity;
	int phase; /* 1..3; 0: none, or of all */
	bool main; /* adds up to the device as a whole */
};

/* A device as a whole (part ""), or a part of it that channels.csv places, where it stands. Only
 * devices with a role or a circuit, and such parts. */
struct topology_meter {
	char *device, *part, *role, *phases;
	bool primary;         /* counts; else a check */
	size_t rack, circuit; /* TOPOLOGY_NONE */
	double factor;        /* at that time */
	struct topology_series *series;
	size_t n_series;
};

struct topology_place { /* of a device (part ""), or of a part that channels.csv names */
	char *device, *part;
	size_t rack, circuit; /* TOPOLOGY_NONE */
};

struct topology {
	struct topology_circuit *c;
	size_t n;
	struct topology_rack *racks;
	size_t n_racks;
	struct topology_cord *cords;
	size_t n_cords;
	struct topology_place *places; /* by device, then part */
	size_t n_places;
	struct topology_meter *meters; /* by device, then part */
	size_t n_meters;
	size_t *order;  /* the circuits, each after all that feed it */
	size_t *upward; /* each after all that it feeds: the nearest to the racks first, then by
			 * name */
};

/* What is in force at that instant. -1: the database could not be read. */
int topology_load(struct db *db, int64_t at, struct topology *ret, struct err *err);
void topology_done(struct topology *t); /* takes {0} */

size_t topology_find(const struct topology *t, const char *circuit); /* TOPOLOGY_NONE: none */
size_t topology_find_rack(const struct topology *t, const char *rack);
/* The same for a name that a person gave: -1 with the nearest one. */
int topology_need(const struct topology *t, const char *circuit, size_t *ret, struct err *err);
/* Where a part of a device stands: its row in channels.csv, else its device's (part "": the device
 * as a whole). NULL: the device is not in force. */
const struct topology_place *topology_place(const struct topology *t, const char *device,
					    const char *part);

/* Does a device pass that stands in this rack, else at this circuit ("": none)? */
bool topology_wanted(const struct topology *t, const struct rack_filter *filter, const char *rack,
		     const char *circuit);

/* Makes children, order and taps out of fed_by, racks and cords out of their rows; for
 * topology_load and for tests that fill the arrays themselves. */
void topology_link(struct topology *t);

/* Does `up` feed `down`, directly or through others, as an alternate too? Not itself. */
bool topology_feeds(const struct topology *t, size_t up, size_t down);

/*
 * Who supplies whom when some circuits are lost. alive: not lost, and a source or fed by something
 * alive. share[c][s]: which part of the load of c comes from its source s: of a transfer all
 * from the first that is alive, in parallel divided among those alive by their rating (evenly
 * when one is not rated); 0 where nothing comes.
 */
struct topology_supply {
	bool *alive;
	double (*share)[TOPOLOGY_SOURCES];
};
/* lost[c]: circuit c is lost; NULL: none. */
void topology_supply(const struct topology *t, const bool *lost, struct topology_supply *ret);
void topology_supply_done(struct topology_supply *supply);

/*
 * The current of a circuit: lines, and line to line loads as pairs. In a circuit of one
 * conductor line[0] is all. Phases are the circuit's own.
 */
struct phase_load {
	double line[3], pair[3]; /* A */
};
/* What `load` of a circuit is on what feeds it (fed_by[s]): phases turned, amps by voltage. Adds
 * share of it to *ret. */
void topology_climb(const struct topology *t, size_t circuit, size_t s,
		    const struct phase_load *load, double share, struct phase_load *ret);
/*
 * The current of line k (0..2): a pair's current leads or lags its line's by 30 degrees, so
 * |line + pair_out at +30 + pair_back at -30 degrees|. Never falls when one of them grows.
 */
double phase_load_line(const struct phase_load *load, int k);

/* A feed of racks that are not live: it is taken to carry nothing. */
bool topology_idle(const struct topology *t, size_t circuit);
/* The last circuit before racks: what its loss means is told with them. */
bool topology_is_feed(const struct topology *t, size_t circuit);

/* The rating in force for continuous load. derate belongs to rated_a where there is one, else to
 * the VA or W. NAN: not rated. */
double topology_derated_a(const struct topology_circuit *c);
double topology_derated_va(const struct topology_circuit *c);
double topology_derated_w(const struct topology_circuit *c);
/* The same in W for shares and trees: W, else VA, else A times volts. */
double topology_capacity_w(const struct topology_circuit *c);

/* The derating factors of the circuits, "0.8, 1"; "" when none is told. The caller frees. */
char *topology_deratings(const struct topology *t);
/* Circuits of one conductor of which the phase is not told. */
size_t topology_untold(const struct topology *t);

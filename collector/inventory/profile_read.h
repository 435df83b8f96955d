/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files that turn a profile's YAML into struct profile: the state
 * of one load, and the keys that a point may have. Keys of a group are defaults for
 * the points in it, so each key is kept as the node where it stands together with
 * the OID that relative OIDs there start from.
 */
#pragma once

#include "config/yamldoc.h"
#include "inventory/profile.h"

enum point_key { /* in the order in which they are read */
	KEY_DOCUMENT, KEY_SOURCE, KEY_INDEX, KEY_KEYS, KEY_REPEAT, KEY_WORDS, KEY_PART,
	KEY_LABEL, KEY_LABEL_WORDS, KEY_NAME, KEY_ONLY, KEY_FITTED, KEY_TYPE, KEY_REGISTERS,
	KEY_ORDER, KEY_BITS, KEY_SCALE, KEY_SCALE_FROM, KEY_ABSENT, KEY_STATES, KEY_FLAGS,
	KEY_MAIN, KEY_FALLBACK, KEY_MAGNITUDE, KEY_EVERY, KEY_PHASE,
	N_POINT_KEYS,
};

struct inherited {
	ynode node[N_POINT_KEYS];      /* 0: not given */
	struct oid base[N_POINT_KEYS]; /* what a relative OID in that node starts from */
	struct oid oid;                /* what relative OIDs start from here */
	int depth;                     /* groups above; with YAML aliases one can hold itself */
};

#define MAX_ARCS 16
#define MAX_DEPTH 8
#define MAX_POINTS 4096

struct load {
	const struct yamldoc *doc;
	struct diag *diag;
	struct profile *profile;
	ynode states, flags; /* the named sets of the file, 0: none */
	const char *member;  /* name of the arc that numbers chain members, NULL: none */
	ynode like;          /* the profile that this one is like, 0: none */
	bool moves;          /* the other's own base and document count for nothing: these do */
	struct oid base;     /* the head's oid:, n == 0: none */
	ynode document;      /* the head's, 0: none */
	const char *document_text;
	const struct load *above; /* the load of the profile that is like this one, or NULL */
	size_t cap;
	ynode *items;        /* where each point of the profile stands */
	size_t cap_items;
};

/* A problem at a node. One that stands there already (a default of many points) is not repeated. */
void load_error(struct load *load, ynode node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The node's text, or NULL after an error. what: "an OID". */
const char *load_text(struct load *load, ynode node, const char *what);
int load_int(struct load *load, ynode node, int64_t min, int64_t max, int64_t *ret);
/* true or false; anything else is an error and false. */
bool load_bool(struct load *load, ynode node);
/* An absolute OID, or one that begins with "." and continues base. */
int load_oid(struct load *load, ynode node, const struct oid *base, struct oid *ret);
int load_scale(struct load *load, ynode node, struct scale *ret);
/* profile_modbus.c. bits_too: coils and discrete inputs are possible here. */
int load_function(struct load *load, ynode node, bool bits_too, uint8_t *ret);
/* "1..48" -> 1 and 48; "3" -> 3 and 3. */
int load_span(const char *text, int64_t *ret_first, int64_t *ret_last);
/* Values and what they mean: {1: 0.1, 2: 10}. */
void load_scale_map(struct load *load, ynode map, struct scale_column *ret);
/* The items of a list; a lone value counts as a list of one. */
size_t load_list_size(const struct load *load, ynode node);
/* An extended regular expression, compiled; NULL after a complaint. The caller owns it. */
regex_t *load_regex(struct load *load, ynode node);
ynode load_list_item(const struct load *load, ynode node, size_t i);

struct leaf { /* the point being read */
	struct load *load;
	struct profile_point *point;
	const struct inherited *given;
	ynode item;
	const char *arcs[MAX_ARCS]; /* names of the index arcs, not ended by 0; "" for fixed ones */
	size_t arc_len[MAX_ARCS];
	size_t n_arcs;
	size_t phase_arc;           /* from 1, the arc that counts phases; 0: none */
	/* repeat: the one arc of a Modbus point counts from first to last, step registers apart */
	int64_t first, last, step;  /* last 0: once; step 0: they follow each other */
	int64_t count;              /* register that tells how many there are, -1: all */
};

/* profile_rule.c: an item of identify:; base is the profile's oid:. */
void load_rule(struct load *load, ynode node, const struct oid *base);
void rule_done(struct profile_rule *rule);

/* profile_keys.c: the meaning of each key. */
struct key {
	const char *name;
	int protocols; /* bit 0: SNMP, bit 1: Modbus */
	/* NULL: read with another */
	void (*read)(struct leaf *leaf, ynode node, const struct oid *base);
};
extern const struct key point_keys[N_POINT_KEYS];
/* The arc of that name, from 1; 0 when there is none. */
size_t leaf_arc(const struct leaf *leaf, const char *name, size_t n);

/* profile_modbus.c */
void leaf_read_registers(struct leaf *leaf, ynode node, const struct oid *base);
/* "repeat: {outlet: 1..48, step: 256}": its name becomes the point's only arc. */
void leaf_read_repeat(struct leaf *leaf, ynode node, const struct oid *base);
void leaf_read_order(struct leaf *leaf, ynode node, const struct oid *base);
void leaf_read_bits(struct leaf *leaf, ynode node, const struct oid *base);
void leaf_read_scale_register(struct leaf *leaf, ynode node);
/* Does the key stand at the point itself, and not above it as a default? */
bool leaf_has(const struct leaf *leaf, enum point_key key);

/* profile_point.c: the list `points:` and what is in it. */
void load_points(struct load *load, ynode list, const struct inherited *above);
/* profile_check.c: what can only be said of all points together. */
void load_check(struct load *load);
/* Do two templates of parts make the same names? Which arc a number comes from does not matter. */
bool profile_same_part(const char *a, const char *b);
/* profile_like.c: what the profile lacks, from the one that like: names. */
void load_like(struct load *load);
/* profile_load() for load_like(). */
struct profile *profile_load_below(const char *path, const struct load *above, struct diag *diag);
void profile_point_done(struct profile_point *point);

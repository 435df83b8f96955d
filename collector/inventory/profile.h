/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device profile: which values a family of devices has and how to read them.
 * Data only (schema/profiles/NAME.yaml, format in schema/profiles/FORMAT.md);
 * immutable after load. Expansion turns profile points into the points of one
 * device: table columns by a walk, register blocks as they stand.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/oid.h"
#include "base/reading.h"
#include "base/severity.h"
#include "inventory/endpoint.h"
#include "schema/schema.h"

enum profile_protocol { PROFILE_SNMP, PROFILE_MODBUS };

enum raw_type { RAW_INTEGER, /* SNMP: any integer type, or decimal digits in an octet string */
		RAW_U16, RAW_S16, RAW_U32, RAW_S32, RAW_U64, RAW_S64, RAW_F32, RAW_F64,
		RAW_TEXT,    /* SNMP: a decimal number in an octet string */
		RAW_LEADING, /* SNMP: the decimal number that an octet string begins with */
		RAW_PF4Q };  /* Modbus: f32 whose distance beyond 1 or -1 tells the quadrant */
/* Of a number in several registers; swapped: the low byte of each word comes first. The four
 * bytes 0x0A0B0C0D on the wire: 0A0B 0C0D, 0C0D 0A0B, 0B0A 0D0C, 0D0C 0B0A. */
enum word_order { WORDS_MSW_FIRST, WORDS_LSW_FIRST, WORDS_MSW_FIRST_SWAPPED,
		  WORDS_LSW_FIRST_SWAPPED };

/* How a device shows that nothing is there. */
struct absent_code {
	uint64_t bits; /* the raw bits, as wide as the type; integers sign-extended */
};

/* "this row only where that column (same index) has one of these values", or a text like this */
struct point_filter {
	struct oid column;
	bool one_row; /* the last arc of column is a row, which holds for all */
	bool negate;
	int64_t *values;
	size_t n_values;
	regex_t *like; /* NULL: values count */
	int bit;       /* 1 + number of a bit in BITS (RFC 2578) that must be set; 0: none */
};

/* A scale that the device tells in another column of the same index, or in one scalar; Modbus: in
 * a register, read in the same request as the value and never apart from it. */
struct scale_column {
	struct oid column;  /* n == 0: none */
	bool scalar;        /* column is an instance (ends in .0) that holds for all rows */
	bool digits;        /* the value d means 10^-d */
	struct { int64_t value; struct scale scale; } *map; /* otherwise: value -> scale */
	size_t n_map;
	bool has_otherwise; /* what to take where the device lacks the object; without it such */
	int64_t otherwise;  /* a row has no point: a number without a scale is no reading */
	/* Modbus: words_n registers from address on, in the value's own table and order; 0: none */
	uint16_t address, words_n;
	enum raw_type type;
	bool exponent;      /* the value e means 10^e (SunSpec's scale factors) */
	bool factor;        /* the value is the factor itself */
	/* apart: true. The survey reads it, as SNMP's; column is profile_register_oid() and words_n
	 * is 0. The value is these bits of the register; bit_count 0: all, as a signed number. */
	uint8_t bit_first, bit_count;
};

struct profile_point {
	int line;
	const struct quantity *quantity;
	char *part;   /* "inlet", "phase L{1}", "outlet {2}": {k} is the k-th index arc, {kw} the
		       * same as a word, {name} the text of the name column */
	char *source; /* MIB object or manual page it comes from */
	int every_s;  /* 0: the device's interval; otherwise an interval group of its own */
	bool main;    /* adds up to what the device measures as a whole */
	int phase;    /* 1..3 for a phase of the main input, 0: none */
	bool magnitude; /* the sign says something else, such as leading: it is dropped */
	bool fallback; /* counts only where no earlier point with its part and quantity is fitted */
	struct scale scale;
	enum raw_type type;
	struct absent_code *absent;
	size_t n_absent;
	struct { int64_t value; char *name; enum severity severity; } *states; /* of KIND_STATE */
	size_t n_states;
	struct { uint8_t bit; char *name; enum severity severity; } *flags; /* of KIND_FLAGS */
	size_t n_flags;
	/* SNMP */
	struct oid oid;     /* scalar instance (ends in .0) or column */
	bool table;
	int64_t *index;     /* per arc: a value it must have, or -1 for any; the n_index arcs of
			     * the table's index, then one per key column */
	size_t n_index;
	bool text_last;     /* the last of them is the length of a text, whose characters follow
			     * as arcs of their own: {k} writes the text */
	struct oid *keys;   /* columns whose integer in the same row counts as one more arc */
	size_t n_keys;
	uint8_t member_arc; /* the arc (from 1) that numbers the member of a chain, 0: none */
	struct { uint32_t arc; char *word; } *words; /* {kw}: the k-th arc as a word (1: L1) */
	size_t n_words;
	struct oid label;   /* column with a name for the part; n == 0: none. Here and for every
			     * other column beside the value's: the row of the same index, or,
			     * in a table with a shorter one, of its beginning */
	struct { int64_t value; char *name; } *label_words; /* for a label column of integers */
	size_t n_label_words;
	struct oid name;    /* column whose text names the part itself ({name}); n == 0: none */
	struct point_filter *filters; /* rows that are points */
	size_t n_filters;
	struct point_filter *fitted;  /* of these, rows where something is there */
	size_t n_fitted;
	struct scale_column scale_column;
	struct scale_column scale_more; /* a second one, which multiplies; Modbus: only apart */
	/* Modbus */
	uint8_t function;   /* 1 coils, 2 discrete inputs, 3 holding and 4 input registers */
	uint16_t address;   /* protocol address, from 0 */
	uint16_t words_n;   /* registers; of a coil or discrete input: bits */
	enum word_order word_order;
	uint8_t bit_first, bit_count; /* the value is these bits of the number; 0: all */
	struct oid count;   /* profile_register_oid() of the register that tells how many of a
			     * repeated point there are; n == 0: all */
	uint16_t nth;       /* which of them this is, from 1 */
};

/* Does what it reads have names instead of a unit? */
static inline bool profile_point_is_named(const struct profile_point *p)
{
	return p->quantity->kind == KIND_STATE || p->quantity->kind == KIND_FLAGS;
}

/* How bad that raw value of a state or of flags is: of flags the worst of the bits that are set; a
 * value or a bit without a name is unknown. Of other kinds ok. */
enum severity profile_point_severity(const struct profile_point *p, int64_t raw);
/* The names of that raw value into buf, of several bits with ", " between; "" when it has none. */
const char *profile_point_words(const struct profile_point *p, int64_t raw, char *buf, size_t size);

/* Coils and discrete inputs: addresses count bits. */
static inline bool profile_point_is_bits(const struct profile_point *p)
{
	return p->function == 1 || p->function == 2;
}

/* What has to be read at once for a Modbus point: its registers and those of its scale. */
static inline void profile_point_span(const struct profile_point *p, uint32_t *ret_start,
				      uint32_t *ret_end)
{
	const struct scale_column *s = &p->scale_column;

	*ret_start = p->address;
	*ret_end = (uint32_t)p->address + p->words_n;
	if (s->words_n && s->address < *ret_start)
		*ret_start = s->address;
	if (s->words_n && (uint32_t)s->address + s->words_n > *ret_end)
		*ret_end = (uint32_t)s->address + s->words_n;
}

/* Under this name the survey keeps the word of a Modbus register. */
static inline struct oid profile_register_oid(uint8_t function, uint16_t address)
{
	return (struct oid){ 2, { function, address } };
}

static inline bool profile_is_register(const struct oid *oid)
{
	return oid->n == 2;
}

/* "holding", "input", "coil", "discrete". */
const char *profile_table_name(uint8_t function);

struct profile_fact { /* model, serial, firmware, ...: text read hourly */
	char *key;
	char *source;
	struct oid oid;
	bool first_row; /* oid is a column: the first row of it (or the member's) */
	uint8_t function;
	uint16_t address, words_n;
};

struct profile_rule { /* how to recognise the family; all parts that are given must hold */
	int line;
	struct oid sysobjectid; /* prefix; n == 0: not asked */
	char *sysdescr;         /* extended regular expression, "" : not asked */
	struct oid object;      /* the device has it: a scalar (ends in .0), or any row of a column
				 * or table; n == 0: not asked */
	char *matches;          /* extended regular expression for the object's (first) value, or
				 * the text in the registers; "": not asked */
	int modbus_address;     /* register that must answer, -1: not asked */
	uint8_t modbus_function;
	uint16_t modbus_words;  /* of the text that matches; 0: no text */
	int64_t modbus_value;   /* value it must have (above 65535: of two registers), -1: any */
	struct { uint8_t first, last; } *units; /* Modbus: it has one of these addresses */
	size_t n_units;         /* 0: any */
	regex_t *sysdescr_regex, *matches_regex; /* NULL: not asked */
};

struct profile {
	char *name, *file, *title, *vendor, *category;
	enum profile_protocol protocol;
	int standard;         /* 0: a family of devices; otherwise a MIB that many makes have, for
			       * devices that no family's rule fits, 1 before 2 */
	struct profile_rule *rules;       size_t n_rules;
	struct profile_point *points;     size_t n_points;
	struct profile_fact *facts;       size_t n_facts;
	int member_arc;       /* SNMP chains: 0: no chains, otherwise the members' arc (from 1) in
			       * the first table that has it; each point knows its own */
	uint32_t member_first; /* the number that the first member has there, 1 */
	/* limits */
	int varbinds;         /* per GET, 25 */
	int max_repetitions;  /* per GETBULK, 20 */
	int words_per_block;  /* Modbus, 125; of coils and discrete inputs 16 times as many */
	int gap_words;        /* registers that may be read in vain to merge two blocks, 10; of
			       * coils and discrete inputs 16 times as many */
	bool close;           /* Modbus over TCP: no connection is kept between polls */
	int delay_ms;         /* between requests, 0 */
	int baud;             /* how the family talks on a serial line as delivered; 0: not told */
	char parity;          /* 'N' 'E' 'O', 0: not told */
};

/*
 * Loads one file. Problems go to diag, all of them; returns NULL when there was
 * an error. The caller frees.
 */
struct profile *profile_load(const char *path, struct diag *diag);
struct profile *profile_free(struct profile *profile);

/* All profiles of some folders, the first folder that has a name wins. */
struct profile_set;
/* dirs: searched in order; a folder that does not exist is passed over. Problems go to diag. */
struct profile_set *profile_set_load(const char *const *dirs, size_t n_dirs, struct diag *diag);
/* Puts one in and owns it; it replaces one of its name. */
void profile_set_put(struct profile_set *set, struct profile *profile);
struct profile_set *profile_set_free(struct profile_set *set);
size_t profile_set_size(const struct profile_set *set);
const struct profile *profile_set_at(const struct profile_set *set, size_t i); /* by name order */
const struct profile *profile_set_get(const struct profile_set *set, const char *name);
/* The folders a program searches: those named, then $RACKMETER_PROFILES, then
 * SYSCONFDIR/profiles, then PREFIX/share/rackmeter/profiles of a program in PREFIX/bin, or
 * DATADIR/profiles where there is no such folder. The caller frees the array, not its texts. Of
 * one thread only: the last folder's name is kept here. */
const char **profile_default_dirs(const char *const *named, size_t n_named, size_t *ret_n);

/* What an SNMP device says of itself. */
struct profile_identity {
	struct oid sysobjectid; /* n == 0: it has none, or what it sent is no OID */
	const char *sysdescr;   /* printable, "" when it has none */
	const struct varbind *vbs; /* what it has of profile_identify_objects() */
	size_t n_vbs;
};
struct profile_match {
	const struct profile *profile;   /* NULL: none fits */
	const struct profile_rule *rule; /* that decided */
	const struct profile *rival;     /* another one with a rule that says as much; or NULL */
};
/* The profile whose rule says most: standard ones last; then the longest sysObjectID prefix; then
 * one that asks for an object, for its value, for sysDescr. */
struct profile_match profile_identify(const struct profile_set *set,
				      const struct profile_identity *who);
/* Objects a device has to be asked for before profile_identify() can tell (who->vbs is not read
 * here), sorted, without duplicates. Caller frees *ret. */
size_t profile_identify_objects(const struct profile_set *set, const struct profile_identity *who,
				struct oid **ret);
/* Modbus: does the text match the rule's expression? */
bool profile_rule_matches(const struct profile_rule *rule, const char *text);
/* May a device at this unit address be one of the rule's? */
bool profile_rule_fits_unit(const struct profile_rule *rule, unsigned unit);
/* Modbus: how many registers the rule asks for. */
uint16_t profile_rule_words(const struct profile_rule *rule);
/* How much a rule says; of those that hold the one that says most decides. */
int profile_rule_weight(const struct profile *profile, const struct profile_rule *rule);
/* Profiles that claim the same device: an error of one who writes profiles, none for a site, whose
 * tables name the profile of each device. */
void profile_set_check(const struct profile_set *set, struct diag *diag);

/* ---- expansion ---------------------------------------------------------- */

/* One measured value of one device. */
struct point_def {
	const struct profile_point *src;
	char part[48];
	char label[64];        /* "" when the device has none */
	struct scale scale;    /* after the device's own digits or unit object */
	struct oid oid;        /* SNMP: the instance to GET */
	bool fitted;           /* false: the survey saw a "not fitted" code, or it is empty */
	bool empty;            /* a filter `fitted` says so: no value counts till the next survey */
};

/* What a device tells of itself once an hour. */
struct fact_def {
	char key[96];                   /* "model", or the part and the name: "outlet 7 rated_a" */
	const struct profile_fact *src; /* a text; NULL: a number, found and read like a point */
	struct point_def number;
	struct oid oid;                 /* SNMP */
};

struct expansion { /* owns its arrays */
	const struct profile *profile;
	struct point_def *points; size_t n_points;
	struct fact_def *facts;   size_t n_facts;
	uint64_t hash; /* equal hashes: same shape (points, scales, oids, order) */
};

/* Columns that a survey has to walk for this profile (value columns, filters, labels,
 * names, scale columns, fact columns), sorted, without duplicates. Caller frees *ret. */
size_t profile_walk_columns(const struct profile *profile, struct oid **ret);
/* Of these, the ones of filters `fitted`: what tells whether something was plugged in or out. */
size_t profile_fitted_columns(const struct profile *profile, struct oid **ret);
/* The same as before: the filters `fitted` see the same rows and say the same of each of them. vbs:
 * what was read of profile_fitted_columns(), and whatever else. */
uint64_t profile_fitted_hash(const struct profile *profile, const struct varbind *vbs,
			     size_t n_vbs);
/* Scalars the survey has to GET (scalar points and facts), so that absent ones are known.
 * Caller frees *ret. */
size_t profile_scalars(const struct profile *profile, struct oid **ret);

/*
 * Expands a profile for one device from what its survey read (vbs: sorted or not; may be
 * NULL for Modbus). member: chain member of the endpoint, 0: all whose part tells the member,
 * of the others the first. Points come in profile order, then index order; of two points
 * with the same part and quantity the first fitted one stays.
 */
struct expansion *profile_expand(const struct profile *profile, unsigned member,
				 const struct varbind *vbs, size_t n_vbs);
struct expansion *expansion_free(struct expansion *expansion);

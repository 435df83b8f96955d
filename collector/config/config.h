/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site tells rackmeter, read from rackmeter.yaml and the CSV tables into
 * plain structs. This module knows syntax and the meaning of one cell; whether
 * rows fit together (unknown rack, cycle, meter counted twice) is inventory/'s.
 *
 * Ownership: struct config owns everything it points to; config_free() frees all.
 * Empty cells: text "" (never NULL), numbers NAN, valid_from CFG_ALWAYS.
 */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"

#define CFG_ALWAYS INT64_MIN /* valid_from left empty */

struct cfg_src {
	const char *file; /* as the user would name it: "racks.csv", "racks.d/h2.csv" */
	int line;
};

struct cfg_names { /* a list cell: names separated by blanks */
	char **name;
	size_t n;
};

enum rack_status { RACK_LIVE, RACK_RESERVED, RACK_EMPTY, RACK_PLANNED };
enum redundancy { REDUNDANCY_NONE, REDUNDANCY_N, REDUNDANCY_N1, REDUNDANCY_2N, REDUNDANCY_DIST };

struct cfg_rack {
	struct cfg_src src;
	char *rack, *hall, *row, *pos;
	enum rack_status status;
	char *tenant;
	struct cfg_names feeds; /* circuits */
	enum redundancy redundancy;
	double budget_w, budget_va, nameplate_w;
	char *thermal_class; /* A1 A2 A3 A4 H1 or "" */
	int64_t valid_from;  /* UTC seconds */
	char *was;           /* former name */
};

enum circuit_system { SYSTEM_NONE, SYSTEM_1PH_LN, SYSTEM_1PH_LL, SYSTEM_3PH_WYE,
		      SYSTEM_3PH_DELTA, SYSTEM_DC };

struct cfg_circuit {
	struct cfg_src src;
	char *circuit, *kind, *side, *hall;
	char *fed_by; /* "X", "X+Y", "X>Y" as written; inventory resolves it */
	enum circuit_system system;
	double volts, rated_a, rated_va, rated_w, trip_a, derate;
	char *phases; /* "L2L3L1", "L2", "L1L2" or "" */
	int modules, modules_needed; /* 0 when not given; "4/5" is needed/modules */
	int64_t valid_from;
	char *note, *was;
};

enum meter_role { ROLE_NONE, ROLE_UTILITY, ROLE_GENERATOR, ROLE_UPS_OUT, ROLE_PDU_OUT, ROLE_IT_IN,
		  ROLE_COOLING, ROLE_LIGHTING, ROLE_OTHER };
enum meter_use { USE_UNSET, USE_PRIMARY, USE_CHECK, USE_NONE };

struct cfg_device {
	struct cfg_src src;
	char *device, *endpoint, *profile, *credential;
	int every_s; /* 0: the settings' default */
	char *rack, *circuit;
	enum meter_role role;
	enum meter_use use;
	double factor, acc_pct, ct_acc_pct; /* factor 1 when empty; NAN when empty */
	char *serial;
	char *cal_due; /* "2028-05-01" or "" */
	int64_t valid_from;
	char *note, *was;
};

struct cfg_channel {
	struct cfg_src src;
	char *device, *part, *rack, *circuit, *phases, *position;
	enum meter_role role;
	enum meter_use use;
	double factor, offset;
	int64_t valid_from;
	char *note;
};

struct cfg_cord {
	struct cfg_src src;
	char *load, *rack, *u, *tenant, *psu;
	int psus_needed;
	char *device, *part, *circuit, *phases;
	double nameplate_w;
	char *bmc;
	int64_t valid_from;
};

struct cfg_budget {
	struct cfg_src src;
	char *scope, *id, *measure;
	double value;
	char *unit, *window;
	int64_t valid_from;
	char *source;
};

struct cfg_log { /* the operating log */
	struct cfg_src src;
	int64_t from, to; /* to: INT64_MAX never (an open window is an error) */
	char *scope, *id, *kind, *quantity, *value, *unit, *ref, *who, *note;
};

struct cfg_fact {
	struct cfg_src src;
	char *key;
	int64_t from, to;
	double value;
	char *unit, *quality, *source, *note;
};

struct cfg_tariff {
	struct cfg_src src;
	char *tariff;
	int64_t valid_from, valid_to; /* INT64_MAX when open */
	char *days, *start, *end, *clock, *kind;
	double price;
	char *unit, *currency;
};

/* One term of a boundary: "+ role:pdu_out hall:H1", "- EXPORT-1". */
struct cfg_term {
	int line;
	int sign;             /* +1 or -1 */
	char *circuit;        /* "" when a role is meant */
	enum meter_role role; /* ROLE_NONE when a circuit is meant */
	char *hall;           /* "" : everywhere */
};

struct cfg_boundary {
	int line;
	char *name;
	bool partial;    /* kind: partial (a pPUE) */
	int category;    /* of the IT side: 1, 2, 3 */
	struct cfg_term *facility, *it;
	size_t n_facility, n_it;
};

/* A fuel or other energy carrier beside electricity; used once facts are reported. */
struct cfg_carrier {
	int line;
	char *name, *unit;   /* "diesel", "l" */
	double kwh_per_unit; /* above 0 */
	double weight;       /* weighting factor of PUE, 0 or more */
	char *source;
};

/* SNMPv3 protocols: RFC 3414, RFC 7860; RFC 3414, RFC 3826. Longer AES keys have no standard way
 * to be made: draft-blumenthal-aes-usm-04, or (_C) draft-reeder-snmpv3-usm-3desede-00, which
 * Cisco and others use. */
enum cfg_auth { CFG_AUTH_NONE, CFG_AUTH_MD5, CFG_AUTH_SHA, CFG_AUTH_SHA224, CFG_AUTH_SHA256,
		CFG_AUTH_SHA384, CFG_AUTH_SHA512 };
enum cfg_priv { CFG_PRIV_NONE, CFG_PRIV_DES, CFG_PRIV_AES128, CFG_PRIV_AES192, CFG_PRIV_AES256,
		CFG_PRIV_AES192_C, CFG_PRIV_AES256_C };

struct cfg_credential { /* from the credentials file; never logged, never stored */
	char *name;
	int snmp_version; /* 1, 2 (v2c) or 3 */
	char *community;  /* "" with version 3 */
	/* version 3; elsewhere "" or, in a credential that no file made, NULL */
	char *user, *auth_password, *priv_password, *context;
	enum cfg_auth auth;
	enum cfg_priv priv; /* never without auth */
};

struct settings { /* rackmeter.yaml */
	char *site, *zone, *database;
	char *credentials_file; /* "" when none is named */
	struct cfg_names profile_dirs; /* searched before the installed ones */
	int every_s;       /* default interval of a device, 10 */
	int group_every_s; /* grid of the group points, 10 */
	int health_every_s; /* grid of the collector's own health per device, 300 */
	int timeout_ms;    /* highest request timeout, 3000 */
	int max_in_flight; /* requests in flight over all devices, 2000 */
	int max_per_subnet; /* the same per IPv4 /24 or IPv6 /64, 256 */
	int queue_rows;    /* bound of the writer's queue, 100000 */
	int keep_raw_s;    /* retention of samples, 62 days; 0: for ever */
	int keep_5m_s;     /* of five minutes, 425 days */
	int keep_1h_s;     /* of hours, 3650 days */
	int dense_after_s; /* age of samples that are kept in less space, 7 days; 0: never */
	char *listen_metrics; /* where Prometheus may scrape: "127.0.0.1:9464"; "" : off */
	double limit_warn; /* 0.90 of budget or derated */
	int hold_s;        /* 300 */
	double limit_clear; /* 0.03 */
	char *currency;
	double price_per_kw; /* NAN when not configured */
	struct cfg_boundary *boundaries;
	size_t n_boundaries;
	struct cfg_carrier *carriers;
	size_t n_carriers;
	int file_line; /* for problems with the file as a whole */
};

struct config_file { /* every file that was read, for the record in the database */
	char *name;
	uint64_t hash;
};

struct config {
	char *dir;
	struct settings settings;
	struct cfg_rack *racks;         size_t n_racks;
	struct cfg_circuit *circuits;   size_t n_circuits;
	struct cfg_device *devices;     size_t n_devices;
	struct cfg_channel *channels;   size_t n_channels;
	struct cfg_cord *cords;         size_t n_cords;
	struct cfg_budget *budgets;     size_t n_budgets;
	struct cfg_log *log;            size_t n_log;
	struct cfg_fact *facts;         size_t n_facts;
	struct cfg_tariff *tariffs;     size_t n_tariffs;
	struct cfg_credential *credentials; size_t n_credentials;
	/* Of which tables could a file, a row or a row's key not be read? Whether what refers to
	 * them is right cannot be told then. */
	struct config_gaps {
		bool racks, circuits, devices, channels, cords, budgets, log, facts, tariffs;
	} incomplete;
	struct config_file *files;      size_t n_files;
	uint64_t hash; /* of all files, in order: what is stored as "the configuration loaded" */
	/* rows that were superseded by valid_from stay in the tables: same key, later date */
};

/* --replace racks.csv=FILE of `check config` */
struct config_replace {
	const char *table; /* "racks.csv" */
	const char *file;
};

/*
 * Reads DIR/rackmeter.yaml and the tables beside it (and NAME.d/ *.csv in name
 * order). Always returns a config, as complete as the files allow; problems go
 * to diag, all of them. It is usable only when diag->n_errors is 0. Sets the
 * process's zone (zone_use) to the site's, because dates in the tables are civil:
 * whoever then keeps an older configuration calls zone_use() with its zone again.
 */
struct config *config_load(const char *dir, const struct config_replace *replace, size_t n_replace,
			   struct diag *diag);
struct config *config_free(struct config *config); /* takes NULL, returns NULL */
/* Of the credentials file, by its name; NULL: there is none. */
const struct cfg_credential *config_credential(const struct config *config, const char *name);

/* Hash of the files in dir as config_load would compute it, without parsing;
 * for "what is on disk differs from what is loaded". */
int config_hash_dir(const char *dir, uint64_t *ret_hash, struct err *err);

/* Words as they stand in the files and in the database. */
const char *rack_status_name(enum rack_status v);
const char *redundancy_name(enum redundancy v);       /* "" for NONE */
const char *circuit_system_name(enum circuit_system v); /* "" for NONE */
const char *meter_role_name(enum meter_role v);       /* "" for NONE */
const char *meter_use_name(enum meter_use v);         /* "" for UNSET */
/* ROLE_NONE for an unknown word. */
enum meter_role meter_role_parse(const char *word);

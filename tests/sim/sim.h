/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device simulator: thousands of SNMP agents and Modbus units in one process,
 * each on its own 127.x.y.z. It shares no code with the collector, BER and MBAP
 * included: an error on one side must not cancel out on the other.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_ARCS 48
#define N_WAVES 3

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *must(void *p); /* p, or the end when memory is out */
double now_s(void);  /* seconds since the simulator started */

/* ---- values over time (gen.c) -------------------------------------------- */

/* base + slope t + sum of waves + a step; linear in its terms, so sums and energy
 * (the integral) have closed forms and power and energy always agree. */
struct gen {
	char *name;
	double base, slope;
	double amplitude[N_WAVES], omega[N_WAVES], phase[N_WAVES];
	double step_at, step_by;
	struct gen **sum; /* of others, times factor */
	size_t n_sum;
	double factor;
};

/* words: what follows the name: "walk 5000 200 7". NULL with *why set when wrong. */
struct gen *gen_define(const char *name, char **words, size_t n, const char **why);
struct gen *gen_find(const char *name);
double gen_value(const struct gen *g, double t);
double gen_integral(const struct gen *g, double t); /* from 0 to t, value x seconds */

struct source { /* a generator as one object or register block shows it */
	const struct gen *gen;
	double factor;
	bool energy;    /* factor x Wh since the start, plus initial */
	double initial;
};
double source_value(const struct source *s, double t);

/* ---- fixtures (fixture.c) ------------------------------------------------- */

struct object {
	uint32_t arc[MAX_ARCS];
	uint8_t n_arcs;
	uint8_t tag;      /* BER tag */
	uint16_t n_bytes; /* content octets as sent */
	uint8_t *bytes;
};

enum space { SPACE_HOLDING, SPACE_INPUT, N_SPACES };

struct fixture { /* shared by all devices that name it */
	char *path;
	struct object *objects; /* sorted */
	size_t n, cap;
	uint16_t *words[N_SPACES]; /* 65536 each, or NULL */
	uint8_t *present[N_SPACES];
	struct fixture *next;
};

/* Reads tests/fixtures/devices/NAME.csv or an .snmprec walk; each file once. */
struct fixture *fixture_load(const char *path);
/* Index of the first object >= arcs; *exact tells whether it is equal. */
size_t fixture_find(const struct fixture *f, const uint32_t *arc, size_t n, bool *exact);
int parse_oid(const char *text, uint32_t *arc, size_t *n);
size_t encode_integer(int64_t v, uint8_t *out); /* minimal two's complement; at most 9 octets */

/* ---- devices (scene.c) ----------------------------------------------------- */

enum fault_kind { FAULT_SILENCE, FAULT_DELAY, FAULT_LOSS, FAULT_GARBAGE, FAULT_TRUNCATE,
		  FAULT_WRONG_ID, FAULT_WRONG_SOURCE, FAULT_EXCEPTION, FAULT_CLOSE, FAULT_TRICKLE,
		  FAULT_TOO_BIG, FAULT_WRONG_UNIT, N_FAULTS };

struct fault {
	enum fault_kind kind;
	double arg;
	double from, to; /* seconds since the start */
	struct fault *next;
};

struct override { /* an object or register block that follows a generator */
	size_t object;      /* SNMP: index in the fixture */
	enum space space;   /* Modbus */
	uint16_t address;
	char type[4];       /* u16 s16 u32 s32 u64 s64 f32 */
	struct source source;
};

struct device {
	uint32_t addr; /* host order */
	int unit;      /* -1: SNMP */
	const struct fixture *fixture;
	char *community;
	struct override *overrides; /* sorted by object, or by space and address */
	size_t n_overrides;
	struct fault *faults;
	struct device *next; /* hash chain */
};

void scene_load(const char *path);
/* One line of the scene, or a command from stdin; NULL: fine, else what is wrong. */
const char *scene_line(char *line);
void scene_ready(void); /* after the last line: sorts */
struct device *device_find(uint32_t addr, int unit);
bool device_address_known(uint32_t addr); /* some device of any kind lives there */
size_t device_count(void);
/* The fault of that kind in force now, or NULL. */
const struct fault *fault_now(const struct device *d, enum fault_kind kind);
bool chance(double percent);

/* ---- servers ---------------------------------------------------------------- */

void snmp_open(uint16_t port, int epoll_fd);
void snmp_readable(void);
double snmp_delayed(void); /* sends what is due; seconds until the next, -1: none */

void modbus_open(uint16_t port, int epoll_fd);
void modbus_event(void *data, uint32_t events);
double modbus_delayed(void);

struct counters {
	uint64_t snmp_in, snmp_out, snmp_bad, modbus_in, modbus_out, connections;
	uint64_t snmp_in_bytes, snmp_out_bytes;
};
extern struct counters counters;

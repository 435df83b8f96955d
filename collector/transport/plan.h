/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points -> few wide requests. Pure. A plan belongs to a shape: all devices with
 * the same profile and the same expanded rows share it.
 *
 * SNMP: GETs of at most profile->varbinds instances. Modbus: blocks of one
 * function code, merged across gaps of at most gap_words registers, at most
 * words_per_block long (coils and discrete inputs: 16 times as many); a point is never split
 * over two blocks, nor from the register that holds its scale.
 */
#pragma once

#include "base/oid.h"
#include "inventory/profile.h"

enum request_kind { REQUEST_SNMP_GET, REQUEST_SNMP_NEXT, REQUEST_SNMP_BULK, REQUEST_MODBUS_READ };

struct plan_item {
	uint32_t point;  /* index into expansion->points */
	uint16_t offset; /* varbind number, or first word in the block */
	uint16_t words;  /* Modbus: registers (bits) of the point's span; SNMP: 0 */
};

struct plan_request {
	enum request_kind kind;
	/* SNMP */
	struct oid *oids;
	uint16_t n_oids;
	uint16_t max_repetitions; /* BULK */
	uint8_t *encoded; /* the oids as SNMP's varbinds, by plan_prepare(); NULL: made for */
	size_t n_encoded; /* each request anew */
	/* Modbus */
	uint8_t function; /* 1 and 2: n_words counts bits, and so do the items' offsets */
	uint16_t address, n_words;
	/* what it yields */
	struct plan_item *items;
	uint16_t n_items;
};

struct plan {
	struct plan_request *requests;
	size_t n_requests;
};

/*
 * The plan for the points of one interval group: those for which in_group[i] is true
 * (NULL: all), and which are fitted or not alike, because "not fitted" can end.
 */
struct plan *plan_make(const struct expansion *expansion, const bool *in_group);
struct plan *plan_free(struct plan *plan);
/* What is asked again and again is put into bytes once; plan_make() and plan_split() have done so.
 * To be called again after the oids were changed. */
void plan_prepare(struct plan *plan);
/*
 * Splits request i in two after the device refused it as a whole (tooBig, exception 2 on a
 * merged block): SNMP in halves, Modbus at the widest gap of registers that are read in vain,
 * else in the middle. The parts become requests i and i + 1. -1 when it holds one item only.
 * Requests move in memory, so none of this plan may be pending in a driver.
 */
int plan_split(struct plan *plan, size_t i);

/* SPDX-License-Identifier: Apache-2.0 */
/* SNMP object identifiers and variable bindings as plain data, without net-snmp. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OID_MAX 64 /* arcs; longer ones are refused (RFC 2578 allows 128, none is seen) */

struct oid {
	uint8_t n;
	uint32_t arc[OID_MAX];
};

/* "1.3.6.1" or ".1.3.6.1"; -1 when it is not an OID or longer than OID_MAX. */
int oid_parse(const char *text, struct oid *ret);
/* Dotted text without a leading dot, cut to size; returns buf. */
const char *oid_format(const struct oid *oid, char *buf, size_t size);
int oid_cmp(const struct oid *a, const struct oid *b);          /* lexicographic */
bool oid_starts_with(const struct oid *oid, const struct oid *prefix);
/* Appends arcs; -1 when it would exceed OID_MAX. */
int oid_append(struct oid *oid, const uint32_t *arcs, size_t n);

enum vb_type { /* numbers as in BER (RFC 3416, RFC 2578) */
	VB_INTEGER = 0x02, VB_OCTETS = 0x04, VB_NULL = 0x05, VB_OID = 0x06,
	VB_IPADDRESS = 0x40, VB_COUNTER32 = 0x41, VB_GAUGE32 = 0x42, VB_TIMETICKS = 0x43,
	VB_OPAQUE = 0x44, VB_COUNTER64 = 0x46,
	VB_NO_SUCH_OBJECT = 0x80, VB_NO_SUCH_INSTANCE = 0x81, VB_END_OF_VIEW = 0x82,
	VB_OPAQUE_FLOAT = 0x78, VB_OPAQUE_DOUBLE = 0x79, /* net-snmp's, unwrapped */
};

/* One value. The octets belong to whoever made it. */
struct vb_value {
	uint8_t type;          /* enum vb_type, or any other BER tag */
	int64_t integer;       /* INTEGER, COUNTER32, GAUGE32, TIMETICKS; COUNTER64 as u64 */
	double real;           /* OPAQUE_FLOAT, OPAQUE_DOUBLE */
	const uint8_t *octets; /* OCTETS, IPADDRESS, OPAQUE; for OID the dotted text */
	size_t n_octets;
};

/* One variable binding of a walk. */
struct varbind {
	struct oid oid;
	struct vb_value value;
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device answers: the endpoint cell of devices.csv, taken apart. Pure. */
#pragma once

#include <stdint.h>

#include "base/err.h"

enum protocol { PROTOCOL_SNMP, PROTOCOL_MODBUS_TCP, PROTOCOL_MODBUS_RTU, PROTOCOL_MODBUS_RTUTCP,
		PROTOCOL_WALK };

struct endpoint {
	enum protocol protocol;
	char host[256];  /* name, IPv4, or IPv6 without brackets; path for WALK and RTU */
	uint16_t port;   /* 161 and 502 when not given */
	uint8_t unit;    /* Modbus unit, 1 when not given */
	uint16_t member; /* SNMP: member of a chain behind one address, 0: none */
	int baud;        /* RTU */
	char parity;     /* 'N' 'E' 'O' */
};

/* "snmp://HOST[:PORT][#MEMBER]", "modbus://HOST[:PORT]/UNIT", "modbus-rtu:///dev/X/UNIT?baud=..",
 * "modbus-rtutcp://HOST:PORT/UNIT", "walk:FILE". */
int endpoint_parse(const char *text, struct endpoint *ret, struct err *err);
const char *protocol_name(enum protocol protocol);

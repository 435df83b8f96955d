/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device answers: the endpoint cell of devices.csv, taken apart. Pure. */
#pragma once

#include <stdbool.h>
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
	bool close;      /* Modbus over TCP: no connection between polls; the profile says so */
	/* RTU: how the line is set, the same for all devices on it */
	int baud;
	char parity;     /* 'N' 'E' 'O' */
	uint8_t stop;    /* stop bits: 1, 2; data bits: 8 (MODBUS over Serial Line V1.02, 2.5.1) */
	bool rs485;      /* the kernel switches the RS-485 transceiver (TIOCSRS485) */
	char rts;        /* 'U' 'D': RTS is high, low while sending; 0: left alone */
	int rts_delay_us; /* RTS before the first and behind the last byte; 0: libmodbus' own */
};

/* "snmp://HOST[:PORT][#MEMBER]", "modbus://HOST[:PORT]/UNIT",
 * "modbus-rtu:///dev/X/UNIT?baud=..&..", "modbus-rtutcp://HOST:PORT/UNIT", "walk:FILE". */
int endpoint_parse(const char *text, struct endpoint *ret, struct err *err);
const char *protocol_name(enum protocol protocol);
/* Is host a file (a walk, a serial line) and no name on the network? */
static inline bool endpoint_is_file(const struct endpoint *e)
{
	return e->protocol == PROTOCOL_WALK || e->protocol == PROTOCOL_MODBUS_RTU;
}
/* Do two RTU endpoints set their line alike? */
bool endpoint_same_line(const struct endpoint *a, const struct endpoint *b);

/* SPDX-License-Identifier: Apache-2.0 */
/* Which driver speaks which protocol. */
#include "transport/transport.h"

const struct transport_ops *transport_for(enum protocol protocol)
{
	switch (protocol) {
	case PROTOCOL_SNMP:
		return &transport_snmp;
	case PROTOCOL_MODBUS_TCP:
		return &transport_modbus_tcp;
	case PROTOCOL_WALK:
		return &transport_walk;
	case PROTOCOL_MODBUS_RTUTCP:
		return &transport_modbus_rtutcp;
	case PROTOCOL_MODBUS_RTU:
		return &transport_modbus_serial;
	}
	return NULL;
}

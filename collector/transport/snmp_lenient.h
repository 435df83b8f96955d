/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What net-snmp's parser makes of a packet that snmp_codec_read refused: same result,
 * same ownership, but octets are copies in the message's text.
 */
#pragma once

#include "transport/snmp_codec.h"

/* Once before: no MIBs, no configuration files, nothing on stderr. May be called again. */
void snmp_lenient_init(void);
int snmp_lenient_read(const uint8_t *packet, size_t n, struct snmp_message *ret);

/* SPDX-License-Identifier: Apache-2.0 */
/* What `rackmeter scan` is told to look at, as addresses. */
#pragma once

#include "daemon/sweep.h"

#define SCAN_HOSTS_MAX 65536

struct scan_hosts {
	struct sweep_host *all;
	size_t n, cap;
	bool snmp, modbus; /* what to try at addresses without a protocol */
	uint16_t snmp_port, modbus_port;
};

/* An address, a name, a CIDR (10.1.0.0/22), an endpoint (snmp://..., modbus://HOST/UNIT), or a
 * file with one of these per line. Names are resolved here. -1 with what is wrong, and of a file
 * where. */
int scan_hosts_add(struct scan_hosts *hosts, const char *text, struct err *err);
void scan_hosts_done(struct scan_hosts *hosts);

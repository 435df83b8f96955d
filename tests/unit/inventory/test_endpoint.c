/* SPDX-License-Identifier: Apache-2.0 */
/* Every form, and every way to get one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "inventory/endpoint.h"

#define E(p, h, port_, u, m)                                                                       \
	{                                                                                          \
		.protocol = p, .host = h, .port = port_, .unit = u, .member = m                    \
	}
#define RTU(h, u, b, p, ...)                                                                       \
	{                                                                                          \
		.protocol = PROTOCOL_MODBUS_RTU, .host = h, .unit = u, .baud = b, .parity = p,     \
		__VA_ARGS__                                                                        \
	}

static const struct {
	const char *text;
	struct endpoint want;
} good[] = {
	{ "snmp://10.1.18.1", E(PROTOCOL_SNMP, "10.1.18.1", 161, 0, 0) },
	{ "snmp://10.1.18.1#2", E(PROTOCOL_SNMP, "10.1.18.1", 161, 0, 2) },
	{ "snmp://10.1.18.1:1161#65535", E(PROTOCOL_SNMP, "10.1.18.1", 1161, 0, 65535) },
	{ "snmp://bmc_1.r018-10.mgmt", E(PROTOCOL_SNMP, "bmc_1.r018-10.mgmt", 161, 0, 0) },
	{ "snmp://[2001:db8::1]", E(PROTOCOL_SNMP, "2001:db8::1", 161, 0, 0) },
	{ "snmp://[fe80::1%eth0]:1161#3", E(PROTOCOL_SNMP, "fe80::1%eth0", 1161, 0, 3) },
	{ "modbus://10.1.0.5:502/1", E(PROTOCOL_MODBUS_TCP, "10.1.0.5", 502, 1, 0) },
	{ "modbus://gw", E(PROTOCOL_MODBUS_TCP, "gw", 502, 1, 0) },
	{ "modbus://gw/0", E(PROTOCOL_MODBUS_TCP, "gw", 502, 0, 0) },
	{ "modbus://[::1]:1502/255", E(PROTOCOL_MODBUS_TCP, "::1", 1502, 255, 0) },
	{ "modbus-rtutcp://10.1.0.5:4001/7", E(PROTOCOL_MODBUS_RTUTCP, "10.1.0.5", 4001, 7, 0) },
	{ "modbus-rtu:///dev/ttyUSB0/9", RTU("/dev/ttyUSB0", 9, 19200, 'E', .stop = 1) },
	{ "modbus-rtu:///dev/serial/by-id/x/247?baud=9600&parity=none",
	  RTU("/dev/serial/by-id/x", 247, 9600, 'N', .stop = 1) },
	{ "modbus-rtu:///dev/ttyUSB0/1?parity=odd", RTU("/dev/ttyUSB0", 1, 19200, 'O', .stop = 1) },
	{ "modbus-rtu:///dev/ttyS1/192?baud=115200&parity=none&stop=2&data=8&rs485=1",
	  RTU("/dev/ttyS1", 192, 115200, 'N', .stop = 2, .rs485 = true) },
	{ "modbus-rtu:///dev/ttyS1/1?rts=up&rts_delay=200&rs485=0",
	  RTU("/dev/ttyS1", 1, 19200, 'E', .stop = 1, .rts = 'U', .rts_delay_us = 200) },
	{ "modbus-rtu:///dev/ttyS1/1?rts=down",
	  RTU("/dev/ttyS1", 1, 19200, 'E', .stop = 1, .rts = 'D') },
	{ "walk:pdu.snmprec", E(PROTOCOL_WALK, "pdu.snmprec", 0, 0, 0) },
	{ "walk:/a b/c.walk", E(PROTOCOL_WALK, "/a b/c.walk", 0, 0, 0) },
};

static const struct {
	const char *text, *phrase;
} bad[] = {
	{ "", "is empty" },
	{ "10.1.18.1", "snmp://10.1.18.1" },
	{ "smnp://10.1.18.1", "write it like snmp://" },
	{ "http://x", "begins with snmp://" },
	{ "snmp:/10.1.18.1", "write it like snmp://" },
	{ "snmp://", "names no host" },
	{ "snmp://#2", "names no host" },
	{ "snmp://:161", "names no host" },
	{ "snmp://10.1.18", "not an IPv4 address" },
	{ "snmp://10.1.18.256", "not an IPv4 address" },
	{ "snmp://10.1.18.1:", "port must be a number" },
	{ "snmp://10.1.18.1:0", "port must be a number" },
	{ "snmp://10.1.18.1:65536", "port must be a number" },
	{ "snmp://10.1.18.1:161x", "port must be a number" },
	{ "snmp://10.1.18.1:+161", "port must be a number" },
	{ "snmp://10.1.18.1:99999999999999999999", "port must be a number" },
	{ "snmp://10.1.18.1#0", "chain member" },
	{ "snmp://10.1.18.1#", "chain member" },
	{ "snmp://10.1.18.1#a", "chain member" },
	{ "snmp://10.1.18.1/1", "SNMP has no path" },
	{ "snmp://2001:db8::1", "in brackets" },
	{ "snmp://[2001:db8::1", "not closed" },
	{ "snmp://[2001:db8::1]161", "only :PORT may follow" },
	{ "snmp://[2001:db8::g]", "not an IPv6 address" },
	{ "snmp://[fe80::1%]", "not an IPv6 address" },
	{ "snmp://[]", "not an IPv6 address" },
	{ "snmp://public@10.1.18.1", "name a row of the credentials file" },
	{ "snmp://a..b", "not a host name" },
	{ "snmp://a,b", "not a host name" },
	{ "snmp://10.1.18.1 ", "blank" },
	{ "modbus://10.1.0.5/", "unit must be a number of 0 to 255" },
	{ "modbus://10.1.0.5/256", "unit must be a number of 0 to 255" },
	{ "modbus://10.1.0.5/1/2", "unit must be a number" },
	{ "modbus://10.1.0.5/1#2", "nothing follows the unit" },
	{ "modbus-rtutcp://10.1.0.5/1", "needs a port" },
	{ "modbus-rtutcp://10.1.0.5:4001/0", "unit must be a number of 1 to 255" },
	{ "modbus-rtu:///dev/ttyUSB0/248", "unit must be a number of 1 to 247" },
	{ "modbus-rtu://ttyUSB0/1", "modbus-rtu:///dev/ttyUSB0/1" },
	{ "modbus-rtu:///dev/ttyUSB0", "unit must be a number of 1 to 247" },
	{ "modbus-rtu:///dev/ttyUSB0/0", "unit must be a number of 1 to 247" },
	{ "modbus-rtu:///1", "write the device file" },
	{ "modbus-rtu:///dev/ttyUSB0/1?baud=9601", "baud must be" },
	{ "modbus-rtu:///dev/ttyUSB0/1?parity=mark", "parity must be none" },
	{ "modbus-rtu:///dev/ttyUSB0/1?stop=3", "stop must be 1 or 2" },
	{ "modbus-rtu:///dev/ttyUSB0/1?stop=", "stop must be 1 or 2" },
	{ "modbus-rtu:///dev/ttyUSB0/1?data=7", "data must be 8" },
	{ "modbus-rtu:///dev/ttyUSB0/1?rs485=yes", "rs485 must be 1" },
	{ "modbus-rtu:///dev/ttyUSB0/1?rts=1", "rts must be up or down" },
	{ "modbus-rtu:///dev/ttyUSB0/1?rts=up&rts_delay=0", "rts_delay must be microseconds" },
	{ "modbus-rtu:///dev/ttyUSB0/1?rts_delay=100", "rts_delay needs rts" },
	{ "modbus-rtu:///dev/ttyUSB0/1?rs485=1&rts=up", "exclude each other" },
	{ "modbus-rtu:///dev/ttyUSB0/1?baud=9600&baud=9600", "stands twice" },
	{ "modbus-rtu:///dev/ttyUSB0/1?baud", "not an option" },
	{ "modbus-rtu:///dev/ttyUSB0/1?speed=9600", "baud=N, parity" },
	{ "modbus-rtu:///dev/ttyUSB0/1?", "not an option" },
	{ "modbus-rtu:///dev/ttyUSB0/1?baud=9600&", "not an option" },
	{ "walk:", "names no file" },
	{ "walk:a\nb", "control character" },
};

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct endpoint *want = &good[i].want;
		struct endpoint ep;
		struct err err = { "" };

		if (endpoint_parse(good[i].text, &ep, &err) < 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_int_equal(ep.protocol, want->protocol);
		assert_string_equal(ep.host, want->host);
		assert_int_equal(ep.port, want->port);
		assert_int_equal(ep.unit, want->unit);
		assert_int_equal(ep.member, want->member);
		assert_int_equal(ep.baud, want->baud);
		assert_int_equal(ep.parity, want->parity);
		assert_true(endpoint_same_line(&ep, want));
	}
}

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct endpoint ep = { .port = 4711 };
		struct err err = { "" };

		if (endpoint_parse(bad[i].text, &ep, &err) == 0)
			fail_msg("%s was taken", bad[i].text);
		if (!strstr(err.text, bad[i].phrase))
			fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].text, err.text,
				 bad[i].phrase);
		assert_int_equal(ep.port, 4711); /* untouched */
	}
}

static void too_long(void **state)
{
	static const char *const schemes[] = { "snmp://", "modbus-rtu:///", "walk:", "snmp://[",
					       "x" };
	char text[2048];
	struct endpoint ep;
	struct err err;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		memcpy(text, schemes[i], strlen(schemes[i]));
		memcpy(text + sizeof(text) - 3, "/1", 2);
		assert_int_equal(endpoint_parse(text, &ep, &err), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a server listens: both families, and what people write instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/listen.h"

static void good(const char *text, int family, uint16_t port)
{
	struct sockaddr_storage a;
	struct err err = { "" };

	if (listen_parse(text, &a, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(a.ss_family, family);
	assert_int_equal(ntohs(family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port
						 : ((struct sockaddr_in6 *)&a)->sin6_port),
			 port);
}

static void bad(const char *text, const char *why)
{
	struct sockaddr_storage a;
	struct err err = { "" };

	assert_int_equal(listen_parse(text, &a, &err), -1);
	if (!strstr(err.text, why))
		fail_msg("%s: \"%s\" lacks \"%s\"", text, err.text, why);
}

static void test_addresses(void **state)
{
	(void)state;
	good("127.0.0.1:9464", AF_INET, 9464);
	good("0.0.0.0:1", AF_INET, 1);
	good("[::1]:9464", AF_INET6, 9464);
	good("[::]:65535", AF_INET6, 65535);
	bad("127.0.0.1", "has no port; write ADDRESS:PORT");
	bad("[::1]", "has no port");
	bad("9464", "has no port");
	bad("", "has no port");
	bad(":9464", "not a numeric address");
	bad("[]:9464", "has no port");
	bad("localhost:9464", "'localhost' is not a numeric address");
	bad("127.0.0.1:0", "not a port from 1 to 65535");
	bad("127.0.0.1:65536", "not a port");
	bad("127.0.0.1:94x", "not a port");
	bad("127.0.0.1:", "not a port");
	bad("::1:9464", "stands in brackets; write [::1]:9464");
	bad("[127.0.0.1]:9464", "not a numeric address");
	bad("1111111111111111111111111111111111111111111111111111111111111111111111111111:1",
	    "not a numeric address");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_addresses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

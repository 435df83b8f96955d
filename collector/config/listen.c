/* SPDX-License-Identifier: Apache-2.0 */
/* An IPv6 address needs its brackets, or its last group would pass for the port. */
#include "config/listen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define EXAMPLES "write ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464"

int listen_parse(const char *text, struct sockaddr_storage *ret, struct err *err)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_storage address = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	char host[64];
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
	int64_t port;

	if (!colon || (text[0] == '[' && !brackets))
		return err_set(err, "'%s' has no port; " EXAMPLES, text);
	if (text_to_i64(colon + 1, &port) < 0 || port < 1 || port > 65535)
		return err_set(err, "'%s' is not a port from 1 to 65535; " EXAMPLES, colon + 1);
	if (n - 2 * (size_t)brackets >= sizeof(host))
		return err_set(err, "'%s' is not a numeric address; " EXAMPLES, text);
	snprintf(host, sizeof(host), "%.*s", (int)(n - 2 * (size_t)brackets), text + brackets);
	if (brackets && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
	} else if (!brackets && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
	} else if (!brackets && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		return err_set(err, "'%s': an IPv6 address stands in brackets; write [%s]:%s", text,
			       host, colon + 1);
	} else {
		return err_set(err, "'%s' is not a numeric address; " EXAMPLES, host);
	}
	*ret = address;
	return 0;
}

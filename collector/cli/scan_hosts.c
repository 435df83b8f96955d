/* SPDX-License-Identifier: Apache-2.0 */
/* Each line of a file is read like an argument; a file within a file is none. */
#include "cli/scan_hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "config/file.h"
#include "daemon/resolver.h"

static int add(struct scan_hosts *h, enum protocol protocol, const struct sockaddr_storage *addr,
	       uint16_t port, const char *name, uint8_t unit, struct err *err)
{
	struct sweep_host *host;

	if (h->n >= SCAN_HOSTS_MAX)
		return err_set(err, "more than %d addresses: scan in parts", SCAN_HOSTS_MAX);
	xgrow(&h->all, &h->cap, h->n + 1, sizeof(*h->all));
	host = &h->all[h->n++];
	*host = (struct sweep_host){ .protocol = protocol, .addr = *addr,
				     .name = name ? xstrdup(name) : NULL, .unit = unit };
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)&host->addr)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&host->addr)->sin_port = htons(port);
	return 0;
}

static int add_both(struct scan_hosts *h, const struct sockaddr_storage *addr, const char *name,
		    struct err *err)
{
	if (h->snmp && add(h, PROTOCOL_SNMP, addr, h->snmp_port, name, 0, err) < 0)
		return -1;
	return h->modbus ? add(h, PROTOCOL_MODBUS_TCP, addr, h->modbus_port, name, 0, err) : 0;
}

static int resolve(const char *host, struct sockaddr_storage *ret, bool *ret_numeric,
		   struct err *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int r;

	memset(ret, 0, sizeof(*ret));
	*ret_numeric = resolver_numeric(host, 1, ret) == 0;
	if (*ret_numeric)
		return 0;
	r = getaddrinfo(host, "1", &hints, &list);
	if (r != 0)
		return err_set(err, "%s: %s", host, gai_strerror(r));
	memcpy(ret, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return 0;
}

static int add_endpoint(struct scan_hosts *h, const char *text, struct err *err)
{
	struct endpoint e;
	struct sockaddr_storage addr;
	bool numeric;

	if (endpoint_parse(text, &e, err) < 0)
		return -1;
	if (endpoint_is_file(&e))
		return err_set(err, "%s is no address on the network; rackmeter probe reads one",
			       text);
	if (resolve(e.host, &addr, &numeric, err) < 0)
		return -1;
	return add(h, e.protocol, &addr, e.port, numeric ? NULL : e.host,
		   e.protocol == PROTOCOL_SNMP ? 0 : e.unit, err);
}

/* 10.1.0.0/22. Network and broadcast addresses of IPv4 are no devices. */
static int add_network(struct scan_hosts *h, const char *text, const char *slash, struct err *err)
{
	char *network = xasprintf("%.*s", (int)(slash - text), text);
	struct sockaddr_storage addr = { 0 };
	int64_t bits;
	int family = strchr(network, ':') ? AF_INET6 : AF_INET;
	int width = family == AF_INET ? 32 : 128;
	uint8_t *octets = family == AF_INET
				  ? (uint8_t *)&((struct sockaddr_in *)&addr)->sin_addr
				  : (uint8_t *)&((struct sockaddr_in6 *)&addr)->sin6_addr;
	bool good = inet_pton(family, network, octets) == 1 &&
		    text_to_i64(slash + 1, &bits) == 0 && bits >= 0 && bits <= width;
	uint32_t n, low;
	size_t last = (size_t)width / 8 - 4;

	free(network);
	if (!good)
		return err_set(err, "'%s' is no network: write it like 10.1.0.0/22", text);
	if (width - bits > 16)
		return err_set(err, "%s: a network of more than %d addresses: scan in parts", text,
			       SCAN_HOSTS_MAX);
	addr.ss_family = (sa_family_t)family;
	n = (uint32_t)1 << (width - bits);
	low = (uint32_t)octets[last] << 24 | (uint32_t)octets[last + 1] << 16 |
	      (uint32_t)octets[last + 2] << 8 | octets[last + 3];
	low &= ~(n - 1);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = low + i;

		if (family == AF_INET && n > 2 && (i == 0 || i == n - 1))
			continue;
		for (size_t k = 0; k < 4; k++)
			octets[last + k] = (uint8_t)(at >> (24 - 8 * k));
		if (add_both(h, &addr, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int add_one(struct scan_hosts *h, const char *text, struct err *err)
{
	const char *slash = strchr(text, '/');
	struct sockaddr_storage addr;
	bool numeric;

	if (strstr(text, "://") || strncmp(text, "walk:", 5) == 0)
		return add_endpoint(h, text, err);
	if (slash)
		return add_network(h, text, slash, err);
	if (resolve(text, &addr, &numeric, err) < 0)
		return -1;
	return add_both(h, &addr, numeric ? NULL : text, err);
}

static int add_file(struct scan_hosts *h, const char *path, struct err *err)
{
	struct err why = { "" };
	size_t size;
	char *data = file_read(path, &size, &why), *rest = data, *line;
	int number = 0, r = 0;

	if (!data)
		return err_set(err, "%s: %s", path, why.text);
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		number++;
		line[strcspn(line, "#")] = '\0';
		line = text_trim(line);
		if (*line)
			r = add_one(h, line, &why);
	}
	if (r < 0)
		err_set(err, "%s:%d: %s", path, number, why.text);
	free(data);
	return r;
}

int scan_hosts_add(struct scan_hosts *hosts, const char *text, struct err *err)
{
	struct stat st;

	if (stat(text, &st) == 0 && S_ISREG(st.st_mode))
		return add_file(hosts, text, err);
	return add_one(hosts, text, err);
}

void scan_hosts_done(struct scan_hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++)
		free(hosts->all[i].name);
	free(hosts->all);
}

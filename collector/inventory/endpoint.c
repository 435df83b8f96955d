/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes endpoint texts apart, strictly: what is not understood is refused, because a
 * half-read address polls the wrong device. Each refusal shows a form that works.
 */
#include "inventory/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define EXAMPLE_SNMP   "snmp://10.1.18.1 or snmp://[2001:db8::1]:161#2"
#define EXAMPLE_TCP    "modbus://10.1.0.5:502/1"
#define EXAMPLE_RTU    "modbus-rtu:///dev/ttyUSB0/1?baud=19200&parity=even"
#define EXAMPLE_RTUTCP "modbus-rtutcp://10.1.0.5:4001/1"
#define EXAMPLE_WALK   "walk:pdu.snmprec"

struct form {
	const char *scheme; /* with what follows it up to the address */
	enum protocol protocol;
	const char *example;
};

static const struct form forms[] = {
	{ "snmp://", PROTOCOL_SNMP, EXAMPLE_SNMP },
	{ "modbus://", PROTOCOL_MODBUS_TCP, EXAMPLE_TCP },
	{ "modbus-rtu://", PROTOCOL_MODBUS_RTU, EXAMPLE_RTU },
	{ "modbus-rtutcp://", PROTOCOL_MODBUS_RTUTCP, EXAMPLE_RTUTCP },
	{ "walk:", PROTOCOL_WALK, EXAMPLE_WALK },
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

const char *protocol_name(enum protocol protocol)
{
	switch (protocol) {
	case PROTOCOL_SNMP: return "snmp";
	case PROTOCOL_MODBUS_TCP: return "modbus";
	case PROTOCOL_MODBUS_RTU: return "modbus-rtu";
	case PROTOCOL_MODBUS_RTUTCP: return "modbus-rtutcp";
	case PROTOCOL_WALK: return "walk";
	}
	return "?";
}

/* Digits only (no sign, no blank), low..high. */
static int number(const char *text, size_t n, uint64_t low, uint64_t high, uint64_t *ret)
{
	char buf[12];

	if (n == 0 || n >= sizeof(buf) || strspn(text, "0123456789") < n)
		return -1;
	memcpy(buf, text, n);
	buf[n] = '\0';

	uint64_t v;

	if (text_to_u64(buf, &v) < 0 || v < low || v > high)
		return -1;
	*ret = v;
	return 0;
}

/* RFC 1123 names; underscores are seen in the field and harmless. */
static bool is_host_name(const char *host)
{
	size_t label = 0, n = strlen(host);

	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = host[i];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
		if (++label > 63)
			return false;
	}
	return true;
}

static bool is_ipv6(const char *host)
{
	char buf[64];
	struct in6_addr address;
	const char *scope = strchr(host, '%'); /* fe80::1%eth0 */
	size_t n = scope ? (size_t)(scope - host) : strlen(host);

	if (n >= sizeof(buf) || (scope && !scope[1]))
		return false;
	memcpy(buf, host, n);
	buf[n] = '\0';
	return inet_pton(AF_INET6, buf, &address) == 1;
}

static int check_host(const char *host, const char *text, const struct form *form, struct err *err)
{
	struct in_addr address;

	if (!*host)
		return err_set(err, "endpoint \"%s\" names no host: write it like %s", text,
			       form->example);
	/* a name of digits and dots is meant as an address */
	if (strspn(host, "0123456789.") == strlen(host)) {
		if (inet_pton(AF_INET, host, &address) != 1)
			return err_set(err,
				       "endpoint \"%s\": %s is not an IPv4 address "
				       "(four numbers of 0 to 255)",
				       text, host);
		return 0;
	}
	if (!is_host_name(host))
		return err_set(err,
			       "endpoint \"%s\": \"%s\" is not a host name or address: "
			       "write it like %s",
			       text, host, form->example);
	return 0;
}

/* HOST[:PORT], [IPV6][:PORT]; default_port 0: the port must be given. */
static int parse_authority(const char *p, size_t n, uint16_t default_port, const char *text,
			   const struct form *form, struct endpoint *ep, struct err *err)
{
	const char *end = p + n, *host = p, *host_end, *port = NULL;

	if (memchr(p, '@', n))
		return err_set(err,
			       "endpoint \"%s\" must not hold a user or community: name a row of "
			       "the credentials file in the column credential",
			       text);
	if (n && *p == '[') {
		const char *close = memchr(p, ']', n);

		if (!close)
			return err_set(err,
				       "endpoint \"%s\": the bracket of the IPv6 address is not "
				       "closed: write it like snmp://[2001:db8::1]",
				       text);
		host = p + 1;
		host_end = close;
		if (close + 1 < end) {
			if (close[1] != ':')
				return err_set(err,
					       "endpoint \"%s\": after the address only :PORT "
					       "may follow, like %s",
					       text, form->example);
			port = close + 2;
		}
	} else {
		const char *colon = memchr(p, ':', n);

		if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
			return err_set(err,
				       "endpoint \"%s\": put an IPv6 address in brackets, like "
				       "snmp://[2001:db8::1]:161",
				       text);
		host_end = colon ? colon : end;
		port = colon ? colon + 1 : NULL;
	}

	size_t host_n = (size_t)(host_end - host);

	if (host_n >= sizeof(ep->host))
		return err_set(err, "endpoint: the host has %zu characters, 253 are possible",
			       host_n);
	memcpy(ep->host, host, host_n);
	ep->host[host_n] = '\0';
	if (*p == '[') {
		if (!is_ipv6(ep->host))
			return err_set(err,
				       "endpoint \"%s\": %s is not an IPv6 address, like "
				       "snmp://[2001:db8::1]",
				       text, ep->host);
	} else if (check_host(ep->host, text, form, err) < 0) {
		return -1;
	}

	if (!port) {
		if (!default_port)
			return err_set(err, "endpoint \"%s\" needs a port: write it like %s", text,
				       form->example);
		ep->port = default_port;
		return 0;
	}

	uint64_t v;

	if (number(port, (size_t)(end - port), 1, 65535, &v) < 0)
		return err_set(err,
			       "endpoint \"%s\": the port must be a number of 1 to 65535, like %s",
			       text, form->example);
	ep->port = (uint16_t)v;
	return 0;
}

static int parse_snmp(const char *p, const char *text, const struct form *form, struct endpoint *ep,
		      struct err *err)
{
	const char *hash = strchr(p, '#');
	uint64_t v;

	if (hash) {
		if (number(hash + 1, strlen(hash + 1), 1, 65535, &v) < 0)
			return err_set(err,
				       "endpoint \"%s\": after # comes the number of the chain "
				       "member, from 1, like %s",
				       text, form->example);
		ep->member = (uint16_t)v;
	}

	size_t n = hash ? (size_t)(hash - p) : strlen(p);

	if (memchr(p, '/', n))
		return err_set(err, "endpoint \"%s\": SNMP has no path, write it like %s", text,
			       form->example);
	return parse_authority(p, n, 161, text, form, ep, err);
}

/* A serial line addresses 1..247; a TCP gateway may answer to 0 and 255 for itself. 248 to 255 are
 * reserved on lines, but slots of Open Rack V3 shelves have them; libmodbus would refuse them. */
static int parse_unit(const char *p, size_t n, uint64_t low, uint64_t high, const char *text,
		      const struct form *form, struct endpoint *ep, struct err *err)
{
	uint64_t v;

	if (number(p, n, low, high, &v) < 0)
		return err_set(err,
			       "endpoint \"%s\": the Modbus unit must be a number of %d to %d, "
			       "like %s",
			       text, (int)low, (int)high, form->example);
	ep->unit = (uint8_t)v;
	return 0;
}

static int parse_modbus_tcp(const char *p, uint16_t default_port, const char *text,
			    const struct form *form, struct endpoint *ep, struct err *err)
{
	const char *slash = strchr(p, '/');

	if (strpbrk(p, "?#"))
		return err_set(err, "endpoint \"%s\": nothing follows the unit, write it like %s",
			       text, form->example);
	ep->unit = 1;
	bool rtu = form->protocol == PROTOCOL_MODBUS_RTUTCP;

	if (slash && parse_unit(slash + 1, strlen(slash + 1), rtu ? 1 : 0, 255, text, form,
				ep, err) < 0)
		return -1;
	return parse_authority(p, slash ? (size_t)(slash - p) : strlen(p), default_port, text, form,
			       ep, err);
}

/* One option of a serial line: its name, its words, what it does. */
struct line_option {
	const char *name, *values; /* as an error shows them */
	int (*set)(struct endpoint *ep, const char *value, size_t n);
};

static bool is_word(const char *value, size_t n, const char *word)
{
	return strlen(word) == n && !strncmp(value, word, n);
}

static int set_baud(struct endpoint *ep, const char *value, size_t n)
{
	static const uint64_t bauds[] = { 1200,  2400,  4800,   9600,   19200,
					  38400, 57600, 115200, 230400, 460800 };
	uint64_t v;

	if (number(value, n, 1, 1000000, &v) == 0)
		for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
			if (bauds[i] == v) {
				ep->baud = (int)v;
				return 0;
			}
	return -1;
}

static int set_parity(struct endpoint *ep, const char *value, size_t n)
{
	ep->parity = is_word(value, n, "none")   ? 'N'
		     : is_word(value, n, "even") ? 'E'
		     : is_word(value, n, "odd")  ? 'O'
						 : 0;
	return ep->parity ? 0 : -1;
}

static int set_stop(struct endpoint *ep, const char *value, size_t n)
{
	uint64_t v;

	if (number(value, n, 1, 2, &v) < 0)
		return -1;
	ep->stop = (uint8_t)v;
	return 0;
}

static int set_data(struct endpoint *ep, const char *value, size_t n)
{
	(void)ep;
	return is_word(value, n, "8") ? 0 : -1;
}

static int set_rs485(struct endpoint *ep, const char *value, size_t n)
{
	ep->rs485 = is_word(value, n, "1");
	return ep->rs485 || is_word(value, n, "0") ? 0 : -1;
}

static int set_rts(struct endpoint *ep, const char *value, size_t n)
{
	ep->rts = is_word(value, n, "up") ? 'U' : is_word(value, n, "down") ? 'D' : 0;
	return ep->rts ? 0 : -1;
}

static int set_rts_delay(struct endpoint *ep, const char *value, size_t n)
{
	uint64_t v;

	if (number(value, n, 1, 100000, &v) < 0)
		return -1;
	ep->rts_delay_us = (int)v;
	return 0;
}

static const struct line_option line_options[] = {
	{ "baud",
	  "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400 or 460800, like baud=19200",
	  set_baud },
	{ "parity", "none, even or odd, like parity=even", set_parity },
	{ "stop", "1 or 2 stop bits, like stop=1", set_stop },
	{ "data", "8: Modbus RTU has no other number of data bits", set_data },
	{ "rs485", "1 (the kernel switches the RS-485 transceiver) or 0", set_rs485 },
	{ "rts", "up or down: the level of RTS while sending, like rts=up", set_rts },
	{ "rts_delay", "microseconds from 1 to 100000, like rts_delay=200", set_rts_delay },
};

static int parse_line_option(const char *p, size_t n, const char *text, unsigned *seen,
			     struct endpoint *ep, struct err *err)
{
	const char *equals = memchr(p, '=', n);
	size_t name_n = equals ? (size_t)(equals - p) : n;

	for (unsigned i = 0; equals && i < sizeof(line_options) / sizeof(line_options[0]); i++) {
		const struct line_option *o = &line_options[i];

		if (!is_word(p, name_n, o->name))
			continue;
		if (*seen & 1u << i)
			return err_set(err, "endpoint \"%s\": %s stands twice", text, o->name);
		*seen |= 1u << i;
		if (o->set(ep, equals + 1, n - name_n - 1) < 0)
			return err_set(err, "endpoint \"%s\": %s must be %s", text, o->name,
				       o->values);
		return 0;
	}
	return err_set(
		err,
		"endpoint \"%s\": \"%.*s\" is not an option of a serial line: there are "
		"baud=N, parity=none|even|odd, stop=1|2, rs485=1, rts=up|down and rts_delay=US, "
		"like " EXAMPLE_RTU,
		text, (int)n, p);
}

bool endpoint_same_line(const struct endpoint *a, const struct endpoint *b)
{
	return a->baud == b->baud && a->parity == b->parity && a->stop == b->stop &&
	       a->rs485 == b->rs485 && a->rts == b->rts && a->rts_delay_us == b->rts_delay_us;
}

static int parse_modbus_rtu(const char *p, const char *text, const struct form *form,
			    struct endpoint *ep, struct err *err)
{
	const char *options = strchr(p, '?');
	const char *end = options ? options : p + strlen(p);
	const char *slash = memrchr(p, '/', (size_t)(end - p));
	unsigned seen = 0;

	if (*p != '/' || !slash || slash == p)
		return err_set(err, "endpoint \"%s\": write the device file and the unit like %s",
			       text, form->example);
	if (parse_unit(slash + 1, (size_t)(end - slash - 1), 1, 247, text, form, ep, err) < 0)
		return -1;
	if ((size_t)(slash - p) >= sizeof(ep->host))
		return err_set(err,
			       "endpoint: the device file's name is too long (255 characters)");
	memcpy(ep->host, p, (size_t)(slash - p));
	ep->host[slash - p] = '\0';

	/* "MODBUS over Serial Line" V1.02, 2.5.1: 19.2 kbit/s and even parity unless told */
	ep->baud = 19200;
	ep->parity = 'E';
	ep->stop = 1;
	while (options && *options) {
		const char *next = strchr(options + 1, '&');
		size_t n = next ? (size_t)(next - options - 1) : strlen(options + 1);

		if (parse_line_option(options + 1, n, text, &seen, ep, err) < 0)
			return -1;
		options = next;
	}
	if (ep->rs485 && ep->rts)
		return err_set(
			err,
			"endpoint \"%s\": rs485=1 (the kernel switches) and rts= (we switch) "
			"exclude each other: keep one",
			text);
	if (ep->rts_delay_us && !ep->rts)
		return err_set(err, "endpoint \"%s\": rts_delay needs rts=up or rts=down", text);
	return 0;
}

static int parse_walk(const char *p, const char *text, struct endpoint *ep, struct err *err)
{
	size_t n = strlen(p);

	if (n == 0)
		return err_set(err, "endpoint \"%s\" names no file: write it like " EXAMPLE_WALK,
			       text);
	if (n >= sizeof(ep->host))
		return err_set(err, "endpoint: the file's name is too long (255 characters)");
	memcpy(ep->host, p, n + 1);
	return 0;
}

static int unknown_form(const char *text, struct err *err)
{
	const char *names[N_FORMS];
	char scheme[24];
	size_t n = strcspn(text, ":");

	if (!*text)
		return err_set(err, "the endpoint is empty: write it like %s", forms[0].example);
	if (text[n] == ':' && n < sizeof(scheme)) {
		memcpy(scheme, text, n);
		scheme[n] = '\0';
		for (size_t i = 0; i < N_FORMS; i++)
			names[i] = protocol_name(forms[i].protocol);

		const char *near = text_nearest(scheme, names, N_FORMS);

		for (size_t i = 0; near && i < N_FORMS; i++)
			if (names[i] == near)
				return err_set(
					err, "endpoint \"%s\" is not understood: write it like %s",
					text, forms[i].example);
	}
	return err_set(err,
		       "endpoint \"%s\" is not understood: it begins with snmp://, modbus://, "
		       "modbus-rtu://, modbus-rtutcp:// or walk:, like %s",
		       text, forms[0].example);
}

int endpoint_parse(const char *text, struct endpoint *ret, struct err *err)
{
	struct endpoint ep = { 0 };
	const struct form *form = NULL;
	int status = -1;

	for (size_t i = 0; i < N_FORMS; i++)
		if (!strncmp(text, forms[i].scheme, strlen(forms[i].scheme)))
			form = &forms[i];
	if (!form)
		return unknown_form(text, err);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == ' ' && form->protocol != PROTOCOL_WALK))
			return err_set(err,
				       "endpoint \"%s\" holds a blank or a control character: "
				       "write it like %s",
				       text, form->example);

	const char *rest = text + strlen(form->scheme);

	ep.protocol = form->protocol;
	switch (form->protocol) {
	case PROTOCOL_SNMP: status = parse_snmp(rest, text, form, &ep, err); break;
	case PROTOCOL_MODBUS_TCP: status = parse_modbus_tcp(rest, 502, text, form, &ep, err); break;
	case PROTOCOL_MODBUS_RTUTCP:
		status = parse_modbus_tcp(rest, 0, text, form, &ep, err);
		break;
	case PROTOCOL_MODBUS_RTU: status = parse_modbus_rtu(rest, text, form, &ep, err); break;
	case PROTOCOL_WALK: status = parse_walk(rest, text, &ep, err); break;
	}
	if (status == 0)
		*ret = ep;
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both formats are decoded in place: no value is longer than its text. The first line
 * that says anything decides which format the file has.
 */
#include "transport/walk_file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "transport/snmp_codec.h"

#define FILE_MAX (256 << 20)

struct parser {
	const char *name;
	int line;     /* of the line at hand */
	char *at;     /* what follows it */
	char *end;
	struct err *err;
};

static int bad(struct parser *p, const char *what)
{
	return err_set(p->err, "%s:%d: %s", p->name, p->line, what);
}

/* The next line, NUL-terminated without its end; NULL at the end of the file. */
static char *next_line(struct parser *p)
{
	char *line = p->at, *stop;

	if (line >= p->end)
		return NULL;
	stop = memchr(line, '\n', (size_t)(p->end - line));
	p->at = stop ? stop + 1 : p->end;
	if (!stop)
		stop = p->end; /* there is room for the NUL */
	if (stop > line && stop[-1] == '\r')
		stop--;
	*stop = '\0';
	p->line++;
	return line;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes pairs of hex digits (blanks and colons between them) from text to *to, moving *to.
 * Stops at the first character that is none; returns where. */
static const char *hex_run(const char *text, uint8_t **to)
{
	for (;;) {
		while (*text == ' ' || *text == '\t' || *text == ':')
			text++;
		if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
			return text;
		*(*to)++ = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		text += 2;
	}
}

static void set_octets(struct vb_value *v, const void *start, size_t n)
{
	v->octets = start;
	v->n_octets = n;
}

static int set_ipaddress(struct vb_value *v, char *text)
{
	uint8_t address[4];

	if (inet_pton(AF_INET, text, address) != 1)
		return -1;
	memcpy(text, address, sizeof(address)); /* the shortest, "0.0.0.0", is longer */
	set_octets(v, text, sizeof(address));
	return 0;
}

static int set_oid(struct vb_value *v, char *text)
{
	size_t n;

	if (*text == '.')
		text++;
	n = strspn(text, "0123456789.");
	if (!n || text[n] || text[n - 1] == '.' || *text == '.' || strstr(text, ".."))
		return -1;
	set_octets(v, text, n);
	return 0;
}

static int set_number(struct vb_value *v, const char *text)
{
	uint64_t u;

	if (v->type == VB_INTEGER)
		return text_to_i64(text, &v->integer);
	if (text_to_u64(text, &u) < 0 || (v->type != VB_COUNTER64 && u > UINT32_MAX))
		return -1;
	v->integer = (int64_t)u;
	return 0;
}

/* ---- .snmprec ------------------------------------------------------------------ */

/* "\n", "\x07", "\\" as Python writes them, in place. */
static int unescape(char *text, size_t *ret_n)
{
	static const char from[] = "nrtabfv0\\'\"", to[] = "\n\r\t\a\b\f\v\0\\'\"";
	char *out = text;

	for (const char *in = text; *in; in++) {
		const char *known;

		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		in++;
		if (*in == 'x' && hex_digit(in[1]) >= 0 && hex_digit(in[2]) >= 0) {
			*out++ = (char)(hex_digit(in[1]) << 4 | hex_digit(in[2]));
			in += 2;
			continue;
		}
		known = *in ? strchr(from, *in) : NULL;
		if (!known)
			return -1;
		*out++ = to[known - from];
	}
	*ret_n = (size_t)(out - text);
	return 0;
}

static int snmprec_value(struct parser *p, const char *type, char *value, struct vb_value *v)
{
	char *suffix;
	unsigned long tag = strtoul(type, &suffix, 10);
	size_t n = strlen(value);
	bool plain = !*suffix;

	if (suffix == type || !isdigit((unsigned char)*type) || tag > 255)
		return bad(p, "the type is not a number of 0 to 255");
	v->type = (uint8_t)tag;
	if (strcmp(suffix, "x") == 0) {
		uint8_t *to = (uint8_t *)value;

		if (*hex_run(value, &to))
			return bad(p, "the value is not pairs of hex digits, as type x wants");
		n = (size_t)(to - (uint8_t *)value);
	} else if (strcmp(suffix, "e") == 0) {
		if (unescape(value, &n) < 0)
			return bad(p, "the value has an escape that is not known");
	} else if (!plain) {
		return bad(p, "the type has a suffix other than x (hex) and e (escapes); variation "
			      "modules of snmpsim are not values of a device");
	}
	switch (tag) {
	case VB_INTEGER:
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
	case VB_COUNTER64:
		if (!plain || set_number(v, text_trim(value)) < 0)
			return bad(p, "the value is not a whole number in the range of its type");
		return 0;
	case VB_OID:
		if (!plain || set_oid(v, text_trim(value)) < 0)
			return bad(p, "the value is not an OID");
		return 0;
	case VB_IPADDRESS:
		if (plain && set_ipaddress(v, text_trim(value)) == 0)
			return 0;
		if (plain || n != 4)
			return bad(p, "the value is not an IPv4 address");
		break;
	case VB_NULL:
	case VB_NO_SUCH_OBJECT:
	case VB_NO_SUCH_INSTANCE:
	case VB_END_OF_VIEW:
		return 0;
	case VB_OCTETS:
	case VB_OPAQUE:
		break;
	default:
		return bad(p, "the type is none that SNMP has (2, 4, 5, 6, 64 to 68, 70)");
	}
	set_octets(v, value, n);
	if (tag == VB_OPAQUE)
		(void)snmp_codec_unwrap(v);
	return 0;
}

static int snmprec_line(struct parser *p, char *line, struct varbind *vb)
{
	char *type = strchr(line, '|'), *value = type ? strchr(type + 1, '|') : NULL;

	if (!value)
		return bad(p, "not OID|type|value");
	*type++ = '\0';
	*value++ = '\0';
	if (oid_parse(line, &vb->oid) < 0)
		return bad(p, "the line does not begin with an OID");
	return snmprec_value(p, type, value, &vb->value);
}

/* ---- snmpwalk -On --------------------------------------------------------------- */

/* A quoted text, over as many lines as it has; \" and \\ stand for themselves. */
static int quoted(struct parser *p, char *text, struct vb_value *v)
{
	char *out = text, *start = text;
	int first = p->line;

	for (char *in = text + 1;; in++) {
		if (*in == '"')
			break;
		if (*in == '\\' && (in[1] == '"' || in[1] == '\\'))
			in++;
		if (!*in) {
			in = next_line(p);
			if (!in) {
				p->line = first;
				return bad(p, "the text that begins here has no closing quote");
			}
			*out++ = '\n';
			in--;
			continue;
		}
		*out++ = *in;
	}
	set_octets(v, start, (size_t)(out - start));
	return 0;
}

static bool begins_value(const char *line)
{
	return line[0] == '.' && isdigit((unsigned char)line[1]);
}

/* Pairs of hex digits, on following lines too. BITS: names of bits come behind them. */
static int hex_string(struct parser *p, char *text, struct vb_value *v, bool bits)
{
	uint8_t *start = (uint8_t *)text, *to = start;
	const char *rest = hex_run(text, &to);

	if (bits) {
		set_octets(v, start, (size_t)(to - start));
		return 0;
	}
	while (!*rest && p->at < p->end && !begins_value(p->at) &&
	       hex_digit(p->at[0]) >= 0 && hex_digit(p->at[1]) >= 0)
		rest = hex_run(next_line(p), &to);
	if (*rest)
		return bad(p, "a Hex-STRING holds something that is no pair of hex digits");
	set_octets(v, start, (size_t)(to - start));
	return 0;
}

/* "5", "up(1)", "(123) 0:00:01.23", "23.4 degrees": enumerations by their number; the point of
 * a DISPLAY-HINT "d-1" is not in the value the agent sent. */
static int integer(struct parser *p, char *text, struct vb_value *v)
{
	char *open = strspn(text, "+-0123456789") ? NULL : strchr(text, '('), *end, *out;

	if (open)
		text = open + 1;
	end = text + strspn(text, "+-0123456789.");
	if (end == text || (*end && !strchr(") \t", *end)))
		return bad(p, "the value is not a number");
	*end = '\0';
	out = text;
	for (const char *in = text; *in; in++) {
		if (*in != '.')
			*out++ = *in;
	}
	*out = '\0';
	if (set_number(v, text) < 0)
		return bad(p, "the value is not a whole number in the range of its type");
	return 0;
}

static int real(struct parser *p, char *text, struct vb_value *v)
{
	if (text_to_double(text_trim(text), &v->real) < 0)
		return bad(p, "the value is not a number");
	return 0;
}

static int ip_or_network(struct parser *p, char *text, struct vb_value *v, bool network)
{
	uint8_t *to = (uint8_t *)text;

	if (!network) {
		if (set_ipaddress(v, text_trim(text)) < 0)
			return bad(p, "the value is not an IPv4 address");
		return 0;
	}
	if (*hex_run(text, &to) || to - (uint8_t *)text != 4)
		return bad(p, "the value is not a network address of four hex bytes");
	set_octets(v, text, 4);
	return 0;
}

static int text_string(struct parser *p, char *text, struct vb_value *v)
{
	if (*text == '"')
		return quoted(p, text, v);
	set_octets(v, text, strlen(text));
	return 0;
}

enum walk_kind { WALK_NUMBER, WALK_REAL, WALK_TEXT, WALK_HEX, WALK_BITS, WALK_OID, WALK_IP,
		 WALK_NETWORK, WALK_NOTHING };

static const struct {
	const char *prefix;
	enum walk_kind kind;
	uint8_t type;
} walk_types[] = {
	{ "INTEGER:", WALK_NUMBER, VB_INTEGER },
	{ "Gauge32:", WALK_NUMBER, VB_GAUGE32 },
	{ "Unsigned32:", WALK_NUMBER, VB_GAUGE32 },
	{ "UInteger32:", WALK_NUMBER, VB_GAUGE32 },
	{ "Counter32:", WALK_NUMBER, VB_COUNTER32 },
	{ "Counter64:", WALK_NUMBER, VB_COUNTER64 },
	{ "Timeticks:", WALK_NUMBER, VB_TIMETICKS },
	{ "STRING:", WALK_TEXT, VB_OCTETS },
	{ "\"", WALK_TEXT, VB_OCTETS }, /* an empty text has no type before it */
	{ "Hex-STRING:", WALK_HEX, VB_OCTETS },
	{ "BITS:", WALK_BITS, VB_OCTETS },
	{ "OID:", WALK_OID, VB_OID },
	{ "IpAddress:", WALK_IP, VB_IPADDRESS },
	{ "Network Address:", WALK_NETWORK, VB_IPADDRESS },
	{ "Opaque: Float:", WALK_REAL, VB_OPAQUE_FLOAT },
	{ "Opaque: Double:", WALK_REAL, VB_OPAQUE_DOUBLE },
	{ "Opaque: Int64:", WALK_NUMBER, VB_INTEGER },
	{ "Opaque: UInt64:", WALK_NUMBER, VB_COUNTER64 },
	{ "Opaque: Counter64:", WALK_NUMBER, VB_COUNTER64 },
	{ "OPAQUE:", WALK_HEX, VB_OPAQUE },
	{ "Opaque:", WALK_HEX, VB_OPAQUE },
	{ "NULL", WALK_NOTHING, VB_NULL },
	{ "No Such Object", WALK_NOTHING, VB_NO_SUCH_OBJECT },
	{ "No Such Instance", WALK_NOTHING, VB_NO_SUCH_INSTANCE },
	{ "No more variables left", WALK_NOTHING, VB_END_OF_VIEW },
};

static int snmpwalk_value(struct parser *p, char *text, struct vb_value *v)
{
	size_t i;

	if (strncmp(text, "Wrong Type (should be ", 22) == 0 && strstr(text, "): "))
		text = strstr(text, "): ") + 3;
	for (i = 0; i < sizeof(walk_types) / sizeof(walk_types[0]); i++) {
		if (strncmp(text, walk_types[i].prefix, strlen(walk_types[i].prefix)) == 0)
			break;
	}
	if (i == sizeof(walk_types) / sizeof(walk_types[0]))
		return bad(p, "no type before the value (INTEGER:, STRING:, Gauge32:, ...); save "
			      "walks with `snmpwalk -On`");
	v->type = walk_types[i].type;
	if (*walk_types[i].prefix != '"')
		text += strlen(walk_types[i].prefix);
	if (*text == ' ')
		text++;
	switch (walk_types[i].kind) {
	case WALK_NUMBER:
		return integer(p, text, v);
	case WALK_REAL:
		return real(p, text, v);
	case WALK_TEXT:
		return text_string(p, text, v);
	case WALK_HEX:
	case WALK_BITS:
		return hex_string(p, text, v, walk_types[i].kind == WALK_BITS);
	case WALK_OID:
		if (set_oid(v, text_trim(text)) < 0)
			return bad(p, "the value is not an OID in numbers; save walks with "
				      "`snmpwalk -On`");
		return 0;
	case WALK_IP:
	case WALK_NETWORK:
		return ip_or_network(p, text, v, walk_types[i].kind == WALK_NETWORK);
	case WALK_NOTHING:
		break;
	}
	return 0;
}

static int snmpwalk_line(struct parser *p, char *line, struct varbind *vb)
{
	char *value = strstr(line, " = ");

	if (!value && strlen(line) > 2 && strcmp(line + strlen(line) - 2, " =") == 0)
		value = line + strlen(line) - 2; /* blanks at the end were cut */
	if (!value)
		return bad(p, "neither OID|type|value (.snmprec) nor OID = TYPE: value "
			      "(snmpwalk -On)");
	*value = '\0';
	if (oid_parse(line, &vb->oid) < 0)
		return bad(p, "the line does not begin with an OID in numbers; save walks with "
			      "`snmpwalk -On`");
	value += value[1] == '=' && value[2] == ' ' ? 3 : 2;
	return snmpwalk_value(p, value, &vb->value);
}

/* ---- the file ------------------------------------------------------------------- */

/* By OID, then by place in the file. */
static int vb_cmp(const void *pa, const void *pb)
{
	const struct varbind *const *a = pa, *const *b = pb;
	int order = oid_cmp(&(*a)->oid, &(*b)->oid);

	return order ? order : (*a > *b) - (*a < *b);
}

static void sort(struct walk_file *file)
{
	const struct varbind **order = xcalloc(file->n_vbs + 1, sizeof(*order));
	struct varbind *sorted = xcalloc(file->n_vbs + 1, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < file->n_vbs; i++)
		order[i] = &file->vbs[i];
	qsort(order, file->n_vbs, sizeof(*order), vb_cmp);
	for (size_t i = 0; i < file->n_vbs; i++) {
		if (n == 0 || oid_cmp(&sorted[n - 1].oid, &order[i]->oid) != 0)
			sorted[n++] = *order[i];
	}
	free(order);
	free(file->vbs);
	file->vbs = sorted;
	file->n_vbs = n;
}

static int parse(struct parser *p, struct walk_file *file)
{
	enum { UNKNOWN, SNMPREC, SNMPWALK } format = UNKNOWN;
	char *line;

	while ((line = next_line(p))) {
		struct varbind vb = { 0 };
		int failed;

		if (p->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
			line += 3;
		if (!line[strspn(line, " \t")] || *line == '#')
			continue;
		if (format == UNKNOWN)
			format = isdigit((unsigned char)*line) && strchr(line, '|') ? SNMPREC :
										     SNMPWALK;
		failed = format == SNMPREC ? snmprec_line(p, line, &vb) :
					     snmpwalk_line(p, line, &vb);
		if (failed)
			return -1;
		xgrow(&file->vbs, &file->cap_vbs, file->n_vbs + 1, sizeof(*file->vbs));
		file->vbs[file->n_vbs++] = vb;
	}
	if (!file->n_vbs)
		return err_set(p->err, "%s: no values in it", p->name);
	return 0;
}

int walk_file_parse(const char *name, const void *data, size_t n, struct walk_file *ret,
		    struct err *err)
{
	struct walk_file file = { .text = xcalloc(n + 4, 1) };
	struct parser p = { .name = name, .at = file.text, .end = file.text + n, .err = err };

	if (n)
		memcpy(file.text, data, n);
	if ((n && memchr(data, '\0', n) && err_set(err, "%s: a NUL byte: not a text file", name)) ||
	    parse(&p, &file) < 0) {
		walk_file_done(&file);
		return -1;
	}
	sort(&file);
	*ret = file;
	return 0;
}

/* The whole file; NULL with the reason. */
static void *slurp(const char *path, size_t *ret_n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	size_t n = 0;
	char *data;

	if (fd < 0) {
		err_set(err, "%s: cannot open it: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		err_set(err, "%s: not a file of at most %d MB", path, FILE_MAX >> 20);
		close(fd);
		return NULL;
	}
	data = xcalloc((size_t)st.st_size + 1, 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, data + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_set(err, "%s: cannot read it: %s", path, strerror(errno));
			free(data);
			close(fd);
			return NULL;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	*ret_n = n;
	return data;
}

int walk_file_load(const char *path, struct walk_file *ret, struct err *err)
{
	size_t n = 0;
	void *data = slurp(path, &n, err);
	int failed;

	if (!data)
		return -1;
	failed = walk_file_parse(path, data, n, ret, err);
	free(data);
	return failed;
}

void walk_file_done(struct walk_file *file)
{
	free(file->vbs);
	free(file->text);
	memset(file, 0, sizeof(*file));
}

size_t walk_file_find(const struct walk_file *file, const struct oid *oid, bool after)
{
	size_t low = 0, high = file->n_vbs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = oid_cmp(&file->vbs[middle].oid, oid);

		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

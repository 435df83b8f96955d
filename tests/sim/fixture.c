/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device answers before anything moves: OIDs and registers out of a small
 * CSV of facts (tests/fixtures/devices) or an .snmprec walk.
 */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct fixture *fixtures;

int parse_oid(const char *text, uint32_t *arc, size_t *n)
{
	*n = 0;
	if (*text == '.')
		text++;
	while (*text) {
		char *end;
		if (*text < '0' || *text > '9' || *n == MAX_ARCS)
			return -1;
		unsigned long v = strtoul(text, &end, 10);
		if (v > UINT32_MAX || (*end && *end != '.') || (*end == '.' && !end[1]))
			return -1;
		arc[(*n)++] = (uint32_t)v;
		text = *end ? end + 1 : end;
	}
	return *n >= 2 ? 0 : -1;
}

size_t encode_integer(int64_t v, uint8_t *out)
{
	uint8_t all[8];
	size_t skip = 0;

	for (size_t i = 0; i < 8; i++)
		all[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	while (skip < 7 && ((all[skip] == 0 && !(all[skip + 1] & 0x80)) ||
			    (all[skip] == 0xff && (all[skip + 1] & 0x80))))
		skip++;
	memcpy(out, all + skip, 8 - skip);
	return 8 - skip;
}

static size_t encode_unsigned(uint64_t v, uint8_t *out)
{
	if (v >> 63) {
		out[0] = 0;
		for (size_t i = 0; i < 8; i++)
			out[1 + i] = (uint8_t)(v >> (56 - 8 * i));
		return 9;
	}
	return encode_integer((int64_t)v, out);
}

static size_t encode_arc(uint32_t v, uint8_t *out)
{
	size_t n = 1;

	for (uint32_t rest = v >> 7; rest; rest >>= 7)
		n++;
	for (size_t i = n; i-- > 0; v >>= 7)
		out[i] = (uint8_t)((v & 0x7f) | (i + 1 < n ? 0x80 : 0));
	return n;
}

static size_t encode_oid_text(const char *text, uint8_t *out)
{
	uint32_t arc[MAX_ARCS];
	size_t n, size = 0;

	if (parse_oid(text, arc, &n) < 0)
		return 0;
	size += encode_arc(arc[0] * 40 + arc[1], out);
	for (size_t i = 2; i < n; i++)
		size += encode_arc(arc[i], out + size);
	return size;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Hex digits with or without blanks; returns octets written. */
static size_t decode_hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	while (*text && n < max) {
		if (*text == ' ' || *text == ':') {
			text++;
			continue;
		}
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			break;
		out[n++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return n;
}

/* Adds an object from its type word or number and its text. */
static int add_object(struct fixture *f, const char *oid, const char *type, const char *raw)
{
	static const struct {
		const char *word, *number;
		uint8_t tag;
	} types[] = {
		{ "integer", "2", 0x02 },    { "string", "4", 0x04 },
		{ "null", "5", 0x05 },       { "oid", "6", 0x06 },
		{ "ipaddress", "64", 0x40 }, { "counter32", "65", 0x41 },
		{ "gauge32", "66", 0x42 },   { "timeticks", "67", 0x43 },
		{ "opaque", "68", 0x44 },    { "counter64", "70", 0x46 },
		{ "hex", "4x", 0x04 },
	};
	uint8_t bytes[4096];
	uint32_t arc[MAX_ARCS];
	size_t n_arcs, n = 0, k = 0, length = strlen(type);
	bool hex = length > 1 && (type[length - 1] == 'x') && strcmp(type, "hex") != 0;
	char plain[16];

	if (parse_oid(oid, arc, &n_arcs) < 0 || length >= sizeof(plain))
		return -1;
	memcpy(plain, type, length + 1);
	if (hex)
		plain[length - 1] = '\0';
	while (k < sizeof(types) / sizeof(types[0]) && strcmp(types[k].word, plain) != 0 &&
	       strcmp(types[k].number, plain) != 0)
		k++;
	if (k == sizeof(types) / sizeof(types[0]))
		return -1;
	uint8_t tag = types[k].tag;
	if (hex || !strcmp(types[k].word, "hex")) {
		n = decode_hex(raw, bytes, sizeof(bytes));
	} else if (tag == 0x02) {
		n = encode_integer(strtoll(raw, NULL, 10), bytes);
	} else if (tag == 0x41 || tag == 0x42 || tag == 0x43 || tag == 0x46) {
		n = encode_unsigned(strtoull(raw, NULL, 10), bytes);
	} else if (tag == 0x06) {
		n = encode_oid_text(raw, bytes);
	} else if (tag == 0x40) {
		struct in_addr a;
		if (inet_pton(AF_INET, raw, &a) != 1)
			memset(&a, 0, sizeof(a));
		memcpy(bytes, &a, 4);
		n = 4;
	} else {
		n = strlen(raw);
		if (n > sizeof(bytes))
			n = sizeof(bytes);
		memcpy(bytes, raw, n);
	}
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->objects = must(realloc(f->objects, f->cap * sizeof(*f->objects)));
	}
	struct object *o = &f->objects[f->n++];
	memset(o, 0, sizeof(*o));
	memcpy(o->arc, arc, n_arcs * sizeof(*arc));
	o->n_arcs = (uint8_t)n_arcs;
	o->tag = tag;
	o->n_bytes = (uint16_t)n;
	o->bytes = must(malloc(n + 9)); /* room for a generated integer */
	memcpy(o->bytes, bytes, n);
	return 0;
}

static int add_words(struct fixture *f, const char *where, const char *raw)
{
	enum space space = strncmp(where, "input:", 6) == 0 ? SPACE_INPUT : SPACE_HOLDING;
	const char *colon = strchr(where, ':');
	char *end;
	uint8_t bytes[4096];
	unsigned long address = strtoul(colon + 1, &end, 10);
	size_t n = decode_hex(raw, bytes, sizeof(bytes));

	/* Blanks and colons aside, all of it must have been hex. */
	size_t digits = 0;
	for (const char *p = raw; *p; p++)
		digits += *p != ' ' && *p != ':';
	if (digits != 2 * n || end == colon + 1 || *end || n == 0 || n % 2 ||
	    address + n / 2 > 65536)
		return -1;
	if (!f->words[space]) {
		f->words[space] = must(calloc(65536, 2));
		f->present[space] = must(calloc(65536, 1));
	}
	for (size_t i = 0; i < n / 2; i++) {
		f->words[space][address + i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
		f->present[space][address + i] = 1;
	}
	return 0;
}

static int cmp_arcs(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	for (size_t i = 0; i < n_a && i < n_b; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return n_a == n_b ? 0 : n_a < n_b ? -1 : 1;
}

static int cmp_objects(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return cmp_arcs(x->arc, x->n_arcs, y->arc, y->n_arcs);
}

size_t fixture_find(const struct fixture *f, const uint32_t *arc, size_t n, bool *exact)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct object *o = &f->objects[middle];
		if (cmp_arcs(o->arc, o->n_arcs, arc, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*exact = low < f->n &&
		 cmp_arcs(f->objects[low].arc, f->objects[low].n_arcs, arc, n) == 0;
	return low;
}

/* Cuts one CSV line into fields in place; quotes as in RFC 4180. */
static size_t split_csv(char *line, char **field, size_t max)
{
	size_t n = 0;
	char *p = line;

	while (n < max) {
		char *out = p;
		field[n++] = p;
		if (*p == '"') {
			char *in = ++p;
			out = field[n - 1] = p;
			while (*in && !(*in == '"' && in[1] != '"')) {
				if (*in == '"')
					in++;
				*out++ = *in++;
			}
			p = *in ? in + 1 : in;
		} else {
			while (*p && *p != ',')
				p++;
			out = p;
		}
		bool more = *p == ',';
		*out = '\0';
		if (!more)
			return n;
		p++;
	}
	return n;
}

struct fixture *fixture_load(const char *path)
{
	for (struct fixture *f = fixtures; f; f = f->next)
		if (!strcmp(f->path, path))
			return f;
	FILE *in = fopen(path, "re");
	if (!in)
		die("%s: %s", path, strerror(errno));
	struct fixture *f = must(calloc(1, sizeof(*f)));
	f->path = must(strdup(path));
	size_t length = strlen(path);
	bool snmprec = length > 8 && !strcmp(path + length - 8, ".snmprec");
	char *line = NULL;
	size_t cap = 0;
	int number = 0;
	while (getline(&line, &cap, in) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (!*line || *line == '#' || !strncmp(line, "oid_or_register,", 16))
			continue;
		char *field[8] = { "", "", "" };
		int failed;
		if (snmprec) {
			char *type = strchr(line, '|'), *raw = type ? strchr(type + 1, '|') : NULL;
			if (!raw)
				continue;
			*type++ = *raw++ = '\0';
			failed = add_object(f, line, type, raw);
			if (failed)
				continue; /* walks of real devices hold odd lines */
		} else {
			if (split_csv(line, field, 8) < 3)
				die("%s:%d: wants oid_or_register,type,raw,...", path, number);
			failed = strchr(field[0], ':')
					 ? add_words(f, field[0], field[2])
					 : add_object(f, field[0], field[1], field[2]);
			if (failed)
				die("%s:%d: cannot read '%s' as '%s'", path, number, field[2],
				    field[1]);
		}
	}
	free(line);
	fclose(in);
	if (f->n)
		qsort(f->objects, f->n, sizeof(*f->objects), cmp_objects);
	f->next = fixtures;
	return fixtures = f;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts. Texts are serial numbers, models, firmware: devices pad with NULs and blanks, leave
 * rubbish behind the first NUL and use other encodings; what is kept can be printed. Numbers
 * are ratings and limits: readings like any other, written as decimals.
 */
#include "decode/decode.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Length of the UTF-8 character at p; 0 when it is none. */
static size_t character(const uint8_t *p, size_t n)
{
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (size == 3 && n >= 3 && memcmp(p, "\xef\xbf", 2) == 0 && p[2] >= 0xbe)
		return 0; /* U+FFFE and U+FFFF are no characters */
	return size <= n && text_is_utf8(p, size) ? size : 0;
}

/* Blanks and what ends a line: ASCII's controls, C1, the line and paragraph separators. */
static bool is_blank(const uint8_t *p, size_t len)
{
	static const uint8_t separator[] = { 0xe2, 0x80 }; /* U+2028, U+2029: a8, a9 */

	return *p <= ' ' || *p == 0x7f || (len == 2 && *p == 0xc2 && p[1] < 0xa0) ||
	       (len == 3 && memcmp(p, separator, 2) == 0 && (p[2] == 0xa8 || p[2] == 0xa9));
}

static int keep_printable(const uint8_t *octets, size_t n, char *buf, size_t size)
{
	size_t used = 0;
	bool blank = false;

	if (size == 0)
		return -1;
	for (size_t i = 0; i < n;) {
		size_t len = character(octets + i, n - i);

		if (is_blank(octets + i, len)) {
			blank = used > 0;
			i += len ? len : 1;
			continue;
		}
		size_t need = (len ? len : 1) + (blank ? 1 : 0);
		if (used + need >= size)
			break;
		if (blank)
			buf[used++] = ' ';
		blank = false;
		if (len)
			memcpy(buf + used, octets + i, len);
		else
			buf[used] = '?';
		used += len ? len : 1;
		i += len ? len : 1;
	}
	if (used == 0)
		return -1;
	buf[used] = '\0';
	return 0;
}

int decode_text_snmp(const struct vb_value *value, char *buf, size_t size)
{
	if (value->type != VB_OCTETS || value->n_octets == 0)
		return -1;
	return keep_printable(value->octets, value->n_octets, buf, size);
}

int decode_text_modbus(const uint16_t *words, size_t n_words, char *buf, size_t size)
{
	uint8_t octets[250]; /* 125 registers are the most one answer holds */
	size_t n = n_words < sizeof(octets) / 2 ? n_words : sizeof(octets) / 2;

	for (size_t i = 0; i < n; i++) {
		octets[2 * i] = (uint8_t)(words[i] >> 8);
		octets[2 * i + 1] = (uint8_t)words[i];
	}
	/* All bits set: erased memory, no text. */
	for (size_t i = 0; i < 2 * n; i++) {
		if (octets[i] == 0xff)
			octets[i] = '\0';
	}
	return keep_printable(octets, 2 * n, buf, size);
}

static int number_text(const struct fact_def *fact, const struct reading *reading, char *buf,
		       size_t size)
{
	struct scale scale = decode_storage_scale(&fact->number);

	if (reading->cause != CAUSE_NONE)
		return -1;
	snprintf(buf, size, "%.12g", scale_value(&scale, reading->raw));
	return 0;
}

int decode_fact_snmp(const struct fact_def *fact, const struct vb_value *value, char *buf,
		     size_t size)
{
	if (fact->src)
		return decode_text_snmp(value, buf, size);
	struct reading reading = decode_snmp(&fact->number, value);

	return number_text(fact, &reading, buf, size);
}

int decode_fact_modbus(const struct fact_def *fact, const uint16_t *words, size_t n_words,
		       char *buf, size_t size)
{
	uint32_t start, end;

	if (fact->src)
		return decode_text_modbus(words, n_words, buf, size);
	profile_point_span(fact->number.src, &start, &end);
	if (n_words < end - start)
		return -1;
	struct reading reading = decode_modbus(&fact->number, words);

	return number_text(fact, &reading, buf, size);
}

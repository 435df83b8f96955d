/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw answer -> reading. One rule decides everything: what the device said is kept as
 * it said it, or is absent with the reason; nothing is guessed, clamped or made 0.
 */
#include "decode/decode.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "inventory/raw.h"

static struct reading absent(enum cause cause)
{
	return (struct reading){ .cause = cause };
}

static bool is_real(enum raw_type type)
{
	return type == RAW_F32 || type == RAW_F64 || type == RAW_TEXT || type == RAW_LEADING ||
	       type == RAW_PF4Q;
}

struct scale decode_storage_scale(const struct point_def *point)
{
	const struct quantity *q = point->src->quantity;

	if (is_real(point->src->type) || point->src->scale_column.words_n)
		return (struct scale){ .mul = q->step_num, .div = q->step_den };
	return point->scale;
}

/* States and flags are names in disguise: only real values have a range. */
static bool in_range(const struct quantity *q, double value)
{
	return q->kind == KIND_STATE || (value >= q->min && value <= q->max);
}

/* raw is none of the point's "not fitted" codes. */
static struct reading from_fitted(const struct point_def *point, int64_t raw)
{
	if (point->src->magnitude && raw < 0 && raw > INT64_MIN)
		raw = -raw;
	if (!in_range(point->src->quantity, scale_value(&point->scale, raw)))
		return absent(CAUSE_OUT_OF_RANGE);
	return (struct reading){ .raw = raw };
}

static struct reading from_integer(const struct point_def *point, int64_t raw)
{
	if (raw_is_absent(point->src, (uint64_t)raw))
		return absent(CAUSE_NOT_FITTED);
	return from_fitted(point, raw);
}

/* A float or text, as a multiple of the quantity's canonical step. */
static struct reading from_real(const struct point_def *point, double real)
{
	const struct quantity *q = point->src->quantity;
	if (point->src->magnitude)
		real = fabs(real);
	double value =
		real * (double)point->scale.mul / (double)point->scale.div + point->scale.add;

	if (!isfinite(value) || !in_range(q, value))
		return absent(CAUSE_OUT_OF_RANGE);
	double steps = round(value * (double)q->step_den / (double)q->step_num);
	if (!(fabs(steps) < 9.2e18))
		return absent(CAUSE_OUT_OF_RANGE);
	return (struct reading){ .raw = (int64_t)steps };
}

/* ---- SNMP ---------------------------------------------------------------- */

static bool is_float(const struct vb_value *value)
{
	return value->type == VB_OPAQUE_FLOAT || value->type == VB_OPAQUE_DOUBLE;
}

static struct reading snmp_integer(const struct point_def *point, const struct vb_value *value)
{
	int64_t raw = 0;

	if (is_float(value)) {
		/* A whole number that came as a float is still one; a fraction has no place in
		 * this point's scale. */
		if (!isfinite(value->real) || fabs(value->real) > 9e15)
			return absent(CAUSE_OUT_OF_RANGE);
		if (value->real != trunc(value->real))
			return absent(CAUSE_WRONG_TYPE);
		return from_integer(point, (int64_t)value->real);
	}
	switch (raw_integer(value, &raw)) {
	case RAW_OK: return from_integer(point, raw);
	case RAW_TOO_BIG: return absent(CAUSE_OUT_OF_RANGE);
	case RAW_NOT_A_NUMBER: break;
	}
	return absent(CAUSE_WRONG_TYPE);
}

/* f32 in a profile for SNMP: an Opaque float or double, or an integer of the same meaning. */
static struct reading snmp_float(const struct point_def *point, const struct vb_value *value)
{
	int64_t raw;

	if (is_float(value)) {
		float single = (float)value->real;
		uint32_t bits;
		memcpy(&bits, &single, sizeof(bits));
		if (raw_is_absent(point->src, bits))
			return absent(CAUSE_NOT_FITTED);
		return from_real(point, value->real);
	}
	if (value->type == VB_OCTETS || raw_integer(value, &raw) != RAW_OK)
		return absent(CAUSE_WRONG_TYPE);
	return from_real(point, (double)raw);
}

/* "24% of maximum" and "12.1 V" to their number; "12:30" and "10.0.0.1" are none and stay. */
static void cut_after_number(char *text)
{
	size_t n = strspn(text, "+-");
	n += strspn(text + n, "0123456789");
	if (text[n] == '.')
		n += 1 + strspn(text + n + 1, "0123456789");
	if (text[n] == ' ' || text[n] == '%' || isalpha((unsigned char)text[n]) ||
	    (unsigned char)text[n] >= 0x80)
		text[n] = '\0';
}

/* A decimal number in an octet string: "7.744"; a leading one: "7.744 A". */
static struct reading snmp_text(const struct point_def *point, const struct vb_value *value)
{
	char text[64];
	double real;
	size_t n = value->n_octets;

	if (value->type != VB_OCTETS)
		return absent(CAUSE_WRONG_TYPE);
	while (n > 0 && value->octets[n - 1] == '\0')
		n--;
	if (n == 0 || n >= sizeof(text) || memchr(value->octets, '\0', n))
		return absent(CAUSE_WRONG_TYPE);
	memcpy(text, value->octets, n);
	text[n] = '\0';
	char *number = text_trim(text);
	if (point->src->type == RAW_LEADING)
		cut_after_number(number);
	if (text_to_double(number, &real) < 0)
		return absent(CAUSE_WRONG_TYPE);
	if (fabs(real) < 9e15 && real == trunc(real) &&
	    raw_is_absent(point->src, (uint64_t)(int64_t)real))
		return absent(CAUSE_NOT_FITTED);
	return from_real(point, real);
}

struct reading decode_snmp(const struct point_def *point, const struct vb_value *value)
{
	if (raw_is_nothing(value))
		return absent(CAUSE_NO_SUCH);
	if (point->empty)
		return absent(CAUSE_NOT_FITTED);
	if (point->src->type == RAW_TEXT || point->src->type == RAW_LEADING)
		return snmp_text(point, value);
	if (is_real(point->src->type))
		return snmp_float(point, value);
	return snmp_integer(point, value);
}

/* ---- Modbus -------------------------------------------------------------- */

/* n words as one number, in the point's order of words and bytes. */
static uint64_t join(const struct profile_point *p, const uint16_t *words, size_t n)
{
	bool last_first =
		p->word_order == WORDS_LSW_FIRST || p->word_order == WORDS_LSW_FIRST_SWAPPED;
	bool swapped = p->word_order == WORDS_MSW_FIRST_SWAPPED ||
		       p->word_order == WORDS_LSW_FIRST_SWAPPED;
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t word = words[last_first ? n - 1 - i : i];

		bits = bits << 16 | (swapped ? __builtin_bswap16(word) : word);
	}
	return bits;
}

/* Coils: one is the state 0 or 1, several are the bits of flags, the first the lowest. */
static struct reading from_bits(const struct point_def *point, const uint16_t *words)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < point->src->words_n && i < 63; i++)
		bits |= (uint64_t)(words[i] & 1) << i;
	return from_integer(point, (int64_t)bits);
}

struct factor { /* value = number * mul / div + add */
	double mul, div, add;
};

/* What the device says its number is to be multiplied with; -1: nothing that is a scale. */
static int read_factor(const struct profile_point *p, const uint16_t *words, struct factor *ret)
{
	const struct scale_column *s = &p->scale_column;
	uint64_t bits = join(p, words, s->words_n);
	uint32_t low = (uint32_t)bits;
	int64_t number = s->type == RAW_S16   ? (int16_t)bits
			 : s->type == RAW_S32 ? (int32_t)bits
					      : (int64_t)bits;
	float single;

	*ret = (struct factor){ 1, 1, 0 };
	if (s->factor) {
		memcpy(&single, &low, sizeof(single));
		ret->mul = s->type == RAW_F32 ? (double)single : (double)number;
		/* by 0 everything would be 0, and nothing a reading */
		return isfinite(ret->mul) && (ret->mul < 0 || ret->mul > 0) ? 0 : -1;
	}
	for (size_t i = 0; i < s->n_map; i++) {
		const struct scale *scale = &s->map[i].scale;

		if (s->map[i].value != number)
			continue;
		*ret = (struct factor){ (double)scale->mul, (double)scale->div, scale->add };
		return 0;
	}
	if (s->n_map || number < -18 || number > 18)
		return -1;
	for (int64_t i = s->exponent ? number : -number; i != 0; i += i < 0 ? 1 : -1)
		*(i > 0 ? &ret->mul : &ret->div) *= 10; /* exact up to 10^22 */
	return 0;
}

/* A number whose scale stands in the register(s) behind words. */
static struct reading from_scaled(const struct point_def *point, double number,
				  const uint16_t *words)
{
	struct factor f;

	if (read_factor(point->src, words, &f) < 0)
		return absent(CAUSE_OUT_OF_RANGE);
	return from_real(point, number * f.mul / f.div + f.add);
}

/* Schneider's "4Q FP PF": a leading power factor is written as 2 - pf (or -2 - pf), so that
 * one float tells the quadrant too. PM5000 register list, sheet "4Q PF". */
static double unfold(double folded)
{
	if (folded > 1)
		return 2 - folded;
	return folded < -1 ? -2 - folded : folded;
}

/* The number alone, as the profile's scale makes it a value. */
static struct reading modbus_number(const struct point_def *point, uint64_t bits,
				    const uint16_t *scale_words)
{
	const struct profile_point *p = point->src;
	int64_t number = 0;
	double real = 0;
	bool is_integer = true;
	float single;

	switch (p->type) {
	case RAW_U16:
	case RAW_U32:
	case RAW_U64:
		if (p->bit_count)
			bits = bits >> p->bit_first & ((UINT64_C(1) << p->bit_count) - 1);
		number = (int64_t)bits;
		break;
	case RAW_S16: number = (int16_t)bits; break;
	case RAW_S32: number = (int32_t)bits; break;
	case RAW_S64: number = (int64_t)bits; break;
	case RAW_F32:
	case RAW_PF4Q: {
		uint32_t low = (uint32_t)bits;

		memcpy(&single, &low, sizeof(single));
		real = p->type == RAW_PF4Q ? unfold((double)single) : (double)single;
		is_integer = false;
		break;
	}
	case RAW_F64:
		memcpy(&real, &bits, sizeof(real));
		is_integer = false;
		break;
	case RAW_INTEGER:
	case RAW_TEXT:
	case RAW_LEADING:
		return absent(CAUSE_WRONG_TYPE); /* SNMP only; the loader refuses them here */
	}
	if (raw_is_absent(p, is_integer ? (uint64_t)number : bits))
		return absent(CAUSE_NOT_FITTED);
	if (p->type == RAW_U64 && number < 0)
		return absent(CAUSE_OUT_OF_RANGE);
	if (scale_words)
		return from_scaled(point, is_integer ? (double)number : real, scale_words);
	return is_integer ? from_fitted(point, number) : from_real(point, real);
}

struct reading decode_modbus(const struct point_def *point, const uint16_t *words)
{
	const struct profile_point *p = point->src;
	const struct scale_column *s = &p->scale_column;
	uint32_t start, end;

	if (profile_point_is_bits(p))
		return from_bits(point, words);
	/* Nothing to join and nothing beside it: most registers. */
	if (p->words_n == 1 && !s->words_n &&
	    (p->word_order == WORDS_MSW_FIRST || p->word_order == WORDS_LSW_FIRST))
		return modbus_number(point, words[0], NULL);
	profile_point_span(p, &start, &end);
	return modbus_number(point, join(p, words + (p->address - start), p->words_n),
			     s->words_n ? words + (s->address - start) : NULL);
}

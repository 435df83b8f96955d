/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw answer -> reading. One rule decides everything: what the device said is kept as
 * it said it, or is absent with the reason; nothing is guessed, clamped or made 0.
 */
#include "decode/decode.h"

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
	return type == RAW_F32 || type == RAW_F64 || type == RAW_TEXT || type == RAW_PF4Q;
}

struct scale decode_storage_scale(const struct point_def *point)
{
	const struct quantity *q = point->src->quantity;

	if (is_real(point->src->type))
		return (struct scale){ .mul = q->step_num, .div = q->step_den };
	return point->scale;
}

/* States and flags are names in disguise: only real values have a range. */
static bool in_range(const struct quantity *q, double value)
{
	return q->kind == KIND_STATE || (value >= q->min && value <= q->max);
}

static struct reading from_integer(const struct point_def *point, int64_t raw)
{
	if (raw_is_absent(point->src, (uint64_t)raw))
		return absent(CAUSE_NOT_FITTED);
	if (!in_range(point->src->quantity, scale_value(&point->scale, raw)))
		return absent(CAUSE_OUT_OF_RANGE);
	return (struct reading){ .raw = raw };
}

/* A float or text, as a multiple of the quantity's canonical step. */
static struct reading from_real(const struct point_def *point, double real)
{
	const struct quantity *q = point->src->quantity;
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

/* A decimal number in an octet string: "7.744". */
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
	if (text_to_double(text_trim(text), &real) < 0)
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
	if (point->src->type == RAW_TEXT)
		return snmp_text(point, value);
	if (is_real(point->src->type))
		return snmp_float(point, value);
	return snmp_integer(point, value);
}

/* ---- Modbus -------------------------------------------------------------- */

/* The words as one number, first or last word most significant. */
static uint64_t join(const struct profile_point *p, const uint16_t *words)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < p->words_n; i++)
		bits = bits << 16 |
		       words[p->word_order == WORDS_MSW_FIRST ? i : p->words_n - 1u - i];
	return bits;
}

/* Schneider's "4Q FP PF": a leading power factor is written as 2 - pf (or -2 - pf), so that
 * one float tells the quadrant too. PM5000 register list, sheet "4Q PF". */
static double unfold(double folded)
{
	if (folded > 1)
		return 2 - folded;
	return folded < -1 ? -2 - folded : folded;
}

struct reading decode_modbus(const struct point_def *point, const uint16_t *words)
{
	uint64_t bits = join(point->src, words);
	float single;
	double real;

	switch (point->src->type) {
	case RAW_U16:
	case RAW_U32: return from_integer(point, (int64_t)bits);
	case RAW_U64:
		if (raw_is_absent(point->src, bits))
			return absent(CAUSE_NOT_FITTED);
		return bits > INT64_MAX ? absent(CAUSE_OUT_OF_RANGE)
					: from_integer(point, (int64_t)bits);
	case RAW_S16: return from_integer(point, (int16_t)bits);
	case RAW_S32: return from_integer(point, (int32_t)bits);
	case RAW_S64: return from_integer(point, (int64_t)bits);
	case RAW_F32:
	case RAW_PF4Q:
		if (raw_is_absent(point->src, bits))
			return absent(CAUSE_NOT_FITTED);
		uint32_t low = (uint32_t)bits;
		memcpy(&single, &low, sizeof(single));
		return from_real(point, point->src->type == RAW_PF4Q ? unfold((double)single)
								     : (double)single);
	case RAW_F64:
		if (raw_is_absent(point->src, bits))
			return absent(CAUSE_NOT_FITTED);
		memcpy(&real, &bits, sizeof(real));
		return from_real(point, real);
	case RAW_INTEGER:
	case RAW_TEXT: break; /* SNMP only; the loader refuses them here */
	}
	return absent(CAUSE_WRONG_TYPE);
}

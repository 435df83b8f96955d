/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_decode
 * One value, or a stretch of registers, as every point of every shipped profile: each gives a
 * reading within its quantity's range or an absence, never both. */
#include <math.h>

#include "base/text.h"
#include "decode/decode.h"
#include "fuzz.h"
#include "fuzz_profiles.h"

#define WORDS 2000

static void check(const struct point_def *point, struct reading r)
{
	const struct quantity *q = point->src->quantity;
	struct scale scale = decode_storage_scale(point);
	double value = scale_value(&scale, r.raw), slack;

	if (scale.div <= 0 ||
	    (r.cause != CAUSE_NONE && r.cause != CAUSE_NO_SUCH && r.cause != CAUSE_WRONG_TYPE &&
	     r.cause != CAUSE_OUT_OF_RANGE && r.cause != CAUSE_NOT_FITTED))
		abort();
	if (r.cause != CAUSE_NONE || q->kind == KIND_STATE)
		return;
	/* stored in steps: half a step may lie beyond the end */
	slack = (double)q->step_num / (double)q->step_den + fabs(value) * 1e-12;
	if (!(value >= q->min - slack && value <= q->max + slack))
		abort();
}

static void check_text(int result, const char *text, size_t size)
{
	if (result == 0 && (!*text || strlen(text) >= size || !text_is_utf8(text, strlen(text)) ||
			    strpbrk(text, "\n\r\t\x7f")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct profile_set *set = fuzz_profiles();
	struct fuzz_in in = { data, size }, raw = { data, size };
	struct vb_value value = fuzz_value(&in);
	static uint16_t words[WORDS];
	char text[24] = "";

	for (size_t i = 0; i < WORDS; i++)
		words[i] = raw.n ? (uint16_t)fuzz_number(&raw, 2) : 0;
	for (size_t i = 0; i < profile_set_size(set); i++) {
		const struct profile *p = profile_set_at(set, i);

		for (size_t k = 0; k < p->n_points; k++) {
			struct point_def def = { .src = &p->points[k],
						 .scale = p->points[k].scale,
						 .fitted = true };

			if (p->protocol == PROFILE_SNMP)
				check(&def, decode_snmp(&def, &value));
			else
				check(&def, decode_modbus(&def, words));
		}
	}
	check_text(decode_text_snmp(&value, text, sizeof(text)), text, sizeof(text));
	check_text(decode_text_modbus(words, size / 2 < 125 ? size / 2 : 125, text, sizeof(text)),
		   text, sizeof(text));
	return 0;
}

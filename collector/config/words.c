/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the enums, as they stand in the files and in the database. */
#include <string.h>

#include "config/column.h"

/* clang-format off */
const struct word rack_status_words[] = {
	{ "live", RACK_LIVE }, { "reserved", RACK_RESERVED }, { "empty", RACK_EMPTY },
	{ "planned", RACK_PLANNED }, { NULL, 0 },
};

const struct word redundancy_words[] = {
	{ "N", REDUNDANCY_N }, { "N+1", REDUNDANCY_N1 }, { "2N", REDUNDANCY_2N },
	{ "dist", REDUNDANCY_DIST }, { NULL, 0 },
};

const struct word circuit_system_words[] = {
	{ "1ph-ln", SYSTEM_1PH_LN }, { "1ph-ll", SYSTEM_1PH_LL }, { "3ph-wye", SYSTEM_3PH_WYE },
	{ "3ph-delta", SYSTEM_3PH_DELTA }, { "dc", SYSTEM_DC }, { NULL, 0 },
};

const struct word meter_role_words[] = {
	{ "utility", ROLE_UTILITY }, { "generator", ROLE_GENERATOR }, { "ups_out", ROLE_UPS_OUT },
	{ "pdu_out", ROLE_PDU_OUT }, { "it_in", ROLE_IT_IN }, { "cooling", ROLE_COOLING },
	{ "lighting", ROLE_LIGHTING }, { "other", ROLE_OTHER }, { NULL, 0 },
};

const struct word meter_use_words[] = {
	{ "primary", USE_PRIMARY }, { "check", USE_CHECK }, { "none", USE_NONE }, { NULL, 0 },
};
/* clang-format on */

static const char *name_of(const struct word *words, int value)
{
	for (; words->word; words++) {
		if (words->value == value)
			return words->word;
	}
	return "";
}

const char *rack_status_name(enum rack_status v)
{
	return name_of(rack_status_words, (int)v);
}

const char *redundancy_name(enum redundancy v)
{
	return name_of(redundancy_words, (int)v);
}

const char *circuit_system_name(enum circuit_system v)
{
	return name_of(circuit_system_words, (int)v);
}

const char *meter_role_name(enum meter_role v)
{
	return name_of(meter_role_words, (int)v);
}

const char *meter_use_name(enum meter_use v)
{
	return name_of(meter_use_words, (int)v);
}

enum meter_role meter_role_parse(const char *word)
{
	for (const struct word *w = meter_role_words; w->word; w++) {
		if (strcmp(w->word, word) == 0)
			return (enum meter_role)w->value;
	}
	return ROLE_NONE;
}

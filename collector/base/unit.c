/* SPDX-License-Identifier: Apache-2.0 */
/* A short table: powers of ten of units that take them, and the few others people use. */
#include "base/unit.h"

#include <stddef.h>
#include <string.h>

struct unit {
	const char *from, *to;
	double factor, add;
};

static const struct unit others[] = {
	{ "J", "Wh", 1.0 / 3600, 0 },
	{ "kJ", "Wh", 1.0 / 3.6, 0 },
	{ "MJ", "Wh", 1000 / 3.6, 0 },
	{ "GJ", "Wh", 1000000 / 3.6, 0 },
	{ "C", "degC", 1, 0 },
	{ "\xc2\xb0"
	  "C",
	  "degC", 1, 0 },
	{ "F", "degC", 5.0 / 9, -160.0 / 9 },
	{ "\xc2\xb0"
	  "F",
	  "degC", 5.0 / 9, -160.0 / 9 },
	{ "degF", "degC", 5.0 / 9, -160.0 / 9 },
	{ "K", "degC", 1, -273.15 },
	{ "%", "1", 0.01, 0 },
	{ "1", "%", 100, 0 },
	{ "min", "s", 60, 0 },
	{ "h", "s", 3600, 0 },
	{ "d", "s", 86400, 0 },
	{ "ms", "s", 0.001, 0 },
	{ "s", "ms", 1000, 0 },
	{ "us", "ms", 0.001, 0 },
	{ "1/min", "rpm", 1, 0 },
	{ "l", "m3", 0.001, 0 },
	{ "t", "kg", 1000, 0 },
};

static const char *const scaled[] = { "W", "VA", "var", "A", "V", "Hz", "Wh", "VAh", "varh",
				     "Ah", "Pa" };
static const struct {
	char prefix;
	double factor;
} prefixes[] = { { 'k', 1e3 }, { 'M', 1e6 }, { 'G', 1e9 }, { 'm', 1e-3 } };

static bool takes_prefix(const char *unit)
{
	for (size_t i = 0; i < sizeof(scaled) / sizeof(*scaled); i++)
		if (!strcmp(scaled[i], unit))
			return true;
	return false;
}

bool unit_convert(const char *from, const char *to, double *ret_factor, double *ret_add)
{
	if (!*from || !strcmp(from, to)) {
		*ret_factor = 1;
		*ret_add = 0;
		return true;
	}
	if (takes_prefix(to) && !strcmp(from + 1, to))
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
			if (*from == prefixes[i].prefix) {
				*ret_factor = prefixes[i].factor;
				*ret_add = 0;
				return true;
			}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(others[i].to, to) && !strcmp(others[i].from, from)) {
			*ret_factor = others[i].factor;
			*ret_add = others[i].add;
			return true;
		}
	return false;
}

const char *unit_choices(const char *to)
{
	static const struct {
		const char *to, *choices;
	} words[] = {
		{ "W", "W, mW, kW, MW or GW" },
		{ "VA", "VA, mVA, kVA, MVA or GVA" },
		{ "var", "var, mvar, kvar, Mvar or Gvar" },
		{ "A", "A, mA, kA or MA" },
		{ "V", "V, mV, kV or MV" },
		{ "Hz", "Hz, mHz or kHz" },
		{ "Wh", "Wh, mWh, kWh, MWh, GWh, J, kJ, MJ or GJ" },
		{ "VAh", "VAh, kVAh, MVAh or GVAh" },
		{ "varh", "varh, kvarh, Mvarh or Gvarh" },
		{ "degC", "degC, C, F, degF or K" },
		{ "%", "% or 1" },
		{ "1", "1 or %" },
		{ "s", "s, ms, min, h or d" },
		{ "ms", "ms, us or s" },
		{ "rpm", "rpm or 1/min" },
		{ "m3", "m3 or l" },
		{ "kg", "kg or t" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i].to, to))
			return words[i].choices;
	return to;
}

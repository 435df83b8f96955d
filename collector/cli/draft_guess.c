/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of words, most telling first. */
#include "cli/draft_guess.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "inventory/raw.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool has(const char *text, const char *word)
{
	return text && strcasestr(text, word);
}

static const char *quantity_of(const char *name, const char *units)
{
	/* by either text; of two rows that fit the first counts */
	static const struct {
		const char *units, *name, *quantity;
	} table[] = {
		{ NULL, "powerfactor", "power_factor" },
		{ "watt-hour", NULL, "energy_wh" },   { "watthour", NULL, "energy_wh" },
		{ "wh", NULL, "energy_wh" },          { NULL, "energy", "energy_wh" },
		{ "volt-amp", NULL, "apparent_power_va" },
		{ "voltamp", NULL, "apparent_power_va" },
		{ NULL, "apparent", "apparent_power_va" },
		{ NULL, "reactive", "reactive_power_var" },
		{ "watt", NULL, "power_w" },          { NULL, "power", "power_w" },
		{ NULL, "humid", "humidity_pct" },    { NULL, "charge", "charge_pct" },
		{ NULL, "remaining", "runtime_s" },   { NULL, "runtime", "runtime_s" },
		{ "hertz", NULL, "frequency_hz" },    { NULL, "frequency", "frequency_hz" },
		{ "celsius", NULL, "temperature_c" }, { NULL, "temp", "temperature_c" },
		{ "rpm", NULL, "fan_rpm" },           { NULL, "fan", "fan_rpm" },
		{ "amp", NULL, "current_a" },         { NULL, "current", "current_a" },
		{ "volt", NULL, "voltage_v" },        { NULL, "volt", "voltage_v" },
		{ NULL, "load", "load_pct" },         { NULL, "utiliz", "load_pct" },
		{ NULL, "uptime", "uptime_s" },
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		if ((table[i].units && has(units, table[i].units)) ||
		    (table[i].name && has(name, table[i].name)))
			return table[i].quantity;
	}
	return NULL;
}

/* "hundredths of kilowatts", "0.1 RMS Amp", "mV". */
static const char *scale_of(const char *text, const char *quantity)
{
	static const struct {
		const char *word;
		int exponent;
	} words[] = {
		{ "hundredth", -2 },  { "0.01", -2 }, { "tenth", -1 }, { "0.1", -1 },
		{ "deci", -1 },       { "centi", -2 }, { "milli", -3 }, { "thousandth", -3 },
		{ "0.001", -3 },
	};
	static const char *const scales[] = { "0.001", "0.01", "0.1", NULL, "10", "100", "1000" };
	int exponent = 0;

	if (strcmp(quantity, "runtime_s") == 0 && has(text, "minute"))
		return "60";
	for (size_t i = 0; i < N_OF(words) && exponent == 0; i++) {
		if (has(text, words[i].word))
			exponent = words[i].exponent;
	}
	if (has(text, "kilo") || has(text, "kw") || has(text, "kva"))
		exponent += 3;
	return exponent < -3 || exponent > 3 ? NULL : scales[exponent + 3];
}

/* Do all values, times 10^-digits, lie in one of the ranges? */
static bool all_in(const struct varbind *vbs, size_t n, int digits, const double (*ranges)[2],
		   size_t n_ranges)
{
	for (size_t i = 0; i < n; i++) {
		int64_t raw;
		bool in = false;

		if (raw_integer(&vbs[i].value, &raw) != RAW_OK)
			return false;
		for (size_t k = 0; k < n_ranges; k++) {
			double value = (double)raw / pow(10, digits);

			in = in || (value >= ranges[k][0] && value <= ranges[k][1]);
		}
		if (!in)
			return false;
	}
	return n > 0;
}

/* Mains give themselves away. */
static struct guess by_values(const struct varbind *vbs, size_t n)
{
	static const double mains[][2] = { { 49.7, 50.3 }, { 59.7, 60.3 } };
	static const double volts[][2] = { { 114, 126 }, { 200, 245 }, { 390, 420 } };
	static const char *const scales[] = { NULL, "0.1", "0.01", "0.001" };

	for (int digits = 0; digits < 4; digits++) {
		/* 50 alone may be anything, 500 and 4998 less so */
		if (digits > 0 && all_in(vbs, n, digits, mains, N_OF(mains)))
			return (struct guess){ "frequency_hz", scales[digits] };
		if (digits < 2 && all_in(vbs, n, digits, volts, N_OF(volts)))
			return (struct guess){ "voltage_v", scales[digits] };
	}
	return (struct guess){ NULL, NULL };
}

struct guess draft_guess(const struct mib_object *object, const struct varbind *vbs, size_t n)
{
	struct guess guess = { NULL, NULL };
	const char *told;

	if (!object)
		return by_values(vbs, n);
	if (object->n_values > 0)
		return (struct guess){ "state", NULL };
	guess.quantity = quantity_of(object->name, object->units);
	if (!guess.quantity)
		return guess;
	told = object->units && scale_of(object->units, guess.quantity) ? object->units
									: object->description;
	guess.scale = scale_of(told, guess.quantity);
	return guess;
}

enum severity draft_severity(const char *state)
{
	/* the first row that fits counts; from_start: elsewhere the letters mean other things
	 * (flow, discovered) */
	static const struct {
		const char *word;
		enum severity severity;
		bool from_start;
	} table[] = {
		{ "noncritical", SEVERITY_WARNING, false },
		{ "non-critical", SEVERITY_WARNING, false },
		{ "nonrecoverable", SEVERITY_CRITICAL, false },
		{ "nofault", SEVERITY_OK, false },      { "noalarm", SEVERITY_OK, false },
		{ "noerror", SEVERITY_OK, false },      { "nofail", SEVERITY_OK, false },
		{ "nowarn", SEVERITY_OK, false },       { "override", SEVERITY_OK, true },
		{ "critical", SEVERITY_CRITICAL, false }, { "fail", SEVERITY_CRITICAL, false },
		{ "fault", SEVERITY_CRITICAL, false },  { "alarm", SEVERITY_CRITICAL, false },
		{ "error", SEVERITY_CRITICAL, false },  { "trip", SEVERITY_CRITICAL, false },
		{ "major", SEVERITY_CRITICAL, false },  { "emergency", SEVERITY_CRITICAL, false },
		{ "over", SEVERITY_CRITICAL, true },
		{ "warn", SEVERITY_WARNING, false },    { "degrad", SEVERITY_WARNING, false },
		{ "minor", SEVERITY_WARNING, false },   { "bypass", SEVERITY_WARNING, false },
		{ "onbattery", SEVERITY_WARNING, false }, { "depleted", SEVERITY_CRITICAL, false },
		{ "batterylow", SEVERITY_WARNING, false }, { "low", SEVERITY_WARNING, true },
		{ "high", SEVERITY_WARNING, true },     { "unknown", SEVERITY_UNKNOWN, false },
		{ "other", SEVERITY_UNKNOWN, true },    { "invalid", SEVERITY_UNKNOWN, false },
		{ "notavailable", SEVERITY_UNKNOWN, false },
		{ "unavailable", SEVERITY_UNKNOWN, false },
		{ "undetermined", SEVERITY_UNKNOWN, false },
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		const char *at = strcasestr(state, table[i].word);

		if (at && (!table[i].from_start || at == state))
			return table[i].severity;
	}
	return SEVERITY_OK;
}

static const char *first_of(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (has(name, words[i]))
			return words[i];
	}
	return NULL;
}

const char *draft_part(const char *name)
{
	static const char *const words[] = { "outlet", "bank",   "phase",   "branch", "inlet",
					     "input",  "output", "breaker", "sensor", "probe",
					     "fan",    "supply", "battery", "circuit", "line",
					     "cord",   "unit" };

	return first_of(name, words, N_OF(words));
}

const char *draft_fact(const char *name)
{
	static const char *const words[] = { "serial", "model", "firmware", "hardware", "version" };

	return first_of(name, words, N_OF(words));
}

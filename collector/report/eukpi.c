/* SPDX-License-Identifier: Apache-2.0 */
/* See eukpi.h. */
#include "report/eukpi.h"

#include <math.h>

/* clang-format off */
#define FACT     EUKPI_FACT
#define METERED  EUKPI_METERED
#define COMPUTED EUKPI_COMPUTED
#define LEVEL    true
#define AMOUNT   false
const struct eukpi_field eukpi_fields[] = {
	{ "PDIT",      "Installed IT power demand",             "kW",   "W",    FACT,     LEVEL },
	{ "SDC",       "Total floor area",                      "m2",   "m2",   FACT,     LEVEL },
	{ "SCR",       "Computer room floor area",              "m2",   "m2",   FACT,     LEVEL },
	{ "EDC",       "Total energy consumption",              "kWh",  "Wh",   METERED,  AMOUNT },
	{ "EDC-BG",    "of it from backup generators",          "kWh",  "Wh",   METERED,  AMOUNT },
	{ "EIT",       "Energy consumption of IT equipment",    "kWh",  "Wh",   METERED,  AMOUNT },
	{ "CBTG",      "Battery capacity offered to the grid",  "kW",   "W",    FACT,     LEVEL },
	{ "WIN",       "Total water input",                     "m3",   "m3",   FACT,     AMOUNT },
	{ "WIN-POT",   "of it potable",                         "m3",   "m3",   FACT,     AMOUNT },
	{ "EREUSE",    "Waste heat reused",                     "kWh",  "Wh",   FACT,     AMOUNT },
	{ "TWHR",      "Average temperature of waste heat",     "degC", "degC", FACT,     LEVEL },
	{ "TIN",       "Average setpoint of intake air",        "degC", "degC", FACT,     LEVEL },
	{ "CDD",       "Cooling degree days (K d)",              "Kd",   "Kd",   FACT,     AMOUNT },
	{ "ERES-TOT",  "Energy from renewable sources",         "kWh",  "Wh",   COMPUTED, AMOUNT },
	{ "ERES-GOO",  "of it with guarantees of origin",       "kWh",  "Wh",   FACT,     AMOUNT },
	{ "ERES-PPA",  "of it from power purchase agreements",  "kWh",  "Wh",   FACT,     AMOUNT },
	{ "ERES-OS",   "of it from on site",                    "kWh",  "Wh",   FACT,     AMOUNT },
	{ "CSERV",     "ICT capacity of servers",               "SERT", "SERT", FACT,     LEVEL },
	{ "CSTOR",     "ICT capacity of storage",               "PB",   "PB",   FACT,     LEVEL },
	{ "BIN",       "Incoming traffic bandwidth",            "GB/s", "GB/s", FACT,     LEVEL },
	{ "BOUT",      "Outgoing traffic bandwidth",            "GB/s", "GB/s", FACT,     LEVEL },
	{ "TIN-DATA",  "Incoming data traffic",                 "EB",   "EB",   FACT,     AMOUNT },
	{ "TOUT-DATA", "Outgoing data traffic",                 "EB",   "EB",   FACT,     AMOUNT },
};
/* clang-format on */
const size_t eukpi_n_fields = sizeof(eukpi_fields) / sizeof(*eukpi_fields);

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void compute_2024(const struct eukpi_input *in, struct eukpi *ret)
{
	double eres_kwh = in->eres_goo_kwh + in->eres_ppa_kwh + in->eres_os_kwh;

	*ret = (struct eukpi){
		.pue = ratio(in->edc_kwh, in->eit_kwh),
		.wue_m3_per_mwh = ratio(in->win_m3, in->eit_kwh / 1000),
		.erf = ratio(in->ereuse_kwh, in->edc_kwh),
		.ref = ratio(eres_kwh, in->edc_kwh),
		.eres_tot_kwh = eres_kwh,
	};
}

const struct eukpi_version *eukpi_version(int year)
{
	/* ascending; the first reports were about 2023 */
	static const struct eukpi_version versions[] = {
		{ 2023, "2024/1364", "Delegated Regulation (EU) 2024/1364, Annexes II and III",
		  compute_2024 },
	};
	size_t i = sizeof(versions) / sizeof(*versions) - 1;

	while (i > 0 && versions[i].first_year > year)
		i--;
	return &versions[i];
}

const char *eukpi_label_class(double pue)
{
	static const struct {
		double most;
		const char *name;
	} classes[] = { { 1.15, "A" }, { 1.25, "B" }, { 1.35, "C" }, { 1.5, "D" }, { 1.9, "E/F" } };

	if (isnan(pue))
		return NULL;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (pue <= classes[i].most)
			return classes[i].name;
	return "G";
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See eukpi.h. */
#include "report/eukpi.h"

#include <math.h>

/* clang-format off */
const struct eukpi_field eukpi_fields[] = {
	{ "PDIT",     "Installed IT power demand",                "kW",     EUKPI_FACT },
	{ "SDC",      "Total floor area",                         "m2",     EUKPI_FACT },
	{ "SCR",      "Computer room floor area",                 "m2",     EUKPI_FACT },
	{ "EDC",      "Total energy consumption",                 "kWh",    EUKPI_METERED },
	{ "EDC-BG",   "of it from backup generators",             "kWh",    EUKPI_METERED },
	{ "EIT",      "Energy consumption of IT equipment",       "kWh",    EUKPI_METERED },
	{ "CBTG",     "Battery capacity offered to the grid",     "kW",     EUKPI_FACT },
	{ "WIN",      "Total water input",                        "m3",     EUKPI_FACT },
	{ "WIN-POT",  "of it potable",                            "m3",     EUKPI_FACT },
	{ "EREUSE",   "Waste heat reused",                        "kWh",    EUKPI_FACT },
	{ "TWHR",     "Average temperature of waste heat",        "degC",   EUKPI_FACT },
	{ "TIN",      "Average setpoint of intake air",           "degC",   EUKPI_FACT },
	{ "CDD",      "Cooling degree days",                      "degree-days", EUKPI_FACT },
	{ "ERES-TOT", "Energy from renewable sources",            "kWh",    EUKPI_COMPUTED },
	{ "ERES-GOO", "of it with guarantees of origin",          "kWh",    EUKPI_FACT },
	{ "ERES-PPA", "of it from power purchase agreements",     "kWh",    EUKPI_FACT },
	{ "ERES-OS",  "of it from on site",                       "kWh",    EUKPI_FACT },
	{ "CSERV",    "ICT capacity of servers",                  "SERT points", EUKPI_FACT },
	{ "CSTOR",    "ICT capacity of storage",                  "PB",     EUKPI_FACT },
	{ "BIN",      "Incoming traffic bandwidth",               "GB/s",   EUKPI_FACT },
	{ "BOUT",     "Outgoing traffic bandwidth",               "GB/s",   EUKPI_FACT },
	{ "TIN-DATA", "Incoming data traffic",                    "EB",     EUKPI_FACT },
	{ "TOUT-DATA", "Outgoing data traffic",                   "EB",     EUKPI_FACT },
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

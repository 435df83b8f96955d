/* SPDX-License-Identifier: Apache-2.0 */
/* See eukpi.h. */
#include "report/eukpi.h"

#include <math.h>

/* clang-format off */
#define FACT   EUKPI_FACT
#define READ   EUKPI_METERED
#define MADE   EUKPI_COMPUTED
#define LEVEL  EUKPI_LEVEL
#define SUM    EUKPI_AMOUNT
#define LAST   EUKPI_AT_END
const struct eukpi_field eukpi_fields[] = {
	{ "PDIT",      "1(a)", "Installed IT power demand",          "kW",   "W",    FACT,  LEVEL },
	{ "SDC",       "1(b)", "Total floor area",                   "m2",   "m2",   FACT,  LEVEL },
	{ "SCR",       "1(c)", "Computer room floor area",           "m2",   "m2",   FACT,  LEVEL },
	{ "EDC",       "1(d)", "Total energy consumption",           "kWh",  "Wh",   READ,  SUM },
	{ "EDC-BG",    "1(d)", "of it from backup generators",       "kWh",  "Wh",   READ,  SUM },
	{ "EIT",       "1(e)", "Energy consumption of IT equipment", "kWh",  "Wh",   READ,  SUM },
	{ "CBTG",      "1(g)", "Battery capacity offered to grid",   "kW",   "W",    FACT,  LEVEL },
	{ "WIN",       "1(h)", "Total water input",                  "m3",   "m3",   FACT,  SUM },
	{ "WIN-POT",   "1(i)", "of it potable",                      "m3",   "m3",   FACT,  SUM },
	{ "EREUSE",    "1(j)", "Waste heat reused",                  "kWh",  "Wh",   FACT,  SUM },
	{ "TWH",       "1(k)", "Average temperature of waste heat",  "degC", "degC", FACT,  LEVEL },
	{ "TIN",       "1(l)", "Average setpoint of intake air",     "degC", "degC", FACT,  LEVEL },
	{ "CDD",       "1(n)", "Cooling degree days (K d)",          "Kd",   "Kd",   FACT,  SUM },
	{ "ERES-TOT",  "1(o)", "Energy from renewable sources",      "kWh",  "Wh",   MADE,  SUM },
	{ "ERES-GOO",  "1(p)", "of it with guarantees of origin",    "kWh",  "Wh",   FACT,  SUM },
	{ "ERES-PPA",  "1(q)", "of it by power purchase agreements", "kWh",  "Wh",   FACT,  SUM },
	{ "ERES-OS",   "1(r)", "of it from on site",                 "kWh",  "Wh",   FACT,  SUM },
	{ "CSERV",     "2(a)", "ICT capacity of servers",            "SERT", "SERT", FACT,  LAST },
	{ "CSTOR",     "2(b)", "ICT capacity of storage",            "PB",   "PB",   FACT,  LAST },
	{ "BIN",       "3(a)", "Incoming traffic bandwidth",         "GB/s", "GB/s", FACT,  LEVEL },
	{ "BOUT",      "3(b)", "Outgoing traffic bandwidth",         "GB/s", "GB/s", FACT,  LEVEL },
	{ "TIN-DATA",  "3(c)", "Incoming data traffic",              "EB",   "EB",   FACT,  SUM },
	{ "TOUT-DATA", "3(d)", "Outgoing data traffic",              "EB",   "EB",   FACT,  SUM },
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
	/* Ascending. The first reports, due on 15 September 2024, were about 2023 (Article 3(1)).
	 * An amendment was a draft in April 2026. */
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a data centre tells the European database once a year (Article 3(1): of the calendar year
 * before, or of the time that it has been in operation), and the four indicators that follow from
 * it. Pure. Source: Commission Delegated Regulation (EU) 2024/1364 of 14 March 2024: what is to be
 * communicated is its Annex II, points 1(a) to 3(d), the indicators and their formulas are its
 * Annex III, (a) to (d). What is no number is not here: Annex I, and of Annex II the grid functions
 * (1(f)) and the refrigerants (1(m)).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum eukpi_origin {
	EUKPI_METERED, /* rackmeter measures it; a fact of the same key stands in where it cannot */
	EUKPI_FACT,    /* a person tells it, in facts.csv */
	EUKPI_COMPUTED
};

enum eukpi_kind {
	EUKPI_AMOUNT, /* of the year */
	EUKPI_LEVEL,  /* what held meanwhile: averaged over the year */
	EUKPI_AT_END  /* what was in place on its last day */
};

struct eukpi_field {
	const char *key;   /* "EDC"; in facts.csv "EU.EDC" */
	const char *point; /* of Annex II: "1(d)" */
	const char *title; /* "Total energy consumption" */
	const char *unit;  /* the regulation's: "kWh" */
	const char *base;  /* what facts are read in: "Wh" (base/unit.h) */
	enum eukpi_origin origin;
	enum eukpi_kind kind;
};

/* In the order of the regulation. */
extern const struct eukpi_field eukpi_fields[];
extern const size_t eukpi_n_fields;

struct eukpi_input { /* of one year; NAN: missing, which is not 0 */
	double edc_kwh, eit_kwh;
	double win_m3;
	double ereuse_kwh;
	double eres_goo_kwh, eres_ppa_kwh, eres_os_kwh;
};

struct eukpi {                 /* NAN where something is missing */
	double pue;            /* EDC / EIT: Annex III (a) */
	double wue_m3_per_mwh; /* WIN / EIT in MWh: (b); the same number as litres per kWh */
	double erf;            /* EREUSE / EDC: (c) */
	double ref;            /* ERES-TOT / EDC: (d) */
	double eres_tot_kwh;   /* sum of its three parts: Annex II, 1(o) */
};

struct eukpi_version { /* formulas, by the years they hold for */
	int first_year;
	const char *name; /* "2024/1364" */
	const char *text; /* the act and annex in full */
	void (*compute)(const struct eukpi_input *in, struct eukpi *ret);
};

/* The formulas of a reporting year: the first ones also for years before. */
const struct eukpi_version *eukpi_version(int year);

/* Class of the label that the Commission proposed for the PUE of a data centre, upper bounds
 * included: "A" to "D" and "G"; "E/F" between, where only the outer bounds are public; NULL without
 * a PUE. */
const char *eukpi_label_class(double pue);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of one-phase, three-phase and direct current circuits. Pure. Currents are RMS of
 * the fundamental at one power factor: that is all a rack PDU tells. A figure that cannot be had
 * (no current at all, no voltage) is NAN, never 0.
 *
 * volts of a circuit is line to line for 3ph-wye, 3ph-delta and 1ph-ll, line to neutral for
 * 1ph-ln (circuits.csv).
 */
#pragma once

#include <stdbool.h>

enum power_system {
	POWER_UNKNOWN,
	POWER_1PH_LN,
	POWER_1PH_LL,
	POWER_3PH_WYE,
	POWER_3PH_DELTA,
	POWER_DC
};

enum power_system power_system_of(const char *name); /* "3ph-wye"; POWER_UNKNOWN for others */
const char *power_system_name(enum power_system system);
/* How many conductors carry a current of their own: 3 for three phases, else 1. */
int power_conductors(enum power_system system);

/* Volt-amperes that one ampere in one conductor stands for: V_LL / sqrt 3 in three phases (of a
 * delta: of its line currents), else the voltage. NAN when the voltage is not known. */
double power_va_per_a(enum power_system system, double volts);
/*
 * VA of the currents a[0..power_conductors()). S = V_LL / sqrt 3 * (I1 + I2 + I3) for three
 * phases, exact for wye with equal phase voltages; for the line currents of an unbalanced delta
 * an upper bound (use power_va_of_pairs where the pairs are known). NAN when one is NAN.
 */
double power_va(enum power_system system, double volts, const double *a);
/* Delta loads by pairs L1L2, L2L3, L3L1: S = V_LL * (I12 + I23 + I31). */
double power_va_of_pairs(double volts_ll, const double pairs[3]);
/* The currents of a load of va, spread evenly over the conductors. */
double power_amps(enum power_system system, double volts, double va);

/*
 * Greatest deviation from the mean, in percent of the mean (the definition of NEMA MG 1, 14.36
 * for voltages, applied to currents). NAN when no current flows: nothing is known then, it is
 * not 0 %.
 */
double threephase_imbalance_pct(const double a[3]);
/* Current of the neutral of a wye at the fundamental: the sum of three phasors 120 degrees apart,
 * sqrt(I1^2 + I2^2 + I3^2 - I1 I2 - I2 I3 - I3 I1). Harmonics add to it. */
double threephase_neutral_a(const double a[3]);
/* Line currents of pairs L1L2, L2L3, L3L1 at one power factor: I_L1 = |I12 - I31|, phasors 120
 * degrees apart: sqrt(I12^2 + I31^2 + I12 I31); so on. Not the sum of the two. */
void threephase_delta_lines(const double pairs[3], double ret_lines[3]);
/* A line to neutral voltage written where a wye's line to line voltage belongs makes every VA too
 * small by sqrt 3: the voltage that is meant (230 -> 400), NAN when volts is no such case. */
double power_meant_volts(enum power_system system, double volts);

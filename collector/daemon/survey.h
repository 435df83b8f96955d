/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The survey of one SNMP device: who it is, which scalars it has, and a walk over the
 * table columns its profile names. A machine without I/O: it says what to ask next and is
 * told what came back, so that the poll thread and `rackmeter probe` run the same steps
 * and a test can play the device. Whatever the device answers, it ends: at the limit of
 * rows, of requests, or when nothing moves forward any more.
 */
#pragma once

#include "inventory/profile.h"
#include "transport/plan.h"
#include "transport/transport.h"

#define SURVEY_ROWS_MAX 20000    /* variable bindings kept */
#define SURVEY_REQUESTS_MAX 4000
#define SURVEY_OCTETS_MAX 1024   /* of one value: names, labels and OIDs are shorter; a table of
				  * texts of 60 kB each would be 250 MB */

struct survey;

/* profile NULL: only the identity (sysDescr, sysObjectID, sysUpTime). v1: the device speaks
 * SNMPv1, which has no GETBULK. */
struct survey *survey_new(const struct profile *profile, bool v1);
/* Only what tells whether something was plugged in or out since: profile_fitted_columns(). */
struct survey *survey_new_fitted(const struct profile *profile, bool v1);
/* Only which of these objects the device has: scalars (ending in .0), and of columns and tables the
 * first row, or with whole all rows. */
struct survey *survey_new_objects(const struct oid *objects, size_t n, bool whole, bool v1);
/* Does the device tell anything before its points are known? All SNMP ones do, and Modbus ones that
 * keep a scale or a count in a register. */
bool survey_needed(const struct profile *profile);
/* May that change while no row comes or goes? A scale or a count in a register, and what the column
 * of a filter `fitted` says: looked at every hour. */
bool survey_ages(const struct profile *profile);
struct survey *survey_free(struct survey *s);
/* The next request; NULL: the survey is over. Valid until survey_reply(). */
const struct plan_request *survey_next(struct survey *s);
void survey_reply(struct survey *s, enum cause cause, const struct reply *reply);
/* CAUSE_NONE, or why the survey ended before its end. */
enum cause survey_failed(const struct survey *s);
/* Variable bindings it holds by now. */
size_t survey_rows(const struct survey *s);
/* Did the device answer anything at all? */
bool survey_answered(const struct survey *s);
/* A column was cut: not ascending, or beyond the limits. */
bool survey_cut(const struct survey *s);

/* What was found; belongs to the survey. */
const struct varbind *survey_vbs(const struct survey *s, size_t *ret_n);
/* The value of one instance, NULL when the device has none. */
const struct vb_value *survey_value(const struct survey *s, const struct oid *oid);

extern const struct oid oid_sysdescr, oid_sysobjectid, oid_sysuptime; /* RFC 3418, .0 */

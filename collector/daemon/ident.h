/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is it? A machine without I/O, as the survey is: it says what to ask next and is told what
 * came back, so that `rackmeter probe` (one device, blocking) and `rackmeter scan` (many at once)
 * take the same steps. SNMP: the system group, then the objects that tell between the families it
 * leaves. Modbus: the registers of all rules, each once.
 */
#pragma once

#include "inventory/chain.h"
#include "inventory/profile.h"
#include "transport/plan.h"
#include "transport/transport.h"

struct ident;

struct ident_result {
	struct profile_match match; /* profile NULL: no family is known */
	bool answered;              /* the device said anything at all */
	enum cause failed;          /* why it ended before its end; CAUSE_NONE: it did not */
	char sysdescr[256], sysobjectid[256]; /* SNMP, "" when it has none */
	char sysname[128];
	/* with_facts: those of the profile, and the members of a chain that one row of devices.csv
	 * would not read; member 0: a fact of the device that answers, or of a single one */
	struct { const char *key; unsigned member; char text[128]; } *facts;
	size_t n_facts;
	struct chain chain;
};

/* e says protocol and unit. v1: SNMPv1, which has no GETBULK. with_facts: sysName, the facts of the
 * profile and the members of a chain too. */
struct ident *ident_new(const struct profile_set *profiles, const struct endpoint *e, bool v1,
			bool with_facts);
struct ident *ident_free(struct ident *i);
/* The next request; NULL: it is over. Valid until ident_reply(). */
const struct plan_request *ident_next(struct ident *i);
void ident_reply(struct ident *i, enum cause cause, const struct reply *reply);
/* Belongs to the machine. */
const struct ident_result *ident_result(const struct ident *i);
/* The text of a fact, NULL when there is none. member 0: of the whole device; 1, the one that
 * answers for the others, has what is told without a member too. */
const char *ident_fact(const struct ident *i, unsigned member, const char *key);

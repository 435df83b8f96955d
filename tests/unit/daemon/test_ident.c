/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a Modbus device is: the machine asks each register once, whatever many rules want of it, and
 * the rule that says most decides. A device is a list of registers here. Of SNMP: which members a
 * chain has, and whose a fact is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent.h"
#include "base/text.h"
#include "daemon/ident.h"

static char dir[] = "/tmp/rackmeter-ident-XXXXXX";
static struct profile_set *set;

static void put(const char *name, const char *rules)
{
	char *path = xasprintf("%s/%s.yaml", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f,
		"profile: %s\ntitle: t\nvendor: v\ncategory: meter\nprotocol: modbus\n"
		"registers: holding\ntype: u16\ndocument: d\nidentify:\n%s"
		"facts:\n  serial: {register: 50, words: 2, source: s}\n"
		"points:\n  - {power_w: 1, part: main, source: p}\n",
		name, rules);
	fclose(f);
	free(path);
}

static int load(void **state)
{
	const char *dirs[] = { dir };
	struct diag diag = { 0 };

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	put("any-text", "  - {register: 10, words: 2, matches: \".\"}\n");
	put("by-number", "  - {register: 20, value: 7}\n  - {register: 21}\n");
	put("by-text", "  - {register: 10, words: 2, matches: \"^PM\"}\n");
	put("two-words", "  - {register: 30, value: 70000}\n");
	put("twin", "  - {register: 31, value: 1}\n");
	put("twin-too", "  - {register: 32, value: 1}\n");
	set = profile_set_load(dirs, 1, &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	return profile_set_size(set) == 6 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < profile_set_size(set); i++)
		unlink(profile_set_at(set, i)->file);
	profile_set_free(set);
	return rmdir(dir);
}

struct device {
	int address[8];
	uint16_t word[8];
	size_t n;
	enum cause otherwise; /* for registers it lacks */
	size_t asked, asked_10;
};

static const struct ident_result *run(struct device *d, struct ident *i)
{
	const struct plan_request *what;

	while ((what = ident_next(i))) {
		uint16_t words[8] = { 0 };
		struct reply reply = { .words = words, .n_words = what->n_words };
		bool has = true;

		assert_true(++d->asked < 100);
		d->asked_10 += what->address == 10;
		for (size_t w = 0; w < what->n_words; w++) {
			bool found = false;
			for (size_t k = 0; k < d->n; k++) {
				if (d->address[k] == what->address + (int)w) {
					words[w] = d->word[k];
					found = true;
				}
			}
			has = has && found;
		}
		ident_reply(i, has ? CAUSE_NONE : d->otherwise, has ? &reply : NULL);
	}
	return ident_result(i);
}

static void check(struct device d, const char *profile, const char *rival)
{
	const struct endpoint e = { .protocol = PROTOCOL_MODBUS_TCP, .unit = 1 };
	struct ident *i = ident_new(set, &e, false, true);
	const struct ident_result *r = run(&d, i);

	assert_true(r->answered);
	assert_true(d.asked_10 <= 1);
	assert_string_equal(r->match.profile ? r->match.profile->name : "none", profile);
	assert_string_equal(r->match.rival ? r->match.rival->name : "none", rival);
	ident_free(i);
}

#define ILLEGAL (CAUSE_EXCEPTION + 2)

static void test_which(void **state)
{
	(void)state;
	check((struct device){ { 20 }, { 7 }, 1, ILLEGAL, 0, 0 }, "by-number", "none");
	check((struct device){ { 20, 21 }, { 8, 1 }, 2, ILLEGAL, 0, 0 }, "none", "none");
	check((struct device){ { 10, 11 }, { 0x504d, 0x3500 }, 2, ILLEGAL, 0, 0 }, "by-text",
	      "none");
	check((struct device){ { 10, 11 }, { 0x5858, 0x3500 }, 2, ILLEGAL, 0, 0 }, "any-text",
	      "none");
	check((struct device){ { 10, 11 }, { 0, 0 }, 2, ILLEGAL, 0, 0 }, "none", "none");
	check((struct device){ { 30, 31, 20 }, { 1, 4464, 7 }, 3, ILLEGAL, 0, 0 }, "two-words",
	      "none");
	check((struct device){ { 31, 32 }, { 1, 1 }, 2, ILLEGAL, 0, 0 }, "twin", "twin-too");
}

static void test_facts(void **state)
{
	const struct endpoint e = { .protocol = PROTOCOL_MODBUS_TCP, .unit = 1 };
	struct ident *i = ident_new(set, &e, false, true);
	struct device d = { { 20, 50, 51 }, { 7, 0x534e, 0x3700 }, 3, ILLEGAL, 0, 0 };

	(void)state;
	run(&d, i);
	assert_string_equal(ident_fact(i, 0, "serial"), "SN7");
	assert_null(ident_fact(i, 0, "model"));
	ident_free(i);
}

/* One silence at the beginning is enough; later ones are borne, but not for ever. */
static void test_silence(void **state)
{
	const struct endpoint e = { .protocol = PROTOCOL_MODBUS_TCP, .unit = 1 };
	struct ident *i = ident_new(set, &e, false, false);
	struct device dead = { .otherwise = CAUSE_NO_ANSWER };
	const struct ident_result *r = run(&dead, i);

	(void)state;
	assert_false(r->answered);
	assert_int_equal(r->failed, CAUSE_NO_ANSWER);
	assert_int_equal(dead.asked, 1);
	ident_free(i);

	i = ident_new(set, &e, false, false);
	struct device mute = { { 10, 11 }, { 0x5858, 0 }, 2, CAUSE_NO_ANSWER, 0, 0 };
	r = run(&mute, i);
	assert_true(r->answered);
	assert_string_equal(r->match.profile->name, "any-text");
	assert_int_equal(mute.asked, 4);
	ident_free(i);
}

/* ---- chains -------------------------------------------------------------- */

#define E "1.3.6.1.4.1.99998"

/* Members by the rows of the facts' columns or, with scalars only, by a column of numbers. */
static struct profile_set *chains(const char *facts, const char *index, const char *part)
{
	char *path = xasprintf("%s/chain.yaml", dir);
	FILE *f = fopen(path, "w");
	struct diag diag = { 0 };
	struct profile_set *one;

	assert_non_null(f);
	fprintf(f,
		"profile: chain\ntitle: t\nvendor: v\ncategory: rack_pdu\nprotocol: snmp\n"
		"oid: " E "\ndocument: d\nmember: {arc: unit, first: 0}\n"
		"identify: [{sysobjectid: " E "}]\nfacts:\n%spoints:\n"
		"  - {power_w: .2.1, %s, part: %s, source: p}\n", facts, index, part);
	fclose(f);
	one = profile_set_load((const char *[]){ dir }, 1, &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	assert_non_null(profile_set_get(one, "chain"));
	unlink(path);
	free(path);
	return one;
}

static struct ident *ask(struct profile_set *one, struct agent *a)
{
	const struct endpoint e = { .protocol = PROTOCOL_SNMP };
	struct ident *i = ident_new(one, &e, a->v1, true);
	const struct plan_request *what;
	struct reply reply;

	while ((what = ident_next(i))) {
		enum cause cause = agent_answer(a, what, &reply);

		assert_true(a->n_requests < 50);
		ident_reply(i, cause, &reply);
	}
	assert_non_null(ident_result(i)->match.profile);
	return i;
}

static struct agent *chain_agent(bool v1)
{
	struct agent *a = calloc(1, sizeof(*a));

	a->answers_left = -1;
	a->v1 = v1;
	agent_add(a, "1.3.6.1.2.1.1.2.0", VB_OID, 0, E);
	agent_add(a, E ".1.1.0", VB_OCTETS, 0, "SCALAR");
	agent_add(a, E ".1.2.0", VB_OCTETS, 0, "S0"); /* unit 0 is the first member */
	agent_add(a, E ".1.2.4", VB_OCTETS, 0, "S4");
	agent_add(a, E ".1.3.2", VB_OCTETS, 0, "M2");
	agent_add(a, E ".2.1.1", VB_INTEGER, 100, NULL);
	agent_add(a, E ".2.1.2", VB_INTEGER, 200, NULL);
	agent_add(a, E ".2.2.1", VB_INTEGER, 3, NULL);
	agent_add(a, E ".2.2.2", VB_INTEGER, 0, NULL);
	agent_add(a, E ".3.0", VB_INTEGER, 0, NULL);
	return a;
}

static void check_members(struct profile_set *one, bool v1, size_t n, const unsigned *members,
			  const char *const *serials)
{
	struct agent *a = chain_agent(v1);
	struct ident *i = ask(one, a);
	const struct ident_result *r = ident_result(i);

	assert_int_equal(r->chain.n, n);
	for (size_t k = 0; k < n; k++) {
		const char *serial = ident_fact(i, members[k], "serial");

		assert_int_equal(r->chain.members[k], members[k]);
		assert_string_equal(serial ? serial : "none", serials[k]);
	}
	ident_free(i);
	profile_set_free(one);
	free(a);
}

static void test_members(void **state)
{
	static const char columns[] = "  serial: {column: .1.2, source: s}\n"
				      "  model: {column: .1.3, source: s}\n";
	static const char scalar[] = "  serial: {oid: .1.1.0, source: s}\n";

	(void)state;
	for (int v1 = 0; v1 <= 1; v1++) {
		check_members(chains(columns, "index: unit", "main"), v1, 3,
			      (const unsigned[]){ 1, 3, 5 },
			      (const char *const[]){ "S0", "none", "S4" });
		check_members(chains(scalar, "index: row, keys: {unit: .2.2}", "main"), v1, 2,
			      (const unsigned[]){ 1, 4 },
			      (const char *const[]){ "SCALAR", "none" });
		check_members(chains(scalar, "index: unit", "main"), v1, 2,
			      (const unsigned[]){ 2, 3 }, (const char *const[]){ "none", "none" });
		/* one row of devices.csv reads them all */
		check_members(chains(columns, "index: unit", "\"unit {unit}\""), v1, 0, NULL, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_members),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

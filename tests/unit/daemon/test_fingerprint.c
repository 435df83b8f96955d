/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a device another one to poll, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/fingerprint.h"

struct site {
	struct profile profile;
	struct cfg_device cfg;
	struct cfg_credential credential;
	struct inv_device device;
	struct inventory inv;
};

static void fill(struct site *s)
{
	*s = (struct site){ 0 };
	s->profile.name = (char *)(uintptr_t)"mini-pdu";
	s->profile.file = (char *)(uintptr_t)FIXTURES "/daemon/mini-pdu.yaml";
	s->cfg.endpoint = (char *)(uintptr_t)"snmp://127.0.0.1";
	s->cfg.rack = (char *)(uintptr_t)"R1";
	s->credential.community = (char *)(uintptr_t)"public";
	s->credential.snmp_version = 2;
	s->device.cfg = &s->cfg;
	s->device.profile = &s->profile;
	s->device.credential = &s->credential;
	s->device.every_s = 10;
	s->inv.devices = &s->device;
	s->inv.n_devices = 1;
}

static uint64_t hash(struct site *s)
{
	uint64_t *hashes = fingerprint_devices(&s->inv), h = hashes[0];

	free(hashes);
	return h;
}

static void test_what_counts(void **state)
{
	struct site a, b;

	(void)state;
	fill(&a);
	fill(&b);
	assert_int_equal(hash(&a), hash(&b));
	b.cfg.rack = (char *)(uintptr_t)"R2"; /* where it stands does not matter to polling */
	assert_int_equal(hash(&a), hash(&b));
	b.device.every_s = 20;
	assert_int_not_equal(hash(&a), hash(&b));
	b.device.every_s = 10;
	b.cfg.endpoint = (char *)(uintptr_t)"snmp://127.0.0.2";
	assert_int_not_equal(hash(&a), hash(&b));
	b.cfg.endpoint = a.cfg.endpoint;
	b.credential.community = (char *)(uintptr_t)"secret";
	assert_int_not_equal(hash(&a), hash(&b));
	b.credential.community = a.credential.community;
	b.credential.snmp_version = 1;
	assert_int_not_equal(hash(&a), hash(&b));
	b.credential.snmp_version = 2;
	b.device.credential = NULL;
	assert_int_not_equal(hash(&a), hash(&b));
	b.device.credential = &b.credential;
	b.profile.file = (char *)(uintptr_t)FIXTURES "/daemon/mini.snmprec"; /* another text */
	assert_int_not_equal(hash(&a), hash(&b));
	b.profile.file = (char *)(uintptr_t)"/no/such/file";
	assert_int_not_equal(hash(&a), hash(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_counts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

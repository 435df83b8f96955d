/* SPDX-License-Identifier: Apache-2.0 */
/* One defect per fixture: a problem at its file and line that says what is wrong, and no others
 * but those that follow from it. */
#include "fixture.h"

#define NOW "2026-11-23T12:00Z"

struct expectation {
	const char *fixture;
	enum diag_level level;
	const char *file;
	int line;
	const char *phrase;
	size_t others; /* errors that follow from it */
};

static const struct expectation expectations[] = {
	{ "unknown-rack", DIAG_ERROR, "devices.csv", 11,
	  "rack \"R081\" is not in racks.csv: did you mean", 0 },
	{ "unknown-circuit", DIAG_ERROR, "devices.csv", 6, "did you mean \"UPS-B\"?", 1 },
	{ "unknown-feed", DIAG_ERROR, "racks.csv", 2,
	  "feed \"R017-C\" is not in circuits.csv: did you mean \"R017-", 0 },
	{ "unknown-fed-by", DIAG_ERROR, "circuits.csv", 11,
	  "fed_by \"UPS-X\" is not in circuits.csv", 0 },
	{ "row-too-short", DIAG_ERROR, "circuits.csv", 7, "6 cells, but the header has 15", 0 },
	{ "row-too-short", DIAG_WARNING, "circuits.csv", 0, "not all rows could be read", 1 },
	{ "name-with-blank", DIAG_ERROR, "racks.csv", 2, "'R 017' has a blank in it", 0 },
	{ "unknown-device", DIAG_ERROR, "channels.csv", 10,
	  "device \"PDU-R081-A\" is not in devices.csv", 0 },
	{ "unknown-profile", DIAG_ERROR, "devices.csv", 15, "did you mean \"dell-idrac\"?", 0 },
	{ "unknown-credential", DIAG_ERROR, "devices.csv", 15,
	  "credential \"bcm\" is not in credentials.yaml", 0 },
	{ "unknown-hall", DIAG_ERROR, "rackmeter.yaml", 15, "hall \"H9\"", 0 },
	{ "no-credential", DIAG_ERROR, "devices.csv", 15, "names no credential", 0 },
	{ "endpoint-wrong", DIAG_ERROR, "devices.csv", 15, "snmp://10.1.18.1", 0 },
	{ "endpoint-port", DIAG_ERROR, "devices.csv", 14, "port must be a number of 1 to 65535",
	  0 },
	{ "duplicate-endpoint", DIAG_ERROR, "devices.csv", 14,
	  "same endpoint as PDU-R018-B (devices.csv:11)", 0 },
	{ "duplicate-unit", DIAG_ERROR, "devices.csv", 9, "same endpoint as BCM-3A (devices.csv:8)",
	  0 },
	{ "line-set-twice", DIAG_ERROR, "devices.csv", 9,
	  "devices BCM-3B and BCM-3A (devices.csv:8) are on the line /dev/ttyS0", 0 },
	{ "chain-and-whole", DIAG_ERROR, "devices.csv", 11, "only one of them names a member", 0 },
	{ "member-without-chain", DIAG_ERROR, "devices.csv", 15, "knows no chains", 0 },
	{ "profile-protocol", DIAG_ERROR, "devices.csv", 7,
	  "profile schneider-pm5000 speaks Modbus", 0 },
	{ "circuit-cycle", DIAG_ERROR, "circuits.csv", 10,
	  "feed each other in a ring: UPS-A > BUS-3A > UPS-A", 2 },
	{ "circuit-of-itself", DIAG_ERROR, "circuits.csv", 6, "ring: OFFICE > OFFICE", 0 },
	{ "fed-by-mixed", DIAG_ERROR, "circuits.csv", 11, "mixes + and >", 0 },
	{ "live-without-feeds", DIAG_ERROR, "racks.csv", 5, "live rack without feeds: R020", 0 },
	{ "shared-feed", DIAG_WARNING, "racks.csv", 4,
	  "feed R018-B is also a feed of rack R017 (racks.csv:2)", 0 },
	{ "too-many-feeds", DIAG_ERROR, "racks.csv", 6, "rack R021 names 65 feeds: at most 64", 0 },
	{ "cord-nowhere", DIAG_WARNING, "cords.csv", 3,
	  "on which circuit these cords hang, so a failover leaves them out: gpu-1 (psu 2):", 0 },
	{ "cord-foreign-feed", DIAG_WARNING, "cords.csv", 3,
	  "no feed of their rack: gpu-1 (psu 2) on R017-B in rack R018", 0 },
	{ "cord-psus-needed", DIAG_WARNING, "cords.csv", 3, "gpu-1 (3 needed, 2 told)", 0 },
	{ "overlapping-primaries", DIAG_ERROR, "devices.csv", 4,
	  "UTIL-1-M (devices.csv:2) and OFFICE-M", 1 },
	{ "phases-of-system", DIAG_ERROR, "circuits.csv", 15,
	  "phases \"L2\" do not fit the system 3ph-wye", 0 },
	{ "wye-line-to-neutral", DIAG_WARNING, "circuits.csv", 11, "400 is meant?", 0 },
	{ "trip-without-rating", DIAG_WARNING, "circuits.csv", 6, "neither rated_a nor rated_kw",
	  0 },
	{ "trip-without-derate", DIAG_ERROR, "circuits.csv", 6, "no derate", 0 },
	{ "boundary-unknown-circuit", DIAG_ERROR, "rackmeter.yaml", 10, "did you mean \"OFFICE\"?",
	  0 },
	{ "boundary-role-without-device", DIAG_ERROR, "rackmeter.yaml", 10,
	  "role:cooling, but no device", 0 },
	{ "boundary-without-meter", DIAG_ERROR, "rackmeter.yaml", 10,
	  "circuit OFFICE in facility has no primary meter", 0 },
	{ "boundary-category", DIAG_ERROR, "rackmeter.yaml", 11,
	  "category 2 is measured at role:pdu_out", 0 },
	{ "boundary-beside-descendant", DIAG_ERROR, "circuits.csv", 8,
	  "UPS-B (term of the boundary) lies below SWB-B", 0 },
	{ "boundary-twice", DIAG_ERROR, "rackmeter.yaml", 10, "circuit UTIL-1 is added twice", 0 },
	{ "meter-hole", DIAG_ERROR, "racks.csv", 2,
	  "no ups_out meter on the way UTIL-1 > SWB-B > UPS-R > BUS-3A > R017-A > R017", 0 },
	{ "meter-double", DIAG_ERROR, "devices.csv", 4,
	  "BUS-3B (OFFICE-M) lies below UPS-R (UPS-R-M)", 2 },
	{ "meter-in-rack-only", DIAG_WARNING, "devices.csv", 10,
	  "name no circuit, so nobody knows which feed they measure: PDU-R018-A, PDU-R018-B", 0 },
	{ "bmc-primary", DIAG_WARNING, "devices.csv", 15, "rack R018 has other meters", 0 },
	{ "facility-hole", DIAG_WARNING, "racks.csv", 2,
	  "facility adds nothing on the way GEN-1 > SWB-A", 0 },
	{ "part-unknown", DIAG_WARNING, "channels.csv", 8,
	  "profile test-bcm has no part of that name", 0 },
	{ "part-nowhere", DIAG_WARNING, "devices.csv", 8, "BCM-3A (branch 6)", 0 },
	{ "role-without-power", DIAG_WARNING, "channels.csv", 10,
	  "reads neither power nor energy there", 0 },
	{ "renamed-twice", DIAG_ERROR, "racks.csv", 6, "both claim to have been R019", 0 },
	{ "line-of-profile", DIAG_WARNING, "devices.csv", 16,
	  "ocp-rpu is delivered with parity none, but its line is set to even", 0 },
	{ "renamed-itself", DIAG_ERROR, "racks.csv", 5, "`was` holds its own name", 0 },
	{ "later-rack", DIAG_WARNING, "devices.csv", 13,
	  "before its own valid_from has come: rack R017 of PDU-R017-A", 0 },
};

static bool holds(const struct fixture *f, const struct expectation *e)
{
	for (size_t i = 0; i < f->diag.n; i++) {
		const struct diag_item *item = &f->diag.items[i];

		if (item->level == e->level && item->line == e->line &&
		    !strcmp(item->file, e->file) && strstr(item->text, e->phrase))
			return true;
	}
	return false;
}

static void each_defect(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		const struct expectation *e = &expectations[i];
		struct fixture f;

		fixture_open(&f, e->fixture, NOW);
		if (!holds(&f, e)) {
			fprintf(stderr, "%s: expected %s:%d: %s; got:\n", e->fixture, e->file,
				e->line, e->phrase);
			diag_print(&f.diag, stderr);
			failed++;
		} else if (f.diag.n_errors != (e->level == DIAG_ERROR) + e->others) {
			fprintf(stderr, "%s: other errors than its own:\n", e->fixture);
			diag_print(&f.diag, stderr);
			failed++;
		}
		if (!f.inventory != (f.diag.n_errors > 0))
			failed++;
		fixture_close(&f);
	}
	assert_int_equal(failed, 0);
}

/* What is found first hides nothing: the defects of several tables in one run. */
static void all_at_once(void **state)
{
	static const char *const defects[] = { "unknown-feed", "trip-without-derate",
					       "unknown-profile", "unknown-device",
					       "boundary-unknown-circuit" };
	struct fixture f;
	size_t found = 0;

	(void)state;
	fixture_open(&f, "good", NOW);
	for (size_t i = 0; i < 5; i++)
		fixture_lay(&f, defects[i]);
	f.inventory = inventory_free(f.inventory);
	config_free(f.config);
	diag_done(&f.diag);
	f.config = config_load(f.dir, NULL, 0, &f.diag);
	f.inventory = inventory_load(f.config, f.profiles, 1795435200, &f.diag);
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < sizeof(expectations) / sizeof(expectations[0]); k++)
			if (!strcmp(expectations[k].fixture, defects[i]))
				found += holds(&f, &expectations[k]);
	assert_int_equal(found, 5);
	assert_null(f.inventory);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_defect),
		cmocka_unit_test(all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

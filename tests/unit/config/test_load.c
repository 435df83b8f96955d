/* SPDX-License-Identifier: Apache-2.0 */
/* The good site, value by value: every column of every table and every key once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

#define GOOD FIXTURES "/config/good"

static struct config *config;

static int load(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	config = config_load(GOOD, NULL, 0, &diag);
	diag_print(&diag, stderr);
	size_t n = diag.n;
	diag_done(&diag);
	return n ? -1 : 0;
}

static int unload(void **state)
{
	(void)state;
	config = config_free(config);
	return 0;
}

static void settings(void **state)
{
	const struct settings *s = &config->settings;

	(void)state;
	assert_string_equal(s->site, "Pilot Hall");
	assert_string_equal(s->zone, "Europe/Berlin");
	assert_string_equal(s->database, GOOD "/state/pilot.db");
	assert_string_equal(s->credentials_file, "");
	assert_int_equal(s->profile_dirs.n, 2);
	assert_string_equal(s->profile_dirs.name[0], GOOD "/profiles");
	assert_string_equal(s->profile_dirs.name[1], "/usr/share");
	assert_int_equal(s->every_s, 15);
	assert_int_equal(s->group_every_s, 30);
	assert_int_equal(s->timeout_ms, 500);
	assert_int_equal(s->max_in_flight, 50);
	assert_int_equal(s->queue_rows, 5000);
	assert_int_equal(s->keep_raw_s, 62 * 86400);
	assert_int_equal(s->dense_after_s, 7 * 86400);
	assert_int_equal(s->keep_5m_s, 425 * 86400);
	assert_int_equal(s->keep_1h_s, 3650 * 86400);
	assert_true(s->limit_warn == 0.85);
	assert_int_equal(s->hold_s, 600);
	assert_true(s->limit_clear == 0.05);
	assert_string_equal(s->currency, "EUR");
	assert_true(s->price_per_kw == 42000);
	assert_int_equal(s->n_carriers, 1);
	assert_string_equal(s->carriers[0].name, "diesel");
	assert_string_equal(s->carriers[0].unit, "l");
	assert_true(s->carriers[0].kwh_per_unit == 9.8 && s->carriers[0].weight == 0.4);
	assert_string_equal(s->carriers[0].source, "delivery notes");
}

static void boundaries(void **state)
{
	const struct cfg_boundary *b = config->settings.boundaries;

	(void)state;
	assert_int_equal(config->settings.n_boundaries, 2);
	assert_string_equal(b[0].name, "site");
	assert_false(b[0].partial);
	assert_int_equal(b[0].category, 1);
	assert_int_equal(b[0].line, 13);
	assert_int_equal(b[0].n_facility, 2);
	assert_int_equal(b[0].facility[0].role, ROLE_UTILITY);
	assert_int_equal(b[0].facility[0].sign, 1);
	assert_string_equal(b[0].facility[0].circuit, "");
	assert_int_equal(b[0].facility[1].role, ROLE_NONE);
	assert_int_equal(b[0].facility[1].sign, -1);
	assert_string_equal(b[0].facility[1].circuit, "EXPORT-9");
	assert_string_equal(b[0].it[1].circuit, "PUMPS");
	assert_true(b[1].partial);
	assert_int_equal(b[1].it[0].role, ROLE_PDU_OUT);
	assert_string_equal(b[1].it[0].hall, "H7");
	assert_int_equal(b[1].facility[0].line, 19);
}

static void racks(void **state)
{
	const struct cfg_rack *r = config->racks;

	(void)state;
	assert_int_equal(config->n_racks, 6);
	assert_string_equal(r[0].rack, "K01");
	assert_string_equal(r[0].hall, "H7");
	assert_string_equal(r[0].row, "r1");
	assert_string_equal(r[0].pos, "1");
	assert_int_equal(r[0].status, RACK_LIVE);
	assert_string_equal(r[0].tenant, "blue");
	assert_int_equal(r[0].feeds.n, 2);
	assert_string_equal(r[0].feeds.name[1], "K01-B");
	assert_int_equal(r[0].redundancy, REDUNDANCY_2N);
	assert_true(r[0].budget_w == 16000 && r[0].budget_va == 17500);
	assert_true(r[0].nameplate_w == 34000);
	assert_string_equal(r[0].thermal_class, "A2");
	assert_int_equal(r[0].valid_from, 1767222000); /* 2026-01-01 00:00 in Berlin */
	assert_string_equal(r[0].was, "OLD-1");
	assert_string_equal(r[0].src.file, "racks.csv");
	assert_int_equal(r[0].src.line, 4);
	assert_true(r[1].budget_w == 14000);
	assert_int_equal(r[2].status, RACK_EMPTY);
	assert_int_equal(r[2].redundancy, REDUNDANCY_NONE);
	assert_true(isnan(r[2].budget_w));
	assert_true(r[2].valid_from == CFG_ALWAYS);
	assert_int_equal(r[3].valid_from, 1774747800); /* 03:30 CEST, an hour after 01:30 CET */
	assert_int_equal(r[3].feeds.n, 2);
	assert_string_equal(r[4].src.file, "racks.d/h8.csv");
	assert_string_equal(r[4].rack, "K20");
	assert_string_equal(r[4].hall, "H8");
	assert_int_equal(r[4].status, RACK_LIVE);
	assert_string_equal(r[5].rack, "K30");
}

static void circuits_and_devices(void **state)
{
	const struct cfg_circuit *c = config->circuits;
	const struct cfg_device *d = config->devices;

	(void)state;
	assert_int_equal(config->n_circuits, 4);
	assert_string_equal(c[0].fed_by, "UTIL>GEN");
	assert_int_equal(c[0].system, SYSTEM_3PH_WYE);
	assert_true(c[0].volts == 400 && c[0].rated_a == 2500 && isnan(c[0].rated_va));
	assert_non_null(strchr(c[0].note, '\n'));
	assert_int_equal(c[1].src.line, 4); /* the note of line 2 goes on in line 3 */
	assert_true(c[1].rated_va == 1.2e6 && c[1].rated_w == 1.1e6);
	assert_int_equal(c[1].modules, 4);
	assert_int_equal(c[1].modules_needed, 3);
	assert_string_equal(c[3].phases, "L2L3L1");
	assert_true(c[3].derate == 0.8);

	assert_int_equal(config->n_devices, 3);
	assert_string_equal(d[0].endpoint, "snmp://127.0.0.2#1");
	assert_int_equal(d[0].every_s, 10);
	assert_true(d[0].factor == 1 && d[0].acc_pct == 1 && isnan(d[0].ct_acc_pct));
	assert_string_equal(d[0].cal_due, "2028-05-01");
	assert_int_equal(d[0].role, ROLE_IT_IN);
	assert_int_equal(d[0].use, USE_PRIMARY);
	assert_int_equal(d[1].every_s, 60);
	assert_true(d[1].factor == -1);
	assert_int_equal(d[2].every_s, 0);
	assert_int_equal(d[2].role, ROLE_NONE);
	assert_true(d[2].factor == 2.5);
}

static void other_tables(void **state)
{
	(void)state;
	assert_int_equal(config->n_channels, 2);
	assert_string_equal(config->channels[0].part, "branch 1");
	assert_string_equal(config->channels[1].position, "inlet top");
	assert_true(config->channels[1].offset == -0.4 && config->channels[1].factor == 1);
	assert_true(config->channels[0].offset == 0);
	assert_int_equal(config->n_cords, 2);
	assert_int_equal(config->cords[0].psus_needed, 2);
	assert_int_equal(config->cords[1].psus_needed, 1);
	assert_true(config->cords[0].nameplate_w == 3300);
	assert_true(config->budgets[0].value == 9000);
	assert_string_equal(config->budgets[0].window, "30m fixed");
	assert_int_equal(config->log[0].to - config->log[0].from, 8 * 3600);
	assert_int_equal(config->log[1].to - config->log[1].from, 92 * 86400 - 3600);
	assert_true(config->facts[0].value == 0);
	assert_int_equal(config->facts[0].to, 1798758000);
	assert_true(config->tariffs[0].valid_to == INT64_MAX);
	assert_int_equal(config->tariffs[1].valid_to, 1798758000);
	assert_true(config->tariffs[0].price == 0.1420);
	assert_string_equal(config->tariffs[0].start, "06:00");
}

static void files_and_hash(void **state)
{
	uint64_t hash = 0;
	struct err err;
	struct config_replace replace = { "racks.csv", FIXTURES "/config/bad/bom.csv" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(config->n_files, 12);
	assert_string_equal(config->files[0].name, "rackmeter.yaml");
	assert_string_equal(config->files[1].name, "racks.csv");
	assert_string_equal(config->files[3].name, "racks.d/h9.csv");
	assert_int_equal(config_hash_dir(GOOD, &hash, &err), 0);
	assert_true(hash == config->hash);
	struct config *other = config_load(GOOD, &replace, 1, &diag);
	assert_true(other->hash != config->hash);
	config_free(other);
	diag_done(&diag);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(rack_status_name(RACK_PLANNED), "planned");
	assert_string_equal(redundancy_name(REDUNDANCY_N1), "N+1");
	assert_string_equal(redundancy_name(REDUNDANCY_NONE), "");
	assert_string_equal(circuit_system_name(SYSTEM_1PH_LL), "1ph-ll");
	assert_string_equal(meter_use_name(USE_NONE), "none");
	assert_string_equal(meter_use_name(USE_UNSET), "");
	for (int v = ROLE_UTILITY; v <= ROLE_OTHER; v++)
		assert_int_equal(meter_role_parse(meter_role_name((enum meter_role)v)), v);
	assert_int_equal(meter_role_parse("ups"), ROLE_NONE);
	assert_null(config_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(boundaries),
		cmocka_unit_test(racks),
		cmocka_unit_test(circuits_and_devices),
		cmocka_unit_test(other_tables),
		cmocka_unit_test(files_and_hash),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

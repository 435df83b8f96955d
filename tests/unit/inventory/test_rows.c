/* SPDX-License-Identifier: Apache-2.0 */
/* The rows against the schema itself: every table and every column of the migration, and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "inventory/rows.h"
#include "schema/schema.h"

static struct config *config;

static int load(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	config = config_load(FIXTURES "/config/good", NULL, 0, &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	config = config_free(config);
	return 0;
}

/* The columns of a table as the migrations declare them, without those that every one has. */
static size_t schema_columns(const char *table, char ret[32][32])
{
	char *create = xasprintf("CREATE TABLE %s (", table);
	const char *p = NULL;
	size_t n = 0;

	for (const struct schema_sql *m = schema_migrations; m->name && !p; m++)
		p = strstr(m->text, create);
	assert_non_null(p);
	free(create);
	p = strstr(p, "REFERENCES config_load,");
	p = strstr(p + 1, "REFERENCES config_load,");
	assert_non_null(p);
	p += strlen("REFERENCES config_load,");
	while (*p != ')') {
		p += strspn(p, " \n,");

		size_t len = strcspn(p, " ");

		assert_in_range(len, 1, 31);
		memcpy(ret[n], p, len);
		ret[n++][len] = '\0';
		p += strcspn(p, ",)");
	}
	return n;
}

static const struct cell *cell(const struct config_row *row, const char *column)
{
	for (size_t i = 0; i < row->n_cells; i++)
		if (!strcmp(row->cells[i].column, column))
			return &row->cells[i];
	fail_msg("%s has no cell %s", row->table, column);
	return NULL;
}

static const struct config_row *find(const struct config_row *rows, size_t n, const char *table,
				     const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].table, table) && (!key || !strcmp(rows[i].key, key)))
			return &rows[i];
	fail_msg("no row %s of %s", key ? key : "at all", table);
	return NULL;
}

static void columns(void **state)
{
	static const char *const tables[] = { "setting", "boundary", "rack",  "circuit",
					      "device",  "channel",  "cord",  "budget",
					      "log",     "fact",     "tariff" };
	size_t n;
	struct config_row *rows = inventory_rows_all(config, &n);

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		const struct config_row *row = find(rows, n, tables[t], NULL);
		char want[32][32];
		size_t n_want = schema_columns(tables[t], want);

		for (size_t i = 0; i < n_want; i++)
			(void)cell(row, want[i]);
		assert_int_equal(row->n_cells, n_want);
	}
	inventory_rows_free(rows, n);
}

static void values(void **state)
{
	struct cfg_names feeds = { (char *[]){ (char *)"R1-A", (char *)"R1-B" }, 2 };
	struct cfg_rack rack = {
		.src = { "racks.csv", 7 },
		.rack = (char *)"R1",
		.hall = (char *)"H1",
		.row = (char *)"",
		.pos = (char *)"",
		.tenant = (char *)"",
		.feeds = feeds,
		.redundancy = REDUNDANCY_2N,
		.budget_w = 16000,
		.budget_va = NAN,
		.nameplate_w = NAN,
		.thermal_class = (char *)"",
		.valid_from = 1767222000,
		.was = (char *)"R0",
	};
	struct cfg_log log = {
		.src = { "log.csv", 3 },
		.from = 100,
		.to = INT64_MAX,
		.scope = (char *)"rack",
		.id = (char *)"R1",
		.kind = (char *)"note",
		.quantity = (char *)"",
		.value = (char *)"",
		.unit = (char *)"",
		.ref = (char *)"",
		.who = (char *)"fm",
		.note = (char *)"",
	};
	struct cfg_term term = {
		.line = 9, .sign = -1, .circuit = (char *)"OFFICE", .hall = (char *)""
	};
	struct cfg_boundary boundary = {
		.line = 8, .name = (char *)"site", .category = 1, .facility = &term, .n_facility = 1
	};
	struct config small = {
		.settings = { .site = (char *)"s",
			      .zone = (char *)"UTC",
			      .database = (char *)"d",
			      .currency = (char *)"EUR",
			      .price_per_kw = NAN,
			      .limit_warn = 0.9,
			      .limit_clear = 0.03,
			      .hold_s = 300,
			      .every_s = 10,
			      .timeout_ms = 2500,
			      .boundaries = &boundary,
			      .n_boundaries = 1 },
		.racks = &rack,
		.n_racks = 1,
		.log = &log,
		.n_log = 1,
	};
	size_t n;
	struct config_row *rows = inventory_rows_all(&small, &n);
	const struct config_row *r = find(rows, n, "rack", "R1");

	(void)state;
	assert_string_equal(r->was, "R0");
	assert_true(r->valid_from == 1767222000);
	assert_string_equal(r->file, "racks.csv");
	assert_int_equal(r->line, 7);
	assert_string_equal(cell(r, "feeds")->t, "R1-A R1-B");
	assert_string_equal(cell(r, "status")->t, "live");
	assert_string_equal(cell(r, "redundancy")->t, "2N");
	assert_int_equal(cell(r, "budget_w")->type, CELL_REAL);
	assert_true(cell(r, "budget_w")->r == 16000);
	assert_int_equal(cell(r, "budget_va")->type, CELL_NULL);
	assert_int_equal(cell(r, "tenant")->type, CELL_TEXT);
	assert_string_equal(cell(r, "tenant")->t, "");

	r = find(rows, n, "log", "100/rack/R1/note/");
	assert_true(r->valid_from == 100);
	assert_int_equal(cell(r, "to_ts")->type, CELL_NULL);
	r = find(rows, n, "boundary", "site/facility/1");
	assert_true(r->valid_from == CFG_ALWAYS);
	assert_int_equal(r->line, 9);
	assert_int_equal(cell(r, "sign")->i, -1);
	assert_string_equal(cell(r, "circuit")->t, "OFFICE");
	assert_string_equal(cell(r, "role")->t, "");
	assert_string_equal(cell(find(rows, n, "setting", "limits.warn"), "value")->t, "0.9");
	assert_string_equal(cell(find(rows, n, "setting", "limits.hold"), "value")->t, "300");
	assert_string_equal(cell(find(rows, n, "setting", "polling.timeout"), "value")->t, "2.5");
	for (size_t i = 0; i < n; i++)
		assert_string_not_equal(rows[i].key, "money.price_per_kw");
	inventory_rows_free(rows, n);
}

static int third(void *user, const struct config_row *row)
{
	(void)row;
	return ++*(int *)user == 3 ? 42 : 0;
}

static void stops(void **state)
{
	int n = 0;

	(void)state;
	assert_int_equal(inventory_rows(config, third, &n), 42);
	assert_int_equal(n, 3);
}

/* Secrets never become rows. */
static void no_secrets(void **state)
{
	struct cfg_credential secret = { .name = (char *)"ro",
					 .snmp_version = 2,
					 .community = (char *)"sesame-4711" };
	struct config_row *rows;
	size_t n;

	(void)state;
	config->credentials = &secret;
	config->n_credentials = 1;
	rows = inventory_rows_all(config, &n);
	config->credentials = NULL;
	config->n_credentials = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < rows[i].n_cells; k++)
			if (rows[i].cells[k].type == CELL_TEXT)
				assert_null(strstr(rows[i].cells[k].t, "sesame"));
	inventory_rows_free(rows, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(values),
		cmocka_unit_test(stops),
		cmocka_unit_test(no_secrets),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

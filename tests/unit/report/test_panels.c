/* SPDX-License-Identifier: Apache-2.0 */
/* Golden rows of the public views that dashboards read beside those of test_alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"
#include "store/sql.h"

/* All rows, columns parted by |, rows by line feeds. Overwritten by each call. */
static const char *ask(struct site *s, const char *query)
{
	static char answer[16384];
	sqlite3_stmt *stmt = NULL;
	size_t at = 0;
	int rc;

	if (sqlite3_prepare_v2(s->db->sqlite, query, -1, &stmt, NULL))
		fail_msg("%s: %s", query, sqlite3_errmsg(s->db->sqlite));
	answer[0] = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		for (int k = 0; k < sqlite3_column_count(stmt); k++) {
			const char *text = (const char *)sqlite3_column_text(stmt, k);

			at += (size_t)snprintf(answer + at, sizeof(answer) - at, "%s%s",
					       k    ? "|"
					       : at ? "\n"
						    : "",
					       text ? text : "-");
			assert_true(at < sizeof(answer));
		}
	if (rc != SQLITE_DONE)
		fail_msg("%s: %s", query, sqlite3_errmsg(s->db->sqlite));
	sqlite3_finalize(stmt);
	return answer;
}

static void test_store(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	sql(&s, "INSERT INTO period VALUES (3600, 0, 1, 1, 3603, 7193, 77), "
		"(7200, 1, 1, 1, NULL, NULL, 0); INSERT INTO open_hour VALUES (10800)");
	assert_string_equal(ask(&s, "SELECT * FROM v_hour ORDER BY ts"),
			    "3600|1|77|3603|7193|0|1|1\n7200|1|0|-|-|1|1|1\n10800|0|-|-|-|-|-|-");
	sql(&s, "CREATE TABLE waste (v); INSERT INTO waste VALUES (zeroblob(100000)); "
		"DROP TABLE waste");
	int64_t size = strtoll(ask(&s, "SELECT CAST(bytes AS INTEGER) FROM v_store_size"), NULL,
						    10);
	int64_t spare =
		strtoll(ask(&s, "SELECT CAST(free_bytes AS INTEGER) FROM v_store_size"), NULL, 10);

	assert_true(spare >= 98304 && spare < size && size % 4096 == 0);
	sql(&s, "VACUUM");
	assert_string_equal(ask(&s, "SELECT free_bytes FROM v_store_size"), "0.0");
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

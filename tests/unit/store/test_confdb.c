/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory over time: what a second, third, ... load makes of the first. */
#include "storetest.h"

#include "base/text.h"
#include "store/confdb.h"

#define UNDATED INT64_MIN

static char told[4096];

static void tell(void *user, enum confdb_change change, const char *table, const char *key,
		 int64_t valid_from, const char *text)
{
	static const char *const words[] = { "new", "changed", "corrected", "ended", "renamed" };
	size_t n = strlen(told);

	(void)user;
	snprintf(told + n, sizeof(told) - n, "%s %s %s %lld: %s\n", words[change], table, key,
		 (long long)valid_from, text);
}

static struct config_row racks[16];
static struct cell cells[16][3];
static size_t n_racks;

/* A row of racks.csv; budget < 0: none. */
static struct config_row *rack(const char *key, int64_t from, const char *feeds, double budget)
{
	size_t i = n_racks++;

	cells[i][0] = (struct cell){ .column = "feeds", .type = CELL_TEXT, .t = feeds };
	cells[i][1] = (struct cell){ .column = "budget_w",
				     .type = budget < 0 ? CELL_NULL : CELL_REAL,
				     .r = budget };
	racks[i] = (struct config_row){ .table = "rack",
					.key = key,
					.was = "",
					.valid_from = from,
					.file = "racks.csv",
					.line = (int)i + 2,
					.cells = cells[i],
					.n_cells = 2 };
	return &racks[i];
}

static struct config_row *row(const char *table, const char *key, const char *column,
			      const char *value)
{
	size_t i = n_racks++;

	cells[i][0] = (struct cell){ .column = column, .type = CELL_TEXT, .t = value };
	racks[i] = (struct config_row){ .table = table,
					.key = key,
					.was = "",
					.valid_from = UNDATED,
					.file = "x.csv",
					.line = 2,
					.cells = cells[i],
					.n_cells = 1 };
	return &racks[i];
}

static int load(struct db *db, int64_t ts, bool dry, struct err *err)
{
	struct {
		const char *name;
		uint64_t hash;
	} file = { "racks.csv", 0xabc };
	struct confdb_load l = { .ts = ts,
				 .user = "ops",
				 .dir = "/etc/rackmeter",
				 .hash = 0x12,
				 .files = (void *)&file,
				 .n_files = 1 };

	*told = 0;
	if (dry)
		return confdb_apply(db, &l, racks, n_racks, true, tell, NULL, err);
	must(db_begin(db, err), err);
	int rc = confdb_apply(db, &l, racks, n_racks, false, tell, NULL, err);
	if (rc)
		db_rollback(db);
	else
		must(db_commit(db, err), err);
	return rc;
}

/* Loads: first as a dry run, which must say the same and write nothing; then really; then
 * once more, which must change nothing. */
static void apply(struct db *db, int64_t ts, const char *expected)
{
	struct err err;
	char *dry;
	int64_t changes = sqlite3_total_changes(db->sqlite);

	must(load(db, ts, true, &err), &err);
	assert_int_equal(sqlite3_total_changes(db->sqlite), changes);
	dry = xstrdup(told);
	must(load(db, ts, false, &err), &err);
	assert_string_equal(told, expected);
	assert_string_equal(dry, told);
	free(dry);
	must(load(db, ts + 1, false, &err), &err);
	assert_string_equal(told, "");
}

#define ROWS                                                                                       \
	"SELECT group_concat(key || ' ' || valid_from || '-' || coalesce(valid_to, '') || ' ' || " \
	"coalesce(budget_w, '?') || iif(corrected_by IS NULL, '', ' corrected'), ', ') "           \
	"FROM (SELECT * FROM rack ORDER BY key, valid_from, id)"

static void test_history(void **state)
{
	struct db *db = open_write();

	(void)state;
	n_racks = 0;
	rack("R1", UNDATED, "R1-A R1-B", 16000);
	rack("R2", 500, "", -1);
	apply(db, 1000, "new rack R1 0: feeds R1-A R1-B, budget_w 16000\nnew rack R2 500: \n");
	assert_string_equal(ask(db, ROWS), "R1 0- 16000.0, R2 500- ?");
	assert_string_equal(ask(db, "SELECT ts || user || dir || hash || ok FROM config_load"),
			    "1000ops/etc/rackmeter00000000000000121");
	assert_string_equal(ask(db, "SELECT name || hash FROM config_file"),
			    "racks.csv0000000000000abc");

	/* edited without a date: from the load; edited with its date: a correction */
	n_racks = 0;
	rack("R1", UNDATED, "R1-A R1-B", 14000);
	rack("R2", 500, "", 0.1 + 0.2);
	apply(db, 2000,
	      "changed rack R1 2000: budget_w 16000 -> 14000\n"
	      "corrected rack R2 500: budget_w (none) -> 0.3\n");
	assert_string_equal(ask(db, ROWS), "R1 0- 16000.0, R1 2000- 14000.0, "
					   "R2 500- ? corrected, R2 500- 0.3");

	/* a later date beside the first */
	n_racks = 0;
	rack("R1", UNDATED, "R1-A R1-B", 14000);
	rack("R2", 500, "", 0.1 + 0.2);
	rack("R2", 9000, "", 7);
	apply(db, 3000, "changed rack R2 9000: budget_w 0.3 -> 7\n");
	/* ... and taken back before it came true */
	n_racks = 2;
	apply(db, 4000, "corrected rack R2 9000: taken back: no longer in the files\n");

	/* gone, and back */
	n_racks = 1;
	apply(db, 5000, "ended rack R2 5000: no longer in the files\n");
	assert_string_equal(ask(db, "SELECT group_concat(valid_to) FROM rack WHERE key = 'R2' AND "
				    "corrected_by IS NULL"),
			    "5000");
	n_racks = 0;
	apply(db, 6000, "ended rack R1 6000: no longer in the files\n");
	assert_string_equal(
		ask(db, "SELECT count(*) FROM rack WHERE key = 'R1' AND valid_to = 6000"), "2");
	rack("R1", UNDATED, "R1-A R1-B", 14000);
	rack("R2", 500, "", 0.1 + 0.2);
	apply(db, 7000,
	      "new rack R1 7000: feeds R1-A R1-B, budget_w 14000\n"
	      "corrected rack R2 500: \n");
	db_close(db);
}

static void test_first_state_and_dates(void **state)
{
	struct db *db = open_write();

	(void)state;
	n_racks = 0;
	rack("R1", 800, "", 2);
	rack("R1", UNDATED, "", 1);
	apply(db, 1000, "new rack R1 800: budget_w 2\nnew rack R1 0: budget_w 1\n");
	/* the row without a date is the time before the first dated one */
	n_racks = 0;
	rack("R1", UNDATED, "", 1.5);
	rack("R1", 800, "", 2);
	apply(db, 2000, "corrected rack R1 0: budget_w 1 -> 1.5\n");
	assert_string_equal(ask(db, ROWS), "R1 0- 1.0 corrected, R1 0- 1.5, R1 800- 2.0");
	/* older lines tidied away: history stays */
	n_racks = 0;
	rack("R1", 800, "", 2);
	apply(db, 3000, "");
	db_close(db);
}

static void test_rename(void **state)
{
	struct err err;
	struct db *db = open_write();

	(void)state;
	n_racks = 0;
	rack("R1", UNDATED, "F-1 F-10", 1);
	row("circuit", "F-1", "fed_by", "U1>U10");
	row("circuit", "U1", "note", "");
	row("device", "D1", "rack", "R1");
	row("channel", "D1/inlet", "device", "D1");
	must(load(db, 1000, false, &err), &err);
	must(db_exec(db,
		     "INSERT INTO entity VALUES (7, 'rack', 'R1'), (8, 'circuit', 'U1'), "
		     "(9, 'circuit', 'F-1')",
		     &err),
	     &err);
	n_racks = 0;
	rack("R9", UNDATED, "G-1 F-10", 1)->was = "R1";
	row("circuit", "G-1", "fed_by", "U2>U10")->was = "F-1";
	row("circuit", "U2", "note", "")->was = "U1";
	row("device", "E1", "rack", "R9")->was = "D1";
	row("channel", "E1/inlet", "device", "E1");
	apply(db, 2000,
	      "renamed circuit G-1 2000: was F-1\nrenamed circuit U2 2000: was U1\n"
	      "renamed device E1 2000: was D1\nrenamed rack R9 2000: was R1\n");
	assert_string_equal(ask(db, "SELECT group_concat(id || name) FROM entity WHERE id < 10"),
			    "7R9,8U2,9G-1");
	assert_string_equal(ask(db, ROWS), "R9 0- 1.0");
	assert_string_equal(ask(db, "SELECT feeds FROM rack"), "G-1 F-10");
	assert_string_equal(ask(db, "SELECT fed_by FROM circuit WHERE key = 'G-1'"), "U2>U10");
	assert_string_equal(ask(db, "SELECT key || rack FROM device"), "E1R9");
	assert_string_equal(ask(db, "SELECT key || device FROM channel"), "E1/inletE1");
	assert_string_equal(ask(db,
				"SELECT group_concat(e.name || v.kind || v.text) FROM event v JOIN "
				"entity e ON e.id = v.entity WHERE e.kind = 'rack'"),
			    "R9renamedwas R1");
	db_close(db);
}

static void test_refused(void **state)
{
	struct err err;
	struct db *db = open_write();

	(void)state;
	n_racks = 0;
	rack("R1", UNDATED, "", 1);
	rack("R1", UNDATED, "", 2);
	assert_int_equal(load(db, 1000, false, &err), -1);
	assert_non_null(strstr(err.text, "racks.csv:3"));
	assert_non_null(strstr(err.text, "racks.csv:2"));
	n_racks = 0;
	row("rack", "R1", "colour", "red");
	assert_int_equal(load(db, 1000, false, &err), -1);
	assert_non_null(strstr(err.text, "colour"));
	n_racks = 0;
	row("no_table", "R1", "hall", "H");
	assert_int_equal(load(db, 1000, false, &err), -1);
	assert_non_null(strstr(err.text, "no_table"));
	assert_int_equal(ask_int(db, "SELECT count(*) FROM config_load"), 0);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rack"), 0);
	struct confdb_load l = { .ts = 1, .user = "u", .dir = "d", .hash = UINT64_MAX };
	must(confdb_refused(db, &l, "racks.csv:2: it's wrong", &err), &err);
	assert_string_equal(ask(db, "SELECT ok || hash || problems FROM config_load"),
			    "0ffffffffffffffffracks.csv:2: it's wrong");
	db_close(db);
	/* a dry run needs no right to write */
	db = db_open_read(db_file, &err);
	assert_non_null(db);
	n_racks = 0;
	rack("R1", UNDATED, "", 1);
	must(load(db, 1000, true, &err), &err);
	assert_string_equal(told, "new rack R1 0: budget_w 1\n");
	db_close(db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_history),
		IN_SCRATCH(test_first_state_and_dates),
		IN_SCRATCH(test_rename),
		IN_SCRATCH(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

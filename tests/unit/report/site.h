/* SPDX-License-Identifier: Apache-2.0 */
/* A small site in a database of its own, for the tests of reports: inventory rows by SQL, series
 * through the registry, samples straight into the ring. */
#pragma once

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/report.h"
#include "store/registry.h"
#include "store/sql.h"

/* So wide that no sentence is broken: tests look for sentences. */
#define SITE_PAGE 2000
#define T0        1790000000 /* 2026-09-21 15:33:20 CEST, on a grid of 10 s */

struct site {
	char dir[64];
	char *path;
	struct db *db;
};

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s", err->text);
}

static __attribute__((format(printf, 2, 3))) void sql(struct site *s, const char *format, ...)
{
	struct err err;
	char *text = NULL;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&text, format, args) >= 0);
	va_end(args);
	must(db_exec(s->db, text, &err), &err);
	free(text);
}

static void site_open(struct site *s)
{
	struct err err;

	snprintf(s->dir, sizeof(s->dir), "/tmp/rackmeter-report-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->path = xasprintf("%s/test.db", s->dir);
	s->db = db_open_write(s->path, &err);
	if (!s->db)
		fail_msg("%s", err.text);
	must(zone_use("Europe/Berlin", &err), &err);
	sql(s, "PRAGMA synchronous = OFF"); /* hundreds of small transactions */
	sql(s,
	    "INSERT INTO config_load VALUES (1, 0, 'test', '/etc/x', '0123456789abcdef', 1, '')");
}

static void site_close(struct site *s)
{
	db_close(s->db);
	char *command = xasprintf("rm -r %s", s->dir);

	assert_int_equal(system(command), 0);
	free(command);
	free(s->path);
}

/* All rows, columns parted by |, rows by line feeds. Overwritten by each call. */
static inline const char *ask(struct site *s, const char *query)
{
	static char answer[65536];
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

/* One inventory row: columns and values as SQL. */
static inline void site_row(struct site *s, const char *table, const char *key, int64_t from,
			    const char *columns, const char *values)
{
	sql(s, "INSERT INTO %s (key, valid_from, load, %s) VALUES ('%s', %lld, 1, %s)", table,
	    columns, key, (long long)from, values);
}

static inline struct reg_point site_point(const char *kind, const char *entity, const char *part,
					  const char *quantity, int64_t div)
{
	return (struct reg_point){ .entity_kind = kind,
				   .entity = entity,
				   .part = part,
				   .label = "",
				   .quantity = schema_quantity(quantity),
				   .scale = { 1, div, 0 },
				   .main = true };
}

/* Power and members of facility (0 to 2) and IT. */
static inline void site_sides(struct reg_point p[6])
{
	static const char *const quantities[] = { "power_w", "members_present",
						  "members_expected" };

	for (int i = 0; i < 6; i++)
		p[i] = site_point(NULL, NULL, i < 3 ? "facility" : "it", quantities[i % 3], 1);
}

static inline int64_t site_scan(struct site *s, const char *kind, const char *entity,
				struct reg_point *points, size_t n)
{
	struct reg_scan scan = { .entity_kind = kind,
				 .entity = entity,
				 .name = "main",
				 .step_s = 10,
				 .phase_s = 0,
				 .valid_from = T0,
				 .points = points,
				 .n_points = n };
	struct err err;

	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	must(db_commit(s->db, &err), &err);
	return scan.scan;
}

static inline void site_sample(struct site *s, int64_t scan, int64_t ts, const char *values)
{
	sql(s,
	    "INSERT INTO hot (id, ts, v) SELECT (%lld %% hot_ring_s << 32) + %lld, %lld, '[%s]' "
	    "FROM store",
	    (long long)ts, (long long)scan, (long long)ts, values);
	sql(s, "INSERT OR IGNORE INTO open_hour VALUES (%lld / 3600 * 3600)", (long long)ts);
}

extern const struct report rep_pue, rep_racks, rep_collector;

static inline char *site_report(struct site *s, const struct report *report,
				struct report_options options, bool json)
{
	struct doc *doc = doc_new(report->name, report->version);
	struct err err = { "" };
	char *text;

	if (!options.period_text)
		options.period_text = "last 15m";
	if (report->run(s->db, &options, doc, &err) < 0)
		text = xasprintf("error: %s", err.text);
	else
		text = json ? doc_render_json(doc)
			    : doc_render_text(doc, &(struct doc_text){ .width = SITE_PAGE });
	doc_free(doc);
	return text;
}

/* On one line, a blank for each break. */
static inline char *flat(char *json)
{
	char *to = json;

	for (const char *from = json; *from; from++) {
		if (*from != '\n')
			*to++ = *from;
		else if (from[1] == ' ') {
			*to++ = ' ';
			from += strspn(from + 1, " ");
		}
	}
	*to = 0;
	return json;
}

static inline void contains(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static inline void lacks(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("\"%s\" is in:\n%s", what, text);
}

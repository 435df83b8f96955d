/* SPDX-License-Identifier: Apache-2.0 */
/* Series by series, a day at a time, so that memory does not grow with the period. A file appears
 * when it is whole. */
#include "cli/db_export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "store/extract.h"
#include "store/query.h"
#include "store/series.h"

#define PIECE_S 86400

struct one {
	int64_t series;
	char *device, *part, *quantity, *unit;
};

struct list {
	struct one *s;
	size_t n, cap;
};

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->s[i].device);
		free(l->s[i].part);
		free(l->s[i].quantity);
		free(l->s[i].unit);
	}
	free(l->s);
}

static int list_load(struct db *db, const struct db_export *what, struct list *l, struct err *err)
{
	struct query *q = query_new(db, "export_series", err);
	int rc;

	if (!q)
		return -1;
	query_bind_text(q, ":device", what->device);
	query_bind_text(q, ":rack", what->rack);
	query_bind_text(q, ":part", what->part);
	query_bind_text(q, ":quantity", what->quantity);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&l->s, &l->cap, l->n + 1, sizeof(*l->s));
		l->s[l->n++] = (struct one){ query_int(q, 0), xstrdup(query_text(q, 1)),
					     xstrdup(query_text(q, 2)), xstrdup(query_text(q, 3)),
					     xstrdup(query_text(q, 4)) };
	}
	query_free(q);
	if (!rc && !l->n)
		return err_set(
			err,
			"%s: %s %s has no such values: check its name, --part and --quantity "
			"(`rackmeter status` and v_series list what there is)",
			db_path(db), what->device ? "device" : "rack",
			what->device ? what->device : what->rack);
	return rc;
}

/* RFC 4180, 2.5 to 2.7 */
static void put_cell(FILE *f, const char *text)
{
	if (!text[strcspn(text, ",;\"\r\n\t#")]) {
		fputs(text, f);
		return;
	}
	putc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', f);
		putc(*text, f);
	}
	putc('"', f);
}

/* The fewest digits that read back the same. */
static void put_number(FILE *f, double value)
{
	char text[40];
	double again;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (!text_to_double(text, &again) && !(again < value) && !(again > value))
			break;
	}
	fputs(text, f);
}

static void put_sample(FILE *f, const struct one *o, const struct sample *s)
{
	struct tm tm;
	time_t t = (time_t)s->ts;
	char when[40];

	if (!gmtime_r(&t, &tm) || !strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	fprintf(f, "%s,", when);
	put_cell(f, o->device);
	putc(',', f);
	put_cell(f, o->part);
	fprintf(f, ",%s,", o->quantity);
	put_number(f, s->value);
	putc(',', f);
	put_cell(f, o->unit);
	putc('\n', f);
}

static int put_series(struct db *db, const struct one *o, int64_t from, int64_t to, FILE *f,
		      struct err *err)
{
	for (int64_t at = from; at < to; at += PIECE_S) {
		struct samples samples;
		int64_t end = to - at < PIECE_S ? to : at + PIECE_S;
		if (series_read(db, o->series, at, end - 1, false, &samples, err))
			return -1;
		for (size_t i = 0; i < samples.n; i++)
			put_sample(f, o, &samples.s[i]);
		samples_done(&samples);
	}
	return 0;
}

static int period(struct db *db, const struct db_export *what, int64_t *from, int64_t *to,
		  struct err *err)
{
	struct query *q = query_new(db, "report_first", err);
	int64_t first = 0, now = wall_s(clock_wall());

	if (!q)
		return -1;
	int rc = query_step(q, err);
	if (rc > 0)
		first = query_int(q, 0);
	query_free(q);
	if (rc < 0)
		return -1;
	*from = first;
	if (what->from && zone_parse(what->from, from, err))
		return err_prefix(err, "--from");
	*to = now + 1;
	if (what->to && zone_parse(what->to, to, err))
		return err_prefix(err, "--to");
	if (*to <= *from)
		return err_set(err, "--to %s is not behind --from %s",
			       what->to ? what->to : "(now)",
			       what->from ? what->from : "(the first reading)");
	/* not day by day through years without anything; a clock that is ahead has a day's grace */
	*from = *from < first ? first : *from;
	*to = *to > now + PIECE_S ? now + PIECE_S : *to;
	return 0;
}

static int export_sqlite(struct db *db, const struct db_export *what, struct err *err)
{
	struct extract_what part = { what->tenant, what->hall, what->rack, what->device, 0, 0 };
	struct extract_result r = { 0 };

	if (period(db, what, &part.from, &part.to, err) ||
	    extract(db, &part, what->sqlite, wall_s(clock_wall()), &r, err))
		return -1;
	printf("%s: %" PRId64 " series, %" PRId64 " hours, %" PRId64 " samples", what->sqlite,
	       r.series, r.hours, r.samples);
	if (r.racks)
		printf(" of %" PRId64 " rack%s", r.racks, r.racks == 1 ? "" : "s");
	putchar('\n');
	return 0;
}

int db_export(struct db *db, const struct db_export *what, struct err *err)
{
	if (what->sqlite)
		return export_sqlite(db, what, err);
	struct list list = { 0 };
	int64_t from, to;
	char *part = what->output ? xasprintf("%s.part", what->output) : NULL;
	FILE *f = NULL;
	int rc = period(db, what, &from, &to, err) || list_load(db, what, &list, err) ? -1 : 0;

	if (!rc) {
		f = part ? fopen(part, "we") : stdout;
		if (!f)
			rc = err_set(err, "%s: %s", part, strerror(errno));
	}
	if (!rc) {
		fputs("time,device,part,quantity,value,unit\n", f);
		for (size_t i = 0; !rc && i < list.n; i++)
			rc = put_series(db, &list.s[i], from, to, f, err);
		bool bad = fflush(f) || ferror(f);
		if (part)
			bad = fclose(f) || bad;
		if (!rc && bad)
			rc = err_set(err,
				     "%s: cannot be written: free space there or name another "
				     "file",
				     part ? part : "standard output");
		if (!rc && part && rename(part, what->output))
			rc = err_set(err, "%s: %s", what->output, strerror(errno));
		if (rc && part)
			unlink(part);
	}
	list_done(&list);
	free(part);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See tariffs.h. A minute of the week that two rows of energy price is an error, one that none
 * prices a warning: its energy has no price. Prices of demand may overlap, they add up: one for
 * all hours and another one for the expensive ones.
 */
#include "config/tariffs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/price.h"
#include "base/text.h"
#include "base/week.h"
#include "base/zone.h"

struct row { /* of one tariff */
	const struct cfg_tariff *cfg;
	struct week week;
	enum price_kind kind;
	int64_t to; /* until valid_to, or the next row of the same key */
};

struct rows {
	struct row *r;
	size_t n;
};

#define PROBLEM(level, row, ...)                                                                   \
	diag_add(diag, level, (row)->src.file, (row)->src.line, 0, __VA_ARGS__)

static bool same_key(const struct cfg_tariff *a, const struct cfg_tariff *b)
{
	return !strcmp(a->kind, b->kind) && !strcmp(a->days, b->days) &&
	       !strcmp(a->start, b->start) && !strcmp(a->end, b->end) &&
	       !strcmp(a->clock, b->clock);
}

/* The rows of a tariff that can be understood; the others were reported with their line. */
static struct rows rows_of(const struct config *c, const char *tariff)
{
	struct rows rows = { xcalloc(c->n_tariffs, sizeof(struct row)), 0 };
	struct price price;
	struct err ignored;

	for (size_t i = 0; i < c->n_tariffs; i++) {
		const struct cfg_tariff *t = &c->tariffs[i];
		struct row *r = &rows.r[rows.n];

		if (strcmp(t->tariff, tariff) != 0 ||
		    price_parse(t->kind, t->unit, &price, &ignored) < 0 ||
		    week_parse(t->days, t->start, t->end, t->clock, &r->week, &ignored) < 0)
			continue;
		r->cfg = t;
		r->kind = price.kind;
		r->to = t->valid_to;
		for (size_t k = 0; k < c->n_tariffs; k++) {
			const struct cfg_tariff *later = &c->tariffs[k];

			if (!strcmp(later->tariff, tariff) && same_key(later, t) &&
			    later->valid_from > t->valid_from && later->valid_from < r->to)
				r->to = later->valid_from;
		}
		rows.n++;
	}
	return rows;
}

static void check_alike(const struct rows *rows, struct diag *diag)
{
	const struct row *energy = NULL;

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *r = &rows->r[i], *first = &rows->r[0];

		if (strcmp(r->cfg->currency, first->cfg->currency) != 0)
			PROBLEM(DIAG_ERROR, r->cfg,
				"currency: tariff %s is in %s (%s:%d), this row is in %s: write "
				"one currency, or give the row a tariff of its own",
				r->cfg->tariff, first->cfg->currency, first->cfg->src.file,
				first->cfg->src.line, r->cfg->currency);
		if (r->kind != PRICE_ENERGY)
			continue;
		if (energy && r->week.standard != energy->week.standard)
			PROBLEM(DIAG_ERROR, r->cfg,
				"clock: energy of tariff %s is priced by %s time (%s:%d) and here "
				"by the other clock: in summer they differ by an hour, so write "
				"one of them",
				r->cfg->tariff, energy->week.standard ? "standard" : "local",
				energy->cfg->src.file, energy->cfg->src.line);
		if (!energy)
			energy = r;
	}
}

/* " from 2026-01-01" of a date on which something begins; "" of always. */
static const char *since(int64_t at, char *buf, size_t size)
{
	char date[32];

	snprintf(buf, size, "%s%s", at == CFG_ALWAYS ? "" : " from ",
		 at == CFG_ALWAYS ? "" : zone_format_date(at, date, sizeof(date)));
	return buf;
}

/* The first minute of the week that both rows price; -1: none. */
static int common_minute(const struct row *a, const struct row *b)
{
	for (int m = 0; m < WEEK_MINUTES; m++)
		if (week_has_minute(&a->week, m) && week_has_minute(&b->week, m))
			return m;
	return -1;
}

static void check_overlaps(const struct rows *rows, struct diag *diag)
{
	char when[16], date[48];

	for (size_t i = 0; i < rows->n; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct row *a = &rows->r[k], *b = &rows->r[i];
			int64_t from = a->cfg->valid_from > b->cfg->valid_from ? a->cfg->valid_from
									       : b->cfg->valid_from;
			int m;

			if (a->kind != PRICE_ENERGY || b->kind != PRICE_ENERGY || a->to <= from ||
			    b->to <= from || (m = common_minute(a, b)) < 0)
				continue;
			PROBLEM(DIAG_ERROR, b->cfg,
				"energy of tariff %s has two prices on %s%s: this row and %s:%d; "
				"end one of them with valid_to, or give them other times",
				b->cfg->tariff, week_minute_text(m, when, sizeof(when)),
				since(from, date, sizeof(date)), a->cfg->src.file,
				a->cfg->src.line);
		}
	}
}

/* The first minute of the week without a price, while there are prices at all; -1: none. */
static int unpriced_minute(const struct rows *rows, int64_t at, const struct row **ret_first)
{
	*ret_first = NULL;
	for (int m = 0; m < WEEK_MINUTES; m++) {
		bool priced = false;

		for (size_t i = 0; i < rows->n && !priced; i++) {
			const struct row *r = &rows->r[i];

			if (r->kind != PRICE_ENERGY || r->cfg->valid_from > at || r->to <= at)
				continue;
			if (!*ret_first)
				*ret_first = r;
			priced = week_has_minute(&r->week, m);
		}
		if (!*ret_first || !priced)
			return *ret_first ? m : -1;
	}
	return -1;
}

static void check_gaps(const struct rows *rows, struct diag *diag)
{
	const struct row *first, *told = NULL;
	int64_t told_at = 0;
	char when[16], date[48];
	int minute = -1;

	/* prices change where a row begins or another one of the table ends */
	for (size_t i = 0; i < 2 * rows->n; i++) {
		int64_t at = i % 2 ? rows->r[i / 2].to : rows->r[i / 2].cfg->valid_from;
		int m = unpriced_minute(rows, at, &first);

		if (m >= 0 && (!told || at < told_at)) {
			told = first;
			told_at = at;
			minute = m;
		}
	}
	if (told)
		PROBLEM(DIAG_WARNING, told->cfg,
			"energy of tariff %s has no price on %s%s: add a row for the rest of the "
			"week; what is used then is counted apart, without a price",
			told->cfg->tariff, week_minute_text(minute, when, sizeof(when)),
			since(told_at, date, sizeof(date)));
}

void tariffs_check(const struct config *config, struct diag *diag)
{
	if (config->incomplete.tariffs)
		return;
	for (size_t i = 0; i < config->n_tariffs; i++) {
		bool first = true;

		for (size_t k = 0; k < i && first; k++)
			first = strcmp(config->tariffs[k].tariff, config->tariffs[i].tariff) != 0;
		if (!first)
			continue;

		struct rows rows = rows_of(config, config->tariffs[i].tariff);

		check_alike(&rows, diag);
		check_overlaps(&rows, diag);
		check_gaps(&rows, diag);
		free(rows.r);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Meters with a true energy by construction, written into hours that are over: a daily swing, and
 * what goes wrong with meters. Include after site.h. */
#pragma once

#include "store/merge.h"

struct outage { /* seconds after the beginning */
	int64_t from, to;
};

struct history {
	const char *device;
	double w, swing; /* w * (1 + swing * sin(day)) */
	int64_t lsb_wh;  /* of the register; 0: it has none */
	bool power;      /* is read too */
	int step_s;
	struct outage out[4]; /* nothing is read */
	int64_t jump_at; /* another register from there on, seconds after the beginning; 0: no */
	double jump_to_wh;
	int lose_one_in; /* single readings that are lost; 0: none */
};

#define DAY_TURN (2 * M_PI / 86400)

static inline double history_w(const struct history *h, int64_t ts)
{
	return h->w * (1 + h->swing * sin(DAY_TURN * (double)ts));
}

static inline double history_wh(const struct history *h, int64_t from, int64_t to)
{
	double turn = cos(DAY_TURN * (double)to) - cos(DAY_TURN * (double)from);

	return h->w * ((double)(to - from) - h->swing / DAY_TURN * turn) / 3600;
}

static inline bool history_reads(const struct history *h, int64_t t)
{
	for (size_t i = 0; i < sizeof(h->out) / sizeof(*h->out); i++)
		if (t >= h->out[i].from && t < h->out[i].to)
			return false;
	return !h->lose_one_in ||
	       (t / h->step_s * 2654435761u >> 7) % (unsigned)h->lose_one_in != 0;
}

static inline int64_t history_register(const struct history *h, int64_t start, int64_t ts)
{
	double wh = 5e6 + history_wh(h, start, ts);

	if (h->jump_at && ts >= start + h->jump_at)
		wh = h->jump_to_wh + history_wh(h, start + h->jump_at, ts);
	return (int64_t)floor(wh / (double)h->lsb_wh);
}

/* One hour of one point. */
static inline void history_hour(struct site *s, const struct history *h, int64_t point, bool energy,
				int64_t start, int64_t hour, int64_t end)
{
	struct merge_sample samples[3600];
	struct err err;
	size_t n = 0;

	for (int64_t ts = hour; ts < hour + 3600 && ts < end; ts += h->step_s)
		if (ts >= start && history_reads(h, ts - start))
			samples[n++] =
				(struct merge_sample){ ts,
						       energy ? history_register(h, start, ts)
							      : (int64_t)lround(history_w(h, ts)) };
	must(merge(s->db, point, samples, n, MERGE_KEEP, NULL, &err), &err);
}

static inline void history_fill(struct site *s, const struct history *h, int64_t from, int64_t to)
{
	struct reg_point p[2];
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = h->device,
				 .name = "main",
				 .step_s = h->step_s,
				 .valid_from = from,
				 .points = p };
	struct err err;

	if (h->power)
		p[scan.n_points++] = site_point(NULL, NULL, "main", "power_w", 1);
	if (h->lsb_wh) {
		p[scan.n_points] = site_point(NULL, NULL, "main", "energy_wh", 1);
		p[scan.n_points++].scale.mul = h->lsb_wh;
	}
	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	for (size_t i = 0; i < scan.n_points; i++)
		for (int64_t hour = from - from % 3600; hour < to; hour += 3600)
			history_hour(s, h, p[i].point, !h->power || i == 1, from, hour, to);
	must(db_commit(s->db, &err), &err);
}

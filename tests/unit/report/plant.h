/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of circuits and of failover build alike: circuits of three phases, limits, a
 * quarter of an hour of readings every 10 s. Include after site.h and json_row.h. */
#pragma once

/* Of 400 V; ratings: rated_a, rated_w, trip_a, derate, modules, modules_needed. */
static inline void plant_circuit(struct site *s, const char *name, const char *kind,
				 const char *hall, const char *fed_by, const char *phases,
				 const char *ratings)
{
	char *values = xasprintf("'%s', '%s', '%s', '3ph-wye', 400, '%s', %s", kind, hall, fed_by,
				 phases, ratings);

	site_row(s, "circuit", name, INT64_MIN,
		 "kind, hall, fed_by, system, volts, phases, rated_a, rated_w, trip_a, derate, "
		 "modules, modules_needed",
		 values);
	free(values);
}

static inline void plant_settings(struct site *s)
{
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "limits.warn", INT64_MIN, "value", "'0.9'");
}

static inline void plant_every(struct site *s, int64_t scan, int64_t from, int64_t to,
			       const char *values)
{
	for (int64_t t = from; t < to; t += 10)
		site_sample(s, scan, t, values);
}

static inline struct report_options plant_quarter(void)
{
	return (struct report_options){ .from = T0, .to = T0 + 900, .now = T0 + 900 };
}

static inline json_object *plant_json(struct site *s, const struct report *report,
				      struct report_options o)
{
	return json_of(site_report(s, report, o, true));
}

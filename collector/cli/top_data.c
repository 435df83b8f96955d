/* SPDX-License-Identifier: Apache-2.0 */
/* See top_data.h. */
#include "cli/top_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"
#include "report/thermal.h"
#include "store/query.h"

static void device_done(struct top_device *d)
{
	free(d->name);
	free(d->rack);
	free(d->state);
	free(d->cause);
}

void top_data_done(struct top_data *data)
{
	for (size_t i = 0; i < data->n_racks; i++) {
		free(data->racks[i].name);
		free(data->racks[i].hall);
		free(data->racks[i].row);
		free(data->racks[i].thermal_class);
	}
	for (size_t i = 0; i < data->n_silent; i++)
		device_done(&data->silent[i]);
	free(data->racks);
	free(data->silent);
	for (size_t i = 0; i < data->n_alarms; i++) {
		free(data->alarms[i].device);
		free(data->alarms[i].says);
	}
	free(data->alarms);
	free(data->site);
	*data = (struct top_data){ 0 };
}

/* Runs a query and hands each row to fn. */
static int each(struct db *db, const char *name, const char *parameter, const char *value,
		void (*fn)(void *user, struct query *q), void *user, struct err *err)
{
	struct query *q = query_new(db, name, err);
	int r;

	if (!q)
		return -1;
	if (parameter)
		query_bind_text(q, parameter, value);
	while ((r = query_step(q, err)) > 0)
		fn(user, q);
	query_free(q);
	return r;
}

static void take_site(void *user, struct query *q)
{
	struct top_data *d = user;
	bool it = !strcmp(query_text(q, 1), "it");

	*(it ? &d->it_w : &d->facility_w) = query_real(q, 2);
	d->partial = d->partial || query_real(q, 3) < query_real(q, 4);
}

static void take_rack(void *user, struct query *q)
{
	struct top_data *d = user;
	const struct thermal_class *limits = thermal_class(query_text(q, 3));

	xgrow(&d->racks, &d->cap_racks, d->n_racks + 1, sizeof(*d->racks));
	d->racks[d->n_racks++] = (struct top_rack){
		.name = xstrdup(query_text(q, 0)),
		.hall = xstrdup(query_text(q, 1)),
		.row = xstrdup(query_text(q, 2)),
		.thermal_class = xstrdup(query_text(q, 3)),
		.power_w = query_real(q, 4),
		.budget_w = query_real(q, 5),
		.inlet_c = NAN,
		.recommended_c = limits ? limits->recommended_high_c : NAN,
		.allowable_c = limits ? limits->allowable_high_c : NAN,
		.present = query_is_null(q, 6) ? -1 : (int)query_int(q, 6),
		.expected = query_is_null(q, 7) ? -1 : (int)query_int(q, 7),
	};
	if (query_int(q, 8) > d->newest)
		d->newest = query_int(q, 8);
}

static int by_name(const void *key, const void *rack)
{
	return strcmp(key, ((const struct top_rack *)rack)->name);
}

static void take_inlet(void *user, struct query *q)
{
	struct top_data *d = user;
	struct top_rack *r = NULL;

	if (d->n_racks)
		r = bsearch(query_text(q, 0), d->racks, d->n_racks, sizeof(*d->racks), by_name);
	if (r)
		r->inlet_c = query_real(q, 1);
}

static void take_silent(void *user, struct query *q)
{
	struct top_data *d = user;

	xgrow(&d->silent, &d->cap_silent, d->n_silent + 1, sizeof(*d->silent));
	d->silent[d->n_silent++] = (struct top_device){
		.name = xstrdup(query_text(q, 0)),
		.rack = xstrdup(query_text(q, 1)),
		.state = xstrdup(query_text(q, 3)),
		.since = query_int(q, 4),
		.cause = xstrdup(query_text(q, 5)),
		.planned = query_int(q, 6) != 0,
	};
}

static void take_alarm(void *user, struct query *q)
{
	struct top_data *d = user;

	xgrow(&d->alarms, &d->cap_alarms, d->n_alarms + 1, sizeof(*d->alarms));
	d->alarms[d->n_alarms++] = (struct top_alarm){
		.device = xstrdup(query_text(q, 0)),
		.critical = query_int(q, 1) != 0,
		.planned = query_int(q, 2) != 0,
		.since = query_int(q, 3),
		.says = xstrdup(query_text(q, 4)),
	};
}

int top_data_load(struct db *db, int64_t now, struct top_data *ret, struct err *err)
{
	struct top_data d = { .it_w = NAN, .facility_w = NAN };

	if (common_setting(db, "site", now, &d.site, err) < 0 ||
	    common_setting_number(db, "limits.warn", now, 0.9, &d.warn, err) < 0 ||
	    each(db, "top_site", NULL, NULL, take_site, &d, err) < 0 ||
	    each(db, "top_racks", NULL, NULL, take_rack, &d, err) < 0 ||
	    each(db, "top_inlets", NULL, NULL, take_inlet, &d, err) < 0 ||
	    each(db, "top_silent", NULL, NULL, take_silent, &d, err) < 0 ||
	    each(db, "top_alarms", NULL, NULL, take_alarm, &d, err) < 0) {
		top_data_done(&d);
		return -1;
	}
	*ret = d;
	return 0;
}

/* ---- one rack ------------------------------------------------------------------- */

void top_detail_done(struct top_detail *detail)
{
	for (size_t i = 0; i < detail->n_feeds; i++) {
		free(detail->feeds[i].name);
		free(detail->feeds[i].side);
	}
	for (size_t i = 0; i < detail->n_sensors; i++) {
		free(detail->sensors[i].name);
		free(detail->sensors[i].position);
	}
	for (size_t i = 0; i < detail->n_devices; i++)
		device_done(&detail->devices[i]);
	free(detail->feeds);
	free(detail->sensors);
	free(detail->devices);
	*detail = (struct top_detail){ 0 };
}

static void take_names(void *user, struct query *q)
{
	struct top_detail *d = user;
	const char *p = query_text(q, 0);

	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		xgrow(&d->feeds, &d->cap_feeds, d->n_feeds + 1, sizeof(*d->feeds));
		d->feeds[d->n_feeds++] = (struct top_feed){ .name = xasprintf("%.*s", (int)n, p),
							    .power_w = NAN,
							    .a = { NAN, NAN, NAN },
							    .derated_a = NAN };
		p += n;
	}
}

static void take_feed(void *user, struct query *q)
{
	struct top_feed *f = user;
	const char *part = query_text(q, 3);

	free(f->side);
	f->side = xstrdup(query_text(q, 0));
	f->derated_a = query_real(q, 1) * query_real(q, 2);
	if (!strcmp(query_text(q, 4), "power_w"))
		f->power_w = query_real(q, 5);
	else if (part[0] == 'L' && part[1] >= '1' && part[1] <= '3')
		f->a[part[1] - '1'] = query_real(q, 5);
}

static void take_sensor(void *user, struct query *q)
{
	struct top_detail *d = user;

	xgrow(&d->sensors, &d->cap_sensors, d->n_sensors + 1, sizeof(*d->sensors));
	d->sensors[d->n_sensors++] = (struct top_sensor){
		.name = xasprintf("%s/%s", query_text(q, 0), query_text(q, 1)),
		.position = xstrdup(query_text(q, 2)),
		.c = query_real(q, 3),
	};
}

static void take_device(void *user, struct query *q)
{
	struct top_detail *d = user;

	xgrow(&d->devices, &d->cap_devices, d->n_devices + 1, sizeof(*d->devices));
	d->devices[d->n_devices++] = (struct top_device){
		.name = xstrdup(query_text(q, 0)),
		.state = xstrdup(query_text(q, 1)),
		.since = query_int(q, 2),
		.cause = xstrdup(query_text(q, 3)),
		.planned = query_int(q, 4) != 0,
	};
}

int top_detail_load(struct db *db, const char *rack, struct top_detail *ret, struct err *err)
{
	struct top_detail d = { 0 };
	int r = each(db, "top_rack_feeds", ":rack", rack, take_names, &d, err);

	for (size_t i = 0; i < d.n_feeds && r == 0; i++)
		r = each(db, "top_feeds", ":circuit", d.feeds[i].name, take_feed, &d.feeds[i], err);
	if (r == 0)
		r = each(db, "top_sensors", ":rack", rack, take_sensor, &d, err);
	if (r == 0)
		r = each(db, "top_devices", ":rack", rack, take_device, &d, err);
	if (r < 0) {
		top_detail_done(&d);
		return -1;
	}
	*ret = d;
	return 0;
}

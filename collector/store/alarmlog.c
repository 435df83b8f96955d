/* SPDX-License-Identifier: Apache-2.0 */
/* See alarmlog.h. */
#include "store/alarmlog.h"

#include "schema/schema.h"
#include "store/sql.h"

int alarmlog_put(struct db *db, const struct alarm_row *row, struct err *err)
{
	const struct quantity *quantity = schema_quantity(row->quantity);
	struct query *q;
	int64_t entity;

	if (!quantity)
		return err_set(err, "an alarm of %s: there is no such quantity", row->quantity);
	if (registry_entity(db, "device", row->device, &entity, err))
		return -1;
	q = query_kept(db, "store_alarm_put", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":part", row->part);
	query_bind_int(q, ":quantity", quantity->id);
	query_bind_int(q, ":state", row->state);
	query_bind_text(q, ":severity", row->severity);
	query_bind_int(q, ":from", row->from);
	if (row->to)
		query_bind_int(q, ":to", row->to);
	else
		query_bind_null(q, ":to");
	return query_run(q, err);
}

int alarmlog_each(struct db *db, void (*row)(void *user, const struct alarm_row *row), void *user,
		  struct err *err)
{
	struct query *q = query_new(db, "store_alarms", err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, err)) > 0) {
		const struct alarm_row r = {
			.device = query_text(q, 0),
			.part = query_text(q, 1),
			.quantity = query_text(q, 2),
			.state = query_int(q, 3),
			.severity = query_text(q, 4),
			.from = query_int(q, 5),
		};

		row(user, &r);
	}
	query_free(q);
	return rc;
}

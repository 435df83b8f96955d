/* SPDX-License-Identifier: Apache-2.0 */
/* See limitstate.h. */
#include "store/limitstate.h"

#include "schema/schema.h"
#include "store/sql.h"

int limitstate_put(struct db *db, const struct limit_row *row, struct err *err)
{
	const struct quantity *quantity = schema_quantity(row->quantity);
	struct query *q;
	int64_t entity;

	if (!quantity)
		return err_set(err, "a limit on %s: there is no such quantity", row->quantity);
	if (registry_entity(db, row->entity_kind, row->entity, &entity, err))
		return -1;
	q = query_kept(db, "store_limit_put", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":part", row->part);
	query_bind_int(q, ":quantity", quantity->id);
	query_bind_text(q, ":level", row->level);
	query_bind_int(q, ":ts", row->since);
	query_bind_real(q, ":value", row->value);
	query_bind_real(q, ":limit", row->limit);
	return query_run(q, err);
}

int limitstate_each(struct db *db, void (*row)(void *user, const struct limit_row *row), void *user,
		    struct err *err)
{
	struct query *q = query_new(db, "store_limits", err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, err)) > 0) {
		const struct limit_row r = {
			.entity_kind = query_text(q, 0),
			.entity = query_text(q, 1),
			.part = query_text(q, 2),
			.quantity = query_text(q, 3),
			.level = query_text(q, 4),
			.since = query_int(q, 5),
		};

		row(user, &r);
	}
	query_free(q);
	return rc;
}

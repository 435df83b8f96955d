/* SPDX-License-Identifier: Apache-2.0 */
/* See oplog.h. */
#include "report/oplog.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/query.h"

int oplog_load(struct db *db, int64_t from, int64_t to, struct oplog *ret, struct err *err)
{
	struct oplog log = { 0 };
	struct query *q = query_new(db, "report_oplog", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&log.e, &log.cap, log.n + 1, sizeof(*log.e));
		log.e[log.n++] = (struct oplog_entry){
			.from = query_int(q, 0),
			.to = query_int(q, 1),
			.scope = xstrdup(query_text(q, 2)),
			.id = xstrdup(query_text(q, 3)),
			.kind = xstrdup(query_text(q, 4)),
			.quantity = xstrdup(query_text(q, 5)),
			.value = xstrdup(query_text(q, 6)),
			.unit = xstrdup(query_text(q, 7)),
			.ref = xstrdup(query_text(q, 8)),
			.who = xstrdup(query_text(q, 9)),
			.note = xstrdup(query_text(q, 10)),
		};
	}
	query_free(q);
	if (r < 0) {
		oplog_done(&log);
		return -1;
	}
	*ret = log;
	return 0;
}

void oplog_done(struct oplog *log)
{
	for (size_t i = 0; i < log->n; i++) {
		struct oplog_entry *e = &log->e[i];

		free(e->scope);
		free(e->id);
		free(e->kind);
		free(e->quantity);
		free(e->value);
		free(e->unit);
		free(e->ref);
		free(e->who);
		free(e->note);
	}
	free(log->e);
	*log = (struct oplog){ 0 };
}

static bool planned_itself(const struct oplog *log, const char *kind, const char *id, int64_t ts)
{
	for (size_t i = 0; i < log->n && log->e[i].from <= ts; i++) {
		const struct oplog_entry *e = &log->e[i];

		if (e->to <= ts || strcmp(e->kind, "planned") != 0)
			continue;
		if (!strcmp(e->scope, "site") || (!strcmp(e->scope, kind) && !strcmp(e->id, id)))
			return true;
	}
	return false;
}

/* "BCM-3A/branch 1" under "BCM-3A". */
static bool planned_channel(const struct oplog *log, const char *id, int64_t ts)
{
	const char *slash = strchr(id, '/');
	char *device = slash ? xasprintf("%.*s", (int)(slash - id), id) : xstrdup(id);
	bool planned = planned_itself(log, "device", device, ts);

	free(device);
	return planned;
}

bool oplog_planned(const struct oplog *log, const struct topology *t, const char *kind,
		   const char *id, int64_t ts)
{
	(void)t;
	if (planned_itself(log, kind, id, ts))
		return true;
	return !strcmp(kind, "channel") && planned_channel(log, id, ts);
}

bool oplog_silent(const struct oplog *log, const struct topology *t, const char *kind,
		  const char *id, int64_t ts)
{
	return oplog_planned(log, t, kind, id, ts);
}

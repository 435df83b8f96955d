/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of rollups; see rolled.h, and chunk.c for how they are made. */
#include "store/rolled.h"

#include <string.h>

#include "store/codec.h"
#include "store/utf8.h"

static uint32_t count_at(const unsigned char *text, size_t size, uint32_t i, int width)
{
	size_t at = (size_t)i * (size_t)width;
	const unsigned char *p = text + at;
	uint32_t code, offset = width == 2 ? ROLLED_5M_OFFSET : ROLLED_1H_OFFSET;

	if (at + (size_t)width > size || !p[0])
		return 0;
	code = utf8_get(p, width);
	return code < offset ? 0 : code - offset;
}

/* Counts of the positions that hold something (n not 0 yet). */
static void counts(struct query *q, int column, uint32_t positions, int width, struct rolled *r)
{
	size_t size;
	const unsigned char *text = query_blob(q, column, &size);
	bool given = !query_is_null(q, column);

	for (uint32_t i = 0; i < positions; i++)
		if (r->n[i])
			r->n[i] = given ? count_at(text, size, i, width) : r->full;
}

static uint32_t positive(int64_t value)
{
	return value < 1 || value > CODEC_MAX_N ? 1 : (uint32_t)value;
}

void rolled_5m_row(struct query *q, struct rolled *r)
{
	unsigned char present[ROLLED_5M];
	struct codec_view v = { .w = (int)query_int(q, 1),
				.base = query_int(q, 2),
				.slope = query_int(q, 3),
				.n = ROLLED_5M };
	v.v = query_blob(q, 4, &v.bytes);
	r->f = positive(query_int(q, 0));
	r->full = positive(query_int(q, 5));
	codec_all(&v, r->value, present);
	for (uint32_t i = 0; i < ROLLED_5M; i++)
		r->n[i] = present[i];
	counts(q, 6, ROLLED_5M, 2, r);
}

int rolled_5m(struct query *q, int64_t id, struct rolled *r, struct err *err)
{
	query_bind_int(q, ":id", id);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	rolled_5m_row(q, r);
	query_reset(q);
	return 1;
}

int rolled_1h(struct query *q, int64_t id, struct rolled *r, struct err *err)
{
	query_bind_int(q, ":id", id);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	struct codec_view v = { .w = (int)query_int(q, 1),
				.base = query_int(q, 2),
				.n = ROLLED_1H };
	struct codec_view m = { .w = (int)query_int(q, 4),
				.base = query_int(q, 5),
				.n = 2 * ROLLED_1H };
	unsigned char present[ROLLED_1H], bounded[2 * ROLLED_1H];
	int64_t bounds[2 * ROLLED_1H] = { 0 };

	v.v = query_blob(q, 3, &v.bytes);
	m.v = query_blob(q, 6, &m.bytes);
	r->f = positive(query_int(q, 0));
	r->full = positive(query_int(q, 7));
	codec_all(&v, r->value, present);
	codec_all(&m, bounds, bounded);
	memcpy(r->low, bounds, sizeof(r->low));
	memcpy(r->high, bounds + ROLLED_1H, sizeof(r->high));
	for (uint32_t i = 0; i < ROLLED_1H; i++)
		r->n[i] = present[i] && bounded[i] && bounded[i + ROLLED_1H];
	counts(q, 8, ROLLED_1H, 3, r);
	query_reset(q);
	return 1;
}

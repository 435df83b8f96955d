/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs points into requests. Works on plain arrays and knows no sockets, so the
 * daemon and `rackmeter probe` get the same requests for the same shape.
 */
#include "transport/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "transport/snmp_codec.h"

/* Modbus Application Protocol 1.1b3, 6.1 to 6.4: 125 registers, 2000 coils or inputs */
#define MODBUS_WORDS_MAX 125
#define BITS_PER_WORD    16

static struct plan_request *add_request(struct plan *plan, size_t *cap, enum request_kind kind)
{
	struct plan_request *request;

	xgrow(&plan->requests, cap, plan->n_requests + 1, sizeof(*plan->requests));
	request = &plan->requests[plan->n_requests++];
	memset(request, 0, sizeof(*request));
	request->kind = kind;
	return request;
}

static void plan_snmp(struct plan *plan, const struct expansion *expansion, const uint32_t *points,
		      size_t n)
{
	int limit = expansion->profile->varbinds;
	size_t per_get = limit < 1 ? 1 : limit > UINT16_MAX ? UINT16_MAX : (size_t)limit;
	size_t cap = 0;

	for (size_t from = 0; from < n; from += per_get) {
		size_t count = n - from < per_get ? n - from : per_get;
		struct plan_request *r = add_request(plan, &cap, REQUEST_SNMP_GET);

		r->oids = xcalloc(count, sizeof(*r->oids));
		r->items = xcalloc(count, sizeof(*r->items));
		r->n_oids = r->n_items = (uint16_t)count;
		for (size_t i = 0; i < count; i++) {
			r->oids[i] = expansion->points[points[from + i]].oid;
			r->items[i].point = points[from + i];
			r->items[i].offset = (uint16_t)i;
		}
	}
}

struct span { /* the registers (coils, inputs) of one point, and of its scale */
	uint32_t point;
	uint8_t function;
	uint32_t start, end; /* end: first register behind it */
};

static int span_cmp(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return a->point < b->point ? -1 : a->point > b->point;
}

static void add_block(struct plan *plan, size_t *cap, const struct span *spans, size_t n,
		      uint32_t end)
{
	struct plan_request *r = add_request(plan, cap, REQUEST_MODBUS_READ);

	r->function = spans[0].function;
	r->address = (uint16_t)spans[0].start;
	r->n_words = (uint16_t)(end - spans[0].start);
	r->items = xcalloc(n, sizeof(*r->items));
	r->n_items = (uint16_t)n;
	for (size_t i = 0; i < n; i++) {
		r->items[i].point = spans[i].point;
		r->items[i].offset = (uint16_t)(spans[i].start - spans[0].start);
		r->items[i].words = (uint16_t)(spans[i].end - spans[i].start);
	}
}

static void plan_modbus(struct plan *plan, const struct expansion *expansion,
			const uint32_t *points, size_t n)
{
	const struct profile *profile = expansion->profile;
	uint32_t gap = profile->gap_words < 0 ? 0 : (uint32_t)profile->gap_words;
	uint32_t most = profile->words_per_block < 1 ? 1 : (uint32_t)profile->words_per_block;
	struct span *spans = xcalloc(n ? n : 1, sizeof(*spans));
	size_t cap = 0, first = 0;
	uint32_t end = 0;

	if (most > MODBUS_WORDS_MAX)
		most = MODBUS_WORDS_MAX;
	for (size_t i = 0; i < n; i++) {
		const struct profile_point *src = expansion->points[points[i]].src;

		spans[i] = (struct span){ .point = points[i], .function = src->function };
		profile_point_span(src, &spans[i].start, &spans[i].end);
	}
	qsort(spans, n, sizeof(*spans), span_cmp);
	for (size_t i = 0; i < n; i++) {
		uint32_t grown = i > first && end > spans[i].end ? end : spans[i].end;
		uint32_t unit = spans[i].function <= 2 ? BITS_PER_WORD : 1;

		if (i > first && (spans[i].function != spans[first].function ||
				  spans[i].start > end + gap * unit ||
				  grown - spans[first].start > most * unit ||
				  i - first >= UINT16_MAX)) {
			add_block(plan, &cap, spans + first, i - first, end);
			first = i;
			grown = spans[i].end;
		}
		end = grown;
	}
	if (n)
		add_block(plan, &cap, spans + first, n - first, end);
	free(spans);
}

struct plan *plan_make(const struct expansion *expansion, const bool *in_group)
{
	struct plan *plan = xcalloc(1, sizeof(*plan));
	uint32_t *points = xcalloc(expansion->n_points ? expansion->n_points : 1, sizeof(*points));
	size_t n = 0;

	for (size_t i = 0; i < expansion->n_points; i++) {
		if (!in_group || in_group[i])
			points[n++] = (uint32_t)i;
	}
	switch (expansion->profile->protocol) {
	case PROFILE_SNMP:
		plan_snmp(plan, expansion, points, n);
		break;
	case PROFILE_MODBUS:
		plan_modbus(plan, expansion, points, n);
		break;
	}
	free(points);
	plan_prepare(plan);
	return plan;
}

void plan_prepare(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_requests; i++)
		snmp_codec_prepare(&plan->requests[i]);
}

struct plan *plan_free(struct plan *plan)
{
	if (!plan)
		return NULL;
	for (size_t i = 0; i < plan->n_requests; i++) {
		free(plan->requests[i].oids);
		free(plan->requests[i].items);
		free(plan->requests[i].encoded);
	}
	free(plan->requests);
	free(plan);
	return NULL;
}

/* Where to cut a block: before which item. */
static uint16_t modbus_cut(const struct plan_request *r)
{
	uint16_t cut = r->n_items / 2;
	uint32_t widest = 0, end = 0;

	for (uint16_t i = 0; i < r->n_items; i++) {
		const struct plan_item *item = &r->items[i];
		uint32_t gap = i && item->offset > end ? item->offset - end : 0;

		if (gap > widest) {
			widest = gap;
			cut = i;
		}
		if ((uint32_t)item->offset + item->words > end)
			end = (uint32_t)item->offset + item->words;
	}
	return cut;
}

/* The items from..to of a request as a request of their own. */
static struct plan_request part_of(const struct plan_request *whole, uint16_t from, uint16_t to)
{
	struct plan_request r = *whole;
	uint16_t n = (uint16_t)(to - from);

	r.encoded = NULL;
	r.n_encoded = 0;
	r.n_items = n;
	r.items = xcalloc(n, sizeof(*r.items));
	memcpy(r.items, whole->items + from, n * sizeof(*r.items));
	if (whole->kind == REQUEST_MODBUS_READ) {
		uint16_t first = r.items[0].offset, end = 0;

		for (uint16_t i = 0; i < n; i++) {
			r.items[i].offset = (uint16_t)(r.items[i].offset - first);
			if (r.items[i].offset + r.items[i].words > end)
				end = (uint16_t)(r.items[i].offset + r.items[i].words);
		}
		r.address = (uint16_t)(whole->address + first);
		r.n_words = end;
		return r;
	}
	r.oids = xcalloc(n, sizeof(*r.oids));
	r.n_oids = n;
	for (uint16_t i = 0; i < n; i++) {
		r.oids[i] = whole->oids[r.items[i].offset];
		r.items[i].offset = i;
	}
	return r;
}

int plan_split(struct plan *plan, size_t i)
{
	struct plan_request whole = plan->requests[i];
	uint16_t cut;

	if (whole.n_items < 2)
		return -1;
	cut = whole.kind == REQUEST_MODBUS_READ ? modbus_cut(&whole)
						: (uint16_t)(whole.n_items / 2);
	plan->requests = xrealloc(plan->requests, plan->n_requests + 1, sizeof(*plan->requests));
	memmove(plan->requests + i + 1, plan->requests + i,
		(plan->n_requests - i) * sizeof(*plan->requests));
	plan->n_requests++;
	plan->requests[i] = part_of(&whole, 0, cut);
	plan->requests[i + 1] = part_of(&whole, cut, whole.n_items);
	free(whole.oids);
	free(whole.items);
	free(whole.encoded);
	snmp_codec_prepare(&plan->requests[i]);
	snmp_codec_prepare(&plan->requests[i + 1]);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How points become requests: packing, merging, limits, splitting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "transport/plan.h"

#define N_MAX 64

static struct profile profile;
static struct profile_point sources[N_MAX];
static struct point_def points[N_MAX];
static struct expansion expansion;

static void start(enum profile_protocol protocol)
{
	profile = (struct profile){ .protocol = protocol, .varbinds = 25, .words_per_block = 125,
				    .gap_words = 10 };
	expansion = (struct expansion){ .profile = &profile, .points = points };
}

static void add_oid(uint32_t last)
{
	struct point_def *p = &points[expansion.n_points++];

	p->oid = (struct oid){ .n = 3, .arc = { 1, 3, last } };
}

static void add_registers(uint8_t function, uint16_t address, uint16_t words)
{
	size_t i = expansion.n_points++;

	sources[i] = (struct profile_point){ .function = function, .address = address,
					     .words_n = words };
	points[i].src = &sources[i];
}

static void assert_block(const struct plan_request *r, uint8_t function, uint16_t address,
			 uint16_t words, uint16_t items)
{
	assert_int_equal(r->kind, REQUEST_MODBUS_READ);
	assert_int_equal(r->function, function);
	assert_int_equal(r->address, address);
	assert_int_equal(r->n_words, words);
	assert_int_equal(r->n_items, items);
	for (uint16_t i = 0; i < items; i++) {
		const struct profile_point *src = points[r->items[i].point].src;

		assert_int_equal(r->address + r->items[i].offset, src->address);
		assert_int_equal(r->items[i].words, src->words_n);
		assert_true(r->items[i].offset + src->words_n <= r->n_words);
	}
}

static void test_gets_are_packed_in_order(void **state)
{
	struct plan *plan;
	bool in_group[N_MAX] = { false };

	(void)state;
	start(PROFILE_SNMP);
	profile.varbinds = 4;
	for (uint32_t i = 0; i < 10; i++)
		add_oid(100 + i);
	for (size_t i = 0; i < 10; i++)
		in_group[i] = i != 3;
	plan = plan_make(&expansion, in_group);
	assert_int_equal(plan->n_requests, 3);
	assert_int_equal(plan->requests[0].n_oids, 4);
	assert_int_equal(plan->requests[1].n_oids, 4);
	assert_int_equal(plan->requests[2].n_oids, 1);
	assert_int_equal(plan->requests[0].items[3].point, 4);
	assert_int_equal(plan->requests[0].oids[3].arc[2], 104);
	assert_int_equal(plan->requests[2].oids[0].arc[2], 109);
	assert_int_equal(plan->requests[2].items[0].offset, 0);
	plan_free(plan);
}

static void test_nothing_to_read(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_SNMP);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 0);
	plan_free(plan);
	start(PROFILE_MODBUS);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 0);
	plan_free(plan);
	assert_null(plan_free(NULL));
}

static void test_blocks_merge_across_gaps_up_to_the_limit(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	add_registers(3, 112, 2); /* gap of exactly 10 behind 100..101 */
	add_registers(3, 100, 2);
	add_registers(3, 125, 1); /* gap of 11 */
	add_registers(4, 102, 2); /* another function */
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 3);
	assert_block(&plan->requests[0], 3, 100, 14, 2);
	assert_block(&plan->requests[1], 3, 125, 1, 1);
	assert_block(&plan->requests[2], 4, 102, 2, 1);
	plan_free(plan);
}

static void test_a_point_is_never_split(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	profile.words_per_block = 10;
	add_registers(3, 0, 4);
	add_registers(3, 4, 4);
	add_registers(3, 8, 4); /* would end at 12 */
	add_registers(3, 20, 16); /* longer than a block: alone */
	add_registers(3, 36, 1);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 4);
	assert_block(&plan->requests[0], 3, 0, 8, 2);
	assert_block(&plan->requests[1], 3, 8, 4, 1);
	assert_block(&plan->requests[2], 3, 20, 16, 1);
	assert_block(&plan->requests[3], 3, 36, 1, 1);
	plan_free(plan);
}

static void test_the_protocol_limit_holds(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	profile.words_per_block = 1000;
	for (uint16_t i = 0; i < 64; i++)
		add_registers(3, (uint16_t)(i * 4), 4);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 3);
	assert_block(&plan->requests[0], 3, 0, 124, 31);
	plan_free(plan);
}

static void test_the_last_registers_and_overlaps(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	add_registers(3, 65534, 2);
	add_registers(3, 65530, 4); /* two readings of the same registers */
	add_registers(3, 65530, 2);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 1);
	assert_block(&plan->requests[0], 3, 65530, 6, 3);
	plan_free(plan);
}

static void test_split_get(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_SNMP);
	for (uint32_t i = 0; i < 5; i++)
		add_oid(i);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan_split(plan, 0), 0);
	assert_int_equal(plan->n_requests, 2);
	assert_int_equal(plan->requests[0].n_oids, 2);
	assert_int_equal(plan->requests[1].n_oids, 3);
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(plan->requests[1].oids[i].arc[2], 2 + i);
		assert_int_equal(plan->requests[1].items[i].point, 2 + i);
		assert_int_equal(plan->requests[1].items[i].offset, i);
	}
	/* Down to single ones, then no further. */
	while (plan->n_requests < 5) {
		size_t before = plan->n_requests;

		for (size_t i = 0; i < plan->n_requests && plan->n_requests == before; i++)
			plan_split(plan, i);
		assert_int_equal(plan->n_requests, before + 1);
	}
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(plan->requests[i].oids[0].arc[2], i);
		assert_int_equal(plan_split(plan, i), -1);
	}
	plan_free(plan);
}

static void test_split_block_at_the_widest_gap(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	add_registers(3, 10, 2);
	add_registers(3, 14, 2); /* gap 2 */
	add_registers(3, 16, 2);
	add_registers(3, 25, 2); /* gap 7 */
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 1);
	assert_int_equal(plan_split(plan, 0), 0);
	assert_block(&plan->requests[0], 3, 10, 8, 3);
	assert_block(&plan->requests[1], 3, 25, 2, 1);
	assert_int_equal(plan_split(plan, 0), 0);
	assert_block(&plan->requests[0], 3, 10, 2, 1);
	assert_block(&plan->requests[1], 3, 14, 4, 2);
	assert_int_equal(plan_split(plan, 1), 0); /* no gap left: in the middle */
	assert_block(&plan->requests[1], 3, 14, 2, 1);
	assert_block(&plan->requests[2], 3, 16, 2, 1);
	assert_int_equal(plan_split(plan, 3), -1);
	plan_free(plan);
}

/* A value and the register with its scale are one read, however far apart the block has them. */
static void test_a_scale_comes_with_its_value(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	profile.gap_words = 0;
	add_registers(3, 100, 1);
	add_registers(3, 120, 2);
	sources[0].scale_column = (struct scale_column){ .address = 110, .words_n = 1 };
	sources[1].scale_column = (struct scale_column){ .address = 110, .words_n = 1 };
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 1);
	assert_int_equal(plan->requests[0].address, 100);
	assert_int_equal(plan->requests[0].n_words, 22);
	assert_int_equal(plan->requests[0].items[1].offset, 10);
	assert_int_equal(plan->requests[0].items[1].words, 12);
	assert_int_equal(plan_split(plan, 0), 0);
	assert_int_equal(plan->requests[0].address, 100);
	assert_int_equal(plan->requests[0].n_words, 11);
	assert_int_equal(plan->requests[1].address, 110);
	assert_int_equal(plan->requests[1].n_words, 12);
	plan_free(plan);
}

/* Coils and inputs count in bits, so a block of them holds 16 times as many. */
static void test_coils(void **state)
{
	struct plan *plan;

	(void)state;
	start(PROFILE_MODBUS);
	add_registers(1, 0, 1);
	add_registers(1, 161, 1); /* a gap of 160 bits */
	add_registers(1, 323, 1); /* of 161 */
	add_registers(2, 0, 1);
	for (uint16_t i = 0; i < 20; i++)
		add_registers(2, (uint16_t)(120 * (i + 1)), 1);
	plan = plan_make(&expansion, NULL);
	assert_int_equal(plan->n_requests, 4);
	assert_block(&plan->requests[0], 1, 0, 162, 2);
	assert_block(&plan->requests[1], 1, 323, 1, 1);
	assert_block(&plan->requests[2], 2, 0, 1921, 17); /* 2041 would be beyond 2000 */
	assert_block(&plan->requests[3], 2, 2040, 361, 4);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gets_are_packed_in_order),
		cmocka_unit_test(test_nothing_to_read),
		cmocka_unit_test(test_blocks_merge_across_gaps_up_to_the_limit),
		cmocka_unit_test(test_a_point_is_never_split),
		cmocka_unit_test(test_the_protocol_limit_holds),
		cmocka_unit_test(test_the_last_registers_and_overlaps),
		cmocka_unit_test(test_split_get),
		cmocka_unit_test(test_split_block_at_the_widest_gap),
		cmocka_unit_test(test_a_scale_comes_with_its_value),
		cmocka_unit_test(test_coils),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

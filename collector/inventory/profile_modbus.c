/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a point that only Modbus has: which table, in what order words and bytes
 * stand, which bits of a register, and a scale that stands in a register of its own.
 */
#include "inventory/profile_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The tables by name; those of bits come last. */
static const struct {
	const char *name;
	uint8_t function; /* MODBUS Application Protocol V1.1b3, 6.1 to 6.4 */
} tables[] = { { "holding", 3 }, { "input", 4 }, { "coil", 1 }, { "discrete", 2 } };

#define N_REGISTER_TABLES 2

const char *profile_table_name(uint8_t function)
{
	for (size_t i = 0; i < N_OF(tables); i++) {
		if (tables[i].function == function)
			return tables[i].name;
	}
	return "?";
}

int load_function(struct load *load, ynode node, bool bits_too, uint8_t *ret)
{
	const char *text = load_text(load, node, "holding or input");

	if (text == NULL)
		return -1;
	for (size_t i = 0; i < (bits_too ? N_OF(tables) : N_REGISTER_TABLES); i++) {
		if (strcmp(tables[i].name, text) == 0) {
			*ret = tables[i].function;
			return 0;
		}
	}
	load_error(load, node,
		   "registers '%s' are not known: holding (function 3)%s input (function 4)%s",
		   text, bits_too ? "," : " or",
		   bits_too ? ", coil (function 1) or discrete (function 2)" : "");
	return -1;
}

bool leaf_has(const struct leaf *leaf, enum point_key key)
{
	return ymap_get(leaf->load->doc, leaf->item, point_keys[key].name) != 0;
}

void leaf_read_registers(struct leaf *leaf, ynode node, const struct oid *base)
{
	static const enum point_key senseless[] = { KEY_TYPE,  KEY_ORDER,      KEY_BITS,
						    KEY_SCALE, KEY_SCALE_FROM, KEY_ABSENT };
	struct load *load = leaf->load;

	(void)base;
	if (load_function(load, node, true, &leaf->point->function) < 0 ||
	    !profile_point_is_bits(leaf->point))
		return;
	/* Defaults from above are meant for the registers; what stands here is a mistake. */
	for (size_t i = 0; i < N_OF(senseless); i++) {
		if (leaf_has(leaf, senseless[i]))
			load_error(load, leaf->item, "%s: has no meaning for a %s: it is one bit",
				   point_keys[senseless[i]].name,
				   profile_table_name(leaf->point->function));
	}
}

int load_span(const char *text, int64_t *ret_first, int64_t *ret_last)
{
	const char *dots = strstr(text, "..");
	char *low = xasprintf("%.*s", (int)(dots ? dots - text : (int)strlen(text)), text);
	bool good = text_to_i64(low, ret_first) == 0 &&
		    text_to_i64(dots ? dots + 2 : low, ret_last) == 0 && *ret_first >= 0 &&
		    *ret_last >= *ret_first;

	free(low);
	return good ? 0 : -1;
}

void leaf_read_repeat(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct load *load = leaf->load;
	ynode step = ymap_get(load->doc, node, "step");
	ynode count = ymap_get(load->doc, node, "count");
	ynode key = 0, span = 0;
	size_t names = 0;
	int64_t first, last;

	(void)base;
	for (size_t i = 0; i < ymap_size(load->doc, node); i++) {
		ynode k, v;
		ymap_entry(load->doc, node, i, &k, &v);
		if (v != step && v != count)
			key = k, span = v, names++;
	}
	if (!ynode_is_map(load->doc, node) || names != 1) {
		load_error(load, node,
			   "repeat is a map of one name and what it counts, {outlet: 1..48}, step: "
			   "registers from one to the next when others lie between, and count: the "
			   "register that tells how many there are");
		return;
	}
	const char *name = load_text(load, key, "a name");
	const char *text = load_text(load, span, "numbers such as 1..48");
	if (name == NULL || text == NULL)
		return;
	leaf->arcs[0] = name;
	leaf->arc_len[0] = strlen(name);
	leaf->n_arcs = 1;
	if (load_span(text, &first, &last) < 0 || last == 0 || last - first >= 1000) {
		load_error(load, span,
			   "'%s' are not the numbers to count: write the first and the last, such "
			   "as 1..48, at most 1000",
			   text);
		return;
	}
	if ((step && load_int(load, step, 1, 32768, &leaf->step) < 0) ||
	    (count && load_int(load, count, 0, 65535, &leaf->count) < 0))
		return;
	leaf->first = first;
	leaf->last = last;
}

void leaf_read_order(struct leaf *leaf, ynode node, const struct oid *base)
{
	static const struct {
		const char *name;
		enum word_order order;
	} orders[] = { { "msw_first", WORDS_MSW_FIRST },
		       { "lsw_first", WORDS_LSW_FIRST },
		       { "msw_first_swapped", WORDS_MSW_FIRST_SWAPPED },
		       { "lsw_first_swapped", WORDS_LSW_FIRST_SWAPPED } };
	const char *text = load_text(leaf->load, node, "msw_first or lsw_first");

	(void)base;
	for (size_t i = 0; text && i < N_OF(orders); i++) {
		if (strcmp(orders[i].name, text) == 0) {
			leaf->point->word_order = orders[i].order;
			return;
		}
	}
	if (text)
		load_error(leaf->load, node,
			   "order '%s' is neither msw_first nor lsw_first, nor one of these with "
			   "the bytes of each word exchanged: msw_first_swapped, lsw_first_swapped",
			   text);
}

/* "3" or "4..7": bits of the value, 0 is the lowest. */
void leaf_read_bits(struct leaf *leaf, ynode node, const struct oid *base)
{
	struct profile_point *p = leaf->point;
	const char *text = load_text(leaf->load, node, "a bit such as 3, or bits such as 4..7");
	int64_t first, last;
	int width = 16 * p->words_n;

	(void)base;
	if (text == NULL)
		return;
	if (load_span(text, &first, &last) < 0) {
		load_error(leaf->load, node,
			   "bits '%s' are not understood: write one, such as 3, or the lowest and "
			   "the highest, such as 4..7",
			   text);
		return;
	}
	if (p->type != RAW_U16 && p->type != RAW_U32 && p->type != RAW_U64) {
		load_error(leaf->load, node, "bits are of a number without sign: u16, u32 or u64");
		return;
	}
	if (last >= width || last - first > 62) {
		load_error(leaf->load, node,
			   "bits '%s' are not all there: this number has the bits 0 to %d, and 63 "
			   "make a value at most",
			   text, width - 1);
		return;
	}
	p->bit_first = (uint8_t)first;
	p->bit_count = (uint8_t)(last - first + 1);
}

static int scale_type(struct leaf *leaf, ynode node, struct scale_column *s)
{
	static const struct {
		const char *name;
		enum raw_type type;
		uint16_t words;
	} types[] = { { "s16", RAW_S16, 1 },
		      { "u16", RAW_U16, 1 },
		      { "s32", RAW_S32, 2 },
		      { "u32", RAW_U32, 2 },
		      { "f32", RAW_F32, 2 } };
	const char *text = node ? load_text(leaf->load, node, "a type") : "s16";

	for (size_t i = 0; text && i < N_OF(types); i++) {
		if (strcmp(types[i].name, text) == 0) {
			s->type = types[i].type;
			s->words_n = types[i].words;
			return 0;
		}
	}
	if (text)
		load_error(leaf->load, node, "type '%s' is not one of s16 u16 s32 u32 f32", text);
	return -1;
}

/* Of a register that the survey reads: a number of 16 bits, or some bits of it. */
static void scale_apart(struct leaf *leaf, ynode node, struct scale_column *s)
{
	struct load *load = leaf->load;
	ynode bits = ymap_get(load->doc, node, "bits"), type = ymap_get(load->doc, node, "type");
	const char *text = bits ? load_text(load, bits, "bits such as 0..2") : NULL;
	int64_t first, last;

	if (type || s->factor)
		load_error(load, node,
			   "apart: true is for digits, exponent and map of one register of 16 "
			   "bits");
	if (text && (load_span(text, &first, &last) < 0 || last > 15)) {
		load_error(load, bits, "bits '%s' are not all there: a register has 0 to 15", text);
	} else if (text) {
		s->bit_first = (uint8_t)first;
		s->bit_count = (uint8_t)(last - first + 1);
	}
	s->column = profile_register_oid(leaf->point->function, s->address);
	s->scalar = true;
	s->words_n = 0;
}

static void read_scale_register(struct leaf *leaf, ynode node, struct scale_column *ret)
{
	static const char *const keys[] = { "register", "type", "exponent", "digits",
					    "factor",   "map",  "apart",    "bits" };
	struct load *load = leaf->load;
	struct scale_column read = { .words_n = 0 };
	int64_t address;

	if (!ynode_is_map(load->doc, node)) {
		load_error(load, node,
			   "scale_from is a map: {register: N, exponent: true}, {register: N, "
			   "digits: true}, {register: N, factor: true} or {register: N, map: "
			   "{VALUE: FACTOR}}");
		return;
	}
	ymap_check_keys(load->doc, node, keys, N_OF(keys), load->diag);
	ynode at = ymap_get(load->doc, node, "register");
	ynode exponent = ymap_get(load->doc, node, "exponent");
	ynode digits = ymap_get(load->doc, node, "digits");
	ynode factor = ymap_get(load->doc, node, "factor");
	ynode map = ymap_get(load->doc, node, "map");
	ynode apart = ymap_get(load->doc, node, "apart"), bits = ymap_get(load->doc, node, "bits");

	if (at == 0 || !!exponent + !!digits + !!factor + !!map != 1) {
		load_error(load, node,
			   "scale_from needs register: and one of exponent: true, digits: true, "
			   "factor: true and map:");
		return;
	}
	if (exponent && !(read.exponent = load_bool(load, exponent)))
		load_error(load, exponent, "exponent: is true, or left out");
	if (digits && !(read.digits = load_bool(load, digits)))
		load_error(load, digits, "digits: is true, or left out");
	if (factor && !(read.factor = load_bool(load, factor)))
		load_error(load, factor, "factor: is true, or left out");
	if (scale_type(leaf, ymap_get(load->doc, node, "type"), &read) < 0 ||
	    load_int(load, at, 0, 65535, &address) < 0)
		return;
	read.address = (uint16_t)address;
	if (address + read.words_n > 65536)
		load_error(load, at, "%d registers from %d on: registers end at 65535",
			   read.words_n, read.address);
	if (read.type == RAW_F32 && !factor)
		load_error(load, node, "f32 is for factor: true; the others are whole numbers");
	if (map)
		load_scale_map(load, map, &read);
	if (apart && !load_bool(load, apart))
		load_error(load, apart, "apart: is true, or left out");
	if (bits && !apart)
		load_error(load, bits,
			   "bits of a scale are read apart: write apart: true beside it");
	if (apart)
		scale_apart(leaf, node, &read);
	*ret = read;
}

void leaf_read_scale_register(struct leaf *leaf, ynode node)
{
	struct profile_point *p = leaf->point;
	size_t n = load_list_size(leaf->load, node);

	if (n < 1 || n > 2) {
		load_error(leaf->load, node,
			   "scale_from is one register, or a list of two that multiply");
		return;
	}
	read_scale_register(leaf, load_list_item(leaf->load, node, 0), &p->scale_column);
	if (n == 2)
		read_scale_register(leaf, load_list_item(leaf->load, node, 1), &p->scale_more);
	if (n == 2 && (p->scale_column.words_n || p->scale_more.words_n))
		load_error(leaf->load, node, "two scales that multiply are read apart: true");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items of identify: how a family is recognised. A rule that says nothing would
 * recognise everything, so each must ask for something.
 */
#include "inventory/profile_read.h"

#include <stdlib.h>

#include "base/text.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

struct nodes { /* the keys of one rule; 0: not given */
	ynode sysobjectid, sysdescr, object, matches, address, registers, words, value, units;
};

static char *read_regex(struct load *load, ynode node, regex_t **ret)
{
	*ret = node ? load_regex(load, node) : NULL;
	return xstrdup(*ret ? ynode_text(load->doc, node) : "");
}

static void read_snmp(struct load *load, ynode node, const struct nodes *at, const struct oid *base,
		      struct profile_rule *rule)
{
	static const struct oid no_base;

	if (at->address || at->registers || at->words || at->value || at->units)
		load_error(load, node,
			   "an SNMP family is recognised by sysobjectid, sysdescr and object; "
			   "registers are Modbus");
	else if (!at->sysobjectid && !at->sysdescr && !at->object)
		load_error(load, node,
			   "a rule that asks for nothing: give it sysobjectid, sysdescr or object");
	if (at->matches && !at->object)
		load_error(load, at->matches,
			   "matches is for the value of an object; name the object, or write "
			   "sysdescr for that text");
	if (at->sysobjectid)
		load_oid(load, at->sysobjectid, &no_base, &rule->sysobjectid);
	if (at->object)
		load_oid(load, at->object, base, &rule->object);
}

/* "12", "192..247", or a list of such. */
static void read_units(struct load *load, ynode node, struct profile_rule *rule)
{
	for (size_t i = 0; i < load_list_size(load, node); i++) {
		ynode at = load_list_item(load, node, i);
		const char *text = load_text(load, at, "unit addresses such as 192..247");
		int64_t first, last;

		if (text && (load_span(text, &first, &last) < 0 || last > 255))
			load_error(load, at,
				   "'%s' are no unit addresses: write one, such as 12, or first "
				   "and last, such as 192..247; they end at 255",
				   text);
		else if (text) {
			rule->units = xrealloc(rule->units, rule->n_units + 1,
					       sizeof(*rule->units));
			rule->units[rule->n_units].first = (uint8_t)first;
			rule->units[rule->n_units++].last = (uint8_t)last;
		}
	}
}

static void read_modbus(struct load *load, ynode node, const struct nodes *at,
			struct profile_rule *rule)
{
	int64_t value;

	if (at->address == 0 || at->sysobjectid || at->sysdescr || at->object)
		load_error(load, node,
			   "a Modbus family is recognised by register, with value or words and "
			   "matches");
	if ((at->words == 0) != (at->matches == 0) || (at->words && at->value))
		load_error(load, node,
			   "a register holds a value: 1234, or words: 8 hold a text that matches: "
			   "\"^PM5\"");
	if (at->address && load_int(load, at->address, 0, 65535, &value) == 0)
		rule->modbus_address = (int)value;
	if (at->registers)
		load_function(load, at->registers, false, &rule->modbus_function);
	if (at->words && load_int(load, at->words, 1, 125, &value) == 0)
		rule->modbus_words = (uint16_t)value;
	if (at->value && load_int(load, at->value, 0, UINT32_MAX, &value) == 0)
		rule->modbus_value = value;
	if (at->units)
		read_units(load, at->units, rule);
	if (rule->modbus_address + rule->modbus_words > 65536)
		load_error(load, node, "registers end at 65535");
}

void load_rule(struct load *load, ynode node, const struct oid *base)
{
	static const char *const keys[] = { "sysobjectid", "sysdescr",  "object", "matches",
					    "register",    "registers", "words",  "value",
					    "units" };
	const struct yamldoc *doc = load->doc;
	struct profile *p = load->profile;
	struct profile_rule rule = { .line = ynode_line(doc, node),
				     .modbus_address = -1,
				     .modbus_function = 3,
				     .modbus_value = -1 };

	if (!ynode_is_map(doc, node)) {
		load_error(load, node,
			   "a rule of identify is a map: sysobjectid, sysdescr, object, or "
			   "register");
		return;
	}
	ymap_check_keys(doc, node, keys, N_OF(keys), load->diag);
	const struct nodes at = {
		.sysobjectid = ymap_get(doc, node, "sysobjectid"),
		.sysdescr = ymap_get(doc, node, "sysdescr"),
		.object = ymap_get(doc, node, "object"),
		.matches = ymap_get(doc, node, "matches"),
		.address = ymap_get(doc, node, "register"),
		.registers = ymap_get(doc, node, "registers"),
		.words = ymap_get(doc, node, "words"),
		.value = ymap_get(doc, node, "value"),
		.units = ymap_get(doc, node, "units"),
	};
	if (p->protocol == PROFILE_SNMP)
		read_snmp(load, node, &at, base, &rule);
	else
		read_modbus(load, node, &at, &rule);
	rule.sysdescr = read_regex(load, at.sysdescr, &rule.sysdescr_regex);
	rule.matches = read_regex(load, at.matches, &rule.matches_regex);
	p->rules = xrealloc(p->rules, p->n_rules + 1, sizeof(*p->rules));
	p->rules[p->n_rules++] = rule;
}

void rule_done(struct profile_rule *rule)
{
	free(rule->sysdescr);
	free(rule->matches);
	free(rule->units);
	if (rule->sysdescr_regex)
		regfree(rule->sysdescr_regex);
	if (rule->matches_regex)
		regfree(rule->matches_regex);
	free(rule->sysdescr_regex);
	free(rule->matches_regex);
}

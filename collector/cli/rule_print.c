/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of a rule joined by "and", each said once. */
#include "cli/rule_print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
	char *buf;
	size_t size, n;
	bool joined;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	if (t->joined)
		t->n += (size_t)snprintf(t->buf + t->n, t->size - t->n, " and ");
	t->joined = true;
	if (t->n >= t->size)
		t->n = t->size - 1;
	va_start(args, format);
	n = vsnprintf(t->buf + t->n, t->size - t->n, format, args);
	va_end(args);
	t->n += n > 0 ? (size_t)n : 0;
	if (t->n >= t->size)
		t->n = t->size - 1;
}

static void add_units(struct text *t, const struct profile_rule *rule)
{
	char text[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < rule->n_units && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u%s%.0u", i ? ", " : "",
				      rule->units[i].first,
				      rule->units[i].last > rule->units[i].first ? ".." : "",
				      rule->units[i].last > rule->units[i].first
					      ? rule->units[i].last
					      : 0U);
	add(t, "the unit is %s%s", rule->n_units > 1 ? "one of " : "", text);
}

void rule_print(const struct profile_rule *rule, bool standard, char *buf, size_t size)
{
	struct text t = { .buf = buf, .size = size };
	char oid[256];

	buf[0] = '\0';
	if (standard)
		t.n = (size_t)snprintf(buf, size, "no family is known by its own rule, but ");
	if (rule->sysobjectid.n > 0)
		add(&t, "sysObjectID begins with %s",
		    oid_format(&rule->sysobjectid, oid, sizeof(oid)));
	if (*rule->sysdescr)
		add(&t, "sysDescr matches \"%s\"", rule->sysdescr);
	if (rule->object.n > 0)
		add(&t, "the device has %s%s%s%s", oid_format(&rule->object, oid, sizeof(oid)),
		    *rule->matches ? " that matches \"" : "", rule->matches,
		    *rule->matches ? "\"" : "");
	if (rule->modbus_words)
		add(&t, "the text in %s %d matches \"%s\"",
		    profile_table_name(rule->modbus_function), rule->modbus_address, rule->matches);
	else if (rule->modbus_address >= 0 && rule->modbus_value >= 0)
		add(&t, "%s %d holds %" PRId64, profile_table_name(rule->modbus_function),
		    rule->modbus_address, rule->modbus_value);
	else if (rule->modbus_address >= 0)
		add(&t, "%s %d answers", profile_table_name(rule->modbus_function),
		    rule->modbus_address);
	if (rule->n_units)
		add_units(&t, rule);
}

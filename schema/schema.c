/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema.h"

#include <string.h>

const struct quantity *schema_quantity(const char *name)
{
	for (size_t i = 0; i < schema_n_quantities; i++)
		if (!strcmp(schema_quantities[i].name, name))
			return &schema_quantities[i];
	return NULL;
}

const struct quantity *schema_quantity_by_id(unsigned id)
{
	for (size_t i = 0; i < schema_n_quantities; i++)
		if (schema_quantities[i].id == id)
			return &schema_quantities[i];
	return NULL;
}

const char *schema_query(const char *name)
{
	for (const struct schema_sql *q = schema_queries; q->name; q++)
		if (!strcmp(q->name, name))
			return q->text;
	return NULL;
}

const char *quantity_kind_name(enum quantity_kind kind)
{
	switch (kind) {
	case KIND_GAUGE: return "gauge";
	case KIND_COUNTER: return "counter";
	case KIND_STATE: return "state";
	case KIND_FLAGS: return "flags";
	case KIND_TEXT: return "text";
	case KIND_FACT: return "fact";
	}
	return "?";
}

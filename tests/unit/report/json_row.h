/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a report's JSON in tests: a row of a table by two of its cells, numbers and words. */
#pragma once

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Takes text. */
static inline json_object *json_of(char *text)
{
	json_object *json = json_tokener_parse(text);

	if (!json)
		fail_msg("%s", text);
	free(text);
	return json;
}

/* The row of a table with these two cells. */
static inline json_object *row(json_object *json, const char *table, const char *key1,
			       const char *value1, const char *key2, const char *value2)
{
	json_object *rows = json_object_object_get(json, table);

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		json_object *r = json_object_array_get_idx(rows, i);
		const char *a = json_object_get_string(json_object_object_get(r, key1)),
			   *b = json_object_get_string(json_object_object_get(r, key2));

		if (a && b && !strcmp(a, value1) && !strcmp(b, value2))
			return r;
	}
	fail_msg("%s has no row with %s %s and %s %s: %s", table, key1, value1, key2, value2,
		 json_object_to_json_string(rows));
	return NULL;
}

static inline double number(json_object *r, const char *key)
{
	json_object *v;

	if (!json_object_object_get_ex(r, key, &v))
		fail_msg("there is no %s in %s", key, json_object_to_json_string(r));
	return v ? json_object_get_double(v) : NAN;
}

static inline const char *word(json_object *r, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(r, key));

	return text ? text : "null";
}

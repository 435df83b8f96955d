/* SPDX-License-Identifier: Apache-2.0 */
/* A report's JSON taken apart, for tests. Include after cmocka. */
#pragma once

#include <json.h>
#include <math.h>
#include <string.h>

static inline struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("there is no %s in %s", key, json_object_to_json_string(o));
	return value;
}

/* NAN: null. */
static inline double number(struct json_object *o, const char *key)
{
	struct json_object *value = get(o, key);

	return value ? json_object_get_double(value) : NAN;
}

static inline const char *string(struct json_object *o, const char *key)
{
	return json_object_get_string(get(o, key));
}

/* The first row of a table whose column has that text. */
static inline struct json_object *row(struct json_object *report, const char *table,
				      const char *key, const char *text)
{
	struct json_object *rows = get(report, table);

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *one = json_object_array_get_idx(rows, i);

		if (get(one, key) && !strcmp(string(one, key), text))
			return one;
	}
	fail_msg("no %s %s in %s", key, text, json_object_to_json_string(rows));
	return NULL;
}

static inline double sum_of(struct json_object *report, const char *table, const char *key)
{
	struct json_object *rows = get(report, table);
	double sum = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		sum += number(json_object_array_get_idx(rows, i), key);
	return sum;
}

static inline void has_exception(struct json_object *report, const char *entity, const char *text)
{
	struct json_object *list = get(report, "exceptions");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *e = json_object_array_get_idx(list, i);

		if (!strcmp(string(e, "entity"), entity) && strstr(string(e, "text"), text))
			return;
	}
	fail_msg("no exception of %s: %s in %s", entity, text, json_object_to_json_string(list));
}

static inline void no_exceptions(struct json_object *report)
{
	struct json_object *list = get(report, "exceptions");

	if (json_object_array_length(list))
		fail_msg("exceptions: %s", json_object_to_json_string(list));
}

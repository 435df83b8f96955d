/* SPDX-License-Identifier: Apache-2.0 */
/* A report's JSON taken apart, for tests. Include after cmocka. */
#pragma once

#include <json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Takes text. */
static inline struct json_object *json_of(char *text)
{
	struct json_object *json = json_tokener_parse(text);

	if (!json)
		fail_msg("%s", text);
	free(text);
	return json;
}

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

static inline const char *word(struct json_object *o, const char *key)
{
	const char *text = string(o, key);

	return text ? text : "null";
}

/* The first row of a table whose column has that text; with key2, whose two columns have theirs. */
static inline struct json_object *row_with(struct json_object *report, const char *table,
					   const char *key, const char *text, const char *key2,
					   const char *text2)
{
	struct json_object *rows = get(report, table);

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *one = json_object_array_get_idx(rows, i);

		if (!strcmp(word(one, key), text) && (!key2 || !strcmp(word(one, key2), text2)))
			return one;
	}
	fail_msg("no %s %s %s %s in %s", key, text, key2 ? key2 : "", key2 ? text2 : "",
		 json_object_to_json_string(rows));
	return NULL;
}

static inline struct json_object *row_of(struct json_object *report, const char *table,
					 const char *key, const char *text)
{
	return row_with(report, table, key, text, NULL, NULL);
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
